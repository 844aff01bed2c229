//! An office that signs and a desk that checks, with throw-away keys and a list published in memory.

use tegata_certificate::cbor::Writer;
use tegata_certificate::{Algorithm, Certificate, Country, Format, KeyIdentity, Kind, StatusIndex, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::specimen::{seal, seal_claims};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Issuer, KeyEntry, TrustState};
use tegata_verifier::{Moment, Policy, Verdict, Verifier};

pub use tegata_tests::specimen::{DAY, NOW, compact, eu_dcc};

pub fn country(code: &str) -> Country {
    Country::parse(code).expect("two letters")
}

/// Someone who signs.
pub struct Office {
    pub key: PrivateKey,
}

impl Office {
    pub fn new(kind: KeyType) -> Self {
        Self { key: PrivateKey::generate(kind).expect("randomness") }
    }

    pub fn identity(&self) -> KeyIdentity<'_> {
        tegata_tests::specimen::identity(&self.key)
    }

    /// Signs a certificate that our own writer lays out.
    pub fn sign(&self, certificate: &Certificate) -> String {
        seal(&self.key, certificate)
    }

    /// Signs claims that no writer of ours would write.
    pub fn sign_claims(&self, format: Format, claims: &[u8]) -> String {
        seal_claims(&self.key, format, claims)
    }
}

/// What is published, and a verifier that was told of it.
pub struct Desk {
    pub repository: DemoRepository,
    pub issuer: usize,
}

impl Desk {
    pub fn new() -> Self {
        let mut repository = DemoRepository::new("DEMO/desk", NOW.plus(-DAY)).expect("makes keys");
        let issuer = repository.add_issuer(Issuer {
            name_ja: "架空市".into(),
            name_en: "Kakuu City".into(),
            country: country("JP"),
        });
        Self { repository, issuer }
    }

    pub fn list(&mut self, office: &Office, formats: &[Format]) -> &mut KeyEntry {
        self.repository.add_key(self.issuer, office.key.verifying_key(), formats, NOW.plus(-DAY))
    }

    /// The lists as a device has them that got them an hour ago.
    pub fn state(&mut self, now: UnixTime) -> TrustState {
        let (bundle, pin) = self.repository.publish(NOW.plus(-3_600)).expect("publishes");
        TrustState::load(&bundle, &pin, now).expect("loads")
    }

    pub fn verifier(&mut self) -> Verifier {
        let policy = Policy { accept_demo: true, ..Policy::default() };
        Verifier::new(self.state(NOW), policy).expect("told to accept DEMO lists")
    }
}

pub fn now(verifier: &Verifier, text: &str) -> (&'static str, Option<&'static str>) {
    words(&verifier.verify(text, Moment::Now(NOW)))
}

pub fn words(verdict: &Verdict<'_>) -> (&'static str, Option<&'static str>) {
    (verdict.outcome().name(), verdict.reason().map(tegata_verifier::Reason::code))
}

/// Claims of a test or a recovery, which our issuer does not write, for any country.
pub fn eu_claims(kind: Kind, iss: Option<&str>) -> Vec<u8> {
    let texts = |writer: &mut Writer, members: &[(&str, &str)]| {
        for (key, value) in members {
            writer.text(key);
            writer.text(value);
        }
    };
    let mut writer = Writer::default();
    writer.map(if iss.is_some() { 4 } else { 3 });
    if let Some(iss) = iss {
        writer.int(1);
        writer.text(iss);
    }
    writer.int(4);
    writer.int(NOW.plus(100 * DAY).0);
    writer.int(6);
    writer.int(NOW.plus(-600).0);
    writer.int(-260);
    writer.map(1);
    writer.int(1);
    writer.map(4);
    let co = iss.filter(|iss| iss.len() == 2).unwrap_or("JP");
    match kind {
        Kind::Vaccination => {
            writer.text("v");
            writer.array(1);
            writer.map(10);
            texts(&mut writer, &[("ci", "URN:UVCI:01:JP:A#B"), ("co", co)]);
            writer.text("dn");
            writer.uint(2);
            texts(
                &mut writer,
                &[("dt", "2021-07-22"), ("is", "Kakuu"), ("ma", "ORG-100030215"), ("mp", "EU/1/20/1528")],
            );
            writer.text("sd");
            writer.uint(2);
            texts(&mut writer, &[("tg", "840539006"), ("vp", "1119349007")]);
        }
        Kind::Test => {
            writer.text("t");
            writer.array(1);
            writer.map(8);
            texts(
                &mut writer,
                &[
                    ("ci", "URN:UVCI:01:JP:A#B"),
                    ("co", co),
                    ("is", "Kakuu"),
                    ("sc", "2026-05-31T08:00:00Z"),
                    ("tc", "Kakuu"),
                    ("tg", "840539006"),
                    ("tr", "260415000"),
                    ("tt", "LP6464-4"),
                ],
            );
        }
        Kind::Recovery => {
            writer.text("r");
            writer.array(1);
            writer.map(7);
            texts(
                &mut writer,
                &[
                    ("ci", "URN:UVCI:01:JP:A#B"),
                    ("co", co),
                    ("df", "2026-05-01"),
                    ("du", "2026-11-01"),
                    ("fr", "2026-04-20"),
                    ("is", "Kakuu"),
                    ("tg", "840539006"),
                ],
            );
        }
    }
    texts(&mut writer, &[("dob", "1971-11-03")]);
    writer.text("nam");
    writer.map(2);
    texts(&mut writer, &[("fnt", "YAMADA"), ("gnt", "HANAKO")]);
    texts(&mut writer, &[("ver", "1.3.0")]);
    writer.into_bytes()
}

#[test]
fn a_certificate_of_each_family_is_valid_and_gives_out_what_it_says() {
    let (ed, ec) = (Office::new(KeyType::Ed25519), Office::new(KeyType::P256));
    let mut desk = Desk::new();
    let range = desk.list(&ed, &[Format::Compact]).ranges[0];
    desk.list(&ec, &[Format::EuDcc]);
    let verifier = desk.verifier();
    let compact = compact(StatusIndex { shard: range.shard, index: range.from });
    for (office, certificate) in [(&ed, compact), (&ec, eu_dcc())] {
        let text = office.sign(&certificate);
        let verdict = verifier.verify(&text, Moment::Now(NOW));
        assert_eq!(words(&verdict), ("valid", None));
        assert_eq!(verdict.certificate().expect("given out").holder, certificate.holder);
        assert_eq!(verdict.signed_by().expect("known").name(tegata_verifier::Language::En), "Kakuu City");
    }
    assert_eq!(ed.identity().algorithm, Algorithm::EdDsa);
}
