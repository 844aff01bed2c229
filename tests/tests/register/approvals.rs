//! A second person: never the first, never twice, never later, never for something else; also where two are at it at once.

use std::sync::Barrier;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::approval::{
    APPROVAL_LIFE, ApprovalChoice, ApprovalError, ApprovalKind, ApprovalState, Decision, Permit, Policy, Subject,
};
use tegata_issuer::issue::{IssueError, Plan, Purpose, begin_job, issue_texts_under, job_subject};
use tegata_issuer::withdraw::{Change, Order, StatusKey, Target, WithdrawError, carry_out, subject_of};
use tegata_issuer::{ActKind, AuditFilter, Register};
use tegata_tests::specimen::{DAY, NOW};
use tegata_trust_lists::RevocationReason;

use super::desk::Desk;
use super::stores::{Store, on_every_store};
use super::{import_rows, number};

const ROWS: &str = "1,山田　花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                    2,佐藤　誠,サトウ　マコト,1950-01-02,1,2021-06-02,モデルナ,TX1014\n";

fn person(text: &str) -> Subject {
    Subject::Person(number(text))
}

#[test]
fn whoever_asked_does_not_decide_and_nobody_decides_twice() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let mut clerk = desk.register();
        let ask =
            |register: &mut Register, why: &str| register.ask_approval(ApprovalKind::Revoke, &person("1"), why, NOW);
        assert!(matches!(ask(&mut clerk, "  "), Err(ApprovalError::Why)));
        assert!(matches!(ask(&mut clerk, &"あ".repeat(501)), Err(ApprovalError::Why)));
        assert!(matches!(ask(&mut clerk, "個人番号は１２３４５６７８９０１８"), Err(ApprovalError::MyNumber)));
        let id = ask(&mut clerk, "moved away").expect("asks");
        assert!(matches!(clerk.granted(id, NOW), Err(ApprovalError::Undecided)));
        for decision in [Decision::Approve, Decision::Refuse] {
            let own = clerk.decide_approval(id, decision, "I say so", NOW);
            assert!(matches!(own, Err(ApprovalError::SamePerson)), "{own:?}");
        }
        // Nor from another station.
        let mut elsewhere = desk.register();
        elsewhere.act_for(tegata_issuer::Actor::new("clerk", "counter-9").expect("an actor"));
        assert!(matches!(elsewhere.decide_approval(id, Decision::Approve, "", NOW), Err(ApprovalError::SamePerson)));
        let mut second = desk.register_of("second");
        assert!(matches!(second.decide_approval(id, Decision::Refuse, "", NOW), Err(ApprovalError::Why)));
        second.decide_approval(id, Decision::Refuse, "no reason to", NOW).expect("refuses");
        assert!(matches!(second.decide_approval(id, Decision::Approve, "", NOW), Err(ApprovalError::Decided)));
        assert!(matches!(second.granted(id, NOW), Err(ApprovalError::Refused)));
        assert!(matches!(second.granted(id + 1, NOW), Err(ApprovalError::Unknown)));
        assert!(matches!(second.decide_approval(99, Decision::Approve, "", NOW), Err(ApprovalError::Unknown)));

        let entry = second.approval(id, NOW).expect("reads").expect("is there");
        assert_eq!((entry.state, entry.kind), (ApprovalState::Refused, ApprovalKind::Revoke));
        assert!(entry.subject == person("1") && entry.why == "moved away");
        assert_eq!(entry.decided_why.as_deref(), Some("no reason to"));
        assert_eq!((entry.asked.name.as_str(), entry.asked.station.as_str()), ("clerk", "counter-1"));
        assert_eq!(entry.decided.expect("decided").name, "second");
        assert!(second.approvals(ApprovalChoice::Open, NOW).expect("reads").is_empty());
        assert_eq!(second.approvals(ApprovalChoice::All, NOW).expect("reads").len(), 1);
    });
}

#[test]
fn an_approval_serves_once_for_one_kind_of_act_on_one_subject_within_its_time() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let granted = desk.granted(ApprovalKind::ShowProtected, &person("1"));
        let mut register = desk.register();
        let mut try_it = |kind, subject: &Subject, now| register.use_approval(&granted, kind, subject, now);
        let other = try_it(ApprovalKind::PrintProtected, &person("1"), NOW);
        assert!(matches!(
            other,
            Err(ApprovalError::OtherKind { given: ApprovalKind::ShowProtected, needed: ApprovalKind::PrintProtected })
        ));
        assert!(matches!(try_it(ApprovalKind::ShowProtected, &person("2"), NOW), Err(ApprovalError::OtherSubject)));
        let late = NOW.plus(APPROVAL_LIFE);
        assert!(matches!(try_it(ApprovalKind::ShowProtected, &person("1"), late), Err(ApprovalError::Expired)));
        // Nothing of that has used it up.
        let used = try_it(ApprovalKind::ShowProtected, &person("1"), late.plus(-1)).expect("is used");
        assert!(used.is_for(ApprovalKind::ShowProtected, &person("1")));
        assert!(!used.is_for(ApprovalKind::ShowProtected, &person("2")));
        assert!(matches!(try_it(ApprovalKind::ShowProtected, &person("1"), NOW), Err(ApprovalError::Used)));
        let entry = register.approval(used.id(), late).expect("reads").expect("is there");
        assert_eq!((entry.state, entry.used.expect("is used").name), (ApprovalState::Used, "clerk".to_owned()));

        // What nobody decided in time cannot be decided any more.
        let id = register.ask_approval(ApprovalKind::Revoke, &person("1"), "why", NOW).expect("asks");
        let mut second = desk.register_of("second");
        assert!(matches!(second.decide_approval(id, Decision::Approve, "", late), Err(ApprovalError::Expired)));
        assert_eq!(second.approval(id, late).expect("reads").expect("is there").state, ApprovalState::Expired);
    });
}

#[test]
fn of_many_who_use_or_decide_one_approval_at_once_one_does() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let granted = desk.granted(ApprovalKind::ShowProtected, &person("1"));
        const MANY: usize = 6;
        let together = Barrier::new(MANY);
        let race = |act: &(dyn Fn(&mut Register) -> bool + Sync)| -> usize {
            std::thread::scope(|threads| {
                let all: Vec<_> = (0..MANY)
                    .map(|at| {
                        let (desk, together) = (&desk, &together);
                        threads.spawn(move || {
                            let mut register = desk.register_of(&format!("second-{at}"));
                            together.wait();
                            act(&mut register)
                        })
                    })
                    .collect();
                all.into_iter().map(|one| usize::from(one.join().expect("ends"))).sum()
            })
        };
        let used =
            race(&|register| register.use_approval(&granted, ApprovalKind::ShowProtected, &person("1"), NOW).is_ok());
        assert_eq!(used, 1);
        let id = desk.register().ask_approval(ApprovalKind::Revoke, &person("1"), "why", NOW).expect("asks");
        let decided = race(&|register| register.decide_approval(id, Decision::Approve, "", NOW).is_ok());
        assert_eq!(decided, 1);
    });
}

/// Withdraws or reinstates what the targets name.
fn carry(desk: &Desk<'_>, change: Change, targets: &[Target], permit: &Permit<'_>) -> Result<u64, WithdrawError> {
    let key = StatusKey::new(&desk.status, true, &desk.state).expect("a key for requests");
    let folder = desk.requests();
    let made_at = NOW.plus(DAY);
    let order = Order { change, reason: RevocationReason::Withdrawn, sequence: None, folder: &folder, made_at };
    carry_out(&mut desk.register(), &key, &desk.state, targets, &order, permit).map(|done| done.asked.places)
}

#[test]
fn withdrawing_and_reinstating_under_a_policy_need_a_second_person_each_time() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        desk.compact("1");
        desk.compact("2");
        let targets = [Target::Person(number("1"))];
        let policy = Permit::under(Policy::default());
        let needed = carry(&desk, Change::Withdraw, &targets, &policy).expect_err("needs one");
        assert!(matches!(needed, WithdrawError::Approval(ApprovalError::Needed { kind: ApprovalKind::Revoke })));
        let granted = desk.granted(ApprovalKind::Revoke, &person("1"));
        let with = policy.with(&granted);
        let both = [Target::Person(number("1")), Target::Person(number("2"))];
        for (change, targets) in [(Change::Withdraw, &both[1..]), (Change::Withdraw, &both[..])] {
            let refused = carry(&desk, change, targets, &with).expect_err("is for another");
            assert!(matches!(refused, WithdrawError::Approval(ApprovalError::OtherSubject)));
        }
        let reinstate = carry(&desk, Change::Reinstate, &targets, &with).expect_err("is for another act");
        assert!(matches!(reinstate, WithdrawError::Approval(ApprovalError::OtherKind { .. })));
        assert!(!desk.requests().exists());
        assert_eq!(carry(&desk, Change::Withdraw, &targets, &with).expect("withdraws"), 1);
        assert!(matches!(
            carry(&desk, Change::Withdraw, &targets, &with),
            Err(WithdrawError::Approval(ApprovalError::Used))
        ));
        let granted = desk.granted(ApprovalKind::Reinstate, &person("1"));
        assert_eq!(carry(&desk, Change::Reinstate, &targets, &policy.with(&granted)).expect("reinstates"), 1);
        // Several together are approved as they were named.
        let granted = desk.granted(ApprovalKind::Revoke, &subject_of(&both));
        assert_eq!(carry(&desk, Change::Withdraw, &both, &policy.with(&granted)).expect("withdraws"), 2);
        // Who holds the keys needs nobody.
        assert_eq!(carry(&desk, Change::Reinstate, &both, &Permit::KEY_HOLDER).expect("reinstates"), 2);

        let filter = AuditFilter::default();
        let acts = acts(&mut desk.register(), &filter);
        let count = |kind: ActKind| acts.iter().filter(|act| **act == kind).count();
        assert_eq!((count(ActKind::ApprovalAsked), count(ActKind::ApprovalGiven)), (3, 3));
        assert_eq!(count(ActKind::ApprovalUsed), 3);
        // Each request as a whole, and each certificate in it.
        assert_eq!((count(ActKind::Revoke), count(ActKind::Reinstate)), (5, 5), "{acts:?}");
    });
}

/// The kinds of acts that the audit has, in their order.
fn acts(register: &mut Register, filter: &AuditFilter) -> Vec<ActKind> {
    let mut acts = Vec::new();
    register.audit(filter, &mut |entry| acts.push(entry.act)).expect("reads");
    acts
}

#[test]
fn a_protected_person_is_issued_to_with_a_second_person_only_and_each_time() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        shield(store, "1");
        let plan = Plan { formats: vec![Format::Compact], purpose: Purpose::Domestic, ..Plan::default() };
        let policy = Permit::under(Policy::default());
        let issue = |who: &str, permit: &Permit<'_>| {
            issue_texts_under(&mut desk.register(), &desk.keys(NOW), &plan, &number(who), NOW, permit)
        };
        assert_eq!(issue("2", &policy).expect("is not protected").len(), 1);
        assert!(matches!(
            issue("1", &policy),
            Err(IssueError::Approval(ApprovalError::Needed { kind: ApprovalKind::IssueProtected }))
        ));
        let granted = desk.granted(ApprovalKind::IssueProtected, &person("1"));
        assert_eq!(issue("1", &policy.with(&granted)).expect("issues").len(), 1);
        let again = issue("1", &policy.with(&granted)).err();
        assert!(matches!(again, Some(IssueError::Approval(ApprovalError::Used))));
    });
}

fn shield(store: &Store, who: &'static str) {
    match store {
        Store::File(folder) => {
            assert_eq!(who, "1");
            let file = folder.path().join("register.sqlite");
            super::stores::run_sqlite(&file, "UPDATE person SET shielded = 1 WHERE number = '1'");
        }
        Store::Server { server, database, .. } => {
            server.ask(database, &format!("UPDATE person SET shielded = 1 WHERE number = '{who}'"));
        }
    }
}

#[test]
fn a_job_for_everyone_is_begun_with_a_second_person_and_gone_on_with_without() {
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
        let policy = Policy { bulk_from: Some(2), ..Policy::default() };
        let begin = |permit: &Permit<'_>, now: UnixTime| {
            let keys = desk.keys(now);
            begin_job(&mut desk.register(), &keys, &plan, now, permit)
        };
        let permit = Permit::under(policy);
        assert!(matches!(
            begin(&permit, NOW),
            Err(IssueError::Approval(ApprovalError::Needed { kind: ApprovalKind::BulkIssue }))
        ));
        let subject = job_subject(&desk.keys(NOW), &plan, NOW).expect("a subject");
        assert!(desk.register().jobs(NOW).expect("reads").is_empty(), "a job was begun");
        let granted = desk.granted(ApprovalKind::BulkIssue, &subject);
        let job = begin(&permit.with(&granted), NOW).expect("begins");
        assert_eq!(begin(&permit, NOW).expect("goes on").id, job.id);
        // With fewer people nobody is needed.
        let small = Permit::under(Policy { bulk_from: Some(3), ..policy });
        let other = Plan { life: Some(86_400), ..plan.clone() };
        let keys = desk.keys(NOW);
        assert!(begin_job(&mut desk.register(), &keys, &other, NOW, &small).expect("begins").id != job.id);
    });
}

#[test]
fn a_job_that_has_ended_is_not_begun_anew_by_who_goes_on_with_it() {
    use tegata_issuer::issue::{JobState, go_on, unfinished_job};
    on_every_store(|store| {
        let desk = Desk::with(store, ROWS);
        let plan = Plan { formats: vec![Format::Compact], skip_shielded: true, ..Plan::default() };
        let keys = desk.keys(NOW);
        let mut register = desk.register();
        let begun = begin_job(&mut register, &keys, &plan, NOW, &Permit::KEY_HOLDER).expect("begins");
        let open = unfinished_job(&mut register, &keys, &plan, NOW).expect("reads").expect("is there");
        assert_eq!((open.id, open.records), (begun.id, 2));
        let folder = tempfile::tempdir().expect("a folder");
        let on = |register: &mut Register, plan: &Plan| {
            let work = (begun.id, folder.path());
            go_on(register, &keys, plan, work, std::num::NonZero::<usize>::MIN, NOW, &())
        };
        let other = Plan { life: Some(86_400), ..plan.clone() };
        assert!(matches!(on(&mut register, &other), Err(IssueError::Ended(_))), "another plan's");
        assert!(register.steer_job(begun.id, JobState::Cancelled, NOW).expect("cancels"));
        assert!(matches!(on(&mut register, &plan), Err(IssueError::Ended(_))), "it was cancelled");
        assert_eq!(register.jobs(NOW).expect("reads").len(), 1, "none was begun");
        assert!(unfinished_job(&mut register, &keys, &plan, NOW).expect("reads").is_none());
        // What the counter's pages ask, on both databases.
        assert_eq!(register.job(begun.id, NOW).expect("reads").map(|job| job.state), Some(JobState::Cancelled));
        assert!(register.job(99, NOW).expect("reads").is_none());
        assert!(register.job_refusals(begun.id).expect("reads").is_empty());
        assert_eq!(register.people_held().expect("reads"), 0);
        let (count, first) = register.people_unplaced(1).expect("reads");
        assert_eq!((count, first.as_slice()), (2, [number("1")].as_slice()));
    });
}

#[test]
fn what_was_asked_for_is_sealed_in_the_database() {
    let Some(store) = Store::server() else { return };
    let mut register = Register::open_or_create(store.location()).expect("begins");
    import_rows(&mut register, "777001,山田　花子,,1980-05-06,1,2021-06-01,ファイザー,TX1013\n");
    let why = "the neighbour told us";
    let id = register.ask_approval(ApprovalKind::Revoke, &person("777001"), why, NOW).expect("asks");
    let Store::Server { server, database, .. } = &store else { return };
    let row =
        server.ask(database, "SELECT encode(subject_sealed, 'escape'), encode(why_sealed, 'escape') FROM approval");
    assert!(!row.contains("777001") && !row.contains("neighbour"), "{row}");
    // Moved to another row it does not open.
    server.ask(database, &format!("UPDATE approval SET id = 9 WHERE id = {id}"));
    assert!(register.approval(9, NOW).is_err());
}
