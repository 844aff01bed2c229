//! What the working state says to the status service: which shards live, and who may ask for what.

use super::draft::{Draft, DraftError, DraftShard, Fault, hex, unhex};
use std::collections::BTreeMap;
use tegata_certificate::{Date, UnixTime, VerifyingKey};

impl Draft {
    /// The keys that may sign status requests of an issuer.
    ///
    /// # Errors
    /// [`DraftError::Value`]: one that is no key.
    pub fn status_keys(&self, issuer: usize) -> Result<Vec<VerifyingKey>, DraftError> {
        let Some(issuer) = self.issuers.get(issuer) else {
            return Ok(Vec::new());
        };
        let explain = |(field, value): Fault| DraftError::Value { issuer: issuer.name_en.clone(), field, value };
        let parse = |text: &String| {
            let bytes = unhex("status_keys", text)?;
            VerifyingKey::from_cose_key(&bytes).map_err(|_| ("status_keys", text.clone()))
        };
        issuer.status_keys.iter().map(|text| parse(text).map_err(explain)).collect()
    }

    /// Lets a key sign status requests for an issuer, unless it does already or is used for anything else:
    /// one leaked key must not be two.
    ///
    /// # Errors
    /// [`DraftError::SharedKey`], or [`DraftError::Value`] for a key in the file that is none.
    pub fn add_status_key(&mut self, issuer: usize, key: &VerifyingKey) -> Result<(), DraftError> {
        let kid = key.thumbprint();
        let listed = self.lists()?.keys;
        let mut shared = listed.iter().any(|entry| entry.key.thumbprint() == kid);
        for place in 0..self.issuers.len() {
            let known = self.status_keys(place)?.iter().any(|known| known.thumbprint() == kid);
            if known && place == issuer {
                return Ok(());
            }
            shared |= known;
        }
        if shared {
            return Err(DraftError::SharedKey { kid: hex(&kid) });
        }
        if let Some(issuer) = self.issuers.get_mut(issuer) {
            issuer.status_keys.push(hex(&key.to_cose_key()));
        }
        Ok(())
    }

    /// Takes the right to sign status requests from every key whose kid begins with that hex text, and
    /// gives the full kids. Nothing published has to remember them.
    ///
    /// # Errors
    /// [`DraftError::Value`] for a key in the file that is none.
    pub fn drop_status_keys(&mut self, kid_prefix: &str) -> Result<Vec<String>, DraftError> {
        let mut dropped = Vec::new();
        for place in 0..self.issuers.len() {
            let kids: Vec<_> = self.status_keys(place)?.iter().map(|key| hex(&key.thumbprint())).collect();
            if let Some(issuer) = self.issuers.get_mut(place) {
                let mut kid = kids.iter();
                issuer.status_keys.retain(|_| !kid.next().is_some_and(|kid| kid.starts_with(kid_prefix)));
            }
            dropped.extend(kids.into_iter().filter(|kid| kid.starts_with(kid_prefix)));
        }
        Ok(dropped)
    }

    /// The shards that certificates may still name, each with the number of indices that it has: those given away,
    /// and those of keys that a person listed by hand. A shard is over when the half-year of its certificates is.
    ///
    /// # Errors
    /// [`DraftError`].
    pub fn live_shards(&self, now: UnixTime) -> Result<BTreeMap<u64, u64>, DraftError> {
        let over = |shard: &DraftShard| end_of(&shard.half_year).is_some_and(|end| end <= now);
        let mut sizes: BTreeMap<u64, u64> = self.shards.iter().map(|shard| (shard.number, shard.next_index)).collect();
        for range in self.lists()?.keys.iter().flat_map(|key| &key.ranges) {
            let size = sizes.entry(range.shard).or_insert(0);
            *size = range.to.max(*size);
        }
        for shard in self.shards.iter().filter(|shard| over(shard)) {
            sizes.remove(&shard.number);
        }
        Ok(sizes)
    }
}

/// The first moment after a half-year.
fn end_of(half_year: &str) -> Option<UnixTime> {
    let (year, half) = half_year.split_once('-')?;
    let day = match half {
        "1" => format!("{year}-07-01"),
        "2" => format!("{:04}-01-01", year.parse::<u32>().ok()?.checked_add(1)?),
        _ => return None,
    };
    Date::parse(&day).map(Date::start)
}
