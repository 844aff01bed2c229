//! Withdrawing and reinstating: the request says exactly what was chosen, once, whatever is repeated; and what
//! was withdrawn is never handed out again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Instant;
use tegata_certificate::{Format, StatusIndex, UnixTime};
use tegata_issuer::issue::{Issuance, IssuingKey, Plan, issue_all};
use tegata_issuer::withdraw::{
    Asked, CertificateProblem, Change, Chosen, Order, RuleScope, StatusKey, StatusKeyProblem, Target, WithdrawError,
    adopt, ask, choose, hand_out, overview, person, preview, read_list, request_name,
};
use tegata_issuer::{Input, Register, RegisterNumber};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::office::{Certified, Office, manifest};
use tegata_tests::specimen::{DAY, NOW, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Issuer, KeyEntry, KeyState, Request, RevocationReason, StatusRange, TrustError, TrustState};

/// An office with everybody's certificates, and what it is asked to do about them.
struct Desk {
    office: Office,
    out: tempfile::TempDir,
    state: TrustState,
}

impl Desk {
    fn new(people: u64, seed: u64, formats: &[Format]) -> Self {
        let office = Office::new(people, seed);
        let out = tempfile::tempdir().expect("a folder");
        office.issue_as(formats, out.path(), &[], NOW);
        let state = office.state();
        Self { office, out, state }
    }

    fn register(&self) -> Register {
        Register::open(self.office.register()).expect("opens")
    }

    fn requests(&self) -> PathBuf {
        self.office.folder().join("requests")
    }

    /// The compact certificates in the manifest.
    fn issued(&self) -> Vec<Certified> {
        manifest(self.out.path()).into_iter().filter(|one| one.format == Format::Compact.name()).collect()
    }

    fn issue(&self, now: UnixTime) -> Issuance {
        self.office.issue_as(&[Format::Compact], self.out.path(), &[], now)
    }

    fn choose(&self, targets: &[Target]) -> Result<Chosen, WithdrawError> {
        choose(&mut self.register(), &self.state, targets, NOW.plus(DAY), &mut |_| {})
    }

    fn ask(&self, change: Change, targets: &[Target], sequence: Option<u64>) -> Result<Asked, WithdrawError> {
        let chosen = self.choose(targets)?;
        let key = StatusKey::new(&self.office.status, true, &self.state).expect("a key for requests");
        let (folder, now) = (self.requests(), NOW.plus(DAY));
        let order = Order { change, reason: RevocationReason::Withdrawn, sequence, folder: &folder, made_at: now };
        let asked = ask(&mut self.register(), &key, &chosen, &order)?;
        hand_out(&mut self.register(), &asked.requests, &folder, None, now)?;
        Ok(asked)
    }

    fn withdraw(&self, targets: &[Target]) -> Asked {
        self.ask(Change::Withdraw, targets, None).expect("asks")
    }

    fn reinstate(&self, targets: &[Target]) -> Asked {
        self.ask(Change::Reinstate, targets, None).expect("asks")
    }

    /// The request with that number, as the status service opens it.
    fn opened(&self, sequence: u64) -> Request {
        let bytes = fs::read(self.requests().join(request_name(sequence))).expect("its file");
        let keys = [self.office.eu.verifying_key().clone(), self.office.status.verifying_key().clone()];
        let (request, signer) = Request::open(&bytes, "DEMO/office", &keys).expect("opens");
        assert_eq!((request.header.version, signer), (sequence, 1));
        request
    }

    fn whole_key(&self) -> RuleScope {
        RuleScope { kid: self.office.compact.verifying_key().thumbprint(), issued: None, lot: None }
    }
}

fn number(certified: &Certified) -> RegisterNumber {
    RegisterNumber::parse(&certified.number).expect("a number")
}

fn place(certified: &Certified) -> StatusIndex {
    let (shard, index) = certified.status.expect("a place");
    StatusIndex { shard, index }
}

fn by_shard<'a>(certified: impl IntoIterator<Item = &'a Certified>) -> BTreeMap<u64, Vec<u32>> {
    let mut shards = BTreeMap::<u64, Vec<u32>>::new();
    for one in certified {
        let place = place(one);
        shards.entry(place.shard).or_default().push(u32::try_from(place.index).expect("below 2^24"));
    }
    shards.values_mut().for_each(|indices| indices.sort_unstable());
    shards
}

fn places(certified: &[Certified]) -> HashSet<Option<(u64, u64)>> {
    certified.iter().map(|one| one.status).collect()
}

#[test]
fn a_request_names_exactly_the_places_that_were_chosen_and_nobody() {
    let desk = Desk::new(40, 21, &[Format::Compact, Format::EuDcc]);
    let issued = desk.issued();
    let targets = [
        Target::Person(number(&issued[3])),
        Target::Certificate(format!("{}\r\n", issued[5].text)),
        Target::Place(place(&issued[7])),
        // The same one by another way counts once.
        Target::Place(place(&issued[3])),
    ];
    let asked = desk.withdraw(&targets);
    assert_eq!((asked.sequence, asked.places, asked.rules, asked.already), (Some(1), 3, 0, 0));
    let request = desk.opened(1);
    assert_eq!(request.revoke, by_shard([&issued[3], &issued[5], &issued[7]]));
    assert!(request.reinstate.is_empty() && request.add.is_empty() && request.lift.is_empty());
    assert_eq!(request.reason, RevocationReason::Withdrawn);
    let bytes = fs::read(desk.requests().join(request_name(1))).expect("its file");
    let told = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(issued.iter().all(|one| !told(&one.number)), "a person's number is in the request");

    let stranger = [desk.office.compact.verifying_key().clone()];
    assert!(matches!(Request::open(&bytes, "DEMO/office", &stranger), Err(TrustError::UnknownRequester)));
    let ours = [desk.office.status.verifying_key().clone()];
    assert!(Request::open(&bytes, "DEMO/elsewhere", &ours).is_err(), "it counts in another repository");
}

#[test]
fn asking_again_asks_for_nothing_and_gives_the_same_file_again() {
    let desk = Desk::new(10, 22, &[Format::Compact]);
    let issued = desk.issued();
    let both = [Target::Person(number(&issued[0])), Target::Person(number(&issued[1]))];
    desk.withdraw(&both[..1]);
    let file = desk.requests().join(request_name(1));
    let bytes = fs::read(&file).expect("its file");
    fs::remove_file(&file).expect("was there");
    let again = desk.withdraw(&both[..1]);
    assert_eq!((again.sequence, again.places, again.already), (None, 0, 1));
    assert_eq!(fs::read(&file).expect("is there again"), bytes);
    assert!(!desk.requests().join(request_name(2)).exists());

    let more = desk.withdraw(&both);
    assert_eq!((more.sequence, more.places, more.already), (Some(2), 1, 1));
    assert_eq!(desk.opened(2).revoke, by_shard([&issued[1]]), "what was withdrawn is asked for twice");

    fs::write(&file, b"something else").expect("writes");
    let chosen = desk.choose(&both[..1]).expect("is there");
    let preview = preview(&mut desk.register(), Change::Withdraw, &chosen).expect("looks");
    let refused = hand_out(&mut desk.register(), &preview.requests, &desk.requests(), None, NOW);
    assert!(matches!(refused, Err(WithdrawError::InTheWay(_))), "another file was overwritten");
}

#[test]
fn what_was_withdrawn_is_issued_anew_and_what_was_reinstated_is_the_same_again() {
    let desk = Desk::new(6, 23, &[Format::Compact]);
    let before = desk.issued();
    let one = [Target::Person(number(&before[2]))];
    desk.withdraw(&one);
    desk.reinstate(&one);
    assert_eq!(desk.opened(2).reinstate, by_shard([&before[2]]));
    let issued = desk.issue(NOW.plus(2 * DAY));
    assert_eq!((issued.issued, issued.again), (0, 6));
    assert!(desk.issued() == before);

    desk.withdraw(&one);
    let issued = desk.issue(NOW.plus(2 * DAY));
    assert_eq!((issued.issued, issued.again), (1, 5));
    let after = desk.issued();
    let changed: Vec<usize> = (0..6).filter(|at| before[*at].text != after[*at].text).collect();
    assert_eq!(changed, [2]);
    assert!(!places(&before).contains(&after[2].status), "a withdrawn place was given out again");
    let again = desk.issue(NOW.plus(3 * DAY));
    assert_eq!((again.issued, again.again), (0, 6));
    assert!(desk.issued() == after);

    // Both are withdrawn, then both reinstated: the newest counts.
    assert_eq!(desk.withdraw(&one).places, 1);
    assert_eq!(desk.reinstate(&one).places, 2);
    desk.issue(NOW.plus(3 * DAY));
    assert!(desk.issued() == after);
    // The newer one withdrawn alone: the older one counts again.
    desk.withdraw(&[Target::Place(place(&after[2]))]);
    let kept = desk.issue(NOW.plus(3 * DAY));
    assert_eq!((kept.issued, kept.again), (0, 6));
    assert!(desk.issued() == before);
    let states: Vec<_> = person(&mut desk.register(), &number(&before[2]), NOW.plus(4 * DAY))
        .expect("is there")
        .into_iter()
        .map(|one| one.state)
        .collect();
    assert_eq!(states, ["reinstated", "withdrawn"]);
}

#[test]
fn only_what_was_withdrawn_is_reinstated() {
    let desk = Desk::new(4, 24, &[Format::Compact]);
    let issued = desk.issued();
    let asked = desk.reinstate(&[Target::Person(number(&issued[0]))]);
    assert_eq!((asked.sequence, asked.places), (None, 0));
    desk.withdraw(&[Target::Person(number(&issued[0]))]);
    let all: Vec<Target> = issued.iter().map(|one| Target::Person(number(one))).collect();
    assert_eq!(desk.reinstate(&all).places, 1);
    assert_eq!(desk.opened(2).reinstate, by_shard([&issued[0]]));
}

#[test]
fn ten_thousand_of_a_list_are_withdrawn_by_one_request() {
    let desk = Desk::new(10_000, 25, &[Format::Compact]);
    let issued = desk.issued();
    let list = |heading: &str, row: &dyn Fn(&Certified) -> String| {
        let rows: Vec<String> = issued.iter().map(row).collect();
        let input = Input::from_bytes("list.csv", format!("{heading}\n{}\n", rows.join("\n")).into_bytes());
        [Target::List(read_list(input).expect("reads"))]
    };
    let people = list("note,resident_id", &|one| format!("x,{}", one.number));
    let by_place = list("shard,index", &|one| format!("{},{}", place(one).shard, place(one).index));
    assert_eq!(desk.choose(&people).expect("known"), desk.choose(&by_place).expect("known"));
    let begun = Instant::now();
    assert_eq!(desk.withdraw(&people).places, 10_000);
    let took = begun.elapsed();
    let length = fs::metadata(desk.requests().join(request_name(1))).expect("its file").len();
    println!("10,000 withdrawn in {} ms, {length} bytes", took.as_millis());
    assert!(took.as_secs() < 10, "{took:?}");
    assert_eq!(desk.opened(1).revoke, by_shard(&issued));
    assert_eq!(desk.withdraw(&by_place).sequence, None);
}

#[test]
fn a_list_with_rows_that_lead_nowhere_changes_nothing_and_names_their_lines() {
    let desk = Desk::new(5, 26, &[Format::Compact]);
    let read = |text: String| read_list(Input::from_bytes("list.csv", text.into_bytes()));
    let good = &desk.issued()[0];
    let rows = read(format!("resident_id\n{}\n999\n{}\n998\n", good.number, good.number)).expect("reads");
    let error = desk.ask(Change::Withdraw, &[Target::List(rows)], None).expect_err("unknown people");
    assert_eq!(
        error.to_string(),
        "line 3, 5: nobody has the number; correct those rows and give the list again; nothing was changed"
    );
    let elsewhere =
        read(format!("shard,index\n1,200000\n{},{}\n", place(good).shard, place(good).index)).expect("reads");
    let error = desk.ask(Change::Withdraw, &[Target::List(elsewhere)], None).expect_err("not ours");
    assert!(error.to_string().starts_with("line 2: the index lies in no range"), "{error}");
    let codes = read(format!("certificate\n{}\nTG1:XYZ\n", good.text)).expect("reads");
    let error = desk.ask(Change::Withdraw, &[Target::List(codes)], None).expect_err("no certificate");
    assert!(error.to_string().starts_with("line 3: no compact certificate"), "{error}");
    for text in ["shard,index\n1\n", "resident_id\n1;2\n", "shard,index\n1,-1\n"] {
        assert!(read(text.to_owned()).expect_err("unreadable").to_string().starts_with("line 2: "), "{text}");
    }
    assert!(read("name\nx\n".to_owned()).expect_err("headings").to_string().contains("resident_id"));
    assert_eq!(overview(&mut desk.register(), None).expect("reads").next_sequence, 1);
}

#[test]
fn what_cannot_be_withdrawn_is_said_and_nothing_is_asked_for() {
    let desk = Desk::new(60, 27, &[Format::EuDcc]);
    let eu = manifest(desk.out.path()).remove(0);
    let issued: BTreeSet<String> = manifest(desk.out.path()).into_iter().map(|one| one.number).collect();
    let people = desk.register().issuable_after(None, 60).expect("reads");
    let without = people.iter().find(|record| !issued.contains(record.person.number.as_str())).expect("somebody");
    let refused = |target| desk.ask(Change::Withdraw, &[target], None).expect_err("refused");
    assert!(matches!(refused(Target::Person(number(&eu))), WithdrawError::NoPlace));
    assert!(matches!(
        refused(Target::Certificate(eu.text.clone())),
        WithdrawError::Certificate(CertificateProblem::NoPlace)
    ));
    assert!(matches!(refused(Target::Person(without.person.number.clone())), WithdrawError::NothingIssued));
    let nobody = RegisterNumber::parse("999").expect("a number");
    assert!(matches!(refused(Target::Person(nobody)), WithdrawError::NobodyThere));
    assert!(matches!(refused(Target::Lot("no such lot".into())), WithdrawError::NoSuchLot));
    assert!(matches!(refused(Target::Place(StatusIndex { shard: 8, index: 1 })), WithdrawError::NotOurRange));
    let other = RuleScope { kid: [7; 32], issued: Some((NOW, NOW.plus(1))), lot: None };
    assert!(matches!(refused(Target::Rule(other)), WithdrawError::NotOurKey));
    let text = "TG1:NOTHING".to_owned();
    assert!(matches!(
        refused(Target::Certificate(text)),
        WithdrawError::Certificate(CertificateProblem::Unreadable(_))
    ));
    let elsewhere = Desk::new(3, 28, &[Format::Compact]).issued().remove(0).text;
    assert!(matches!(
        refused(Target::Certificate(elsewhere)),
        WithdrawError::Certificate(CertificateProblem::Unsigned)
    ));
    assert!(!desk.requests().exists());
}

#[test]
fn a_certificate_that_has_expired_needs_no_withdrawal() {
    let desk = Desk::new(4, 29, &[Format::Compact]);
    let target = [Target::Person(number(&desk.issued()[0]))];
    let later = NOW.plus(11 * 366 * DAY);
    let error = choose(&mut desk.register(), &desk.state, &target, later, &mut |_| {}).expect_err("expired");
    assert!(matches!(error, WithdrawError::OnlyExpired));
}

#[test]
fn a_key_with_another_office_signs_no_requests() {
    let desk = Desk::new(1, 30, &[Format::Compact]);
    let problem = |key: &dyn Signer, demo| StatusKey::new(key, demo, &desk.state).err();
    assert_eq!(problem(&desk.office.compact, true), Some(StatusKeyProblem::DocumentKey));
    assert_eq!(problem(&desk.office.eu, true), Some(StatusKeyProblem::DocumentKey));
    assert_eq!(problem(&desk.office.status, true), None);
    let role = &desk.state.root().head.keys[0];
    assert_eq!(StatusKey::check(role, true, &desk.state), Err(StatusKeyProblem::RoleKey));
}

/// The lot that most records name.
fn common_lot(desk: &Desk) -> (String, Vec<RegisterNumber>) {
    let mut lots = BTreeMap::<String, BTreeSet<RegisterNumber>>::new();
    for record in desk.register().issuable_after(None, 1_000).expect("reads") {
        for lot in record.doses.iter().filter_map(|dose| dose.lot.clone()) {
            lots.entry(lot).or_default().insert(record.person.number.clone());
        }
    }
    let (lot, people) = lots.into_iter().max_by_key(|(_, people)| people.len()).expect("a lot");
    (lot, people.into_iter().collect())
}

#[test]
fn a_lot_withdraws_the_certificates_of_everyone_whose_record_names_it() {
    let desk = Desk::new(200, 31, &[Format::Compact]);
    let (lot, people) = common_lot(&desk);
    assert!((2..200).contains(&people.len()));
    desk.withdraw(&[Target::Lot(lot)]);
    let issued = desk.issued();
    let of_lot = issued.iter().filter(|one| people.contains(&number(one)));
    assert_eq!(desk.opened(1).revoke, by_shard(of_lot));
}

#[test]
fn a_rule_for_a_lot_stops_issuing_with_it_until_it_is_lifted() {
    let desk = Desk::new(200, 32, &[Format::Compact]);
    let before = desk.issued();
    let (lot, people) = common_lot(&desk);
    let rule = [Target::Rule(RuleScope { lot: Some(lot), ..desk.whole_key() })];
    let asked = desk.withdraw(&rule);
    assert_eq!((asked.places, asked.rules), (0, 1));
    assert_eq!(desk.withdraw(&rule).sequence, None);
    let added = desk.opened(1).add;
    assert_eq!(added.len(), 1);
    let issued = desk.issue(NOW.plus(2 * DAY));
    assert_eq!(issued.refused.get("withdrawn-by-rule"), Some(&(people.len() as u64)));
    assert_eq!((issued.issued, issued.again), (0, (200 - people.len()) as u64));
    let state = person(&mut desk.register(), &people[0], NOW.plus(2 * DAY)).expect("is there")[0].state;
    assert_eq!(state, "withdrawn-by-rule");

    assert_eq!(desk.reinstate(&rule).rules, 1);
    assert_eq!(desk.opened(2).lift, added, "a rule is lifted otherwise than it was added");
    let issued = desk.issue(NOW.plus(2 * DAY));
    assert_eq!((issued.issued, issued.again), (0, 200));
    assert!(desk.issued() == before);
    assert_eq!(overview(&mut desk.register(), None).expect("reads").rules, []);
}

#[test]
fn a_rule_for_a_span_of_time_renews_what_was_issued_in_it() {
    let desk = Desk::new(20, 33, &[Format::Compact]);
    let before = desk.issued();
    desk.withdraw(&[Target::Rule(RuleScope { issued: Some((NOW, NOW.plus(1))), ..desk.whole_key() })]);
    let issued = desk.issue(NOW.plus(2 * DAY));
    assert_eq!((issued.issued, issued.again), (20, 0));
    assert!(places(&before).is_disjoint(&places(&desk.issued())));
    // A span that is not over: what is issued now would be withdrawn at once.
    desk.withdraw(&[Target::Rule(RuleScope { issued: Some((NOW, NOW.plus(9 * DAY))), ..desk.whole_key() })]);
    assert_eq!(desk.issue(NOW.plus(3 * DAY)).refused.get("withdrawn-by-rule"), Some(&20));
    assert_eq!(desk.issue(NOW.plus(9 * DAY)).issued, 20);
}

/// A list with these keys, each with its range in shard 9, changed.
fn listed(keys: &[(&dyn Signer, u64, u64)], change: impl FnOnce(&mut Vec<KeyEntry>)) -> TrustState {
    let mut repository = DemoRepository::new("DEMO/keys", NOW.plus(-DAY)).expect("keys");
    let issuer =
        repository.add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() });
    for (key, from, to) in keys {
        let entry = repository.add_key(issuer, key.verifying_key(), &[Format::Compact], NOW.plus(-DAY));
        entry.ranges = vec![StatusRange { shard: 9, from: *from, to: *to }];
    }
    change(&mut repository.keys);
    let (bundle, pin) = repository.publish(NOW.plus(-60)).expect("publishes");
    TrustState::load(&bundle, &pin, NOW).expect("loads")
}

fn issue_with(office: &Office, out: &tempfile::TempDir, state: &TrustState, key: &PrivateKey) -> Issuance {
    let keys = [IssuingKey::new(key, state, NOW).expect("listed")];
    let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
    let mut register = Register::open(office.register()).expect("opens");
    issue_all(&mut register, &keys, &plan, out.path(), NonZero::<usize>::MIN, NOW, &())
        .map(|end| end.issuance)
        .expect("issues")
}

#[test]
fn a_place_that_a_forged_certificate_names_is_never_given_out() {
    let office = Office::new(5, 34);
    let (key, out) =
        (PrivateKey::generate(KeyType::Ed25519).expect("randomness"), tempfile::tempdir().expect("a folder"));
    let state = listed(&[(&key, 0, 16)], |_| {});
    issue_with(&office, &out, &state, &key);
    let first = manifest(out.path());
    let (given, mut free): (BTreeSet<u64>, Vec<u64>) =
        (first.iter().map(|one| place(one).index).collect(), (0..16).collect());
    free.retain(|index| !given.contains(index));
    // Six of the eleven that are left were forged; the five people are withdrawn.
    let forged: Vec<u64> = free.drain(..6).collect();
    let targets: Vec<Target> =
        forged.iter().chain(&given).map(|index| Target::Place(StatusIndex { shard: 9, index: *index })).collect();
    let mut register = Register::open(office.register()).expect("opens");
    let chosen = choose(&mut register, &state, &targets, NOW, &mut |_| {}).expect("ours");
    let status = StatusKey::new(&office.status, true, &state).expect("a key for requests");
    let folder = office.folder().join("requests");
    let (change, reason) = (Change::Withdraw, RevocationReason::Compromised);
    let order = Order { change, reason, sequence: None, folder: &folder, made_at: NOW };
    let asked = ask(&mut register, &status, &chosen, &order).expect("asks");
    assert_eq!(asked.places, 11);
    register.close().expect("closes");
    assert_eq!(issue_with(&office, &out, &state, &key).issued, 5);
    let second: BTreeSet<u64> = manifest(out.path()).iter().map(|one| place(one).index).collect();
    assert_eq!(second, free.into_iter().collect());
}

#[test]
fn a_key_that_the_list_revokes_leaves_nothing_in_force_and_another_key_issues_anew() {
    let office = Office::new(5, 35);
    let [old, new] = [0, 1].map(|_| PrivateKey::generate(KeyType::Ed25519).expect("randomness"));
    let out = tempfile::tempdir().expect("a folder");
    let both: [(&dyn Signer, u64, u64); 2] = [(&old, 0, 64), (&new, 64, 128)];
    issue_with(&office, &out, &listed(&both, |_| {}), &old);
    let state = listed(&both, |_| {});
    assert_eq!(issue_with(&office, &out, &state, &new).refused.get("issued-with-another-key"), Some(&5));
    let revoked = KeyState::Revoked { at: NOW, reason: RevocationReason::Compromised };
    let state = listed(&both, |keys| keys[0].state = revoked);
    assert_eq!(issue_with(&office, &out, &state, &new).issued, 5);
    assert!(manifest(out.path()).iter().all(|one| place(one).index >= 64));
}

#[test]
fn a_register_from_a_backup_is_told_and_takes_its_requests_in_again() {
    let desk = Desk::new(8, 36, &[Format::Compact]);
    let issued = desk.issued();
    let one = |at: usize| [Target::Person(number(&issued[at]))];
    desk.withdraw(&one(0));
    let backup = fs::read(desk.office.register()).expect("one file");
    desk.withdraw(&one(1));
    desk.reinstate(&one(0));
    desk.withdraw(&[Target::Rule(RuleScope { issued: Some((NOW.plus(-9), NOW.plus(-8))), ..desk.whole_key() })]);
    let newest = overview(&mut desk.register(), None).expect("reads");
    fs::write(desk.office.register(), backup).expect("restores");

    let refused = desk.ask(Change::Withdraw, &one(5), None).expect_err("an old register");
    assert!(matches!(&refused, WithdrawError::OldRegister { found } if found.ends_with(&request_name(2))), "{refused}");
    let file =
        |sequence| (request_name(sequence), fs::read(desk.requests().join(request_name(sequence))).expect("is there"));
    let key = desk.office.status.verifying_key();
    let take = |files: &[(String, Vec<u8>)]| adopt(&mut desk.register(), &desk.state, key, files);
    assert!(matches!(take(&[file(3)]), Err(WithdrawError::Missing { sequence: 2 })));
    let mut damaged = file(2);
    damaged.1[60] ^= 1;
    assert!(matches!(take(&[damaged]), Err(WithdrawError::NotARequest { .. })));
    let stranger = adopt(&mut desk.register(), &desk.state, desk.office.eu.verifying_key(), &[file(2)]);
    assert!(matches!(stranger, Err(WithdrawError::NotARequest { .. })));
    assert_eq!(overview(&mut desk.register(), None).expect("reads").next_sequence, 2, "half of it was taken in");

    assert_eq!(take(&[file(4), file(1), file(3), file(2)]).expect("takes in"), 3);
    assert_eq!(take(&[file(4)]).expect("is known"), 0);
    let mut restored = overview(&mut desk.register(), None).expect("reads");
    for (restored, newest) in restored.requests.iter_mut().zip(&newest.requests) {
        restored.handed_out.clone_from(&newest.handed_out);
    }
    assert_eq!(restored, newest);
    assert_eq!(desk.withdraw(&one(5)).sequence, Some(5));
    assert_eq!(desk.issue(NOW.plus(2 * DAY)).issued, 2, "a withdrawn certificate came back with the backup");
}

#[test]
fn a_register_that_has_lost_its_requests_for_ever_numbers_on_above_them() {
    let desk = Desk::new(4, 37, &[Format::Compact]);
    let issued = desk.issued();
    desk.withdraw(&[Target::Person(number(&issued[0]))]);
    let second = [Target::Person(number(&issued[1]))];
    for taken in [0, 1] {
        let error = desk.ask(Change::Withdraw, &second, Some(taken)).expect_err("a number that is used");
        assert!(matches!(error, WithdrawError::Sequence { last: 1 }));
    }
    assert_eq!(desk.ask(Change::Withdraw, &second, Some(9)).expect("asks").sequence, Some(9));
    assert_eq!(desk.opened(9).revoke, by_shard([&issued[1]]));
    assert_eq!(desk.withdraw(&[Target::Person(number(&issued[2]))]).sequence, Some(10));
}

#[test]
fn two_registers_that_number_on_from_one_are_found_out() {
    let desk = Desk::new(4, 38, &[Format::Compact]);
    let issued = desk.issued();
    let before = fs::read(desk.office.register()).expect("one file");
    desk.withdraw(&[Target::Person(number(&issued[0]))]);
    let first = fs::read(desk.requests().join(request_name(1))).expect("its file");
    fs::write(desk.office.register(), before).expect("restores");
    fs::remove_dir_all(desk.requests()).expect("was there");
    desk.withdraw(&[Target::Person(number(&issued[1]))]);
    let files = [("first.cose".to_owned(), first)];
    let error = adopt(&mut desk.register(), &desk.state, desk.office.status.verifying_key(), &files);
    assert!(matches!(error, Err(WithdrawError::Unlike { sequence: 1 })));
}

#[test]
fn a_register_s_requests_all_go_to_one_repository() {
    let desk = Desk::new(4, 39, &[Format::Compact]);
    let issued = desk.issued();
    desk.withdraw(&[Target::Person(number(&issued[0]))]);
    let other = listed(&[(&desk.office.compact, 0, 16)], |_| {});
    let mut register = desk.register();
    let target = [Target::Person(number(&issued[1]))];
    let chosen = choose(&mut register, &other, &target, NOW, &mut |_| {}).expect("is there");
    let key = StatusKey::new(&desk.office.status, true, &other).expect("a key for requests");
    let (change, reason) = (Change::Withdraw, RevocationReason::Withdrawn);
    let order = Order { change, reason, sequence: None, folder: &desk.requests(), made_at: NOW };
    let error = ask(&mut register, &key, &chosen, &order);
    assert!(matches!(error, Err(WithdrawError::OtherRepository)));
}

#[test]
fn what_is_published_is_shown_and_not_issued_again_even_by_a_register_that_has_forgotten_it() {
    let office = Office::new(5, 40);
    let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let out = tempfile::tempdir().expect("a folder");
    let mut repository = DemoRepository::new("DEMO/shown", NOW.plus(-DAY)).expect("keys");
    let issuer =
        repository.add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() });
    // A second range, for when the register is older than what was issued.
    repository.add_key(issuer, key.verifying_key(), &[Format::Compact], NOW.plus(-DAY)).ranges =
        [0, 1_000].map(|from| StatusRange { shard: 1, from, to: from + 1_000 }).to_vec();
    repository.publish_shard(1);
    let mut publish = |revoked: &[StatusIndex], reinstated: &[StatusIndex]| {
        let index = |place: &StatusIndex| u32::try_from(place.index).expect("below 2^24");
        revoked.iter().for_each(|place| repository.revoke(place.shard, index(place)));
        reinstated.iter().for_each(|place| repository.reinstate(place.shard, index(place)));
        let (bundle, pin) = repository.publish(NOW.plus(-60)).expect("publishes");
        TrustState::load(&bundle, &pin, NOW).expect("loads")
    };
    let state = publish(&[], &[]);
    issue_with(&office, &out, &state, &key);
    let issued = manifest(out.path());
    let before = fs::read(office.register()).expect("one file");
    let ask_for = |change, at: &[usize]| {
        let mut register = Register::open(office.register()).expect("opens");
        let targets: Vec<Target> = at.iter().map(|at| Target::Place(place(&issued[*at]))).collect();
        let chosen = choose(&mut register, &state, &targets, NOW, &mut |_| {}).expect("ours");
        let status = StatusKey::new(&office.status, true, &state).expect("a key for requests");
        let folder = office.folder().join("requests");
        let reason = RevocationReason::Withdrawn;
        let order = Order { change, reason, sequence: None, folder: &folder, made_at: NOW };
        ask(&mut register, &status, &chosen, &order).expect("asks");
    };
    let seen = |state: &TrustState| {
        let mut register = Register::open(office.register()).expect("opens");
        let overview = overview(&mut register, Some(state)).expect("reads");
        let published = overview.published.expect("lists were given");
        let requests: Vec<_> = overview.requests.iter().map(|request| request.published.expect("known")).collect();
        (published.shown, published.waiting, published.unknown, requests)
    };
    ask_for(Change::Withdraw, &[0, 1, 2]);
    assert_eq!(seen(&state), (0, 3, 0, vec!["waiting"]));
    let first = publish(&[place(&issued[0]), place(&issued[1]), place(&issued[2])], &[]);
    assert_eq!(seen(&first), (3, 0, 0, vec!["shown"]));
    ask_for(Change::Reinstate, &[1]);
    assert_eq!(seen(&first), (2, 1, 0, vec!["shown", "waiting"]));
    // What was reinstated here is the same again, though the published list does not show it yet.
    let again = issue_with(&office, &out, &first, &key);
    assert_eq!((again.issued, again.again), (2, 3));
    assert_eq!(seen(&publish(&[], &[place(&issued[1])])), (3, 0, 0, vec!["shown", "shown"]));

    fs::write(office.register(), before).expect("restores a backup");
    assert_eq!(seen(&first), (0, 0, 3, Vec::new()));
    let anew = issue_with(&office, &out, &first, &key);
    assert_eq!((anew.issued, anew.again), (3, 2));
    let withdrawn: HashSet<_> = places(&issued[..3]);
    assert!(places(&manifest(out.path())).is_disjoint(&withdrawn), "a published withdrawal was issued again");
}
