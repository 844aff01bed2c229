//! Papers due: printed, delivered, and never posted to a shielded address unasked.

use tegata_certificate::Format;
use tegata_issuer::approval::{ApprovalKind, Permit, Policy, Subject};
use tegata_issuer::check::Language;
use tegata_issuer::issue::Purpose;
use tegata_issuer::{LetterChoice, LetterError, LetterReason, LetterState, NewLetter, Way};
use tegata_tests::specimen::{DAY, NOW};

use super::desk::Desk;
use super::number;
use super::stores::{Store, on_every_store};

const ROWS: &str = "1,山田　花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                    2,佐藤　誠,サトウ　マコト,1950-01-02,1,2021-06-02,モデルナ,TX1014\n";

fn shield(store: &Store) {
    match store {
        Store::File(folder) => {
            let file = folder.path().join("register.sqlite");
            super::stores::run_sqlite(&file, "UPDATE person SET shielded = 1 WHERE number = '1'");
        }
        Store::Server { server, database, .. } => {
            server.ask(database, "UPDATE person SET shielded = 1 WHERE number = '1'");
        }
    }
}

#[test]
fn a_paper_goes_from_due_to_printed_to_delivered_and_no_other_way() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let issued = desk.issue("1", &[Format::Compact], Purpose::Domestic);
        let certificates: Vec<String> = issued.iter().filter_map(|one| one.identifier.clone()).collect();
        let one = number("1");
        let letter = |person, way| NewLetter {
            person,
            reason: LetterReason::Issued,
            language: Language::En,
            way,
            certificates: &certificates,
        };
        let mut register = desk.register();
        let key_holder = Permit::KEY_HOLDER;
        let id = register.letter_due(&letter(&one, Way::Post), &key_holder, NOW).expect("is due");
        let nobody = number("404");
        assert!(matches!(
            register.letter_due(&letter(&nobody, Way::Post), &key_holder, NOW),
            Err(LetterError::NobodyThere)
        ));
        let due = register.letters(&LetterChoice::Due, 0, 10).expect("reads");
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].id, due[0].person.clone(), due[0].language), (id, one, Language::En));
        assert!(due[0].certificates == certificates && !due[0].withheld);

        assert!(matches!(register.letter_delivered(id, Way::Post, NOW), Err(LetterError::NotPrinted)));
        assert!(matches!(register.letters_printed(&[id, 99], "a.pdf", NOW), Err(LetterError::Unknown)));
        assert_eq!(register.letters(&LetterChoice::Due, 0, 10).expect("reads").len(), 1, "half of it was noted");
        register.letters_printed(&[id], "a.pdf", NOW).expect("prints");
        register.letters_printed(&[id], "b.pdf", NOW.plus(60)).expect("prints again");
        let printed = register.letters(&LetterChoice::Printed, 0, 10).expect("reads").remove(0);
        assert_eq!(printed.printed.expect("is printed").2, "b.pdf");
        register.letter_delivered(id, Way::Counter, NOW.plus(DAY)).expect("delivers");
        for again in [
            register.letter_delivered(id, Way::Counter, NOW.plus(DAY)),
            register.letters_printed(&[id], "c.pdf", NOW.plus(DAY)),
        ] {
            assert!(matches!(again, Err(LetterError::Before(LetterState::Delivered))), "{again:?}");
        }
        assert!(register.letters(&LetterChoice::Due, 0, 10).expect("reads").is_empty());
        let all = register.letters(&LetterChoice::All, 0, 10).expect("reads").remove(0);
        assert_eq!((all.state, all.way), (LetterState::Delivered, Way::Counter));
    });
}

#[test]
fn nothing_is_posted_to_a_shielded_address_unless_a_second_person_approved_it() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let one = number("1");
        let letter = |way| NewLetter {
            person: &one,
            reason: LetterReason::Issued,
            language: Language::Ja,
            way,
            certificates: &[],
        };
        let mut register = desk.register();
        let key_holder = Permit::KEY_HOLDER;
        // It was due before the address was shielded: what counts is now.
        let early = register.letter_due(&letter(Way::Post), &key_holder, NOW).expect("is due");
        shield(store);
        assert!(register.letters(&LetterChoice::Due, 0, 10).expect("reads")[0].withheld);
        assert!(matches!(register.letters_printed(&[early], "a.pdf", NOW), Err(LetterError::Shielded)));
        for permit in [key_holder, Permit::under(Policy::default())] {
            let refused = register.letter_due(&letter(Way::Post), &permit, NOW);
            assert!(matches!(refused, Err(LetterError::Shielded)), "{refused:?}");
        }
        let counter = register.letter_due(&letter(Way::Counter), &key_holder, NOW).expect("is due");
        register.letters_printed(&[counter], "a.pdf", NOW).expect("prints");
        let posted = register.letter_delivered(counter, Way::Post, NOW);
        assert!(matches!(posted, Err(LetterError::Shielded)), "{posted:?}");
        register.letter_delivered(counter, Way::Counter, NOW).expect("hands over");

        let granted = desk.granted(ApprovalKind::PostProtected, &Subject::Person(one.clone()));
        let permit = key_holder.with(&granted);
        let approved = register.letter_due(&letter(Way::Post), &permit, NOW).expect("is due");
        assert!(register.letter_due(&letter(Way::Post), &permit, NOW).is_err(), "an approval serves once");
        register.letters_printed(&[approved], "a.pdf", NOW).expect("prints");
        register.letter_delivered(approved, Way::Post, NOW).expect("posts");
    });
}

#[test]
fn all_papers_are_listed_page_by_page() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let mut register = desk.register();
        let two = number("2");
        let letter = NewLetter {
            person: &two,
            reason: LetterReason::Issued,
            language: Language::Ja,
            way: Way::Counter,
            certificates: &[],
        };
        for _ in 0..7 {
            register.letter_due(&letter, &Permit::KEY_HOLDER, NOW).expect("is due");
        }
        let (mut after, mut seen) = (0, Vec::new());
        loop {
            let page = register.letters(&LetterChoice::Due, after, 3).expect("reads");
            let Some(last) = page.last() else { break };
            after = last.id;
            seen.extend(page.iter().map(|letter| letter.id));
        }
        assert_eq!(seen, (1..=7).collect::<Vec<_>>());
    });
}
