//! What a state revokes: its lists are believed by its signature alone, and only the newest counts.

use crate::desk::{NOW, Office, STATE, anchors, desk, import};
use tegata_issuer::issue::{IssuingKey, KeyProblem};
use tegata_tests::fuzzing::maker::{MadeCrl, Party};
use tegata_tests::specimen;
use tegata_trust_lists::Withdrawn;
use tegata_trust_lists::import::{ImportError, ListKind, Observation, Outcome as Entry, keep_newest};
use tegata_verifier::{Moment, Outcome, Reason};

fn crl(this_update: &'static str, next_update: &'static str, serials: &[u8]) -> MadeCrl {
    let serials = serials.iter().map(|serial| vec![*serial]).collect();
    MadeCrl { issuer: STATE, updates: [this_update, next_update], serials }
}

#[test]
fn a_revoked_signer_signs_nothing_more_and_others_go_on() {
    let list = crl("260601000000Z", "260901000000Z", &[51]).signed_by(STATE);
    let imported = import(ListKind::Crl, vec![list], &anchors()).expect("imports");
    let desk = desk(imported.withdrawals);
    let verdict = desk.verify(&Office::new(51).seal(&specimen::vds_nc()), Moment::Now(NOW));
    assert_eq!((verdict.outcome(), verdict.reason()), (Outcome::NotValid, Some(Reason::SignerRevoked)));
    assert!(verdict.certificate().is_none() && verdict.revocation().is_some_and(|known| known.revoked.is_some()));
    let verdict = desk.verify(&Office::new(52).seal(&specimen::vds_nc()), Moment::Now(NOW));
    assert_eq!((verdict.outcome(), verdict.revocation().map(|known| known.name())), (Outcome::Valid, Some("checked")));
}

#[test]
fn a_revoked_signer_is_not_asked_to_sign() {
    let list = crl("260601000000Z", "260901000000Z", &[51]).signed_by(STATE);
    let imported = import(ListKind::Crl, vec![list], &anchors()).expect("imports");
    let desk = desk(imported.withdrawals);
    let (revoked, other) = (Office::new(51), Office::new(52));
    let key = |office: &Office| IssuingKey::certified(&office.key, &office.certificate, desk.state(), NOW).err();
    assert_eq!((key(&revoked), key(&other)), (Some(KeyProblem::Revoked), None));
}

#[test]
fn one_list_that_is_out_of_time_does_not_keep_the_others_out() {
    let future = crl("270601000000Z", "270901000000Z", &[1]).signed_by(STATE);
    let list = crl("260601000000Z", "260901000000Z", &[51]).signed_by(STATE);
    let imported = import(ListKind::Crl, vec![future, list], &anchors()).expect("imports");
    let count = |outcome| imported.report.count(outcome);
    assert_eq!((count(Entry::Taken), count(Entry::OutOfTime), imported.withdrawals.len()), (1, 1, 1));
}

#[test]
fn an_old_list_is_told_and_still_revokes() {
    let list = crl("260101000000Z", "260401000000Z", &[53]).signed_by(STATE);
    let imported = import(ListKind::Crl, vec![list], &anchors()).expect("imports");
    assert_eq!(imported.report.observed(Observation::PastNextUpdate), 1);
    let desk = desk(imported.withdrawals);
    let verdict = desk.verify(&Office::new(54).seal(&specimen::vds_nc()), Moment::Now(NOW));
    assert_eq!((verdict.outcome(), verdict.reason()), (Outcome::ValidCheck, Some(Reason::RevocationListStale)));
    let verdict = desk.verify(&Office::new(53).seal(&specimen::vds_nc()), Moment::Now(NOW));
    assert_eq!(verdict.reason(), Some(Reason::SignerRevoked));
}

#[test]
fn a_list_that_no_listed_key_signed_is_refused() {
    let list = crl("260601000000Z", "260901000000Z", &[]);
    let impostor = Party { secret: 99, ..STATE };
    assert!(matches!(import(ListKind::Crl, vec![list.signed_by(impostor)], &anchors()), Err(ImportError::Signature)));
    let stranger = Party { name: "Another", secret: 98, ..STATE };
    let strange = MadeCrl { issuer: stranger, ..list.clone() }.signed_by(stranger);
    assert!(matches!(import(ListKind::Crl, vec![strange.clone()], &anchors()), Err(ImportError::AuthorityUnknown)));
    assert!(matches!(import(ListKind::Crl, vec![b"no list".to_vec()], &anchors()), Err(ImportError::Form(_))));
    let future = crl("270601000000Z", "270901000000Z", &[]).signed_by(STATE);
    assert!(matches!(import(ListKind::Crl, vec![future], &anchors()), Err(ImportError::FromTheFuture { .. })));
    // Among others it is counted and left out.
    let files = vec![list.signed_by(impostor), strange, list.signed_by(STATE)];
    let imported = import(ListKind::Crl, files, &anchors()).expect("imports");
    let count = |outcome| imported.report.count(outcome);
    assert_eq!((count(Entry::Taken), count(Entry::BadSignature), count(Entry::Untrusted)), (1, 1, 1));
}

#[test]
fn only_a_newer_list_displaces_what_is_kept() {
    let read = |list: MadeCrl| import(ListKind::Crl, vec![list.signed_by(STATE)], &anchors()).expect("imports");
    let kept = read(crl("260501000000Z", "260801000000Z", &[1, 2])).withdrawals;
    let serials = |groups: &[tegata_trust_lists::WithdrawalGroup]| match groups {
        [group] => match &group.entries {
            Withdrawn::Serial(list) => list.serials.clone(),
            _ => panic!("not by serial number"),
        },
        _ => panic!("{} groups", groups.len()),
    };
    let mut older = read(crl("260401000000Z", "260701000000Z", &[]));
    keep_newest(kept.clone(), &mut older);
    assert_eq!(serials(&older.withdrawals), [[1], [2]]);
    assert_eq!((older.report.count(Entry::Older), older.report.count(Entry::Taken)), (1, 0));
    let mut newer = read(crl("260601000000Z", "260901000000Z", &[3]));
    keep_newest(kept, &mut newer);
    assert_eq!(serials(&newer.withdrawals), [[3]]);
}
