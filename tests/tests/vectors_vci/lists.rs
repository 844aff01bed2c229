//! The imported directory as a verifier has it: in signed lists.

use crate::{Snapshot, iss};
use std::collections::BTreeSet;
use tegata_certificate::{Format, UnixTime};
use tegata_tests::vectors::Tally;
use tegata_trust_lists::publish::{DemoRepository, Draft, DraftImport};
use tegata_trust_lists::{Header, KeyState, TrustState, Withdrawable, Withdrawals, Withdrawn};

/// An issuer counts as dead after so many seconds: 180 days.
const DEAD_AFTER: i64 = 180 * 86_400;

pub fn all(snapshot: &Snapshot) -> Tally {
    let mut tally = Tally::new("lists");
    let mut imported = snapshot.imported(DEAD_AFTER);
    let mut draft = Draft::new("DEMO/vci");
    let record = || DraftImport::new("vci", "vci", [b"snapshot".as_slice()].into_iter(), snapshot.made);
    let merged = draft.merge(&mut imported, record(), false, snapshot.made).expect("merges");
    tally.check("every key is new", merged.added == imported.keys.len() as u64);
    let mut again = snapshot.imported(DEAD_AFTER);
    let merged = draft.merge(&mut again, record(), false, snapshot.made).expect("merges again");
    tally.check("imported again, nothing changes", (merged.unchanged, merged.added, merged.withdrawn) == (961, 0, 0));

    let state = publish(&draft, snapshot.made);
    for key in &state.trust().keys {
        // Issuers share keys, and names differ by letter case only: exactly the one entry answers.
        let found: Vec<_> = state.shc_candidates(iss(key), &key.shc_kid()).collect();
        let only = matches!(found[..], [one] if one.iss() == key.iss() && one.state == KeyState::Active);
        tally.check(format!("{} finds its key", iss(key)), only);
    }
    let shared = state.trust().keys.iter().map(|key| key.shc_kid()).collect::<BTreeSet<_>>();
    let by_kid = |kid: &[u8; 32]| state.candidates(Format::Shc, kid).count() == 0;
    tally.check("no key is found by its kid alone", shared.iter().all(by_kid));
    withdrawals(&mut tally, snapshot);
    tally
}

fn publish(draft: &Draft, now: UnixTime) -> TrustState {
    let lists = draft.lists().expect("lists");
    let mut demo = DemoRepository::new("vci", now).expect("a repository");
    (demo.issuers, demo.keys) = (lists.issuers, lists.keys);
    let (bundle, pin) = demo.publish(now).expect("publishes");
    TrustState::load(&bundle, &pin, now).expect("loads")
}

/// Every withdrawn card is found, and none of another issuer, key or later date.
fn withdrawals(tally: &mut Tally, snapshot: &Snapshot) {
    let groups = snapshot.imported(DEAD_AFTER).withdrawals;
    let header = Header {
        version: 1,
        issued_at: snapshot.made,
        expires_at: snapshot.made.plus(86_400),
        repository_id: "DEMO/vci".to_owned(),
    };
    let list = Withdrawals::new(header, 1, "vci 2026-08-22", groups.clone()).expect("a list");
    for group in &groups {
        let (Some(iss), Withdrawn::Rid(rids)) = (group.iss.as_deref(), &group.entries) else { continue };
        let kid: &[u8; 32] = group.kid.as_slice().try_into().expect("a thumbprint");
        let other = [0; 32];
        for (rid, before) in rids {
            let card = |iss, kid, rid, nbf| list.holds(&Withdrawable::Shc { iss, kid, rid, nbf });
            let last = before.map_or(snapshot.made, |before| before.plus(-1));
            let held = card(iss, kid, rid.as_str(), last)
                && before.is_none_or(|before| !card(iss, kid, rid.as_str(), before))
                && !card("https://example.org", kid, rid.as_str(), last)
                && !card(iss, &other, rid.as_str(), last)
                && !card(iss, kid, &rid[1..], last);
            tally.check(format!("{rid} of {iss}"), held);
        }
    }
}
