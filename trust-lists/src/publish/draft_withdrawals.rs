//! What other networks withdrew, as a working file: `withdrawals/NAME.json`, which the status service signs.

use super::draft::{hex, unhex};
use crate::status::{RevokedSerials, ShortHash, WithdrawalGroup, Withdrawn};
use serde::{Deserialize, Serialize};
use tegata_certificate::UnixTime;

/// The withdrawals of one source. The whole file is replaced when its source is imported again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftWithdrawals {
    /// The number of the published list; never another source's.
    pub list: u64,
    /// Where it came from, for people.
    pub source: String,
    groups: Vec<DraftGroup>,
}

/// A group in words: the key's identifier in hex, hashes and serial numbers in hex, a `rid` with its time as
/// `RID.SECONDS`; of an authority's list also when it was made and when the next was to come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftGroup {
    kid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    kind: DraftKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    entries: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DraftKind {
    Uci,
    CountryUci,
    Signature,
    Rid,
    Serial,
}

/// A withdrawals file that is not understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the form of a withdrawals file: {0}")]
pub struct WithdrawalsForm(String);

impl DraftWithdrawals {
    /// The working file of these groups.
    #[must_use]
    pub fn new(list: u64, source: &str, groups: &[WithdrawalGroup]) -> Self {
        Self { list, source: source.to_owned(), groups: groups.iter().map(DraftGroup::from_group).collect() }
    }

    /// Reads a working file.
    ///
    /// # Errors
    /// [`WithdrawalsForm`].
    pub fn from_json(text: &str) -> Result<Self, WithdrawalsForm> {
        serde_json::from_str(text).map_err(|error| WithdrawalsForm(error.to_string()))
    }

    /// The text of the working file.
    ///
    /// # Errors
    /// [`WithdrawalsForm`], if JSON cannot hold it.
    pub fn to_json(&self) -> Result<String, WithdrawalsForm> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|error| WithdrawalsForm(error.to_string()))
    }

    /// The groups in the form that is published.
    ///
    /// # Errors
    /// [`WithdrawalsForm`]: the first text that says nothing.
    pub fn groups(&self) -> Result<Vec<WithdrawalGroup>, WithdrawalsForm> {
        self.groups.iter().map(|group| group.to_group().map_err(|text| WithdrawalsForm(format!("`{text}`")))).collect()
    }
}

impl DraftGroup {
    fn from_group(group: &WithdrawalGroup) -> Self {
        let hashes = |hashes: &[ShortHash]| hashes.iter().map(|hash| hex(hash)).collect();
        let rid = |(rid, before): &(String, Option<UnixTime>)| match before {
            Some(before) => format!("{rid}.{}", before.0),
            None => rid.clone(),
        };
        let (kind, entries) = match &group.entries {
            Withdrawn::Uci(list) => (DraftKind::Uci, hashes(list)),
            Withdrawn::CountryUci(list) => (DraftKind::CountryUci, hashes(list)),
            Withdrawn::Signature(list) => (DraftKind::Signature, hashes(list)),
            Withdrawn::Rid(list) => (DraftKind::Rid, list.iter().map(rid).collect()),
            Withdrawn::Serial(list) => (DraftKind::Serial, list.serials.iter().map(|serial| hex(serial)).collect()),
        };
        let (made, next) = match &group.entries {
            Withdrawn::Serial(list) => (Some(list.made.to_string()), list.next.map(|next| next.to_string())),
            _ => (None, None),
        };
        Self { kid: hex(&group.kid), iss: group.iss.clone(), kind, made, next, entries }
    }

    fn to_group(&self) -> Result<WithdrawalGroup, String> {
        let hash = |text: &String| {
            let bytes = unhex("hash", text).map_err(|(_, text)| text)?;
            ShortHash::try_from(bytes.as_slice()).map_err(|_| text.clone())
        };
        let hashes = || self.entries.iter().map(hash).collect::<Result<Vec<_>, _>>();
        let entries = match self.kind {
            DraftKind::Uci => Withdrawn::Uci(hashes()?),
            DraftKind::CountryUci => Withdrawn::CountryUci(hashes()?),
            DraftKind::Signature => Withdrawn::Signature(hashes()?),
            DraftKind::Rid => Withdrawn::Rid(
                self.entries.iter().map(|text| parse_rid(text).ok_or(text.clone())).collect::<Result<_, _>>()?,
            ),
            DraftKind::Serial => Withdrawn::Serial(self.serials()?),
        };
        let kid = unhex("kid", &self.kid).map_err(|(_, text)| text)?;
        Ok(WithdrawalGroup { kid, iss: self.iss.clone(), entries })
    }

    fn serials(&self) -> Result<RevokedSerials, String> {
        let time = |text: &String| UnixTime::parse(text).ok_or_else(|| text.clone());
        let serial = |text: &String| unhex("serial", text).map_err(|(_, text)| text);
        Ok(RevokedSerials {
            made: time(self.made.as_ref().ok_or("made")?)?,
            next: self.next.as_ref().map(time).transpose()?,
            serials: self.entries.iter().map(serial).collect::<Result<_, _>>()?,
        })
    }
}

/// `RID` or `RID.SECONDS`, as SMART Health Cards' own lists have it.
pub(crate) fn parse_rid(text: &str) -> Option<(String, Option<UnixTime>)> {
    let (rid, before) = match text.split_once('.') {
        None => (text, None),
        Some((rid, seconds)) => {
            let digits = (1..=12).contains(&seconds.len()) && seconds.bytes().all(|c| c.is_ascii_digit());
            (rid, Some(seconds.parse().ok().map(UnixTime).filter(|at| digits && *at <= UnixTime::MAX)?))
        }
    };
    crate::status::is_rid(rid).then(|| (rid.to_owned(), before))
}
