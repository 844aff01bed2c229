//! A device with a verifier on it, a repository that it gets its lists from, and one certificate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tegata_certificate::{Certificate, Format, StatusIndex, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::published::lay_out;
use tegata_tests::specimen::{DAY, compact, identity, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Issuer, RootPin};

use super::town::{Answer, device_time, end, one_message, start, tool};

/// The device, the repository and what is published of it.
pub struct Device {
    folder: tempfile::TempDir,
    repository: DemoRepository,
    /// The pin of the repository's first root.
    pub pin: RootPin,
    published_at: UnixTime,
}

impl Device {
    /// A device that has pinned the root and holds no lists yet; one set is published.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let now = device_time();
        let mut repository = DemoRepository::new("DEMO/updates", now.plus(-DAY)).expect("makes keys");
        let office = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        let issuer =
            repository
                .add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() });
        let range = repository.add_key(issuer, office.verifying_key(), &[Format::Compact], now.plus(-DAY)).ranges[0];
        let certificate = Certificate {
            issued_at: Some(now.plus(-12 * 3_600)),
            expires_at: Some(now.plus(300 * DAY)),
            ..compact(StatusIndex { shard: range.shard, index: range.from })
        };
        let unsigned = Format::Compact.write(&certificate, &identity(&office)).expect("lays out");
        let signature = office.sign(unsigned.to_be_signed()).expect("signs");
        let text = unsigned.seal(&signature).expect("seals").text().to_owned();
        fs::write(folder.path().join("text.txt"), format!("{text}\n")).expect("writes");
        let pin = RootPin([0; 32]);
        let mut device = Self { folder, repository, pin, published_at: now.plus(-8 * 3_600) };
        device.publish();
        device.does(&format!("trust pin {}", device.pin));
        device
    }

    /// Publishes status of a shard from the next publication on.
    pub fn publish_shard(&mut self, shard: u64) {
        self.repository.publish_shard(shard);
    }

    /// Publishes a newer set, with one more issuer.
    pub fn publish(&mut self) {
        self.published_at = self.published_at.plus(600);
        let number = self.repository.issuers.len();
        self.repository.add_issuer(Issuer {
            name_ja: format!("第{number}町"),
            name_en: format!("Town {number}"),
            country: japan(),
        });
        let (bundle, pin) = self.repository.publish(self.published_at).expect("publishes");
        self.pin = pin;
        lay_out(&bundle, &pin, &self.web(), self.published_at);
        fs::write(self.file("bundle.cbor"), bundle.encode()).expect("writes");
    }

    /// What a web server serves.
    pub fn web(&self) -> PathBuf {
        self.file("web")
    }

    /// The kept lists.
    pub fn lists(&self) -> PathBuf {
        self.file("state/lists.cbor")
    }

    /// A file of the device.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(tool("tegata-verifier"));
        command.args(line.split_whitespace()).current_dir(self.path()).env_remove("RUST_BACKTRACE");
        command.env("TEGATA_CONFIG_DIR", self.file("settings")).env("TEGATA_STATE_DIR", self.file("state"));
        command.env("LC_ALL", "C.UTF-8").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        command
    }

    /// Starts the verifier.
    pub fn start(&self, line: &str) -> Child {
        start(self.command(line), b"")
    }

    /// Runs the verifier.
    pub fn run(&self, line: &str) -> Answer {
        let answer = end(self.start(line));
        assert!(!answer.complaint.contains("panicked"), "{line}\n{}", answer.complaint);
        answer
    }

    /// Runs what must succeed, and gives its output.
    pub fn does(&self, line: &str) -> String {
        let answer = self.run(line);
        assert_eq!(answer.status, Some(0), "{line}\n{}{}", answer.out, answer.complaint);
        answer.out
    }

    /// Runs what must be refused with one message, and leaves the kept lists as they are.
    pub fn refuses(&self, line: &str, status: i32, says: &[&str]) {
        let before = fs::read(self.lists()).ok();
        one_message(line, &self.run(line), status, says);
        assert!(fs::read(self.lists()).ok() == before, "{line} touched the kept lists");
    }

    /// The version of the head that certificates are judged by; the device's one is valid by it.
    pub fn judges_by(&self) -> u64 {
        let report = self.does("verify --demo --json text.txt");
        let report: serde_json::Value = serde_json::from_str(&report).expect("a report");
        assert_eq!(report["outcome"], "valid", "{report}");
        report["trust"]["head_version"].as_u64().expect("a version")
    }
}
