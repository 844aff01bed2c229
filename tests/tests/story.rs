//! One repository from its founding to its second root, with the real tools: three officers in three folders,
//! two towns, a web server, and verifiers that update or sleep. At every step each verdict is what it should be.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tegata_certificate::UnixTime;
use tegata_tests::office::manifest;
use tegata_tests::specimen::DAY;
use tegata_tests::static_server::StaticServer;
use tegata_trust_lists::RootPin;
use tegata_verifier::tool::{LocalDisk, StateFolder};
use tegata_verifier::{Moment, Policy, Verifier};

const PASSPHRASE: &str = "three small boats at dawn\n";

/// How many certificates one town withdraws at once.
const WITHDRAWN: usize = 10_000;

/// Everybody's folders.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().expect("a folder"));
        for folder in ["authority", "kakuu", "tonari"] {
            fs::create_dir(world.path(folder)).expect("a folder");
        }
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a line in someone's folder: status, output, complaint.
    fn run(&self, whose: &str, line: &str) -> (Option<i32>, String, String) {
        let folder = self.path(whose);
        let mut words = line.split_whitespace();
        let name = words.next().expect("a tool");
        let program = std::env::current_exe().expect("this program");
        let tool = program.ancestors().nth(2).expect("the folder of the tools").join(name);
        assert!(tool.is_file(), "{name} is not built; run: cargo build --workspace --all-targets");
        let mut command = Command::new(tool);
        command.args(words).current_dir(&folder).env("LC_ALL", "C.UTF-8").env_remove("http_proxy");
        command.env("TEGATA_CONFIG_DIR", folder.join("settings")).env("TEGATA_STATE_DIR", folder.join("state"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        // Who needs no passphrase may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(PASSPHRASE.as_bytes());
        let output = child.wait_with_output().expect("ends");
        let text = |bytes| String::from_utf8(bytes).expect("a text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// Runs what must succeed, and gives its output.
    fn does(&self, whose: &str, line: &str) -> String {
        let (status, out, complaint) = self.run(whose, line);
        assert_eq!(status, Some(0), "{whose}: {line}\n{out}{complaint}");
        out
    }

    /// What is published, for a web server.
    fn published(&self) -> PathBuf {
        self.path("authority/trust/published")
    }
}

fn device_time() -> UnixTime {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    UnixTime(i64::try_from(since_epoch.as_secs()).expect("small"))
}

/// The officers of the authority, and its machine that is online.
struct Authority<'a>(&'a World);

impl Authority<'_> {
    fn does(&self, line: &str) -> String {
        self.0.does("authority", &format!("tegata-trust {line}"))
    }

    fn kid(&self, keys: &str, name: &str) -> String {
        let listed: Value = serde_json::from_str(&self.does(&format!("key list --keys {keys} --json"))).expect("JSON");
        let all = listed.as_array().expect("keys");
        let one = all.iter().find(|key| key["name"] == name).unwrap_or_else(|| panic!("{name} in {listed}"));
        one["kid"].as_str().expect("a kid").to_owned()
    }

    /// Officers sign in folders of their own what was proposed and shown; then it is put together.
    fn sign_and_assemble(&self, proposal: &str, officers: &[&str], shown: &str) -> String {
        let (stem, role) =
            (proposal.strip_suffix(".proposal").expect("a name"), proposal.split('-').next().expect("a role"));
        // What the chair reads aloud, and each officer compares with their own screen.
        let hash =
            shown.lines().skip_while(|line| !line.starts_with("SHA-256 of what is signed")).nth(1).expect("a hash");
        let digits: String = hash.split_whitespace().take(2).collect();
        let mut signatures = String::new();
        for officer in officers {
            let key = format!("{role}-{officer}");
            self.does(&format!("sign {proposal} --keys {officer} --key {key} --yes {digits} --passphrase-fd 0"));
            signatures.push_str(&format!(" {stem}.{key}.sig"));
        }
        self.does(&format!("assemble {proposal}{signatures} --dir trust"))
    }

    /// Three officers found a repository, two hours ago.
    fn found(&self, at: &str) -> RootPin {
        for officer in ["a", "b", "c"] {
            for role in ["root", "trust"] {
                self.does(&format!("key new {role}-{officer} --demo --keys {officer} --passphrase-fd 0"));
            }
        }
        for key in ["status-1", "head-1", "head-2"] {
            self.does(&format!("key new {key} --demo --keys online --passphrase-fd 0"));
        }
        let keys = ["root", "trust"].map(|role| {
            ["a", "b", "c"].map(|officer| format!("--{role}-key {officer}/{role}-{officer}.json")).join(" ")
        });
        let shown = self.does(&format!(
            "propose init --demo --repository-id DEMO/story {} --status-key online/status-1.json --head-key \
             online/head-1.json --issued-at {at}",
            keys.join(" ")
        ));
        let made = self.sign_and_assemble("root-1.proposal", &["a", "c"], &shown);
        made.lines().last().expect("a pin").parse().expect("a pin")
    }

    /// Two officers sign the list as it stands now, and the online machine publishes it.
    fn publish_trust(&self, version: u32, officers: &[&str], options: &str) {
        let shown = self.does(&format!("propose trust {options}"));
        self.sign_and_assemble(&format!("trust-{version}.proposal"), officers, &shown);
        self.does(&format!("publish --head-only --keys online --passphrase-fd 0 {options}"));
    }

    fn publish_status(&self, options: &str) -> String {
        self.does(&format!("status publish --keys online --passphrase-fd 0 {options}"))
    }
}

/// A town hall.
struct Town<'a> {
    world: &'a World,
    name: &'a str,
    pin: RootPin,
}

impl Town<'_> {
    fn does(&self, line: &str) -> String {
        self.world.does(self.name, &format!("tegata-issuer {line}"))
    }

    fn open(&self, people: usize, seed: u32) {
        self.new_key("office");
        self.new_key("requests");
        self.does(&format!("sample --people {people} --seed {seed} --layout vrs --encoding cp932 --out sample"));
        self.does("import --residents sample/residents.csv --doses sample/doses.csv");
    }

    fn new_key(&self, name: &str) {
        self.does(&format!("key new {name} --demo --passphrase-fd 0"));
    }

    fn get_lists(&self) {
        let file = self.world.path(self.name).join("lists.cbor");
        self.world.does("authority", &format!("tegata-trust bundle --out {}", file.display()));
    }

    /// Issues to everyone, and gives each number with its code.
    fn issue(&self, key: &str, whom: &str) -> Vec<(String, String)> {
        self.get_lists();
        self.does(&format!(
            "issue {whom} --picture none --key {key} --trust lists.cbor --root {} --out codes-{key} --passphrase-fd 0",
            self.pin
        ));
        let folder = self.world.path(self.name).join(format!("codes-{key}"));
        manifest(&folder).into_iter().map(|one| (one.number, one.text)).collect()
    }
}

/// A verifier somewhere.
struct Device<'a> {
    world: &'a World,
    name: &'a str,
}

impl<'a> Device<'a> {
    fn set_up(world: &'a World, name: &'a str, pin: &RootPin, server: &StaticServer) -> Self {
        fs::create_dir(world.path(name)).expect("a folder");
        let device = Self { world, name };
        world.does(name, &format!("tegata-verifier trust pin {pin}"));
        world.does(name, &format!("tegata-verifier update --from {}", server.address()));
        device
    }

    fn update(&self) -> String {
        self.world.does(self.name, "tegata-verifier update")
    }

    /// The outcome, the reason and how well the status is known.
    fn judge(&self, text: &str) -> (String, Option<String>, Option<String>) {
        // Base45 has blanks: the text goes into a file, which is given by its name.
        fs::write(self.world.path(self.name).join("text.txt"), format!("{text}\n")).expect("writes");
        let (_, out, complaint) = self.world.run(self.name, "tegata-verifier verify --demo --json text.txt");
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{complaint}"));
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let outcome = word(&report["outcome"]).expect("an outcome");
        (outcome, word(&report["reason"]), word(&report["steps"][6]["revocation"]))
    }

    #[track_caller]
    fn expect(&self, text: &str, outcome: &str, reason: Option<&str>) {
        let (found, why, _) = self.judge(text);
        assert_eq!((found.as_str(), why.as_deref()), (outcome, reason), "{}", self.name);
    }

    #[track_caller]
    fn accepts(&self, text: &str) {
        let found = self.judge(text);
        assert_eq!(found, ("valid".to_owned(), None, Some("checked".to_owned())), "{}", self.name);
    }
}

/// The verdicts that a device's kept lists give at any time, without any server.
fn at(folder: &Path, pin: &RootPin, text: &str, now: UnixTime) -> (&'static str, Option<&'static str>) {
    let held = StateFolder::new(folder.join("state"), LocalDisk).load(pin).expect("whole").expect("kept");
    let policy = Policy { accept_demo: true, ..Policy::default() };
    let verifier = Verifier::new(held.into_state(), policy).expect("told so");
    let verdict = verifier.verify(text, Moment::Now(now));
    (verdict.outcome().name(), verdict.reason().map(tegata_verifier::Reason::code))
}

#[test]
fn a_repository_lives_through_withdrawals_a_leaked_key_and_a_new_root_and_every_verdict_is_right() {
    let world = World::new();
    let authority = Authority(&world);
    let early = format!("--issued-at {}", device_time().plus(-3_600));
    let pin = authority.found(&device_time().plus(-7_200).to_string());
    let (kakuu, tonari) = (Town { world: &world, name: "kakuu", pin }, Town { world: &world, name: "tonari", pin });
    kakuu.open(WITHDRAWN + 2, 3);
    tonari.open(2, 4);
    for (town, ja) in [("kakuu", "架空市"), ("tonari", "隣町")] {
        authority.does(&format!(
            "add-issuer --name-ja {ja} --name-en {town} --country JP --key ../{town}/keys/office.json --format compact \
             --status-key ../{town}/keys/requests.json"
        ));
    }
    authority.publish_trust(1, &["b", "c"], &early);
    authority.publish_status(&early);

    // Both towns issue. What is newer than the status list is to be weighed, until the next one is there.
    let of_kakuu = kakuu.issue("office", "--all");
    let of_tonari = tonari.issue("office", "--all");
    assert_eq!((of_kakuu.len(), of_tonari.len()), (WITHDRAWN + 2, 2));
    let server = StaticServer::of(&world.published());
    let venue = Device::set_up(&world, "venue", &pin, &server);
    let (kept, withdrawn, neighbour) = (&of_kakuu[WITHDRAWN].1, &of_kakuu[7].1, &of_tonari[0].1);
    for text in [kept, withdrawn, neighbour] {
        venue.expect(text, "valid-check", Some("status-not-covered"));
    }
    authority.publish_status("");
    venue.update();
    let sleeper = Device::set_up(&world, "sleeper", &pin, &server);
    for text in [kept, withdrawn, neighbour] {
        venue.accepts(text);
        sleeper.accepts(text);
    }

    // One town withdraws ten thousand.
    let list: String = of_kakuu.iter().take(WITHDRAWN).map(|(number, _)| format!("{number}\n")).collect();
    fs::write(world.path("kakuu/wrong.csv"), format!("resident_id\n{list}")).expect("writes");
    kakuu.does(&format!(
        "revoke --from-file wrong.csv --yes --status-key requests --trust lists.cbor --root {pin} --passphrase-fd 0"
    ));
    authority.publish_status("--request ../kakuu/requests");
    let told = venue.update();
    assert!(told.contains(&format!("{WITHDRAWN} revoked (before: 0)")), "{told}");
    for (number, (_, text)) in of_kakuu.iter().enumerate() {
        if number % 1_000 == 0 || number >= WITHDRAWN - 1 {
            let (outcome, reason) = if number < WITHDRAWN { ("not-valid", Some("revoked")) } else { ("valid", None) };
            venue.expect(text, outcome, reason);
        }
    }
    venue.accepts(neighbour);
    // Who sleeps says what was so when it fell asleep.
    sleeper.accepts(withdrawn);

    // The town's key leaks and is withdrawn; it gets another one, and issues anew.
    let leaked = authority.kid("../kakuu/keys", "office");
    authority.does(&format!("set-key --kid {leaked} --state revoked --reason compromised"));
    kakuu.new_key("office2");
    authority.does(
        "add-issuer --name-ja 架空市 --name-en kakuu --country JP --key ../kakuu/keys/office2.json --format compact",
    );
    authority.publish_trust(2, &["a", "b"], "");
    authority.publish_status("");
    let told = venue.update();
    assert!(told.contains(&format!("key {leaked} of kakuu (架空市, JP) is revoked (compromised")), "{told}");
    for text in [kept, withdrawn] {
        venue.expect(text, "not-valid", Some("key-revoked"));
    }
    venue.accepts(neighbour);
    let renewed = kakuu.issue("office2", &format!("--person {}", of_kakuu[WITHDRAWN].0));
    let renewed = &renewed.last().expect("issued").1;
    sleeper.expect(renewed, "not-valid", Some("unknown-issuer"));

    // The root rolls over: officer d comes, a goes, and the online machine has another key.
    for key in ["root-d", "trust-d"] {
        authority.does(&format!("key new {key} --demo --keys d --passphrase-fd 0"));
    }
    let (gone, head) = (authority.kid("a", "root-a"), authority.kid("online", "head-1"));
    let shown = authority.does(&format!(
        "propose root --add-root-key d/root-d.json --remove-key {gone} --add-head-key online/head-2.json --remove-key {head}"
    ));
    authority.sign_and_assemble("root-2.proposal", &["b", "c"], &shown);
    authority.publish_status("");
    let told = venue.update();
    assert!(told.contains("root version 1 becomes 2"), "{told}");

    // The sleeper wakes and catches up with all of it at once; so does a new device that knows the first root only.
    let told = sleeper.update();
    for words in ["root version 1 becomes 2", "is revoked (compromised", "10000 revoked (before: 0)"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let newcomer = Device::set_up(&world, "newcomer", &pin, &server);
    let all = [&venue, &sleeper, &newcomer];
    for device in all {
        device.expect(kept, "not-valid", Some("key-revoked"));
        device.accepts(neighbour);
        device.accepts(renewed);
    }

    // The server is gone. What is known stays known, and says how old it is.
    drop(server);
    for device in all {
        let (status, out, complaint) = world.run(device.name, "tegata-verifier update");
        assert_eq!((status, out.as_str()), (Some(5), ""), "{complaint}");
        device.expect(withdrawn, "not-valid", Some("key-revoked"));
        device.accepts(neighbour);
        let folder = world.path(device.name);
        let held = StateFolder::new(folder.join("state"), LocalDisk).load(&pin).expect("whole").expect("kept");
        let stale = held.state().head().header.expires_at;
        let expired = stale.plus(30 * DAY + 1);
        let refused = ("not-valid", Some("key-revoked"));
        for (now, outcome, leaked) in [
            (device_time(), ("valid", None), refused),
            (stale.plus(-1), ("valid", None), refused),
            (stale, ("valid-check", Some("list-stale")), refused),
            (expired.plus(-1), ("valid-check", Some("list-stale")), refused),
            (expired, ("not-checked", Some("list-expired")), ("not-checked", Some("list-expired"))),
        ] {
            assert_eq!(at(&folder, &pin, neighbour, now), outcome, "at {now}");
            assert_eq!(at(&folder, &pin, kept, now), leaked, "at {now}");
        }
        // A clock that was set back revives nothing.
        assert_eq!(at(&folder, &pin, neighbour, UnixTime(0)), ("not-checked", Some("clock-behind")));
    }
}
