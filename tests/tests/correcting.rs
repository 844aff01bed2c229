//! A correction as a venue sees it: the old code stops counting once the status service has signed the request and the
//! verifier has the new lists; the new code counts at once. And what is for demonstrations never counts.

use std::fs;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::approval::Permit;
use tegata_issuer::check::{Diagnostic, Language};
use tegata_issuer::correct::{CorrectError, Correction, CorrectionReason, Edit, Tools, correct};
use tegata_issuer::issue::{IssueError, IssuingKey, KeyProblem, Plan, issue_texts};
use tegata_issuer::lifecycle::{State, life};
use tegata_issuer::withdraw::{StatusKey, StatusKeyProblem, hand_out, request_name};
use tegata_issuer::{
    Encoding, Input, Layout, Register, RegisterError, RegisterNumber, SampleOptions, Sources, Usage, Way, import,
    write_sample,
};
use tegata_keys::{KeyStore, KeyType, Passphrase, PrivateKey, Purpose, Signer};
use tegata_tests::specimen::{DAY, NOW, japan};
use tegata_trust_lists::publish::{DemoRepository, Lifetimes, Lists, Repository, Roles};
use tegata_trust_lists::{Issuer, Request, RoleKeys, TrustState};
use tegata_verifier::{Moment, Policy, Verifier};

const ROWS: &str = "resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,lot\n\
                    1,山田　花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                    1,山田　花子,ヤマダ　ハナコ,1980-05-06,2,2021-06-22,ファイザー,TX1014\n";

fn number(text: &str) -> RegisterNumber {
    RegisterNumber::parse(text).expect("a number")
}

/// A repository for demonstrations with a key for compact certificates.
fn repository(id: &str, key: &dyn Signer) -> DemoRepository {
    let mut repository = DemoRepository::new(id, NOW.plus(-DAY)).expect("makes keys");
    let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
    let issuer = repository.add_issuer(issuer);
    let shard = repository.add_key(issuer, key.verifying_key(), &[Format::Compact], NOW.plus(-DAY)).ranges[0].shard;
    repository.publish_shard(shard);
    repository
}

fn published(repository: &mut DemoRepository, at: UnixTime) -> TrustState {
    let (bundle, pin) = repository.publish(at).expect("publishes");
    TrustState::load(&bundle, &pin, at.plus(60)).expect("loads")
}

/// The list of a repository that counts, with that key: two officers of three sign it.
fn live(key: &dyn Signer) -> TrustState {
    let keys: Vec<PrivateKey> = (0..8).map(|_| PrivateKey::generate(KeyType::Ed25519).expect("randomness")).collect();
    let role = |threshold, keys: &[PrivateKey]| RoleKeys {
        threshold,
        keys: keys.iter().map(|key| key.verifying_key().clone()).collect(),
    };
    let roles = Roles {
        root: role(2, &keys[..3]),
        trust: role(2, &keys[3..6]),
        status: None,
        head: role(1, &keys[6..]),
        rules: None,
    };
    let signers: Vec<&dyn Signer> = keys.iter().map(|key| key as &dyn Signer).collect();
    let at = NOW.plus(-60);
    let mut made = Repository::init("KAKUU/real", roles, Lifetimes::default(), &signers[..2], at).expect("begins");
    let demo = repository("DEMO/entry", key);
    let lists = Lists { issuers: demo.issuers.clone(), keys: demo.keys.clone(), anchors: Vec::new() };
    let signers = [signers[3], signers[4], signers[6]];
    made.publish(lists, Lifetimes::default(), &signers, at).expect("publishes");
    let state = TrustState::load(&made.bundle().expect("published"), &made.pin(), NOW).expect("loads");
    assert!(!state.is_demo());
    state
}

fn verdict(state: &TrustState, text: &str, now: UnixTime) -> (&'static str, Option<&'static str>) {
    let policy = Policy { accept_demo: true, ..Policy::default() };
    let verifier = Verifier::new(state.clone(), policy).expect("told so");
    let verdict = verifier.verify(text, Moment::Now(now));
    (verdict.outcome().name(), verdict.reason().map(tegata_verifier::Reason::code))
}

fn imported(folder: &std::path::Path, rows: &str) -> Register {
    let mut register = Register::open_or_create(folder.join("register.sqlite")).expect("begins");
    let rows = Sources::Long(Input::from_bytes("rows.csv", rows.into()));
    import(&mut register, rows, NOW.date().expect("a day"), false, &mut |_: &Diagnostic| {}).expect("imports");
    register
}

#[test]
fn after_a_correction_the_old_code_is_revoked_at_the_verifier_and_the_new_one_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = imported(folder.path(), ROWS);
    let [key, status] = [0, 1].map(|_| PrivateKey::generate(KeyType::Ed25519).expect("randomness"));
    let mut repository = repository("DEMO/correcting", &key);
    let before = published(&mut repository, NOW.plus(-60));
    let keys = [IssuingKey::new(&key, &before, NOW).expect("listed")];
    let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
    let old = issue_texts(&mut register, &keys, &plan, &number("1"), NOW).expect("issues").remove(0);
    let old = old.text.expect("a text");
    let known = published(&mut repository, NOW.plus(600));
    assert_eq!(verdict(&known, &old, NOW.plus(700)), ("valid", None));

    let (requests, person, now) = (folder.path().join("requests"), number("1"), NOW.plus(3_600));
    let status_key = StatusKey::new(&status, true, &before).expect("a key for requests");
    let tools = Tools { keys: &keys, status: Some(&status_key), requests: &requests, permit: Permit::KEY_HOLDER };
    let edits = [Edit::parse("birth=1980-06-05").expect("an edit")];
    let correction = Correction {
        person: &person,
        edits: &edits,
        reason: CorrectionReason::Clerical,
        confirm: &[],
        renew: false,
        withdraw_only: false,
        language: Language::Ja,
        way: Way::Counter,
        dry_run: false,
        today: now.date().expect("a day"),
    };
    let done = correct(&mut register, &tools, &correction, now).expect("corrects");
    hand_out(&mut register, &done.requests, &requests, None, now).expect("hands out");
    let new = done.texts[0].text.clone().expect("a text");
    // Until the status service has it, the lists know no better of the old one; the new one counts at once, though they
    // are older than it is.
    assert_eq!(verdict(&known, &old, now), ("valid", None));
    assert_eq!(verdict(&known, &new, now), ("valid-check", Some("status-not-covered")));

    let bytes = fs::read(requests.join(request_name(1))).expect("its file");
    let (request, _) = Request::open(&bytes, "DEMO/correcting", &[status.verifying_key().clone()]).expect("opens");
    for (shard, indices) in &request.revoke {
        indices.iter().for_each(|index| repository.revoke(*shard, *index));
    }
    let after = published(&mut repository, now.plus(600));
    let later = now.plus(720);
    assert_eq!(verdict(&after, &old, later), ("not-valid", Some("revoked")));
    assert_eq!(verdict(&after, &new, later), ("valid", None));
    let states: Vec<State> =
        life(&mut register, &person, later).expect("reads").certificates.iter().map(|one| one.state).collect();
    assert_eq!(states, [State::Corrected, State::Issued]);
}

/// A sample in a folder, imported.
fn sample(folder: &std::path::Path, layout: Layout) -> Sources {
    let options = SampleOptions { people: 5, seed: 1, faults: 0.0, layout, encoding: Encoding::Utf8 };
    let files = write_sample(&options, folder).expect("writes").files;
    let open = |at: usize| Input::open(&files[at]).expect("opens");
    match layout {
        Layout::Vrs => Sources::Wide { residents: Some(open(0)), doses: Some(open(1)) },
        Layout::Long => Sources::Long(open(0)),
    }
}

#[test]
fn no_record_of_a_sample_is_ever_signed_with_a_key_that_counts() {
    let today = NOW.date().expect("a day");
    for layout in [Layout::Vrs, Layout::Long] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut register = Register::open_or_create(folder.path().join("register.sqlite")).expect("begins");
        let tried = sample(folder.path(), layout);
        import(&mut register, tried, today, true, &mut |_: &Diagnostic| {}).expect("tries");
        assert_eq!(register.usage().expect("reads"), None, "what was only tried is remembered");
        let taken = sample(folder.path(), layout);
        import(&mut register, taken, today, false, &mut |_: &Diagnostic| {}).expect("imports");
        assert_eq!(register.usage().expect("reads"), Some(Usage::Demo));

        let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        let state = live(&key);
        let keys = [IssuingKey::new(&key, &state, NOW).expect("listed")];
        let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
        let person = register.issuable_after(None, 1).expect("reads").remove(0).person.number;
        let refused = issue_texts(&mut register, &keys, &plan, &person, NOW).err().expect("refuses");
        assert!(matches!(refused, IssueError::Register(RegisterError::DemoRegister(_))), "{refused}");
        let tools = Tools { keys: &keys, status: None, requests: folder.path(), permit: Permit::KEY_HOLDER };
        let correction = Correction {
            person: &person,
            edits: &[],
            reason: CorrectionReason::Other,
            confirm: &[],
            renew: true,
            withdraw_only: false,
            language: Language::Ja,
            way: Way::Counter,
            dry_run: true,
            today,
        };
        let refused = correct(&mut register, &tools, &correction, NOW).expect_err("refuses");
        assert!(matches!(refused, CorrectError::Issue(IssueError::Register(RegisterError::DemoRegister(_)))));
        // What is exported of it says so too, and marks the next register.
        let mut rows = Vec::new();
        let form = tegata_issuer::ExportForm::Csv;
        tegata_issuer::export(&mut register, &tegata_issuer::Selection::All, &form, &mut rows).expect("exports");
        let other = tempfile::tempdir().expect("a folder");
        let mut next = imported(other.path(), std::str::from_utf8(&rows).expect("a text"));
        assert_eq!(next.usage().expect("reads"), Some(Usage::Demo));
    }
}

#[test]
fn a_register_that_counts_takes_no_sample_and_no_key_for_demonstrations() {
    let today = NOW.date().expect("a day");
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = imported(folder.path(), ROWS);
    assert_eq!(register.usage().expect("reads"), None);
    let [real, demo] = [0, 1].map(|_| PrivateKey::generate(KeyType::Ed25519).expect("randomness"));
    let state = live(&real);
    let keys = [IssuingKey::new(&real, &state, NOW).expect("listed")];
    let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
    issue_texts(&mut register, &keys, &plan, &number("1"), NOW).expect("issues");
    assert_eq!(register.usage().expect("reads"), Some(Usage::Live));

    let other = published(&mut repository("DEMO/other", &demo), NOW.plus(-60));
    let keys = [IssuingKey::new(&demo, &other, NOW).expect("listed")];
    let refused = issue_texts(&mut register, &keys, &plan, &number("1"), NOW).err().expect("refuses");
    assert!(matches!(refused, IssueError::Register(RegisterError::LiveRegister(_))), "{refused}");
    let before = register.status().expect("reads");
    for layout in [Layout::Vrs, Layout::Long] {
        let sources = sample(folder.path(), layout);
        let refused = import(&mut register, sources, today, false, &mut |_: &Diagnostic| {}).expect_err("refuses");
        assert!(refused.to_string().contains("no sample"), "{refused}");
    }
    assert_eq!(register.status().expect("reads"), before);
}

#[test]
fn a_key_of_a_store_serves_lists_of_its_own_kind_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = KeyStore::new(folder.path().join("keys"));
    let passphrase = Passphrase::new("three small boats at dawn");
    for (name, purpose) in [("demo", Purpose::Demo), ("real", Purpose::Production)] {
        store.create(name, KeyType::Ed25519, &passphrase, purpose, NOW).expect("makes");
    }
    let [demo, real] = ["demo", "real"].map(|name| store.unlock(name, &passphrase).expect("unlocks"));
    assert_eq!((demo.is_demo(), real.is_demo()), (Some(true), Some(false)));
    // Whatever a list's operator let in.
    let demo_list = |key: &dyn Signer| published(&mut repository("DEMO/list", key), NOW.plus(-60));
    let problem = |key: &dyn Signer, state: &TrustState| IssuingKey::new(key, state, NOW).err();
    assert_eq!(problem(&demo, &live(&demo)), Some(KeyProblem::Demo));
    assert_eq!(problem(&real, &demo_list(&real)), Some(KeyProblem::Live));
    assert_eq!(problem(&demo, &demo_list(&demo)), None);
    assert_eq!(problem(&real, &live(&real)), None);
    assert_eq!(StatusKey::new(&real, false, &demo_list(&demo)).err(), Some(StatusKeyProblem::Live));
    assert_eq!(StatusKey::new(&demo, true, &live(&real)).err(), Some(StatusKeyProblem::Demo));
}

#[test]
fn a_my_number_gets_into_no_register_and_no_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = Register::open_or_create(folder.path().join("register.sqlite")).expect("begins");
    let head = "resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,lot,site,個人番号";
    let rows = [
        "1,森　愛,モリ　アイ,1970-01-01,1,2021-06-01,ファイザー,A1,中央公民館,123456789018",
        "123456789018,森　愛,モリ　アイ,1970-01-01,1,2021-06-01,ファイザー,A1,中央公民館,",
        "2,森　１２３４５６７８９０１８,モリ　アイ,1970-01-01,1,2021-06-01,ファイザー,A1,中央公民館,",
        "3,森　愛,モリ　アイ,1970-01-01,1,2021-06-01,ファイザー,A1,1234-5678-9018 会場,",
        "4,林　誠,ハヤシ　マコト,1971-01-01,1,2021-06-01,ファイザー,A1,中央公民館,",
    ];
    let text = format!("{head}\n{}\n", rows.join("\n"));
    let mut told = Vec::new();
    let mut take = |numbers_checked: bool, register: &mut Register| {
        let mut input = Input::from_bytes("rows.csv", text.clone().into_bytes());
        input.own_numbers = numbers_checked;
        told.clear();
        let mut sink = |finding: &Diagnostic| told.push(finding.clone());
        let sources = Sources::Long(input);
        let summary = import(register, sources, NOW.date().expect("a day"), false, &mut sink).expect("imports");
        for finding in &told {
            let json = serde_json::to_string(finding).expect("JSON");
            assert!(!json.contains("123456789018") && !json.contains("5678") && !json.contains("５６７８"), "{json}");
        }
        let lines: Vec<u64> = told.iter().filter(|one| one.code.name() == "my-number").map(|one| one.line).collect();
        (summary.changes.people_inserted, lines)
    };
    assert_eq!(take(false, &mut register), (1, vec![2, 3, 4, 5]));
    // Somebody has looked at the numbers: then the second row is good, and the others are not.
    assert_eq!(take(true, &mut register), (1, vec![2, 4, 5]));
    assert!(register.record(&number("123456789018")).expect("reads").is_some());
    register.close().expect("closes");
    let file = fs::read(folder.path().join("register.sqlite")).expect("a file");
    assert!(!file.windows(36).any(|part| part == "１２３４５６７８９０１８".as_bytes()));
}
