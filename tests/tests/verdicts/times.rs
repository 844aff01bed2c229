//! The edges of time, one second on each side.

use crate::desk::{DAY, Desk, NOW, Office, compact, words};
use tegata_certificate::{Certificate, Format, StatusIndex, UnixTime};
use tegata_keys::KeyType;
use tegata_verifier::{Moment, Verifier};

fn judge(change: impl FnOnce(&mut Certificate), moment: Moment) -> (&'static str, Option<&'static str>) {
    let office = Office::new(KeyType::Ed25519);
    let mut desk = Desk::new();
    let range = desk.list(&office, &[Format::Compact]).ranges[0];
    let verifier: Verifier = desk.verifier();
    let mut certificate = compact(StatusIndex { shard: range.shard, index: range.from });
    change(&mut certificate);
    words(&verifier.verify(&office.sign(&certificate), moment))
}

#[test]
fn the_end_gets_no_allowance() {
    let ends = |at: UnixTime| judge(|certificate| certificate.expires_at = Some(at), Moment::Now(NOW));
    assert_eq!(ends(NOW), ("valid", None));
    assert_eq!(ends(NOW.plus(-1)), ("not-valid", Some("expired")));
}

#[test]
fn the_beginning_may_lie_five_minutes_ahead() {
    let begins = |at: UnixTime| judge(|certificate| certificate.issued_at = Some(at), Moment::Now(NOW));
    assert_eq!(begins(NOW.plus(300)), ("valid", None));
    assert_eq!(begins(NOW.plus(301)), ("not-valid", Some("not-yet-valid")));
}

#[test]
fn another_time_is_judged_by_the_certificate_s_times_and_this_device_s_lists() {
    let at = |at: UnixTime| {
        judge(|certificate| certificate.expires_at = Some(NOW.plus(10 * DAY)), Moment::At { at, now: NOW })
    };
    assert_eq!(at(NOW.plus(10 * DAY)), ("valid", None));
    assert_eq!(at(NOW.plus(10 * DAY + 1)), ("not-valid", Some("expired")));
    assert_eq!(at(NOW.plus(-100 * DAY)), ("not-valid", Some("not-yet-valid")));
}
