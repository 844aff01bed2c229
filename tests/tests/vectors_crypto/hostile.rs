//! Hostile messages and texts, judged by the whole verifier with the keys that the vectors list.
//!
//! Whatever the answer is, it is given within 1 MiB of heap and without a panic.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use allocation_counter::measure;
use serde_json::Value as Json;
use tegata_certificate::{
    Country, DecodeError, Format, Kind, Sealed, UnixTime, VerifyingKey, base45, cbor::Profile, deflate,
};
use tegata_tests::vectors::{self, Tally};
use tegata_trust_lists::{Authority, Bundle, Issuer, RootPin, TrustState, publish::DemoRepository};
use tegata_verifier::{
    Language, Moment, Outcome, Policy, Verdict, Verifier,
    tool::{Style, write_verdict},
};

use crate::{bytes, cases, cose_examples, text};

/// No input may make the verifier hold more, in bytes.
const HEAP_MAX: u64 = 1 << 20;

/// The folder whose `trust.json` lists the keys, also those of the texts.
const KEYS: &str = "cose-adversarial";

pub fn messages(family: &Path) -> Vec<Tally> {
    let counted = measure(|| drop(std::hint::black_box(vec![0_u8; 4096])));
    assert!(counted.bytes_max >= 4096, "the heap is not counted");
    let trusted = Trusted::read(&family.join("trust.json"));
    let (mut dcc, mut strict) = (Tally::new("cose-adversarial/dcc"), Tally::new("cose-adversarial/strict"));
    let mut shown = Tally::new("cose-adversarial/display");
    for path in vectors::files_below(family, "json") {
        let file = vectors::json(&path);
        if file["cases"].is_null() {
            continue;
        }
        for case in cases(&file) {
            let message = bytes(case, "cose");
            let decode = |profile| Sealed::from_message(message.clone(), Format::EuDcc, profile);
            trusted.check(&mut dcc, case, "expect_dcc", || decode(Profile::Lenient));
            trusted.check(&mut strict, case, "expect_strict", || decode(Profile::Deterministic));
            trusted.record_message(&message);
            if case["class"] == "display" {
                trusted.check_display(&mut shown, case, decode(Profile::Lenient));
            }
        }
    }
    vec![dcc, strict, shown]
}

pub fn texts(family: &Path, all: &Path) -> Tally {
    let mut tally = Tally::new("hc1-transport");
    let keys = all.join(KEYS).join("trust.json");
    if !keys.is_file() {
        tally.skip("the keys of these texts are not here");
        return tally;
    }
    let trusted = Trusted::read(&keys);
    for path in vectors::files_below(family, "json") {
        for case in cases(&vectors::json(&path)) {
            trusted.record(text(case, "text"));
            trusted.check(&mut tally, case, "expect", || Sealed::decode(text(case, "text")));
        }
    }
    tally
}

/// A verifier that trusts the vectors' keys, and the time that the vectors are judged at.
struct Trusted {
    bundle: Bundle,
    pin: RootPin,
    verifier: Verifier,
    moment: Moment,
}

impl Trusted {
    /// Publishes the listed keys in a repository of its own, and takes them from its lists.
    fn read(path: &Path) -> Self {
        let file = vectors::json(path);
        let now = UnixTime(file["now"].as_i64().expect("a time"));
        let mut repository = DemoRepository::new("DEMO/vectors", now).expect("a repository");
        for listed in file["keys"].as_array().expect("keys") {
            list(&mut repository, listed, now);
        }
        let (bundle, pin) = repository.publish(now).expect("lists");
        let state = TrustState::load(&bundle, &pin, now).expect("lists that load");
        let policy = Policy { accept_demo: true, ..Policy::default() };
        let verifier = Verifier::new(state, policy).expect("a verifier");
        verifier.state().trust().keys.iter().for_each(|entry| entry.key.prepare());
        Self { bundle, pin, verifier, moment: Moment::Now(now) }
    }

    /// Notes what becomes of a text.
    fn record(&self, text: &str) {
        vectors::record(&self.bundle, &self.pin, text, self.moment.judged_at());
    }

    /// Notes what becomes of a message in the text that it would be scanned as.
    fn record_message(&self, message: &[u8]) {
        if let Ok(deflated) = deflate::deflate(message) {
            self.record(&format!("HC1:{}", base45::encode(&deflated)));
        }
    }

    fn check(
        &self,
        tally: &mut Tally,
        case: &Json,
        expectation: &str,
        decode: impl Fn() -> Result<Sealed, DecodeError>,
    ) {
        let (id, wanted) = (text(case, "id"), text(case, expectation));
        let mut outcome = None;
        let judge = || {
            let heap = measure(|| {
                let sealed = decode();
                let verdict = self.verifier.verify_sealed(sealed.as_ref().map_err(|e| *e), self.moment);
                outcome = Some((verdict.outcome(), verdict.reason()));
            });
            heap.bytes_max
        };
        let heap = catch_unwind(AssertUnwindSafe(judge));
        let held = match (heap, outcome) {
            (Err(_), _) | (_, None) => Err("panicked".to_owned()),
            (Ok(heap), _) if heap > HEAP_MAX => Err(format!("took {heap} bytes of heap")),
            (Ok(_), Some((outcome, reason))) => {
                let accepted = matches!(outcome, Outcome::Valid | Outcome::ValidCheck);
                let fits = wanted == "either" || (wanted == "accept") == accepted;
                if fits { Ok(()) } else { Err(format!("wanted {wanted}, is {outcome:?} for {reason:?}")) }
            }
        };
        tally.outcome(format!("{id} ({expectation})"), held);
    }

    /// Nothing of a certificate may act on whoever reads the verdict.
    fn check_display(&self, tally: &mut Tally, case: &Json, sealed: Result<Sealed, DecodeError>) {
        let verdict = self.verifier.verify_sealed(sealed.as_ref().map_err(|e| *e), self.moment);
        let (id, text) = (text(case, "id"), text(case, "text"));
        for language in [Language::Ja, Language::En] {
            let shown = self.shown(&verdict, language);
            // Between lines the verdict's own line ends stand; a text that brings one would show it
            // unbroken.
            let acting = shown.lines().any(|line| line.chars().any(acts));
            let unbroken = text.chars().any(acts) && shown.contains(text);
            let inert = !acting && !unbroken;
            tally.check(format!("{id} in {language:?}"), inert);
        }
        let report = verdict.to_json(self.verifier.state());
        tally.check(format!("{id} in the report"), !report.trim_end().chars().any(acts));
        let parsed: Result<Json, _> = serde_json::from_str(&report);
        tally.check(format!("{id} in the report is JSON"), parsed.is_ok());
    }

    fn shown(&self, verdict: &Verdict<'_>, language: Language) -> String {
        let style = Style { language, colour: false, explain: true };
        let mut out = Vec::new();
        write_verdict(&mut out, verdict, self.verifier.state(), None, style).expect("writing to memory");
        String::from_utf8(out).expect("a text")
    }
}

/// Whether a character acts on a terminal or a reader instead of being seen: control, direction,
/// zero width, separators of lines, tags.
fn acts(c: char) -> bool {
    let direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    let line_or_tag = matches!(c, '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || direction || invisible || line_or_tag
}

/// Lists one key of `trust.json` with everything that it is limited to there.
fn list(repository: &mut DemoRepository, listed: &Json, now: UnixTime) {
    let country = Country::parse(text(listed, "issuer")).expect("a country");
    let known = repository.issuers.iter().position(|issuer| issuer.country == country);
    let issuer = known.unwrap_or_else(|| {
        let name = format!("Issuer {country}");
        repository.add_issuer(Issuer { name_ja: name.clone(), name_en: name, country })
    });
    let key = cose_examples::cose_key(&named_as_hex(&listed["key"])).expect("a kind of key that is known");
    let key = VerifyingKey::from_cose_key(&key).expect("a good key");
    assert_eq!(listed["alg"].as_i64(), Some(key.algorithm().cose()), "the key's pinned algorithm");
    let entry = repository.add_key(issuer, &key, &[Format::EuDcc], now);
    entry.hint = Some(bytes(listed, "kid").try_into().expect("a kid of eight bytes"));
    entry.authority = Authority::Countries(vec![country]);
    let time = |name: &str| UnixTime(listed[name].as_i64().expect("a time"));
    (entry.sign_from, entry.sign_until) = (time("sign_from"), time("sign_until"));
    entry.kinds = [("v", Kind::Vaccination), ("t", Kind::Test), ("r", Kind::Recovery)]
        .into_iter()
        .filter(|(name, _)| listed["types"].as_array().is_some_and(|types| types.contains(&Json::from(*name))))
        .map(|(_, kind)| kind)
        .collect();
}

/// The parts of a key are hexadecimal digits here: named so, as the examples of COSE name them.
fn named_as_hex(key: &Json) -> Json {
    let members = key.as_object().expect("a key").iter();
    let is_part = |name: &str| matches!(name, "x" | "y" | "n" | "e");
    let renamed = |name: &str| if is_part(name) { format!("{name}_hex") } else { name.to_owned() };
    members.map(|(name, value)| (renamed(name), value.clone())).collect()
}
