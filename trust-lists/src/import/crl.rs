//! What CSCAs have revoked: lists of revoked certificates (CRL), each checked with the key of a listed CSCA.
//!
//! Each file speaks of one authority, and is believed by that authority's signature alone: no operator has to vouch
//! for it. One that no listed key signed is counted and left out, so that it never displaces a good one.

use super::encoding::blocks;
use super::icao::shown;
use super::{Authenticity, ImportError, Imported, Input, Observation, Outcome};
use crate::anchor::Anchor;
use crate::status::{RevokedSerials, WithdrawalGroup, Withdrawn};
use tegata_certificate::x509::{Crl, CrlError, Name, PublicKey};

const FORM: &str = "lists of revoked certificates (CRL) in PEM or DER";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, usize::MAX, "one file or more, each of one authority")?;
    let mut imported = None;
    let mut refused = Vec::new();
    for file in files {
        for (label, der) in blocks(&file.bytes).ok_or(ImportError::Form(FORM))? {
            if !matches!(label.as_str(), "" | "X509 CRL") {
                continue;
            }
            match read_one(&der, input) {
                Ok((authority, group, observed)) => {
                    let imported = imported.get_or_insert_with(|| Imported::new(None, Authenticity::Signed(authority)));
                    imported.report.add(Outcome::Taken, &file.name);
                    observed.into_iter().for_each(|observation| imported.report.observe(observation));
                    imported.withdrawals.push(group);
                }
                Err(refusal) => refused.push((refusal, file.name.as_str())),
            }
        }
    }
    // Not one that can be taken: the first says why.
    let mut imported = imported.ok_or(match refused.first() {
        Some((Refusal { alone, .. }, _)) => alone.clone(),
        None => ImportError::Form(FORM),
    })?;
    for (refusal, file) in &refused {
        imported.report.add(refusal.outcome, &format!("{file}: {}", refusal.name));
    }
    Ok(imported)
}

/// A list that is left out.
struct Refusal {
    outcome: Outcome,
    /// Whose list it says it is, where it can be read.
    name: String,
    /// Why nothing was imported, if nothing else can be taken.
    alone: ImportError,
}

fn read_one(der: &[u8], input: &Input<'_>) -> Result<([u8; 32], WithdrawalGroup, Option<Observation>), Refusal> {
    let unread = |outcome| Refusal { outcome, name: String::new(), alone: ImportError::Form(FORM) };
    let crl = Crl::from_der(der).map_err(|error| match error {
        CrlError::Malformed => unread(Outcome::Malformed),
        CrlError::Critical => unread(Outcome::OtherPurpose),
    })?;
    let refusal = |outcome, alone| Refusal { outcome, name: shown(crl.issuer()), alone };
    let mut named = input.anchors.iter().filter(|anchor| names(&crl, anchor)).peekable();
    if named.peek().is_none() {
        return Err(refusal(Outcome::Untrusted, ImportError::AuthorityUnknown));
    }
    let signed = |anchor: &&Anchor| PublicKey::from_spki(&anchor.spki).is_ok_and(|key| crl.is_signed_by(&key).is_ok());
    let Some(anchor) = named.find(signed) else {
        return Err(refusal(Outcome::BadSignature, ImportError::Signature));
    };
    input.policy.check_age(Some(crl.this_update())).map_err(|error| refusal(Outcome::OutOfTime, error))?;
    let authority = anchor.key_hash();
    let serials = crl.serials().iter().map(|serial| serial.to_vec()).collect();
    let list = RevokedSerials { made: crl.this_update(), next: crl.next_update(), serials };
    let stale = list.is_stale(input.policy.now).then_some(Observation::PastNextUpdate);
    let group = WithdrawalGroup { kid: authority.to_vec(), iss: None, entries: Withdrawn::Serial(list) };
    Ok((authority, group, stale))
}

/// Whether the list names that CSCA, by its key or by its name. Expired ones count: they go on revoking until the last
/// of their signers' certificates has ended.
fn names(crl: &Crl<'_>, anchor: &Anchor) -> bool {
    let by_key = crl.authority_key_identifier().is_some_and(|named| Some(named) == anchor.key_identifier.as_deref());
    let by_name = || Name::from_der(&anchor.subject).is_ok_and(|subject| crl.issuer().means(&subject));
    anchor.revoked.is_none() && (by_key || by_name())
}

/// What counts of an authority's lists before and after an import: the newest of each authority. What the import does
/// not speak of stays, and an older list never displaces a newer one.
pub fn keep_newest(before: Vec<WithdrawalGroup>, imported: &mut Imported) {
    let made = |group: &WithdrawalGroup| match &group.entries {
        Withdrawn::Serial(list) => Some(list.made),
        _ => None,
    };
    let mut kept = before;
    for group in std::mem::take(&mut imported.withdrawals) {
        match kept.iter_mut().find(|known| known.kid == group.kid && made(known).is_some()) {
            None => kept.push(group),
            Some(known) if made(known) <= made(&group) => *known = group,
            Some(known) => {
                let name = base16ct::lower::encode_string(&known.kid);
                imported.report.reverse(Outcome::Older, &name);
            }
        }
    }
    imported.withdrawals = kept;
}
