//! Issuing with keys that sign otherwise each time: what was handed out once stays the same to the byte.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::Barrier;
use std::thread::{scope, sleep};
use std::time::Duration;

use tegata_certificate::{Format, UnixTime};
use tegata_issuer::Register;
use tegata_issuer::issue::{IssueError, IssuingKey, JobEnd, Plan, issue_all, issue_texts};
use tegata_keys::{KeyType, PrivateKey, SignError, Signer};
use tegata_tests::office::{Office, manifest};
use tegata_tests::soft_token::{Tokens, on_stage};
use tegata_tests::specimen::NOW;
use tegata_verifier::{Moment, Outcome, Policy, Verifier};

use super::objects::new_key;

const FORMATS: [Format; 2] = [Format::Compact, Format::EuDcc];

/// An office whose keys are in a token; all of its certificates sign with P-256 where that is possible.
fn office(tokens: &Tokens, people: u64) -> Office {
    tokens.make("office");
    let keys =
        [("office", KeyType::P256), ("office-eu", KeyType::P256)].map(|(name, kind)| new_key(tokens, name, kind));
    Office::with_keys(people, 11, keys)
}

fn issue_with(office: &Office, workers: usize, out: &Path, now: UnixTime) -> Result<JobEnd, IssueError> {
    let state = office.state();
    let keys = [&office.compact, &office.eu].map(|key| IssuingKey::new(key, &state, now).expect("is listed"));
    let plan = Plan { formats: FORMATS.to_vec(), ..Plan::default() };
    let mut register = Register::open(office.location()).expect("opens");
    let workers = NonZero::new(workers).expect("some");
    issue_all(&mut register, &keys, &plan, out, workers, now, &())
}

/// Each certificate's text, by person and family.
fn texts(folder: &Path) -> BTreeMap<(String, String), String> {
    manifest(folder).into_iter().map(|one| ((one.number, one.format), one.text)).collect()
}

fn all_hold(office: &Office, texts: &BTreeMap<(String, String), String>) {
    let verifier = Verifier::new(office.state(), Policy { accept_demo: true, ..Policy::default() }).expect("told so");
    for text in texts.values() {
        assert_eq!(verifier.verify(text, Moment::Now(NOW)).outcome(), Outcome::Valid);
    }
}

#[test]
fn issuing_again_gives_the_same_bytes_with_any_number_of_workers() {
    on_stage("issuing::issuing_again_gives_the_same_bytes_with_any_number_of_workers", |tokens| {
        let office = office(tokens, 1_500);
        let folders = [1, 4, 3].map(|workers| (workers, tempfile::tempdir().expect("a folder")));
        for (workers, folder) in &folders {
            issue_with(&office, *workers, folder.path(), NOW).expect("issues");
        }
        let [first, others @ ..] = folders.map(|(_, folder)| texts(folder.path()));
        assert!(first.len() > 1_500, "{}", first.len());
        assert!(
            first.keys().any(|(_, format)| format == "eu-dcc") && first.keys().any(|(_, format)| format == "compact")
        );
        for other in others {
            assert!(other == first, "a certificate came out otherwise");
        }
        all_hold(&office, &first);
    });
}

#[test]
fn four_who_issue_the_same_at_once_hand_out_the_same() {
    on_stage("issuing::four_who_issue_the_same_at_once_hand_out_the_same", |tokens| {
        let office = office(tokens, 40);
        let state = office.state();
        let plan = Plan { formats: FORMATS.to_vec(), ..Plan::default() };
        let people: Vec<_> = {
            let mut register = Register::open(office.location()).expect("opens");
            let records = register.issuable_after(None, 40).expect("reads");
            records.into_iter().map(|record| record.person.number).collect()
        };
        let start = Barrier::new(4);
        let handed_out: Vec<Vec<String>> = scope(|threads| {
            let desks: Vec<_> = (0..4)
                .map(|_| {
                    threads.spawn(|| {
                        let keys = [&office.compact, &office.eu]
                            .map(|key| IssuingKey::new(key, &state, NOW).expect("is listed"));
                        let mut register = Register::open(office.location()).expect("opens");
                        let mut texts = Vec::new();
                        for number in &people {
                            start.wait();
                            let issued = issue_texts(&mut register, &keys, &plan, number, NOW).expect("issues");
                            texts.extend(issued.into_iter().filter_map(|issued| issued.text.ok()));
                        }
                        texts
                    })
                })
                .collect();
            desks.into_iter().map(|desk| desk.join().expect("ends")).collect()
        });
        assert!(handed_out[0].len() >= 40);
        assert!(handed_out.iter().all(|texts| *texts == handed_out[0]), "two desks handed out different codes");
    });
}

#[test]
fn a_job_whose_token_goes_away_ends_with_a_word_and_goes_on_where_it_was() {
    on_stage("issuing::a_job_whose_token_goes_away_ends_with_a_word_and_goes_on_where_it_was", |tokens| {
        let office = office(tokens, 3_000);
        let out = tempfile::tempdir().expect("a folder");
        let (mut away, mut handed_out) = (0, BTreeMap::new());
        for round in 0_u64.. {
            let end = scope(|threads| {
                let job = threads.spawn(|| issue_with(&office, 3, out.path(), NOW));
                if round < 3 {
                    sleep(Duration::from_millis(150 + 60 * round));
                    tokens.take_away();
                    let end = job.join().expect("ends");
                    tokens.bring_back();
                    return end;
                }
                job.join().expect("ends")
            });
            match end {
                Err(IssueError::Sign(SignError::Away)) => away += 1,
                Err(other) => panic!("{other}"),
                Ok(end) => {
                    assert_eq!(end.here, end.parts);
                    // Without restarting anything, and with what the first runs had kept.
                    let all = texts(out.path());
                    if handed_out.is_empty() {
                        handed_out = all;
                        continue;
                    }
                    assert!(all == handed_out, "a certificate came out otherwise after the token was away");
                    break;
                }
            }
        }
        assert!(away > 0, "the job was too quick to lose its token");
        println!("the job lost its token {away} times");
        all_hold(&office, &handed_out);
    });
}

/// The rows of the register that keep signatures.
fn kept(office: &Office) -> Vec<(String, Vec<u8>)> {
    use sqlx::Connection as _;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let url = format!("sqlite://{}", office.register().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("connects");
        sqlx::query_as("SELECT identifier, sealed FROM kept_signature ORDER BY identifier")
            .fetch_all(&mut connection)
            .await
            .expect("reads")
    })
}

fn run_sql(office: &Office, sql: &'static str) {
    use sqlx::Connection as _;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let url = format!("sqlite://{}", office.register().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("connects");
        sqlx::query(sql).execute(&mut connection).await.expect("writes");
    });
}

#[test]
fn what_is_kept_is_sealed_and_bound_to_its_certificate_and_of_deterministic_keys_nothing_is() {
    on_stage(
        "issuing::what_is_kept_is_sealed_and_bound_to_its_certificate_and_of_deterministic_keys_nothing_is",
        |tokens| {
            let office = office(tokens, 20);
            let out = tempfile::tempdir().expect("a folder");
            issue_with(&office, 1, out.path(), NOW).expect("issues");
            let rows = kept(&office);
            assert_eq!(rows.len(), texts(out.path()).len(), "one a certificate");
            // A version byte, a nonce, 64 bytes, a tag.
            assert!(rows.iter().all(|(_, sealed)| sealed.len() == 1 + 12 + 64 + 16));
            // Two rows exchanged do not open in each other's place.
            run_sql(
                &office,
                "UPDATE kept_signature SET sealed = (SELECT sealed FROM kept_signature ORDER BY identifier DESC LIMIT 1) \
                 WHERE identifier = (SELECT MIN(identifier) FROM kept_signature)",
            );
            let error = issue_with(&office, 1, out.path(), NOW).expect_err("hands out what was exchanged");
            assert!(matches!(error, IssueError::Register(_)), "{error}");

            let keys: [Box<dyn Signer>; 2] = [KeyType::Ed25519, KeyType::P256]
                .map(|kind| -> Box<dyn Signer> { Box::new(PrivateKey::generate(kind).expect("makes")) });
            let plain = Office::with_keys(20, 11, keys);
            issue_with(&plain, 1, out.path(), NOW).expect("issues");
            assert!(kept(&plain).is_empty(), "what can be signed again is kept");
        },
    );
}
