//! A whole municipal office in a temporary folder: a sample register, keys, a published list, and
//! everybody's certificates.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use tegata_certificate::{Date, Format, UnixTime};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::issue::{Issuance, IssuingKey, MANIFEST, Picture, Plan, issue_all};
use tegata_issuer::{
    Encoding, Input, Layout, Register, RegisterLocation, SampleOptions, Sources, import, make_key_file, write_sample,
};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Bundle, Issuer, RootPin, TrustState};

use crate::specimen::{DAY, NOW, japan};

/// The office. Its `Debug` output would hold keys, so it has none.
pub struct Office {
    folder: tempfile::TempDir,
    location: RegisterLocation,
    now: UnixTime,
    /// The key for `compact`.
    pub compact: Box<dyn Signer>,
    /// The key for `eu-dcc`.
    pub eu: Box<dyn Signer>,
    /// The key for requests to the status service.
    pub status: PrivateKey,
    /// What verifiers get.
    pub bundle: Bundle,
    /// What verifiers pin.
    pub pin: RootPin,
}

/// One issued certificate, as the manifest has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Certified {
    /// The person's number in the register.
    pub number: String,
    /// The family.
    pub format: String,
    /// The text in the code.
    pub text: String,
    /// Shard and index, where the family has them.
    pub status: Option<(u64, u64)>,
    /// The pictures.
    pub files: Vec<PathBuf>,
}

impl Office {
    /// An office whose register holds `people` without faults, as VRS export in CP932.
    ///
    /// # Panics
    /// If the temporary folder cannot be used.
    #[must_use]
    pub fn new(people: u64, seed: u64) -> Self {
        Self::at(people, seed, NOW)
    }

    /// The same at another time than [`NOW`].
    ///
    /// # Panics
    /// If the temporary folder cannot be used.
    #[must_use]
    pub fn at(people: u64, seed: u64, now: UnixTime) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let location = RegisterLocation::from(folder.path().join("register.sqlite"));
        Self::with(folder, location, people, seed, now, new_keys())
    }

    /// An office whose register is a server's.
    ///
    /// # Panics
    /// If the temporary folder or the server cannot be used.
    #[must_use]
    pub fn on_server(url: &str, people: u64, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = folder.path().join("register.key");
        make_key_file(&key).expect("makes a key file");
        let location: RegisterLocation = url.parse().expect("a location");
        Self::with(folder, location.with_key(Some(key)), people, seed, NOW, new_keys())
    }

    /// An office with these keys, for `compact` and for `eu-dcc`.
    ///
    /// # Panics
    /// If the temporary folder cannot be used.
    #[must_use]
    pub fn with_keys(people: u64, seed: u64, keys: [Box<dyn Signer>; 2]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let location = RegisterLocation::from(folder.path().join("register.sqlite"));
        Self::with(folder, location, people, seed, NOW, keys)
    }

    fn with(
        folder: tempfile::TempDir,
        location: RegisterLocation,
        people: u64,
        seed: u64,
        now: UnixTime,
        [compact, eu]: [Box<dyn Signer>; 2],
    ) -> Self {
        let options = SampleOptions { people, seed, faults: 0.0, layout: Layout::Vrs, encoding: Encoding::Cp932 };
        let sample = write_sample(&options, folder.path()).expect("writes the sample");
        let open = |place: usize| Input::open(&sample.files[place]).expect("opens the sample");
        let sources = Sources::Wide { residents: Some(open(0)), doses: Some(open(1)) };
        let mut register = Register::open_or_create(&location).expect("creates a register");
        let today = now.date().unwrap_or_else(|| Date::from_ymd(2026, 6, 1).expect("a day"));
        let summary = import(&mut register, sources, today, false, &mut |_: &Diagnostic| {}).expect("imports");
        assert_eq!(summary.refused(), 0, "a sample without faults has rows that are refused");
        register.close().expect("closes");
        let status = new_key(KeyType::Ed25519);
        let mut repository = DemoRepository::new("DEMO/office", now.plus(-DAY)).expect("makes keys");
        let issuer =
            repository
                .add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() });
        repository.add_key(issuer, compact.verifying_key(), &[Format::Compact], now.plus(-DAY));
        repository.add_key(issuer, eu.verifying_key(), &[Format::EuDcc], now.plus(-DAY));
        let (bundle, pin) = repository.publish(now.plus(-3_600)).expect("publishes");
        Self { folder, location, now, compact, eu, status, bundle, pin }
    }

    /// The office's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the register is.
    #[must_use]
    pub fn location(&self) -> &RegisterLocation {
        &self.location
    }

    /// The register's file, if it is not a server's.
    #[must_use]
    pub fn register(&self) -> PathBuf {
        self.folder().join("register.sqlite")
    }

    /// The verified list.
    ///
    /// # Panics
    /// Never: the list was just published.
    #[must_use]
    pub fn state(&self) -> TrustState {
        TrustState::load(&self.bundle, &self.pin, self.now).expect("loads")
    }

    /// Issues everybody's certificates of both families into a folder.
    ///
    /// # Panics
    /// If issuing fails.
    pub fn issue(&self, out: &Path, pictures: &[Picture], now: UnixTime) -> Issuance {
        self.issue_as(&[Format::Compact, Format::EuDcc], out, pictures, now)
    }

    /// Issues everybody's certificates of these families.
    ///
    /// # Panics
    /// If issuing fails.
    pub fn issue_as(&self, formats: &[Format], out: &Path, pictures: &[Picture], now: UnixTime) -> Issuance {
        let state = self.state();
        let keys = [&self.compact, &self.eu].map(|key| IssuingKey::new(key, &state, now).expect("is listed"));
        let plan = Plan { formats: formats.to_vec(), pictures: pictures.to_vec(), ..Plan::default() };
        let mut register = Register::open(&self.location).expect("opens");
        let issuance = issue_all(&mut register, &keys, &plan, out, NonZero::<usize>::MIN, now, &())
            .map(|end| end.issuance)
            .expect("issues");
        register.close().expect("closes");
        issuance
    }
}

fn new_key(kind: KeyType) -> PrivateKey {
    PrivateKey::generate(kind).expect("randomness")
}

fn new_keys() -> [Box<dyn Signer>; 2] {
    [Box::new(new_key(KeyType::Ed25519)), Box::new(new_key(KeyType::P256))]
}

/// The certificates in a folder's manifest; refusals are left out.
///
/// # Panics
/// If the manifest is missing or not what issuing writes.
#[must_use]
pub fn manifest(folder: &Path) -> Vec<Certified> {
    let text = fs::read_to_string(folder.join(MANIFEST)).expect("a manifest");
    let line = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let string = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let files = line["files"].as_array().into_iter().flatten();
        line["text"].is_string().then(|| Certified {
            number: string("number"),
            format: string("format"),
            text: string("text"),
            status: line["shard"].as_u64().zip(line["index"].as_u64()),
            files: files.filter_map(|file| file.as_str()).map(|file| folder.join(file)).collect(),
        })
    };
    text.lines().filter_map(line).collect()
}
