//! What the next publication lists, as a file that a person can read and edit: `repository.json`.

use super::draft_anchor::DraftAnchor;
use super::draft_import::DraftImport;
use super::lists::Lists;
use crate::anchor::Anchor;
use crate::entry::{Authority, KeyEntry, KeyState, RevocationReason, SHARD_SIZE, StatusRange};
use crate::trust::Issuer;
use serde::{Deserialize, Serialize};
use tegata_certificate::{Algorithm, Country, Format, Kind, UnixTime, VerifyingKey};

/// The working state of a repository.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The repository's id.
    pub repository_id: String,
    /// Status shards and how much of each is given away.
    #[serde(default)]
    pub shards: Vec<DraftShard>,
    /// Issuers with their keys.
    #[serde(default)]
    pub issuers: Vec<DraftIssuer>,
    /// CSCAs for seals that carry their signer's certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<DraftAnchor>,
    /// The lists of others that keys and anchors came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<DraftImport>,
}

/// A status shard, for certificates that expire in one half-year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftShard {
    /// Its number in the repository.
    pub number: u64,
    /// The half-year in which the last of its certificates expire, as `2036-2`.
    pub half_year: String,
    /// The first index that no key holds yet.
    pub next_index: u64,
}

/// An issuer and its keys.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftIssuer {
    /// The name in Japanese.
    pub name_ja: String,
    /// The name in English.
    pub name_en: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Its keys.
    #[serde(default)]
    pub keys: Vec<DraftKey>,
    /// The keys that sign its status requests (COSE_Key in hex). They stand here and in no published
    /// list: the status service alone asks who may revoke for whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status_keys: Vec<String>,
}

/// A key entry in words. Times are RFC 3339, identifiers hex.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftKey {
    kid: String,
    algorithm: String,
    cose_key: String,
    formats: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    countries: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    kinds: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    diseases: Vec<String>,
    sign_from: String,
    sign_until: String,
    valid_until: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_life_seconds: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    status_ranges: Vec<DraftRange>,
    state: DraftState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// Indices `from` up to, without, `to` of a shard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftRange {
    shard: u64,
    from: u64,
    to: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DraftState {
    Active,
    Retired,
    Revoked { at: String, reason: String },
}

/// What in the file cannot be understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DraftError {
    /// Not JSON of this form.
    #[error("not the form of repository.json: {0}")]
    Form(String),
    /// A value that says nothing here.
    #[error("issuer `{issuer}`: {field} `{value}` is not understood")]
    Value {
        /// The issuer's English name.
        issuer: String,
        /// The field.
        field: &'static str,
        /// The value.
        value: String,
    },
    /// An anchor's value that says nothing here.
    #[error("anchor {sha256}: {field} `{value}` is not understood")]
    Anchor {
        /// SHA-256 of its certificate, as the file has it.
        sha256: String,
        /// The field.
        field: &'static str,
        /// The value.
        value: String,
    },
    /// A key is to do two things.
    #[error("key {kid} is in use for something else already")]
    SharedKey {
        /// Its kid in hex.
        kid: String,
    },
    /// No status shard with so much room.
    #[error("no status range of {wanted} indices can be allotted: a shard has {SHARD_SIZE}")]
    NoRange {
        /// How many indices were asked for.
        wanted: u64,
    },
}

pub(super) type Fault = (&'static str, String);

impl Draft {
    /// An empty working state.
    #[must_use]
    pub fn new(repository_id: &str) -> Self {
        Self {
            repository_id: repository_id.to_owned(),
            shards: Vec::new(),
            issuers: Vec::new(),
            anchors: Vec::new(),
            imports: Vec::new(),
        }
    }

    /// Reads `repository.json`.
    ///
    /// # Errors
    /// [`DraftError::Form`].
    pub fn from_json(text: &str) -> Result<Self, DraftError> {
        serde_json::from_str(text).map_err(|error| DraftError::Form(error.to_string()))
    }

    /// The text of `repository.json`.
    ///
    /// # Errors
    /// [`DraftError::Form`], if JSON cannot hold it.
    pub fn to_json(&self) -> Result<String, DraftError> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|error| DraftError::Form(error.to_string()))
    }

    /// Issuers, keys and anchors in the form that is published.
    ///
    /// # Errors
    /// [`DraftError::Value`]: the first value that says nothing.
    pub fn lists(&self) -> Result<Lists, DraftError> {
        let mut lists = Lists::default();
        for (place, draft) in self.issuers.iter().enumerate() {
            let explain = |(field, value): Fault| DraftError::Value { issuer: draft.name_en.clone(), field, value };
            let country = parse_country(&draft.country).map_err(explain)?;
            lists.issuers.push(Issuer { name_ja: draft.name_ja.clone(), name_en: draft.name_en.clone(), country });
            for key in &draft.keys {
                lists.keys.push(key.to_entry(place).map_err(explain)?);
            }
        }
        for draft in &self.anchors {
            let explain =
                |(field, value): Fault| DraftError::Anchor { sha256: draft.sha256().to_owned(), field, value };
            lists.anchors.push(draft.to_anchor().map_err(explain)?);
        }
        Ok(lists)
    }

    /// The place of an issuer, which is added if it is new.
    pub fn issuer(&mut self, name_ja: &str, name_en: &str, country: Country) -> usize {
        let same = |issuer: &DraftIssuer| {
            issuer.name_ja == name_ja && issuer.name_en == name_en && issuer.country == country.as_str()
        };
        if let Some(place) = self.issuers.iter().position(same) {
            return place;
        }
        let country = country.as_str().to_owned();
        self.issuers.push(DraftIssuer {
            name_ja: name_ja.to_owned(),
            name_en: name_en.to_owned(),
            country,
            keys: Vec::new(),
            status_keys: Vec::new(),
        });
        self.issuers.len() - 1
    }

    /// Adds a key to its issuer.
    pub fn add_key(&mut self, entry: &KeyEntry) {
        if let Some(issuer) = self.issuers.get_mut(entry.issuer) {
            issuer.keys.push(DraftKey::from_entry(entry));
        }
    }

    /// Adds an anchor, or says that its certificate is listed already and leaves what stands.
    pub fn add_anchor(&mut self, anchor: &Anchor) -> bool {
        let added = DraftAnchor::from_anchor(anchor);
        let new = self.anchors.iter().all(|listed| listed.sha256() != added.sha256());
        if new {
            self.anchors.push(added);
        }
        new
    }

    /// The keys whose kid begins with that hex text.
    pub fn keys_mut(&mut self, kid_prefix: &str) -> Vec<&mut DraftKey> {
        self.issuers
            .iter_mut()
            .flat_map(|issuer| &mut issuer.keys)
            .filter(|key| key.kid.starts_with(kid_prefix))
            .collect()
    }

    /// Gives away `wanted` indices of a shard whose certificates have all expired by the half-year of `until`.
    /// No index is ever given away twice.
    ///
    /// # Errors
    /// [`DraftError::NoRange`].
    pub fn allot(&mut self, until: UnixTime, wanted: u64) -> Result<StatusRange, DraftError> {
        let half_year =
            half_year(until).filter(|_| (1..=SHARD_SIZE).contains(&wanted)).ok_or(DraftError::NoRange { wanted })?;
        let fits = |shard: &&mut DraftShard| {
            shard.half_year == half_year && shard.next_index.saturating_add(wanted) <= SHARD_SIZE
        };
        let (number, from) = match self.shards.iter_mut().find(fits) {
            Some(shard) => {
                let from = shard.next_index;
                shard.next_index += wanted;
                (shard.number, from)
            }
            None => {
                // Small numbers take fewer bytes of a code.
                let number = self.shards.iter().map(|shard| shard.number).max().map_or(1, |last| last + 1);
                self.shards.push(DraftShard { number, half_year, next_index: wanted });
                (number, 0)
            }
        };
        Ok(StatusRange { shard: number, from, to: from + wanted })
    }
}

/// `2036-2` for July to December 2036.
fn half_year(time: UnixTime) -> Option<String> {
    let (year, month, _) = time.date()?.ymd();
    Some(format!("{year:04}-{}", if month <= 6 { 1 } else { 2 }))
}

impl DraftKey {
    /// The key's kid in hex.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Changes the state.
    pub fn set_state(&mut self, state: KeyState) {
        self.state = DraftState::from_state(state);
    }

    /// Adds a status range behind the others.
    pub fn add_range(&mut self, range: StatusRange) {
        self.status_ranges.push(DraftRange { shard: range.shard, from: range.from, to: range.to });
    }

    /// Sets the identifier that `HC1:` messages use for the key.
    pub fn set_hint(&mut self, hint: [u8; 8]) {
        self.hint = Some(hex(&hint));
    }

    /// Notes where the key came from.
    pub fn set_source(&mut self, source: &str) {
        self.source = Some(source.to_owned());
    }

    /// From when on nothing that the key signed is valid, if the text says so.
    #[must_use]
    pub fn valid_until(&self) -> Option<UnixTime> {
        UnixTime::parse(&self.valid_until)
    }

    pub(super) fn from_entry(entry: &KeyEntry) -> Self {
        let (countries, iss) = match &entry.authority {
            Authority::Countries(countries) => (countries.iter().map(ToString::to_string).collect(), None),
            Authority::Iss(iss) => (Vec::new(), Some(iss.clone())),
        };
        Self {
            kid: hex(&entry.kid),
            algorithm: entry.key.algorithm().name().to_owned(),
            cose_key: hex(&entry.key.to_cose_key()),
            formats: entry.formats.iter().map(|format| format.name().to_owned()).collect(),
            countries,
            iss,
            kinds: entry.kinds.iter().map(|kind| kind.name().to_owned()).collect(),
            diseases: entry.diseases.clone(),
            sign_from: entry.sign_from.to_string(),
            sign_until: entry.sign_until.to_string(),
            valid_until: entry.valid_until.to_string(),
            max_life_seconds: entry.max_life,
            status_ranges: entry
                .ranges
                .iter()
                .map(|range| DraftRange { shard: range.shard, from: range.from, to: range.to })
                .collect(),
            state: DraftState::from_state(entry.state),
            hint: entry.hint.map(|hint| hex(&hint)),
            source: entry.source.clone(),
        }
    }

    fn to_entry(&self, issuer: usize) -> Result<KeyEntry, Fault> {
        let cose_key = unhex("cose_key", &self.cose_key)?;
        let key = VerifyingKey::from_cose_key(&cose_key).map_err(|_| ("cose_key", self.cose_key.clone()))?;
        if Algorithm::name(key.algorithm()) != self.algorithm {
            return Err(("algorithm", self.algorithm.clone()));
        }
        let authority = match &self.iss {
            Some(iss) if self.countries.is_empty() => Authority::Iss(iss.clone()),
            Some(iss) => return Err(("iss beside countries", iss.clone())),
            None => {
                Authority::Countries(self.countries.iter().map(|text| parse_country(text)).collect::<Result<_, _>>()?)
            }
        };
        let hint = self
            .hint
            .as_ref()
            .map(|text| unhex("hint", text)?.try_into().map_err(|_| ("hint", text.clone())))
            .transpose()?;
        Ok(KeyEntry {
            kid: unhex("kid", &self.kid)?.try_into().map_err(|_| ("kid", self.kid.clone()))?,
            key,
            issuer,
            formats: named("format", &self.formats, Format::from_name)?,
            authority,
            kinds: named("kind", &self.kinds, Kind::from_name)?,
            diseases: self.diseases.clone(),
            sign_from: parse_time("sign_from", &self.sign_from)?,
            sign_until: parse_time("sign_until", &self.sign_until)?,
            valid_until: parse_time("valid_until", &self.valid_until)?,
            max_life: self.max_life_seconds,
            ranges: self
                .status_ranges
                .iter()
                .map(|range| StatusRange { shard: range.shard, from: range.from, to: range.to })
                .collect(),
            state: self.state.to_state()?,
            hint,
            source: self.source.clone(),
        })
    }
}

impl DraftState {
    pub(super) fn from_state(state: KeyState) -> Self {
        match state {
            KeyState::Active => Self::Active,
            KeyState::Retired => Self::Retired,
            KeyState::Revoked { at, reason } => Self::Revoked { at: at.to_string(), reason: reason.name().to_owned() },
        }
    }

    pub(super) fn to_state(&self) -> Result<KeyState, Fault> {
        Ok(match self {
            Self::Active => KeyState::Active,
            Self::Retired => KeyState::Retired,
            Self::Revoked { at, reason } => KeyState::Revoked {
                at: parse_time("revoked at", at)?,
                reason: RevocationReason::from_name(reason).ok_or(("revocation reason", reason.clone()))?,
            },
        })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

pub(super) fn unhex(field: &'static str, text: &str) -> Result<Vec<u8>, Fault> {
    base16ct::lower::decode_vec(text).map_err(|_| (field, text.to_owned()))
}

pub(super) fn parse_time(field: &'static str, text: &str) -> Result<UnixTime, Fault> {
    UnixTime::parse(text).ok_or((field, text.to_owned()))
}

pub(super) fn parse_country(text: &str) -> Result<Country, Fault> {
    Country::parse(text).ok_or(("country", text.to_owned()))
}

fn named<T>(field: &'static str, names: &[String], from_name: fn(&str) -> Option<T>) -> Result<Vec<T>, Fault> {
    names.iter().map(|name| from_name(name).ok_or((field, name.clone()))).collect()
}
