//! The counter while its token is away.

use tegata_tests::counter::{Counter, is_told_to_wait, lines, serve_line, write_files};
use tegata_tests::soft_token::{PIN, on_stage};

use super::desk::{Desk, PASSPHRASE};

#[test]
fn the_counter_says_that_its_token_is_away_and_issues_when_it_is_back() {
    on_stage("counter::the_counter_says_that_its_token_is_away_and_issues_when_it_is_back", |tokens| {
        tokens.make("office");
        let desk = Desk::new(tokens);
        let root = desk.open(3, "");
        write_files(&desk.folder, 3, "register = 'register.sqlite'", &root);
        for line in lines("") {
            desk.does(&line, PASSPHRASE);
        }
        let mut counter = Counter::open(&mut desk.command(&serve_line("--pin-fd 0")), PIN, PASSPHRASE);
        for number in 1..=3 {
            let person = counter.find(number);
            tokens.take_away();
            for _ in 0..2 {
                is_told_to_wait(&counter.issue(&person), &["the token is away", "plug it in", "Nothing was issued"]);
            }
            let status = format!("tegata-issuer status --person {number} --json");
            // Its place in the status list is kept for the certificate that was not signed, and for no other.
            let kept = desk.does(&status, "");
            tokens.bring_back();
            let issued = counter.issue(&person);
            assert!(issued.status == 200 && issued.body.contains(">TG1:"), "{}", issued.body);
            let places = |told: &str| told.matches("\"index\":").count();
            let now = desk.does(&status, "");
            assert!(places(&now) == 1 && (places(&kept) == 0 || now.contains(&index(&kept))), "{kept}{now}");
        }
        assert!(counter.is_running());
        desk.does("tegata-issuer audit verify", "");
    });
}

fn index(told: &str) -> String {
    let at = told.find("\"index\":").expect("a place");
    told[at..].split_inclusive(',').next().expect("a number").to_owned()
}
