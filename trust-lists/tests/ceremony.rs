//! Officers who never meet sign proposals apart; below the threshold nothing comes of it.

mod workplace;

use std::fs;
use tegata_trust_lists::RootPin;
use workplace::{Workplace, files_in};

/// Three officers with root and trust keys in folders of their own, and a machine that signs heads.
fn officers(place: &Workplace) {
    for officer in ["a", "b", "c"] {
        for role in ["root", "trust"] {
            place.done(&format!("key new {role}-{officer} --demo --keys {officer} --passphrase-fd 0"));
        }
    }
    place.done("key new head-1 --demo --keys online --passphrase-fd 0");
    place.done("key new head-2 --demo --keys spare --passphrase-fd 0");
    place.done("key new status-1 --demo --keys online --passphrase-fd 0");
}

const INIT: &str = "propose init --demo --repository-id DEMO/three --root-key a/root-a.json --root-key b/root-b.json \
    --root-key c/root-c.json --trust-key a/trust-a.json --trust-key b/trust-b.json --trust-key c/trust-c.json \
    --status-key online/status-1.json --head-key online/head-1.json --head-key spare/head-2.json";

/// The first eight digits of the hash that the tool shows.
fn digits(shown: &str) -> String {
    let hash = shown.lines().skip_while(|line| !line.starts_with("SHA-256 of what is signed")).nth(1).expect("a hash");
    hash.split_whitespace().take(2).collect()
}

/// Officers sign a proposal; the chair's words show the hash that they confirm.
fn sign(place: &Workplace, proposal: &str, officers: &[&str], role: &str, shown: &str) -> String {
    let stem = proposal.strip_suffix(".proposal").expect("a proposal");
    let mut signatures = Vec::new();
    for officer in officers {
        let key = format!("{role}-{officer}");
        place.done(&format!("sign {proposal} --keys {officer} --key {key} --yes {} --passphrase-fd 0", digits(shown)));
        signatures.push(format!("{stem}.{key}.sig"));
    }
    signatures.join(" ")
}

/// A repository by ceremony, with one issuer, published. Gives the pin.
fn founded(place: &Workplace) -> RootPin {
    officers(place);
    let shown = place.done(INIT);
    let signatures = sign(place, "root-1.proposal", &["a", "c"], "root", &shown);
    let made = place.done(&format!("assemble root-1.proposal {signatures} --dir trust"));
    let pin: RootPin = made.lines().last().expect("a pin").parse().expect("a pin");
    place.done("key new office --demo --keys office --passphrase-fd 0");
    place.done("add-issuer --name-ja 架空市 --name-en Kakuu --country JP --key office/office.json --format compact");
    let shown = place.done("propose trust");
    let signatures = sign(place, "trust-1.proposal", &["b", "c"], "trust", &shown);
    place.done(&format!("assemble trust-1.proposal {signatures}"));
    place.done("publish --head-only --keys online --passphrase-fd 0");
    pin
}

#[test]
fn three_officers_found_a_repository_without_a_private_key_in_its_folder() {
    let place = Workplace::new();
    let pin = founded(&place);
    let state = place.load(&pin);
    assert_eq!((state.root().root.threshold, state.root().trust.threshold, state.root().head.threshold), (2, 2, 1));
    assert_eq!((state.trust().header.version, state.trust().keys.len()), (1, 1));
    assert!(!place.path("trust/keys").exists());
    assert_eq!(files_in(&place.path("trust/pending")), Vec::<String>::new(), "what is published is not pending");
    assert_eq!(files_in(&place.path("trust/history")), ["head-1.cose"]);
    let transcript = fs::read_to_string(place.path("trust/transcript.txt")).expect("a transcript");
    for wanted in ["root list 1 of DEMO/three assembled", "trust list 1", "`root-a`) signed it", "`trust-c`) signed it"]
    {
        assert!(transcript.contains(wanted), "{transcript}");
    }
    assert_eq!(transcript.matches("signed it").count(), 4);
}

#[test]
fn below_the_threshold_nothing_is_assembled_and_strangers_and_copies_are_named() {
    let place = Workplace::new();
    officers(&place);
    let shown = place.done(INIT);
    let first = sign(&place, "root-1.proposal", &["a"], "root", &shown);
    place.refused(&format!("assemble root-1.proposal {first}"), 2, "1 of the root keys of the new root, 2 must");
    fs::copy(place.path(&first), place.path("copy.sig")).expect("copies");
    place.refused(
        &format!("assemble root-1.proposal {first} copy.sig"),
        2,
        "copy.sig counts nothing: its key has signed",
    );
    assert!(!place.path("trust").join("published").exists(), "nothing came of it");

    let yes = digits(&shown);
    let sign = |rest: &str| format!("sign root-1.proposal {rest} --passphrase-fd 0");
    place.refused(&sign(&format!("--keys online --yes {yes}")), 2, "no key in online");
    place.refused(&sign(&format!("--keys a --key trust-a --yes {yes}")), 2, "is not one of those that must sign");
    place.refused(&sign("--keys b --yes 00000000"), 2, "the hash was not confirmed");
    place.refused(&sign(&format!("--keys b --yes {}", &yes[..7])), 2, "the hash was not confirmed");
    place.refused(&sign("--keys b"), 2, "the hash was not confirmed");
    place.done(&sign(&format!("--keys b --yes {yes}")));

    // A stranger's signature over the same bytes: the same repository proposed with other officers' keys.
    let bytes = fs::read(place.path("root-1.root-b.sig")).expect("reads");
    let mut forged = bytes.clone();
    let kid = place.done("key list --keys spare --json");
    let kid: serde_json::Value = serde_json::from_str(&kid).expect("JSON");
    let kid = base16ct::lower::decode_vec(kid[0]["kid"].as_str().expect("a kid")).expect("hex");
    let own = {
        let listed: serde_json::Value = serde_json::from_str(&place.done("key list --keys b --json")).expect("JSON");
        base16ct::lower::decode_vec(listed[0]["kid"].as_str().expect("a kid")).expect("hex")
    };
    let at = bytes.windows(32).position(|window| window == own).expect("the kid is in the file");
    forged[at..at + 32].copy_from_slice(&kid);
    fs::write(place.path("stranger.sig"), &forged).expect("writes");
    place.refused(
        &format!("assemble root-1.proposal {first} stranger.sig"),
        2,
        "its key is not one of those that must sign",
    );
    let mut broken = bytes.clone();
    let signature = bytes.windows(2).position(|window| window == [0x58, 0x40]).expect("a signature of 64 bytes") + 2;
    broken[signature] ^= 1;
    fs::write(place.path("broken.sig"), broken).expect("writes");
    place.refused(&format!("assemble root-1.proposal {first} broken.sig"), 2, "the signature does not hold");
    fs::write(place.path("junk.sig"), b"junk").expect("writes");
    place.refused(&format!("assemble root-1.proposal {first} junk.sig"), 3, "not a signature file");
    place.refused(&format!("assemble junk.sig {first}"), 3, "not a proposal");
    place.done(&format!("assemble root-1.proposal {first} root-1.root-b.sig stranger.sig broken.sig"));
    let transcript = fs::read_to_string(place.path("trust/transcript.txt")).expect("a transcript");
    assert_eq!((transcript.matches("signed it").count(), transcript.matches("counts nothing").count()), (2, 2));
}

#[test]
fn a_signature_for_one_proposal_counts_nothing_for_another() {
    let place = Workplace::new();
    let pin = founded(&place);
    place.done("key new second --demo --keys office --passphrase-fd 0");
    let shown = place.done("propose trust --out honest.proposal");
    let honest = sign(&place, "honest.proposal", &["a", "b"], "trust", &shown);
    place.done("add-issuer --name-ja 隣町 --name-en Tonari --country JP --key office/second.json --format compact");
    let shown = place.done("propose trust --out other.proposal");
    assert!(shown.contains("issuer Tonari (隣町, JP) is new"), "{shown}");
    place.refused(&format!("assemble other.proposal {honest}"), 2, "it was made for another proposal");
    place.done(&format!("assemble honest.proposal {honest}"));
    // One list a version: another of the same version may not take its place.
    let other = sign(&place, "other.proposal", &["a", "b"], "trust", &shown);
    place.refused(&format!("assemble other.proposal {other}"), 2, "is waiting to be published");
    place.refused("propose trust", 2, "is waiting to be published");
    place.refused("publish --passphrase-fd 0 --keys online", 2, "is waiting to be published");
    place.done(&format!("assemble honest.proposal {honest}"));
    place.done("publish --head-only --keys online --passphrase-fd 0");
    place.refused(&format!("assemble other.proposal {other}"), 2, "it is trust version 2 where 3 follows");
    assert_eq!(place.load(&pin).trust().header.version, 2);
    place.refused(
        &format!("sign other.proposal --keys a --root {} --yes {} --passphrase-fd 0", "0".repeat(64), digits(&shown)),
        4,
        "belongs to the repository with the first root",
    );
}

#[test]
fn the_root_rolls_over_by_old_and_new_officers_and_the_old_chain_stays() {
    let place = Workplace::new();
    let pin = founded(&place);
    place.done("key new root-d --demo --keys d --passphrase-fd 0");
    place.done("key new head-3 --demo --keys online3 --passphrase-fd 0");
    let kid = |keys: &str| {
        let listed: serde_json::Value =
            serde_json::from_str(&place.done(&format!("key list --keys {keys} --json"))).expect("JSON");
        listed[0]["kid"].as_str().expect("a kid").to_owned()
    };
    let (gone, head) = (kid("a"), kid("online"));
    place.refused("propose root --remove-key 00ff00ff", 2, "0 role keys have a kid");
    place.refused("propose root --threshold root=4", 2, "impossible threshold");
    place.refused("propose root --add-root-key online/head-1.json", 2, "a key of the head role twice");
    place.refused("propose root --add-root-key office/office.json", 2, "also belongs to a role");
    let shown = place.done(&format!(
        "propose root --add-root-key d/root-d.json --remove-key {gone} --add-head-key online3/head-3.json --remove-key {head} --root-days 365"
    ));
    assert!(
        shown.contains(&format!("root key {gone} is removed")) && shown.contains("root version 1 becomes 2"),
        "{shown}"
    );
    let played = place.done("rehearse root-2.proposal");
    assert!(played.contains("All 1 past sets and a new verifier arrive."), "{played}");
    // Old officers alone, or new ones alone, are not enough.
    let old = sign(&place, "root-2.proposal", &["a", "b"], "root", &shown);
    place.refused(&format!("assemble root-2.proposal {old}"), 2, "1 of the root keys of the new root, 2 must");
    let new = sign(&place, "root-2.proposal", &["d"], "root", &shown);
    place.refused(
        &format!("assemble root-2.proposal {new} root-2.root-b.sig"),
        2,
        "1 of the root keys in force, 2 must",
    );
    place.done(&format!("assemble root-2.proposal {old} {new}"));
    place.refused("publish --head-only --keys online --passphrase-fd 0", 2, "0 of the keys of the head role");
    assert!(place.done("rehearse").contains("All 1 past sets"), "what waits is played without a proposal too");
    place.done("publish --head-only --keys online3 --passphrase-fd 0");
    let state = place.load(&pin);
    assert_eq!((state.root().header.version, state.head().header.version, state.head().roots.len()), (2, 2, 2));
    assert_eq!(files_in(&place.path("trust/published/v1/root")), ["1.cose", "2.cose"]);
}

#[test]
fn a_root_that_would_leave_verifiers_behind_is_told_before_it_is_signed() {
    let place = Workplace::new();
    let pin = founded(&place);
    place.done("publish --head-only --keys online --passphrase-fd 0");
    for officer in ["x", "y"] {
        place.done(&format!("key new trust-{officer} --demo --keys {officer} --passphrase-fd 0"));
    }
    let kid = |keys: &str, place_of: usize| {
        let listed: serde_json::Value =
            serde_json::from_str(&place.done(&format!("key list --keys {keys} --json"))).expect("JSON");
        listed[place_of]["kid"].as_str().expect("a kid").to_owned()
    };
    // The trust list in force is signed by b and c; both leave.
    let shown = place.done(&format!(
        "propose root --remove-key {} --remove-key {} --add-trust-key x/trust-x.json --add-trust-key y/trust-y.json",
        kid("b", 1),
        kid("c", 1)
    ));
    assert!(shown.contains("the trust list in force is not signed by enough of the new trust keys"), "{shown}");
    let played = place.run("rehearse root-2.proposal");
    assert_eq!(played.status, 2, "{}", played.err);
    assert!(played.err.contains("3 verifiers would be left behind"), "{}", played.err);
    for who in ["left behind: a new verifier", "last took head 1 of", "last took head 2 of", "(list-below-threshold)"] {
        assert!(played.out.contains(who), "{}", played.out);
    }
    let signatures = sign(&place, "root-2.proposal", &["a", "b"], "root", &shown);
    place.done(&format!("assemble root-2.proposal {signatures}"));
    place.refused("publish --head-only --keys online --passphrase-fd 0", 2, "not signed by enough of its keys");

    // With a trust list by the new officers, both are published at once, and everybody arrives.
    let shown = place.done("propose trust");
    let signatures = sign(&place, "trust-2.proposal", &["x", "y"], "trust", &shown);
    place.refused(&format!("assemble trust-2.proposal {}", signatures.split(' ').next().expect("one")), 2, "2 must");
    place.done(&format!("assemble trust-2.proposal {signatures}"));
    assert!(place.done("rehearse").contains("All 2 past sets and a new verifier arrive."));
    place.done("publish --head-only --keys online --passphrase-fd 0");
    let state = place.load(&pin);
    assert_eq!((state.root().header.version, state.trust().header.version), (2, 2));
}
