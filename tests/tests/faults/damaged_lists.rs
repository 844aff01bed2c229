//! Trust lists that are missing, damaged, old or another's: nothing is issued and nothing is judged by them.

use std::fs;

use tegata_tests::office::manifest;
use tegata_tests::specimen::DAY;

use super::inspection::Dice;
use super::town::{Town, device_time};

/// A town that has issued, and a text of its.
fn town_and_text() -> (Town, String) {
    let town = Town::new(5);
    town.does(&town.issue());
    let text = manifest(&town.file("codes")).swap_remove(0).text;
    // Base45 has blanks: the text goes into a file, which is given by its name.
    fs::write(town.file("text.txt"), format!("{text}\n")).expect("writes");
    (town, text)
}

#[test]
fn a_list_that_is_missing_unpinned_another_s_or_a_demonstration_judges_nothing() {
    let (town, _) = town_and_text();
    let verify = format!("{} text.txt", town.verify());
    let (listed, pinned) = ("--trust lists.cbor ", format!("--root {} ", town.pin));
    town.does(&verify);
    town.refuses(&verify.replace(listed, ""), 4, &["no trust list", "--trust BUNDLE"]);
    town.refuses(&verify.replace(&pinned, ""), 4, &["no root is pinned", "trust pin SHA256"]);
    town.refuses(&verify.replace(&town.pin, &"0".repeat(64)), 4, &["(root-not-pinned)", "the list or the pin again"]);
    town.refuses(&verify.replace("--demo ", ""), 4, &["demonstration", "--demo"]);
    town.refuses(
        &verify.replace("lists.cbor", "none.cbor"),
        5,
        &["cannot read the trust list none.cbor", "get the bundle again"],
    );
    town.refuses(&verify.replace("lists.cbor", "sample"), 5, &["cannot read the trust list sample"]);
    town.refuses(&verify.replace("lists.cbor", "sample/doses.csv"), 4, &["(bundle-malformed)", "get the bundle again"]);

    let issue = town.issue();
    town.refuses(
        &issue.replace(&town.pin, &"0".repeat(64)),
        4,
        &["(root-not-pinned)", "get the newest bundle and pin"],
    );
    town.refuses(
        &issue.replace("lists.cbor", "none.cbor"),
        5,
        &["cannot read the trust list none.cbor", "check the name"],
    );
    town.refuses(&issue.replace("lists.cbor", "sample"), 5, &["cannot read the trust list sample"]);

    // Another repository of the same name, whose root nobody pinned, with the same keys.
    let other = town.publish("other.cbor", "DEMO/kakuu", device_time().plus(-600), |_| {}).to_string();
    assert_ne!(other, town.pin);
    town.refuses(&verify.replace("lists.cbor", "other.cbor"), 4, &["(root-not-pinned)"]);
    town.refuses(&issue.replace("lists.cbor", "other.cbor"), 4, &["(root-not-pinned)"]);
    // Parts of two repositories do not make one.
    let bundle =
        |file: &str| tegata_trust_lists::Bundle::parse(&fs::read(town.file(file)).expect("a file")).expect("parses");
    let mut mixed = bundle("lists.cbor");
    mixed.trust = bundle("other.cbor").trust;
    fs::write(town.file("mixed.cbor"), mixed.encode()).expect("writes");
    town.refuses(&verify.replace("lists.cbor", "mixed.cbor"), 4, &["the trust list is refused", "remedy"]);
}

#[test]
fn a_certificate_of_another_repository_is_not_valid() {
    let (town, _) = town_and_text();
    let elsewhere = Town::new(1);
    fs::copy(elsewhere.file("lists.cbor"), town.file("elsewhere.cbor")).expect("copies");
    let line = format!("tegata-verifier verify --trust elsewhere.cbor --root {} --demo text.txt", elsewhere.pin);
    let answer = town.run(&line);
    assert_eq!(answer.status, Some(1), "{}{}", answer.out, answer.complaint);
    assert_eq!(answer.complaint, "");
}

#[test]
fn a_list_that_has_expired_or_comes_from_the_future_judges_nothing() {
    let (town, _) = town_and_text();
    let now = device_time();
    for (file, at, says) in [
        ("old.cbor", now.plus(-300 * DAY), ["(list-expired)", "newest bundle"]),
        ("future.cbor", now.plus(30 * DAY), ["(clock-suspect)", "clock"]),
    ] {
        let pin = town.publish(file, "DEMO/kakuu", at, |_| {}).to_string();
        let line = format!("tegata-verifier verify --trust {file} --root {pin} --demo text.txt");
        town.refuses(&line, 4, &says);
        let line = town.issue().replace("lists.cbor", file).replace(&town.pin, &pin);
        town.refuses(&line, 4, &[says[0], "get the newest bundle"]);
    }
}

#[test]
fn no_cut_and_no_flipped_bit_of_a_bundle_is_believed() {
    let (town, text) = town_and_text();
    let bundle = fs::read(town.file("lists.cbor")).expect("a bundle");
    let line = format!("{} text.txt", town.verify()).replace("lists.cbor", "damaged.cbor");
    let issue = town.issue().replace("lists.cbor", "damaged.cbor");
    let mut dice = Dice::thrown(2_026);
    for round in 0..60 {
        let mut damaged = bundle.clone();
        let what = if round % 3 == 0 {
            let length = dice.below(bundle.len() as u64) as usize;
            damaged.truncate(length);
            format!("cut to {length} bytes")
        } else {
            let bit = dice.below(8 * bundle.len() as u64) as usize;
            damaged[bit / 8] ^= 1 << (bit % 8);
            format!("bit {bit} flipped")
        };
        println!("{what}");
        fs::write(town.file("damaged.cbor"), damaged).expect("writes");
        town.refuses(&line, 4, &["the trust list is refused", "remedy: "]);
        if round % 6 == 0 {
            town.refuses(&issue, 4, &["the trust list is refused", "get the newest bundle"]);
        }
    }
    assert!(!text.is_empty());
}
