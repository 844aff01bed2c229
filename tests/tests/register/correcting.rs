//! One record corrected: what follows, and that nothing follows by halves.

use std::sync::atomic::{AtomicUsize, Ordering};
use tegata_certificate::{Format, VerifyingKey};
use tegata_issuer::approval::{ApprovalError, ApprovalKind, Permit, Policy, Subject};
use tegata_issuer::check::Code;
use tegata_issuer::correct::{CorrectError, Edit};
use tegata_issuer::issue::{Purpose, Refusal};
use tegata_issuer::lifecycle::{State, life};
use tegata_issuer::review::{Difference, Standing};
use tegata_issuer::withdraw::request_name;
use tegata_issuer::{LetterChoice, LetterReason, LetterState, Register, Way};
use tegata_keys::{SignError, Signer};
use tegata_tests::specimen::{DAY, NOW};

use super::desk::{Desk, How};
use super::number;
use super::stores::{Store, on_every_store};

const ROWS: &str = "1,山田　花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                    1,山田　花子,ヤマダ　ハナコ,1980-05-06,2,2021-06-22,ファイザー,TX1014\n\
                    2,佐藤　誠,サトウ　マコト,1950-01-02,1,2021-06-02,モデルナ,TX1014\n";

/// All of a register that a correction may touch.
fn holdings(register: &mut Register) -> String {
    let mut told = String::new();
    for person in ["1", "2"] {
        let record = register.record(&number(person)).expect("reads").expect("is there");
        told += &format!("{person} {:?} ", record.content_hash());
        for one in life(register, &number(person), NOW.plus(2 * DAY)).expect("reads").certificates {
            told += &format!("{} {} {:?};", one.identifier, one.state.name(), one.replaced_by);
        }
    }
    let letters = register.letters(&LetterChoice::All, 0, 100).expect("reads");
    told += &format!("{letters:?} {:?}", register.status().expect("reads"));
    let earlier = register.earlier_all(&number("1")).expect("reads");
    told + &format!("{} versions", earlier.len())
}

#[test]
fn a_correction_puts_a_new_certificate_in_the_place_of_the_one_it_contradicts() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let (old, other) = (desk.compact("1"), desk.compact("2"));
        let done = desk.correct("1", &["2.lot=TX1099", "name=山田　華子"], How::default()).expect("corrects");
        assert!(done.changed && done.correction == Some(1) && done.findings.is_empty());
        assert_eq!(done.successors.len(), 1);
        let successor = &done.successors[0];
        assert_eq!((successor.format, successor.standing), (Format::Compact, Standing::Contradicted(Difference::Name)));
        assert!(successor.is_withdrawn && successor.new.is_some() && successor.refusal.is_none());

        // The record, and what it was.
        let record = desk.register().record(&number("1")).expect("reads").expect("is there");
        assert_eq!(record.person.registered.as_ref().expect("a name").to_line(), "山田　華子");
        let lots: Vec<_> = record.doses.iter().map(|dose| dose.lot.as_deref()).collect();
        assert_eq!(lots, [Some("TX1013"), Some("TX1099")]);
        let earlier = desk.register().earlier_all(&number("1")).expect("reads");
        assert_eq!(earlier.len(), 1);
        assert_eq!(earlier[0].doses[1].lot.as_deref(), Some("TX1014"));

        // The old one is in the request, and in none but it.
        let place = desk.read(&old).status.expect("a place");
        let request = desk.opened(1);
        let index = u32::try_from(place.index).expect("below 2^24");
        assert_eq!(request.revoke.into_iter().collect::<Vec<_>>(), [(place.shard, vec![index])]);
        assert!(request.reinstate.is_empty() && request.add.is_empty() && request.lift.is_empty());

        // The new one says what the record says, and is what issuing gives from now on.
        let text = done.texts[0].text.as_ref().expect("a text");
        let new = desk.read(text);
        assert_ne!(new.status, Some(place));
        assert_eq!(new.doses[1].lot.as_deref(), Some("TX1099"));
        assert_eq!(desk.compact("1"), *text);
        assert_eq!(desk.compact("2"), other, "somebody else's is untouched");

        // A paper is due, of the new one.
        let letters = desk.register().letters(&LetterChoice::Due, 0, 10).expect("reads");
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].reason, letters[0].way), (LetterReason::Corrected, Way::Counter));
        assert_eq!((Some(letters[0].id), letters[0].correction), (done.letter, done.correction));
        assert_eq!(letters[0].certificates, [successor.new.clone().expect("a new one")]);
    });
}

#[test]
fn correcting_again_changes_nothing_and_hands_the_same_request_out() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.compact("1");
        let first = desk.correct("1", &["2.lot=TX1099"], How::default()).expect("corrects");
        let file = desk.requests().join(request_name(1));
        let bytes = std::fs::read(&file).expect("its file");
        std::fs::remove_file(&file).expect("was there");
        let before = holdings(&mut desk.register());
        let again = desk.correct("1", &["2.lot=TX1099"], How { at: 60, ..How::default() }).expect("corrects");
        assert!(!again.changed && again.correction.is_none() && again.successors.is_empty() && again.letter.is_none());
        assert_eq!(again.requests, first.requests);
        assert_eq!(std::fs::read(&file).expect("is there again"), bytes);
        assert!(!desk.requests().join(request_name(2)).exists());
        assert_eq!(holdings(&mut desk.register()), before);
    });
}

#[test]
fn corrected_back_the_record_gets_a_third_certificate_and_not_the_withdrawn_one() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let first = desk.compact("1");
        desk.correct("1", &["2.lot=TX1099"], How::default()).expect("corrects");
        let back = desk.correct("1", &["2.lot=TX1014"], How { at: 60, ..How::default() }).expect("corrects");
        let third = back.texts[0].text.clone().expect("a text");
        assert_ne!(desk.read(&third).status, desk.read(&first).status);
        assert_eq!(desk.opened(2).revoke.values().flatten().count(), 1);
        let certificates = life(&mut desk.register(), &number("1"), NOW.plus(2 * DAY)).expect("reads").certificates;
        let states: Vec<State> = certificates.iter().map(|one| one.state).collect();
        assert_eq!(states, [State::Corrected, State::Corrected, State::Issued]);
        assert_eq!(certificates[0].replaced_by.as_ref(), Some(&certificates[1].identifier));
        assert_eq!(certificates[1].replaced_by.as_ref(), Some(&certificates[2].identifier));
    });
}

#[test]
fn what_the_correction_does_not_contradict_stays_unless_it_is_to_be_renewed() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let old = desk.compact("1");
        let more = ["add number=3,date=2022-02-01,product=ファイザー,lot=TX2001", "romanised=YAMADA<<HANAKO"];
        let done = desk.correct("1", &more, How::default()).expect("corrects");
        assert!(done.changed && done.correction.is_some() && done.successors.is_empty() && done.letter.is_none());
        assert!(!desk.requests().exists(), "a true certificate was withdrawn");
        let renewed = desk.correct("1", &[], How { renew: true, at: 60, ..How::default() }).expect("renews");
        assert!(!renewed.changed && renewed.correction.is_some());
        assert_eq!(renewed.successors[0].standing, Standing::Surpassed);
        let text = renewed.texts[0].text.clone().expect("a text");
        assert_eq!(desk.read(&text).doses.len(), 3);
        let place = desk.read(&old).status.expect("a place");
        assert_eq!(desk.opened(1).revoke.keys().copied().collect::<Vec<_>>(), [place.shard]);
    });
}

#[test]
fn a_dose_that_was_another_person_s_is_removed_and_with_the_last_one_the_certificate_goes() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.compact("2");
        let refused = desk.correct("2", &["remove 1"], How::default()).expect_err("refuses");
        assert!(matches!(
            refused,
            CorrectError::NoReplacement { format: Format::Compact, refusal: Refusal::NoDoseForFamily }
        ));
        assert_eq!(desk.register().record(&number("2")).expect("reads").expect("is there").doses.len(), 1);
        let how = How { withdraw_only: true, ..How::default() };
        let done = desk.correct("2", &["remove 1"], how).expect("corrects");
        assert!(done.texts.is_empty() && done.successors[0].new.is_none());
        assert!(desk.register().record(&number("2")).expect("reads").expect("is there").doses.is_empty());
        let certificates = life(&mut desk.register(), &number("2"), NOW.plus(2 * DAY)).expect("reads");
        assert_eq!((certificates.record, certificates.certificates[0].state), (Some(State::Draft), State::Revoked));
        let letters = desk.register().letters(&LetterChoice::Due, 0, 10).expect("reads");
        assert_eq!(letters[0].reason, LetterReason::Revoked);
    });
}

#[test]
fn a_corrected_record_is_checked_as_an_import_checks_it() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.compact("1");
        let before = holdings(&mut desk.register());
        let blocked = |edits: &[&str]| match desk.correct("1", edits, How::default()) {
            Err(CorrectError::Blocked(faults)) => faults.iter().map(|fault| fault.code).collect::<Vec<_>>(),
            other => panic!("not blocked: {other:?}"),
        };
        assert_eq!(blocked(&["2.date=2021-06-31"]), [Code::ImpossibleDate]);
        assert_eq!(blocked(&["2.date=2031-06-22"]), [Code::FutureDate]);
        assert!(blocked(&["2.date=2021-05-22"]).contains(&Code::DoseOrder));
        assert_eq!(blocked(&["birth="]), [Code::MissingBirthDate]);
        assert!(blocked(&["birth=2022-01-01"]).contains(&Code::DoseBeforeBirth));
        assert_eq!(blocked(&["2.product=水"]), [Code::UnknownMaker]);
        assert_eq!(blocked(&["2.lot=ロット"]), [Code::BadLot]);
        assert_eq!(blocked(&["name=山\u{E000}"]), [Code::PrivateCharacter]);
        assert_eq!(blocked(&["romanised=Yamada Hanako"]), [Code::RomanisedNotMrz]);
        assert!(blocked(&["2.number=1"]).contains(&Code::ConflictingDose));
        assert_eq!(blocked(&["name=山田　123456789018"]), [Code::MyNumber]);
        for edits in [["9.lot=X"], ["remove 9"]] {
            assert!(matches!(desk.correct("1", &edits, How::default()), Err(CorrectError::NoSuchDose(9))));
        }
        assert!(matches!(desk.correct("77", &[], How::default()), Err(CorrectError::NobodyThere)));

        let early = ["2.date=2021-06-08"];
        let told = desk.correct("1", &early, How::default()).expect_err("somebody must look");
        let CorrectError::Unconfirmed(faults) = &told else { panic!("{told}") };
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), [Code::IntervalTooShort]);
        assert!(!told.to_string().contains("2021-06"), "{told}");
        assert_eq!(holdings(&mut desk.register()), before, "something was refused and changed");

        let confirm = [Code::IntervalTooShort];
        let done = desk.correct("1", &early, How { confirm: &confirm, ..How::default() }).expect("corrects");
        assert_eq!(done.texts.len(), 1);
        // What was confirmed stays so: the next correction need not say it again, and issuing goes on.
        desk.correct("1", &["2.lot=TX1077"], How { at: 60, ..How::default() }).expect("corrects");
        assert!(desk.read(&desk.compact("1")).doses[1].lot.as_deref() == Some("TX1077"));
    });
}

#[test]
fn looked_at_only_a_correction_changes_nothing_and_tells_all() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.issue("1", &[Format::Compact], Purpose::Domestic);
        let before = holdings(&mut desk.register());
        let how = How { dry_run: true, ..How::default() };
        let tried = desk.correct("1", &["2.lot=TX1099"], how).expect("looks");
        assert!(tried.changed && tried.correction.is_none() && tried.texts.is_empty());
        assert_eq!(tried.successors.len(), 1);
        assert!(tried.successors[0].new.is_none() && tried.successors[0].is_withdrawn);
        assert_eq!(holdings(&mut desk.register()), before);
        assert!(!desk.requests().exists());
    });
}

#[test]
fn a_family_without_status_gets_a_new_certificate_once_and_its_old_one_stays_told() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.correct("1", &["romanised=YAMADA<<HANAKO"], How::default()).expect("corrects");
        desk.issue("1", &[Format::EuDcc], Purpose::Travel);
        let done = desk.correct("1", &["2.date=2021-06-23"], How { at: 60, ..How::default() }).expect("corrects");
        let eu: Vec<_> = done.successors.iter().filter(|one| one.format == Format::EuDcc).collect();
        assert!(!eu.is_empty() && eu.iter().all(|one| !one.is_withdrawn && one.new.is_some()));
        assert!(done.requests.is_empty());
        let again = desk.correct("1", &["2.lot=TX1055"], How { at: 120, ..How::default() }).expect("corrects");
        assert!(
            again.successors.iter().all(|one| !eu.iter().any(|before| before.old == one.old)),
            "what has a successor is replaced once more"
        );
    });
}

/// A signer that fails at the n-th signature.
struct Failing<'a> {
    key: &'a dyn Signer,
    left: AtomicUsize,
}

impl Signer for Failing<'_> {
    fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| SignError::Failed).and_then(|_| self.key.sign(message))
    }
}

#[test]
fn a_key_that_fails_in_the_middle_leaves_nothing_of_the_correction() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.compact("1");
        let before = holdings(&mut desk.register());
        let edits = [Edit::parse("2.lot=TX1099").expect("an edit")];
        let failing = Failing { key: &desk.status, left: AtomicUsize::new(0) };
        let failed = desk.correct_with(&mut desk.register(), &failing, "1", &edits, How::default());
        assert!(matches!(failed, Err(CorrectError::Withdraw(_))), "{failed:?}");
        assert_eq!(holdings(&mut desk.register()), before);
        assert!(!desk.requests().exists());
        desk.correct("1", &["2.lot=TX1099"], How::default()).expect("corrects");
    });
}

#[test]
fn two_who_correct_the_same_at_once_make_one_correction() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.compact("1");
        let edits = [Edit::parse("2.lot=TX1099").expect("an edit")];
        let numbers: Vec<Option<u64>> = std::thread::scope(|threads| {
            let all: Vec<_> = (0..4)
                .map(|_| {
                    threads.spawn(|| {
                        let mut register = desk.register();
                        desk.correct_with(&mut register, &desk.status, "1", &edits, How::default())
                            .expect("corrects")
                            .correction
                    })
                })
                .collect();
            all.into_iter().map(|one| one.join().expect("ends")).collect()
        });
        assert_eq!(numbers.iter().flatten().count(), 1, "{numbers:?}");
        assert_eq!(desk.opened(1).revoke.values().flatten().count(), 1);
        let past = life(&mut desk.register(), &number("1"), NOW.plus(2 * DAY)).expect("reads");
        assert_eq!(past.certificates.iter().filter(|one| one.in_force).count(), 1);
        assert_eq!(desk.register().letters(&LetterChoice::All, 0, 10).expect("reads").len(), 1);
    });
}

#[test]
fn a_life_tells_what_happened_when_by_whom_and_why() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let now = NOW.plus(3 * DAY);
        let before = life(&mut desk.register(), &number("1"), now).expect("reads");
        assert_eq!((before.record, before.certificates.len()), (Some(State::Checked), 0));
        desk.compact("1");
        let done = desk.correct("1", &["2.lot=TX1099"], How::default()).expect("corrects");
        let letter = done.letter.expect("a paper");
        let mut register = desk.register();
        assert!(register.letter_delivered(letter, Way::Counter, now).is_err(), "it is not printed yet");
        register.letters_printed(&[letter], "letters-0001.pdf", NOW.plus(2 * DAY)).expect("prints");
        register.letter_delivered(letter, Way::Counter, now).expect("delivers");
        let entry = register.letters(&LetterChoice::Person(number("1")), 0, 10).expect("reads").remove(0);
        assert_eq!(entry.state, LetterState::Delivered);

        let past = life(&mut register, &number("1"), now).expect("reads").certificates;
        let told = |at: usize| -> Vec<(State, Option<String>, Option<String>)> {
            past[at].history.iter().map(|event| (event.state, event.by.clone(), event.reason.clone())).collect()
        };
        let clerk = || Some("clerk".to_owned());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told(0),
            [
                (State::Issued, None, None),
                (State::Revoked, None, some("request 1, withdrawn")),
                (State::Corrected, clerk(), some("clerical")),
            ]
        );
        assert_eq!((past[0].state, past[0].in_force), (State::Corrected, false));
        assert_eq!(
            told(1),
            [
                (State::Issued, None, None),
                (State::Printed, clerk(), some("corrected")),
                (State::Delivered, clerk(), some("counter")),
            ]
        );
        assert_eq!((past[1].state, past[1].in_force), (State::Delivered, true));
        let nobody = life(&mut register, &number("404"), now).expect("reads");
        assert!(nobody.record.is_none() && nobody.certificates.is_empty());
    });
}

#[test]
fn a_protected_person_s_record_is_corrected_with_a_second_person_only() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.compact("1");
        shield(store);
        let policy = Permit::under(Policy::default());
        let how = How { permit: Some(policy), ..How::default() };
        let needed = desk.correct("1", &["2.lot=TX1099"], how).expect_err("needs a second person");
        assert!(matches!(needed, CorrectError::Approval(ApprovalError::Needed { kind: ApprovalKind::IssueProtected })));
        let other = desk.granted(ApprovalKind::IssueProtected, &Subject::Person(number("2")));
        let how = |granted| How { permit: Some(policy.with(granted)), ..How::default() };
        let refused = desk.correct("1", &["2.lot=TX1099"], how(&other)).expect_err("is another person's");
        assert!(matches!(refused, CorrectError::Approval(ApprovalError::OtherSubject)));
        let granted = desk.granted(ApprovalKind::IssueProtected, &Subject::Person(number("1")));
        // What fails uses nothing up.
        let wrong = desk.correct("1", &["2.date=2031-01-01"], how(&granted));
        assert!(matches!(wrong, Err(CorrectError::Blocked(_))));
        desk.correct("1", &["2.lot=TX1099"], how(&granted)).expect("corrects");
        let again = desk.correct("1", &["2.lot=TX1098"], how(&granted)).expect_err("serves once");
        assert!(matches!(again, CorrectError::Approval(ApprovalError::Used)), "{again}");
        let record = desk.register().record(&number("1")).expect("reads").expect("is there");
        assert_eq!(record.doses[1].lot.as_deref(), Some("TX1099"));
    });
}

/// Shields the address of everybody in the register.
fn shield(store: &Store) {
    match store {
        Store::File(folder) => {
            super::stores::run_sqlite(&folder.path().join("register.sqlite"), "UPDATE person SET shielded = 1");
        }
        Store::Server { server, database, .. } => {
            server.ask(database, "UPDATE person SET shielded = 1");
        }
    }
}
