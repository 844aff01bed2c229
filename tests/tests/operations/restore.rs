//! A restore from a backup: what was, is; what was issued after it is given out to nobody else.

use std::collections::BTreeSet;
use std::fs;

use tegata_tests::office::{Certified, manifest};

use super::town::{Town, on_every_store};

/// Takes up what was withdrawn after the backup, withdraws two more, and looks at the door.
fn withdraw(town: &Town, early: &[String], lost: &[String]) {
    let adopted = "tegata-issuer status --adopt requests/*.cose --status-key office-status --trust lists.cbor \
        --root \"$ROOT\"";
    town.run(adopted).good();
    // What the restored register does not know is named by its text.
    let text = manifest(&town.path("lost")).into_iter().find(|one| one.number == lost[0]).expect("was issued").text;
    fs::write(town.path("lost.txt"), text).expect("writes");
    town.run(&format!("revoke --person {}; revoke --certificate lost.txt", early[0])).good();
    town.run("publish_status --request requests").good();
    for gone in [format!("early/{}", early[0]), format!("early/{}", early[1]), format!("lost/{}", lost[0])] {
        assert_eq!(town.verdict(&format!("{gone}.compact.png")), 1, "{gone} is still valid");
    }
    for valid in [format!("early/{}", early[2]), format!("lost/{}", lost[1]), "late/*".to_owned()] {
        let picture = valid.replace('*', "*.compact.png");
        let picture = if valid.contains('*') { picture } else { format!("{valid}.compact.png") };
        assert_eq!(town.verdict(&picture), 0, "{valid} is not valid");
    }
}

fn texts(all: &[Certified]) -> BTreeSet<(&str, &str)> {
    all.iter().map(|one| (one.number.as_str(), one.text.as_str())).collect()
}

#[test]
fn after_a_restore_by_the_page_records_and_certificates_are_as_before_and_no_index_is_used_twice() {
    on_every_store(|server| {
        let mut town = Town::new(server, 12);
        let numbers = town.numbers();
        let (early, lost, late) = (&numbers[..4], &numbers[4..8], &numbers[8..]);
        town.run(&format!("issue {} --out early", Town::people(early))).good();
        let (records, status) = (town.records(), town.status());

        let backup = town.back_up();
        town.run(&format!("issue {} --out lost; revoke --person {}", Town::people(lost), early[1])).good();
        town.run("publish_status --request requests").good();
        town.restore(&backup).good();
        assert_eq!((town.records(), town.status()), (records, status));

        // Nothing is issued from indices that may be used: the message says who allots others.
        let refused = town.run(&format!("issue {} --out late", Town::people(late)));
        assert_eq!(refused.status, 4, "{}\n{}", refused.out, refused.err);
        assert!(refused.err.contains("--add-indices"), "{}", refused.err);
        town.run(
            "kid=$(sed -n 's/.*\"kid\": *\"\\([0-9a-f]*\\)\".*/\\1/p' keys/office.json)
             tegata-trust set-key --kid \"$kid\" --add-indices 4096
             tegata-trust publish --passphrase-fd 3 3< passphrase
             tegata-trust bundle --out lists.cbor",
        )
        .good();
        town.run(&format!("issue {} --out late; issue {} --out again", Town::people(late), Town::people(early))).good();

        let issued = ["early", "lost", "late"].map(|folder| manifest(&town.path(folder)));
        let places: Vec<_> = issued.iter().flatten().filter_map(|one| one.status).collect();
        assert_eq!(places.len(), numbers.len());
        assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len(), "an index was given out twice");
        // As they were, but for the one of which the lists say that it was withdrawn: that person gets another.
        let again = manifest(&town.path("again"));
        let (before, now) = (texts(&issued[0]), texts(&again));
        let other: Vec<_> = before.difference(&now).map(|(number, _)| *number).collect();
        assert_eq!((other, now.len()), (vec![early[1].as_str()], early.len()));
        withdraw(&town, early, lost);
    });
}

#[test]
fn where_the_mark_is_lost_too_the_register_is_told_that_it_was_restored() {
    on_every_store(|server| {
        let mut town = Town::new(server, 4);
        let numbers = town.numbers();
        town.run(&format!("issue {} --out early", Town::people(&numbers[..1]))).good();
        let backup = town.back_up();
        // As on a new machine: the safe's copy of the key file, and nothing beside it.
        let mark = town.key().display().to_string() + ".mark";
        town.run(&format!("issue {} --out lost; rm {mark}", Town::people(&numbers[1..2]))).good();
        town.restore(&backup).good();
        town.run("tegata-issuer register restored").good();
        let refused = town.run(&format!("issue {} --out late", Town::people(&numbers[2..])));
        assert!(refused.status == 4 && refused.err.contains("--add-indices"), "{}\n{}", refused.out, refused.err);
    });
}
