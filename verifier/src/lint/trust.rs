//! Whom a lint knows: issuers with their keys and withdrawal lists, and who is in the directory.

use super::base64::decode_url;
use super::{IssueCode, Issues};
use base64ct::{Base64UrlUnpadded, Encoding};
use std::collections::BTreeSet;
use tegata_certificate::json::{Json, Object};
use tegata_certificate::shc::is_rid;
use tegata_certificate::{Format, VerifyingKey};
use tegata_trust_lists::{KeyState, TrustState, Withdrawn};

/// Issuers with what they publish, read as far as it can be.
#[derive(Debug, Default)]
pub struct LintTrust {
    issuers: Vec<Issuer>,
    directory: Option<BTreeSet<String>>,
}

#[derive(Debug, Default)]
struct Issuer {
    iss: String,
    keys: Vec<Key>,
    lists: Vec<List>,
}

#[derive(Debug)]
struct Key {
    kid: String,
    key: Option<VerifyingKey>,
    /// The counter of its list, and whether that is one.
    counter: Option<Result<u64, ()>>,
}

#[derive(Clone, Debug)]
struct List {
    kid: String,
    counter: Result<u64, ()>,
    /// Whether everything in it is as it must be.
    sound: bool,
    /// Each with the second before which it counts, if it names one.
    rids: Vec<(String, Option<f64>)>,
}

/// A file that is not what it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not {0}")]
pub struct NotReadable(&'static str);

impl LintTrust {
    /// Takes the key set of an issuer, and the withdrawal lists that it publishes. Keys and lists that are faulty are
    /// kept as far as they can be used; the faults are told when a card leads to them.
    ///
    /// # Errors
    /// [`NotReadable`] if the set is no JSON object.
    pub fn add_issuer(&mut self, iss: &str, key_set: &[u8], lists: &[Vec<u8>]) -> Result<(), NotReadable> {
        let set = Object::parse(unmarked(key_set)).map_err(|_| NotReadable("a key set in JSON"))?;
        let keys = set.get("keys").and_then(Json::as_list).unwrap_or_default();
        let lists = lists
            .iter()
            .map(|list| Object::parse(unmarked(list)).map_err(|_| NotReadable("a withdrawal list in JSON")));
        let lists = lists.collect::<Result<Vec<_>, _>>()?;
        self.issuers.push(Issuer {
            iss: iss.to_owned(),
            keys: keys.iter().filter_map(Json::as_object).map(Key::read).collect(),
            lists: lists.iter().map(List::read).collect(),
        });
        Ok(())
    }

    /// Takes the issuers of a directory in the layout of the VCI's snapshot, with their keys and lists.
    ///
    /// # Errors
    /// [`NotReadable`] if it is not of that layout.
    pub fn add_snapshot(&mut self, snapshot: &[u8]) -> Result<(), NotReadable> {
        let snapshot = Object::parse(unmarked(snapshot)).map_err(|_| DIRECTORY)?;
        for info in snapshot.get("issuerInfo").and_then(Json::as_list).ok_or(DIRECTORY)? {
            let info = info.as_object().ok_or(DIRECTORY)?;
            let members =
                |name| info.get(name).and_then(Json::as_list).unwrap_or_default().iter().filter_map(Json::as_object);
            self.issuers.push(Issuer {
                iss: iss_of(info).ok_or(DIRECTORY)?.to_owned(),
                keys: members("keys").map(Key::read).collect(),
                lists: members("crls").map(List::read).collect(),
            });
        }
        Ok(())
    }

    /// Takes the issuers of verified lists, with their keys and what they withdrew.
    pub fn add_lists(&mut self, state: &TrustState) {
        for entry in &state.trust().keys {
            // A key that verifiers take no card from is none.
            let signs = entry.signs(Format::Shc) && !matches!(entry.state, KeyState::Revoked { .. });
            let Some(iss) = entry.iss().filter(|_| signs) else { continue };
            let kid = Base64UrlUnpadded::encode_string(&entry.shc_kid());
            let key = Key { kid, key: Some(entry.key.clone()), counter: None };
            match self.issuers.iter_mut().find(|issuer| issuer.iss == iss) {
                Some(issuer) => issuer.keys.push(key),
                None => self.issuers.push(Issuer { iss: iss.to_owned(), keys: vec![key], lists: Vec::new() }),
            }
        }
        for group in state.withdrawals().iter().flat_map(|list| list.groups()) {
            let (Some(iss), Withdrawn::Rid(rids)) = (&group.iss, &group.entries) else { continue };
            let rids = rids.iter().map(|(rid, before)| (rid.clone(), before.map(|before| before.0 as f64))).collect();
            let list = List { kid: Base64UrlUnpadded::encode_string(&group.kid), counter: Ok(1), sound: true, rids };
            self.issuers
                .iter_mut()
                .filter(|issuer| issuer.iss == *iss)
                .take(1)
                .for_each(|issuer| issuer.lists.push(list.clone()));
        }
    }

    /// Takes a directory of the issuers that are admitted: the VCI's list or its snapshot.
    ///
    /// # Errors
    /// [`NotReadable`] if it is neither.
    pub fn set_directory(&mut self, directory: &[u8]) -> Result<(), NotReadable> {
        let file = Object::parse(unmarked(directory)).map_err(|_| DIRECTORY)?;
        let entries = file.get("participating_issuers").or_else(|| file.get("issuerInfo"));
        let entries = entries.and_then(Json::as_list).ok_or(DIRECTORY)?;
        let iss = |entry: &Json| entry.as_object().and_then(iss_of).map(str::to_owned);
        self.directory = Some(entries.iter().filter_map(iss).collect());
        Ok(())
    }

    /// Whether the directory admits an issuer; without one, it does any.
    pub(super) fn admits(&self, iss: &str) -> bool {
        self.directory.as_ref().is_none_or(|directory| directory.contains(iss))
    }

    fn of<'a>(&'a self, iss: &'a str) -> impl Iterator<Item = &'a Issuer> {
        self.issuers.iter().filter(move |issuer| issuer.iss == iss)
    }

    /// Looks for the key, and checks with it what was signed.
    pub(super) fn check_signer(
        &self,
        iss: &str,
        kid: Option<&str>,
        signed: Option<(&str, &[u8])>,
        place: &str,
        issues: &mut Issues,
    ) {
        if self.of(iss).next().is_none() {
            return issues.error(IssueCode::IssuerKeyDownloadError, format!("{place} payload iss"));
        }
        let Some(kid) = kid else {
            return issues.error(IssueCode::JwsVerificationError, format!("{place} header kid"));
        };
        let mut keys = self.of(iss).flat_map(|issuer| &issuer.keys).filter(|key| key.kid == kid).peekable();
        if keys.peek().is_none() {
            let elsewhere = self.issuers.iter().any(|issuer| issuer.keys.iter().any(|key| key.kid == kid));
            let code = if elsewhere { IssueCode::IssuerKidMismatch } else { IssueCode::JwsVerificationError };
            return issues.error(code, format!("{place} header kid"));
        }
        let Some((text, signature)) = signed else { return };
        let holds = |key: &Key| key.key.as_ref().is_some_and(|key| key.verify(text.as_bytes(), signature).is_ok());
        if !keys.any(holds) {
            issues.error(IssueCode::JwsVerificationError, format!("{place} signature"));
        }
    }

    /// Looks at the list of the card's key, and whether the card is on it.
    pub(super) fn check_revocation(
        &self,
        iss: &str,
        kid: Option<&str>,
        claims: &Object,
        place: &str,
        issues: &mut Issues,
    ) {
        let Some(kid) = kid else { return };
        let card = claims.get("vc").and_then(Json::as_object).and_then(|vc| vc.get("rid")).and_then(Json::as_text);
        let nbf = claims.get("nbf").and_then(Json::as_number).unwrap_or(f64::NEG_INFINITY);
        for issuer in self.of(iss) {
            let counters: Vec<_> =
                issuer.keys.iter().filter(|key| key.kid == kid).filter_map(|key| key.counter).collect();
            if counters.iter().any(Result::is_err) {
                issues.error(IssueCode::RevocationError, "jwks crlVersion");
            }
            let lists: Vec<&List> = issuer.lists.iter().filter(|list| list.kid == kid).collect();
            if lists.is_empty() && !counters.is_empty() {
                // The card may be on the list that was not given.
                issues.warning(IssueCode::RevocationError, "crl");
            }
            for list in lists {
                let counted = counters.iter().all(|counter| *counter == list.counter);
                if !list.sound || list.counter.is_err() || !counted {
                    issues.error(IssueCode::RevocationError, "crl");
                }
                let names = |(rid, before): &(String, Option<f64>)| {
                    card == Some(rid.as_str()) && before.is_none_or(|before| nbf < before)
                };
                if list.rids.iter().any(names) {
                    issues.error(IssueCode::Revoked, format!("{place} payload vc.rid"));
                }
            }
        }
    }
}

const DIRECTORY: NotReadable = NotReadable("a directory of issuers in JSON");

fn iss_of<'a>(entry: &'a Object<'a>) -> Option<&'a str> {
    let inner = entry.get("issuer").and_then(Json::as_object).unwrap_or(entry);
    inner.get("iss").and_then(Json::as_text)
}

/// Without the byte order mark that some files begin with.
fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// A counter: a whole number from 1.
fn counter(value: &Json) -> Result<u64, ()> {
    let whole = value.as_number().filter(|number| number.fract() == 0.0 && (1.0..9e15).contains(number));
    whole.map(|number| number as u64).ok_or(())
}

impl Key {
    fn read(jwk: &Object) -> Self {
        let text = |name| jwk.get(name).and_then(Json::as_text);
        Self {
            kid: text("kid").unwrap_or_default().to_owned(),
            key: point(jwk).and_then(|point| VerifyingKey::p256(&point).ok()),
            counter: jwk.get("crlVersion").filter(|version| **version != Json::Null).map(counter),
        }
    }
}

/// The point of a P-256 key; coordinates without their leading zeros occur.
pub(super) fn point(jwk: &Object) -> Option<Vec<u8>> {
    let mut point = vec![4];
    for name in ["x", "y"] {
        let bytes = jwk.get(name).and_then(Json::as_text).and_then(decode_url).filter(|bytes| bytes.len() <= 32)?;
        point.resize(point.len() + 32 - bytes.len(), 0);
        point.extend(bytes);
    }
    Some(point)
}

impl List {
    fn read(list: &Object) -> Self {
        let text = |name| list.get(name).and_then(Json::as_text);
        let entries = list.get("rids").and_then(Json::as_list);
        let read: Vec<_> = entries.unwrap_or_default().iter().map(|entry| entry.as_text().and_then(rid)).collect();
        // Of another method the entries name something else.
        let method = text("method") == Some("rid");
        let sound = method && text("kid").is_some() && entries.is_some() && read.iter().all(Option::is_some);
        Self {
            kid: text("kid").unwrap_or_default().to_owned(),
            counter: list.get("ctr").map_or(Err(()), counter),
            sound,
            rids: if method { read.into_iter().flatten().collect() } else { Vec::new() },
        }
    }
}

/// An entry: a card's number, and after a dot the second before which it counts.
fn rid(entry: &str) -> Option<(String, Option<f64>)> {
    let (rid, before) = match entry.split_once('.') {
        None => (entry, None),
        Some((rid, seconds)) => {
            let digits = !seconds.is_empty() && seconds.bytes().all(|c| c.is_ascii_digit());
            (rid, Some(seconds.parse().ok().filter(|_| digits)?))
        }
    };
    is_rid(rid).then(|| (rid.to_owned(), before))
}
