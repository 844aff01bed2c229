//! Withdrawal lists on their way out.

use super::*;
use crate::fields::is_showable;
use crate::publish::write_header;
use std::collections::BTreeMap;
use tegata_certificate::cbor::Writer;

impl Withdrawals {
    /// A list of these groups, in any order: equal places are joined, entries sorted, repeated ones
    /// kept once; of a `rid` listed with different times the widest holds.
    ///
    /// # Errors
    /// [`TrustError::BadWithdrawals`] for a group that no reader takes, by its place in the list.
    pub fn new(header: Header, list: u64, source: &str, groups: Vec<WithdrawalGroup>) -> Result<Self, TrustError> {
        let mut joined: BTreeMap<_, Withdrawn> = BTreeMap::new();
        for (place, group) in (0..).zip(groups) {
            if !group.is_possible() || !group.is_writable() {
                return Err(TrustError::BadWithdrawals { list, group: place });
            }
            let key = (group.format().number(), group.kid, group.iss, group.entries.kind());
            match joined.get_mut(&key) {
                Some(entries) => entries.join(group.entries),
                None => drop(joined.insert(key, group.entries)),
            }
        }
        let groups = joined.into_iter().map(|((_, kid, iss, _), mut entries)| {
            entries.order();
            WithdrawalGroup { kid, iss, entries }
        });
        let groups: Vec<_> = groups.collect();
        let many = groups.len() as u64 > MAX_GROUPS;
        if many || !is_showable(source, MAX_SOURCE) {
            return Err(TrustError::Malformed { role: Role::Status });
        }
        Ok(Self { header, list, source: source.to_owned(), groups })
    }

    /// The payload; equal lists give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(256 + 64 * self.groups.len() + 32 * self.len());
        write_header(&mut writer, Role::Status, &self.header, 3);
        writer.uint(LIST);
        writer.uint(self.list);
        writer.uint(SOURCE);
        writer.text(&self.source);
        writer.uint(GROUPS);
        writer.array(self.groups.len());
        for group in &self.groups {
            group.write(&mut writer);
        }
        writer.into_bytes()
    }
}

impl WithdrawalGroup {
    fn is_writable(&self) -> bool {
        let entries = match &self.entries {
            Withdrawn::Rid(rids) => {
                rids.iter().all(|(rid, before)| is_rid(rid) && before.is_none_or(|before| before.0 >= 0))
            }
            Withdrawn::Serial(list) => list.is_writable(),
            _ => true,
        };
        entries && self.iss.as_ref().is_none_or(|iss| is_showable(iss, MAX_ISS))
    }

    fn write(&self, writer: &mut Writer) {
        writer.map(4 + usize::from(self.iss.is_some()));
        writer.uint(FORMAT);
        writer.uint(self.format().number());
        writer.uint(KID);
        writer.bytes(&self.kid);
        if let Some(iss) = &self.iss {
            writer.uint(ISS);
            writer.text(iss);
        }
        writer.uint(KIND);
        writer.uint(self.entries.kind());
        writer.uint(ENTRIES);
        match &self.entries {
            Withdrawn::Uci(hashes) | Withdrawn::CountryUci(hashes) | Withdrawn::Signature(hashes) => {
                writer.bytes(hashes.as_flattened());
            }
            Withdrawn::Rid(rids) => write_rids(writer, rids),
            Withdrawn::Serial(list) => list.write(writer),
        }
    }
}

fn write_rids(writer: &mut Writer, rids: &[(String, Option<UnixTime>)]) {
    writer.array(rids.len());
    for (rid, before) in rids {
        writer.array(1 + usize::from(before.is_some()));
        writer.text(rid);
        if let Some(before) = before {
            writer.int(before.0);
        }
    }
}

impl Withdrawn {
    /// Takes the entries of another of the same kind.
    fn join(&mut self, more: Self) {
        match (self, more) {
            (Self::Uci(all), Self::Uci(more))
            | (Self::CountryUci(all), Self::CountryUci(more))
            | (Self::Signature(all), Self::Signature(more)) => all.extend(more),
            (Self::Rid(all), Self::Rid(more)) => all.extend(more),
            // Each list of an authority is whole: the newest counts.
            (Self::Serial(list), Self::Serial(other)) if list.made < other.made => *list = other,
            _ => {}
        }
    }

    fn order(&mut self) {
        match self {
            Self::Uci(hashes) | Self::CountryUci(hashes) | Self::Signature(hashes) => {
                hashes.sort_unstable();
                hashes.dedup();
            }
            Self::Rid(rids) => {
                // No time covers all times, so it comes first; then the latest.
                let width = |before: &Option<UnixTime>| before.map_or(i64::MIN, |before| -before.0);
                rids.sort_unstable_by(|(a, before_a), (b, before_b)| {
                    a.cmp(b).then_with(|| width(before_a).cmp(&width(before_b)))
                });
                rids.dedup_by(|(later, _), (kept, _)| later == kept);
            }
            Self::Serial(list) => list.order(),
        }
    }
}
