//! The same record gives the same certificate; another record, an expired one or another key gives
//! another, or a clear refusal.

use std::collections::HashSet;
use std::fs;
use std::num::NonZero;
use tegata_certificate::{Format, Sealed, UnixTime};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::issue::{Issuance, IssueError, IssuingKey, KeyProblem, Picture, Plan, issue, issue_all};
use tegata_issuer::{FindingChoice, Input, Register, RegisterNumber, Sources, import};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::office::{Certified, Office, manifest};
use tegata_tests::specimen::{DAY, NOW, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Issuer, KeyState, StatusRange, TrustState};
use tegata_verifier::{Moment, Outcome, Policy, Verifier};

const CDDL: &str = include_str!("../../certificate/src/format/compact.cddl");

fn of_format(certified: &[Certified], format: Format) -> Vec<&Certified> {
    certified.iter().filter(|certificate| certificate.format == format.name()).collect()
}

#[test]
fn everybody_s_certificates_are_valid_by_the_published_list_and_fit_the_cddl() {
    let office = Office::new(300, 5);
    let out = tempfile::tempdir().expect("a folder");
    let issuance = office.issue(out.path(), &[], NOW);
    let certified = manifest(out.path());
    assert_eq!(issuance.issued, certified.len() as u64);
    let verifier = Verifier::new(office.state(), Policy { accept_demo: true, ..Policy::default() }).expect("told so");
    for certificate in &certified {
        let verdict = verifier.verify(&certificate.text, Moment::Now(NOW));
        assert_eq!(verdict.outcome(), Outcome::Valid, "{:?}", verdict.reason());
        assert!(verdict.findings().is_empty(), "{:?}", verdict.findings());
    }
    let compact = of_format(&certified, Format::Compact);
    for certificate in &compact {
        let sealed = Sealed::decode(&certificate.text).expect("decodes");
        cddl::validate_cbor_from_slice(CDDL, sealed.message(), None).unwrap_or_else(|error| panic!("{error}"));
    }
    let indices: HashSet<_> = compact.iter().map(|certificate| certificate.status.expect("has one")).collect();
    assert_eq!(indices.len(), compact.len(), "a status index was given out twice");
    assert!(compact.len() >= 250 && of_format(&certified, Format::EuDcc).len() >= 30);
}

#[test]
fn doing_it_again_gives_the_same_certificates_and_mends_what_was_damaged() {
    let office = Office::new(30, 6);
    let out = tempfile::tempdir().expect("a folder");
    let first = office.issue(out.path(), &[Picture::Png, Picture::Svg], NOW);
    let before = manifest(out.path());
    let picture = before[0].files[0].clone();
    let good = fs::read(&picture).expect("is there");
    fs::write(&picture, b"damaged").expect("writes");
    fs::remove_file(&before[1].files[1]).expect("was there");
    let again = office.issue(out.path(), &[Picture::Png, Picture::Svg], NOW.plus(5 * DAY));
    assert_eq!(again, Issuance { issued: 0, again: first.issued, refused: first.refused, ..Issuance::default() });
    assert!(manifest(out.path()) == before);
    assert_eq!(fs::read(&picture).expect("is there"), good);
    assert!(before.iter().all(|certificate| certificate.files.iter().all(|file| file.is_file())));
}

#[test]
fn a_certificate_in_force_is_kept_whatever_life_is_wished_for() {
    let office = Office::new(5, 7);
    let out = tempfile::tempdir().expect("a folder");
    office.issue(out.path(), &[], NOW);
    let later = NOW.plus(200 * DAY);
    let state = office.state();
    let keys = [IssuingKey::new(&office.compact, &state, later).expect("listed")];
    let plan = Plan { formats: vec![Format::Compact], life: Some(60), ..Plan::default() };
    let mut register = Register::open(office.register()).expect("opens");
    let kept = issue_all(&mut register, &keys, &plan, out.path(), NonZero::<usize>::MIN, later, &())
        .map(|end| end.issuance)
        .expect("issues");
    assert_eq!((kept.issued, kept.again), (0, 5));
}

#[test]
fn a_short_life_ends_and_the_next_certificate_takes_another_index() {
    let office = Office::new(5, 9);
    let out = tempfile::tempdir().expect("a folder");
    let state = office.state();
    let keys = [IssuingKey::new(&office.compact, &state, NOW).expect("listed")];
    let plan = Plan { formats: vec![Format::Compact], life: Some(60), ..Plan::default() };
    let mut register = Register::open(office.register()).expect("opens");
    let mut run = |now: UnixTime| {
        let issued = issue_all(&mut register, &keys, &plan, out.path(), NonZero::<usize>::MIN, now, &())
            .map(|end| end.issuance)
            .expect("issues");
        (issued.issued, issued.again, manifest(out.path()))
    };
    let (first, _, before) = run(NOW);
    let (renewed, kept, same) = run(NOW.plus(59));
    assert_eq!((renewed, kept), (0, first));
    assert!(same == before);
    let (renewed, kept, after) = run(NOW.plus(60));
    assert_eq!((renewed, kept), (first, 0));
    let indices = |certified: &[Certified]| -> HashSet<_> { certified.iter().map(|one| one.status).collect() };
    assert!(indices(&before).is_disjoint(&indices(&after)));
}

/// Never signed: what a person has to look at first. It is told in the manifest, and comes with the next run after that.
#[test]
fn a_held_record_is_refused_until_its_finding_is_confirmed() {
    let office = Office::new(5, 12);
    let out = tempfile::tempdir().expect("a folder");
    let rows = "resident_id,name,birth_date,dose_no,vaccinated_on,maker,lot\n\
        77,手形　花子,1984-04-01,1,2021-07-01,ファイザー,FA7338\n77,手形　花子,1984-04-01,3,2022-07-01,ファイザー,FA7338\n";
    let mut register = Register::open(office.register()).expect("opens");
    let sources = Sources::Long(Input::from_bytes("rows.csv", rows.into()));
    let today = NOW.date().expect("a day");
    let summary = import(&mut register, sources, today, false, &mut |_: &Diagnostic| {}).expect("imports");
    assert_eq!((summary.refused(), summary.to_confirm), (0, 1));
    register.close().expect("closes");
    let issued = office.issue(out.path(), &[], NOW);
    let formats = issued.refused.get("unconfirmed").copied().expect("is told");
    assert!(formats > 0 && !manifest(out.path()).iter().any(|certificate| certificate.number == "77"));

    let mut register = Register::open(office.register()).expect("opens");
    let findings = register.open_findings(&FindingChoice::All, None).expect("reads");
    assert_eq!(register.confirm(&findings, false, "2026-11-27").expect("confirms"), 1);
    register.close().expect("closes");
    let issued = office.issue(out.path(), &[], NOW.plus(DAY));
    assert_eq!((issued.issued, issued.refused.get("unconfirmed")), (1, None));
    assert!(manifest(out.path()).iter().any(|certificate| certificate.number == "77"));
}

#[test]
fn a_corrected_record_gets_a_certificate_of_its_own() {
    let office = Office::new(20, 10);
    let out = tempfile::tempdir().expect("a folder");
    office.issue(out.path(), &[], NOW);
    let before = manifest(out.path());
    let certificate = of_format(&before, Format::Compact)[3].clone();
    let row = format!(
        "resident_id,name,birth_date,dose_no,vaccinated_on,maker,lot\n{},手形　花子,1984-04-01,1,2021-04-05,ファイザー,FA7338\n",
        certificate.number
    );
    let mut register = Register::open(office.register()).expect("opens");
    let sources = Sources::Long(Input::from_bytes("correction.csv", row.into_bytes()));
    let today = NOW.date().expect("a day");
    import(&mut register, sources, today, false, &mut |finding: &Diagnostic| panic!("{}", finding.code.name()))
        .expect("imports");
    register.close().expect("closes");
    let issued = office.issue(out.path(), &[], NOW.plus(DAY));
    assert_eq!(
        issued.issued,
        1 + u64::from(of_format(&before, Format::EuDcc).iter().any(|c| c.number == certificate.number))
    );
    let after = manifest(out.path());
    let corrected = of_format(&after, Format::Compact).into_iter().find(|c| c.number == certificate.number);
    assert!(
        corrected.is_some_and(|corrected| corrected.text != certificate.text && corrected.status != certificate.status)
    );
    let others = |certified: &[Certified]| -> Vec<Certified> {
        certified.iter().filter(|c| c.number != certificate.number).cloned().collect()
    };
    assert!(others(&after) == others(&before));
}

#[test]
fn one_person_s_certificate_leaves_the_others_in_the_manifest() {
    let office = Office::new(10, 11);
    let out = tempfile::tempdir().expect("a folder");
    office.issue(out.path(), &[], NOW);
    let before = manifest(out.path());
    let state = office.state();
    let keys = [IssuingKey::new(&office.compact, &state, NOW).expect("listed")];
    let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
    let mut register = Register::open(office.register()).expect("opens");
    let number = RegisterNumber::parse(&before[0].number).expect("a number");
    let one = [number];
    issue(&mut register, &keys, &plan, &one, out.path(), NOW, &mut |_| {}).expect("issues");
    let sorted = |mut certified: Vec<Certified>| {
        certified.sort_by(|a, b| (&a.number, &a.format).cmp(&(&b.number, &b.format)));
        certified
    };
    assert!(sorted(manifest(out.path())) == sorted(before));
    let nobody = [RegisterNumber::parse("999").expect("a number")];
    let error = issue(&mut register, &keys, &plan, &nobody, out.path(), NOW, &mut |_| {}).expect_err("nobody there");
    assert!(matches!(error, IssueError::NobodyThere));
}

/// A list with one key, changed.
fn listed(key: &PrivateKey, change: impl FnOnce(&mut tegata_trust_lists::KeyEntry)) -> TrustState {
    let mut repository = DemoRepository::new("DEMO/one", NOW.plus(-DAY)).expect("keys");
    let issuer =
        repository.add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() });
    change(repository.add_key(issuer, key.verifying_key(), &[Format::Compact], NOW.plus(-DAY)));
    let (bundle, pin) = repository.publish(NOW.plus(-60)).expect("publishes");
    TrustState::load(&bundle, &pin, NOW).expect("loads")
}

#[test]
fn a_key_that_verifiers_would_refuse_issues_nothing() {
    let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let other = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let problem = |state: &TrustState, key: &PrivateKey| IssuingKey::new(key, state, NOW).err();
    assert_eq!(problem(&listed(&key, |_| {}), &key), None);
    assert_eq!(problem(&listed(&key, |_| {}), &other), Some(KeyProblem::NotListed));
    assert_eq!(problem(&listed(&key, |entry| entry.state = KeyState::Retired), &key), Some(KeyProblem::OutOfService));
    assert_eq!(problem(&listed(&key, |entry| entry.sign_until = NOW), &key), Some(KeyProblem::OutsideWindow));
    assert_eq!(problem(&listed(&key, |entry| entry.sign_from = NOW.plus(1)), &key), Some(KeyProblem::OutsideWindow));
}

#[test]
fn a_certificate_of_a_key_that_was_not_given_is_not_issued_twice() {
    let office = Office::new(5, 13);
    let out = tempfile::tempdir().expect("a folder");
    office.issue(out.path(), &[], NOW);
    let next = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let state = listed(&next, |entry| entry.ranges = vec![StatusRange { shard: 9, from: 0, to: 100 }]);
    let keys = [IssuingKey::new(&next, &state, NOW).expect("listed")];
    let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
    let mut register = Register::open(office.register()).expect("opens");
    let issued = issue_all(&mut register, &keys, &plan, out.path(), NonZero::<usize>::MIN, NOW, &())
        .map(|end| end.issuance)
        .expect("goes on");
    assert_eq!(issued.refused.get("issued-with-another-key"), Some(&5));
    assert_eq!((issued.issued, issued.again), (0, 0));
}

#[test]
fn five_people_do_not_fit_a_range_of_four() {
    let office = Office::new(12, 14);
    let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let range = |from| StatusRange { shard: 9, from, to: from + 4 };
    let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
    let out = tempfile::tempdir().expect("a folder");
    let mut register = Register::open(office.register()).expect("opens");
    let mut run = |ranges: Vec<StatusRange>| {
        let state = listed(&key, |entry| entry.ranges = ranges);
        let keys = [IssuingKey::new(&key, &state, NOW).expect("listed")];
        issue_all(&mut register, &keys, &plan, out.path(), NonZero::<usize>::MIN, NOW, &())
            .map(|end| end.issuance)
            .map(|issued| issued.issued)
    };
    assert!(matches!(run(vec![range(0)]), Err(IssueError::Exhausted)));
    // Nothing of the failed page was promised; the next range and the first hold all.
    let issued = run(vec![range(0), StatusRange { shard: 9, from: 4, to: 400 }]).expect("issues");
    let statuses: HashSet<_> = manifest(out.path()).iter().filter_map(|c| c.status).collect();
    assert_eq!(statuses.len() as u64, issued);
    assert!((0..4).all(|index| statuses.contains(&(9, index))), "the first range was not used up: {statuses:?}");
}
