//! Lists as deterministic CBOR: equal lists give equal bytes.

use crate::anchor::{self, Anchor, AnchorRevocation};
use crate::entry::{Authority, KeyEntry, KeyState, RETIRED, REVOKED, RevocationReason, kind_number, label};
use crate::head::{self, Head, NamedFile, StatusFiles};
use crate::header::{self, Header};
use crate::role::Role;
use crate::root::{self, RoleKeys, Root};
use crate::trust::{self, Issuer, Trust};
use tegata_certificate::cbor::Writer;
use tegata_certificate::{Country, UnixTime};

/// Pairs in the header.
const HEADER_PAIRS: usize = 6;

fn write_time(writer: &mut Writer, time: UnixTime) {
    // A negative time would be refused by every reader, also by the publisher's own last check.
    writer.int(time.0);
}

pub(crate) fn write_header(writer: &mut Writer, role: Role, header: &Header, more_pairs: usize) {
    writer.map(HEADER_PAIRS + more_pairs);
    writer.uint(header::TYPE);
    writer.uint(role.number());
    writer.uint(header::VERSION);
    writer.uint(header.version);
    writer.uint(header::ISSUED_AT);
    write_time(writer, header.issued_at);
    writer.uint(header::EXPIRES_AT);
    write_time(writer, header.expires_at);
    writer.uint(header::SPEC);
    writer.text(header::SPECIFICATION);
    writer.uint(header::REPOSITORY_ID);
    writer.text(&header.repository_id);
}

impl Root {
    /// The list's payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(1024);
        write_header(&mut writer, Role::Root, &self.header, 2);
        writer.uint(root::ROLES);
        let roles: Vec<_> = Role::ALL.into_iter().filter_map(|role| Some((role, self.role(role)?))).collect();
        writer.map(roles.len());
        for (role, keys) in roles {
            writer.uint(role.number());
            write_role_keys(&mut writer, keys);
        }
        writer.uint(root::GRACE);
        writer.int(self.grace_cap);
        writer.into_bytes()
    }
}

fn write_role_keys(writer: &mut Writer, keys: &RoleKeys) {
    writer.array(2);
    writer.uint(keys.threshold);
    writer.array(keys.keys.len());
    for key in &keys.keys {
        writer.encoded(&key.to_cose_key());
    }
}

impl Trust {
    /// The list's payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(256 + 128 * self.issuers.len() + 192 * self.keys.len());
        write_header(&mut writer, Role::Trust, &self.header, 2 + usize::from(!self.anchors.is_empty()));
        writer.uint(trust::ISSUERS);
        writer.array(self.issuers.len());
        for issuer in &self.issuers {
            write_issuer(&mut writer, issuer);
        }
        writer.uint(trust::KEYS);
        writer.array(self.keys.len());
        for key in &self.keys {
            let home = self.issuers.get(key.issuer).map(|issuer| issuer.country);
            write_entry(&mut writer, key, home);
        }
        if !self.anchors.is_empty() {
            writer.uint(trust::ANCHORS);
            writer.array(self.anchors.len());
            for anchor in &self.anchors {
                write_anchor(&mut writer, anchor);
            }
        }
        writer.into_bytes()
    }
}

fn write_issuer(writer: &mut Writer, issuer: &Issuer) {
    writer.map(3);
    writer.uint(trust::NAME_JA);
    writer.text(&issuer.name_ja);
    writer.uint(trust::NAME_EN);
    writer.text(&issuer.name_en);
    writer.uint(trust::COUNTRY);
    writer.text(issuer.country.as_str());
}

/// An entry; what follows from the rest of the list is not stated.
fn write_entry(writer: &mut Writer, entry: &KeyEntry, home: Option<Country>) {
    let stated_kid = entry.kid != entry.key.thumbprint();
    let stated_authority = match (&entry.authority, home) {
        (Authority::Countries(countries), Some(home)) => *countries != [home],
        _ => true,
    };
    let optional = [
        stated_kid,
        stated_authority,
        !entry.diseases.is_empty(),
        entry.max_life.is_some(),
        !entry.ranges.is_empty(),
        entry.state != KeyState::Active,
        entry.hint.is_some(),
        entry.source.is_some(),
    ];
    writer.map(8 + optional.iter().filter(|there| **there).count());
    if stated_kid {
        writer.uint(label::KID);
        writer.bytes(&entry.kid);
    }
    writer.uint(label::COSE_KEY);
    writer.encoded(&entry.key.to_cose_key());
    writer.uint(label::ALGORITHM);
    writer.int(entry.key.algorithm().cose());
    writer.uint(label::ISSUER);
    writer.uint(entry.issuer as u64);
    writer.uint(label::FORMATS);
    write_set(writer, entry.formats.iter().map(|format| format.number()), |writer, number| writer.uint(*number));
    if stated_authority {
        write_authority(writer, &entry.authority);
    }
    writer.uint(label::KINDS);
    write_set(writer, entry.kinds.iter().map(|kind| kind_number(*kind)), |writer, number| writer.uint(*number));
    if !entry.diseases.is_empty() {
        writer.uint(label::DISEASES);
        write_set(writer, entry.diseases.iter(), |writer, code| writer.text(code));
    }
    for (label, time) in [
        (label::SIGN_FROM, entry.sign_from),
        (label::SIGN_UNTIL, entry.sign_until),
        (label::VALID_UNTIL, entry.valid_until),
    ] {
        writer.uint(label);
        write_time(writer, time);
    }
    write_rest(writer, entry);
}

/// The labels after the windows.
fn write_rest(writer: &mut Writer, entry: &KeyEntry) {
    if let Some(life) = entry.max_life {
        writer.uint(label::MAX_LIFE);
        writer.int(life);
    }
    if !entry.ranges.is_empty() {
        writer.uint(label::RANGES);
        write_set(writer, entry.ranges.iter(), |writer, range| {
            writer.array(3);
            writer.uint(range.shard);
            writer.uint(range.from);
            writer.uint(range.to);
        });
    }
    match entry.state {
        KeyState::Active => {}
        KeyState::Retired => {
            writer.uint(label::STATE);
            writer.uint(RETIRED);
        }
        KeyState::Revoked { at, reason } => {
            writer.uint(label::STATE);
            write_revoked(writer, at, reason);
        }
    }
    if let Some(hint) = entry.hint {
        writer.uint(label::HINT);
        writer.bytes(&hint);
    }
    if let Some(source) = &entry.source {
        writer.uint(label::SOURCE);
        writer.text(source);
    }
}

fn write_anchor(writer: &mut Writer, anchor: &Anchor) {
    use anchor::label;
    let optional = [anchor.key_identifier.is_some(), anchor.revoked.is_some(), anchor.source.is_some()];
    writer.map(6 + optional.iter().filter(|there| **there).count());
    writer.uint(label::COUNTRY);
    writer.text(anchor.country.as_str());
    writer.uint(label::SUBJECT);
    writer.bytes(&anchor.subject);
    if let Some(identifier) = &anchor.key_identifier {
        writer.uint(label::KEY_IDENTIFIER);
        writer.bytes(identifier);
    }
    writer.uint(label::SPKI);
    writer.bytes(&anchor.spki);
    writer.uint(label::FROM);
    write_time(writer, anchor.from);
    writer.uint(label::UNTIL);
    write_time(writer, anchor.until);
    writer.uint(label::SHA256);
    writer.bytes(&anchor.sha256);
    if let Some(AnchorRevocation { at, reason }) = anchor.revoked {
        writer.uint(label::STATE);
        write_revoked(writer, at, reason);
    }
    if let Some(source) = &anchor.source {
        writer.uint(label::SOURCE);
        writer.text(source);
    }
}

fn write_revoked(writer: &mut Writer, at: UnixTime, reason: RevocationReason) {
    writer.array(3);
    writer.uint(REVOKED);
    write_time(writer, at);
    writer.uint(reason.number());
}

fn write_authority(writer: &mut Writer, authority: &Authority) {
    match authority {
        Authority::Countries(countries) => {
            writer.uint(label::COUNTRIES);
            write_set(writer, countries.iter(), |writer, country| writer.text(country.as_str()));
        }
        Authority::Iss(iss) => {
            writer.uint(label::ISS);
            writer.text(iss);
        }
    }
}

/// A set as an ascending array, whatever order it came in.
fn write_set<T: Ord>(writer: &mut Writer, items: impl Iterator<Item = T>, write: impl Fn(&mut Writer, &T)) {
    let mut items: Vec<_> = items.collect();
    items.sort_unstable();
    items.dedup();
    writer.array(items.len());
    for item in &items {
        write(writer, item);
    }
}

impl Head {
    /// The list's payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(256 + 64 * self.roots.len() + 160 * self.status.len());
        let optional = [!self.withdrawals.is_empty(), self.rules.is_some()];
        write_header(&mut writer, Role::Head, &self.header, 3 + optional.iter().filter(|there| **there).count());
        writer.uint(head::ROOTS);
        writer.array(self.roots.len());
        for root in &self.roots {
            write_named(&mut writer, root);
        }
        writer.uint(head::TRUST);
        write_named(&mut writer, &self.trust);
        writer.uint(head::STATUS);
        writer.map(self.status.len());
        for (shard, files) in &self.status {
            writer.uint(*shard);
            write_status(&mut writer, files);
        }
        if !self.withdrawals.is_empty() {
            writer.uint(head::WITHDRAWALS);
            writer.map(self.withdrawals.len());
            for (list, file) in &self.withdrawals {
                writer.uint(*list);
                write_named(&mut writer, file);
            }
        }
        if let Some(rules) = &self.rules {
            writer.uint(head::RULES);
            write_named(&mut writer, rules);
        }
        writer.into_bytes()
    }
}

fn write_named(writer: &mut Writer, file: &NamedFile) {
    writer.array(3);
    writer.bytes(&file.hash);
    writer.uint(file.length);
    writer.uint(file.version);
}

fn write_status(writer: &mut Writer, files: &StatusFiles) {
    writer.array(3);
    write_named(writer, &files.base);
    match &files.delta {
        Some(delta) => write_named(writer, delta),
        None => writer.null(),
    }
    writer.bytes(&files.result);
}
