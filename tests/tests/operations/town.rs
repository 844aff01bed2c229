//! A town hall with its list's operator and a door, by the tools alone: a register in a file or on a server, keys,
//! lists, a verifier.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::page::{backup, blocks, root};
use tegata_tests::postgres::Server;

/// Words of the scripts below.
const WORDS: &str = r#"
issue() { tegata-issuer issue --key office --trust lists.cbor --root "$ROOT" --passphrase-fd 3 "$@" 3< passphrase; }
revoke() { tegata-issuer revoke --status-key office-status --trust lists.cbor --root "$ROOT" --passphrase-fd 3 "$@" 3< passphrase; }
publish_status() {
  tegata-trust status publish "$@" --passphrase-fd 3 3< passphrase
  tegata-verifier update --from trust/published
}
"#;

const SET_UP: &str = r#"
echo 'three small boats at dawn' > passphrase
mkdir backups
[ -z "${TEGATA_REGISTER_KEY:-}" ] || tegata-issuer register key new "$TEGATA_REGISTER_KEY"
tegata-issuer key new office --demo --passphrase-fd 3 3< passphrase
tegata-issuer key new office-status --demo --passphrase-fd 3 3< passphrase
tegata-issuer sample --people "$PEOPLE" --faults 0 --seed 7 --out sample
tegata-issuer import --residents sample/residents.csv --doses sample/doses.csv
tegata-trust init --demo --repository-id DEMO/kakuu --passphrase-fd 3 3< passphrase
tegata-trust add-issuer --name-ja 架空市 --name-en 'Kakuu City' --country JP --key keys/office.json --format compact \
  --status-key keys/office-status.json
tegata-trust publish --passphrase-fd 3 3< passphrase
tegata-trust bundle --out lists.cbor
"#;

pub struct Town<'a> {
    folder: tempfile::TempDir,
    environment: BTreeMap<&'static str, String>,
    server: Option<&'a Server>,
}

/// How a script ended.
pub struct Answer {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    /// What it printed.
    pub fn good(self) -> String {
        assert_eq!(self.status, 0, "{}\n{}", self.out, self.err);
        self.out
    }
}

impl<'a> Town<'a> {
    /// With a register of so many people, in a file or on a server.
    pub fn new(server: Option<&'a Server>, people: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut town = Self { environment: BTreeMap::new(), server, folder };
        let path = |name: &str| town.folder.path().join(name).display().to_string();
        let (file, key, backups) = (path("register.sqlite"), path("office.key"), path("backups"));
        town.set("TEGATA_BACKUPS", backups);
        town.set("PEOPLE", people.to_string());
        if let Some(server) = server {
            town.set("SERVER", server.url("").trim_end_matches('/').to_owned());
            town.set("TEGATA_REGISTER", server.url(&server.database()));
            town.set("TEGATA_REGISTER_KEY", key);
        } else {
            town.set("TEGATA_REGISTER", file);
        }
        town.run(SET_UP).good();
        let pin = town.run("sha256sum trust/published/v1/root/1.cose | cut -c 1-64").good();
        town.set("ROOT", pin.trim().to_owned());
        town.run("tegata-verifier trust pin \"$ROOT\"").good();
        town
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn set(&mut self, name: &'static str, value: String) {
        self.environment.insert(name, value);
    }

    pub fn register(&self) -> &str {
        &self.environment["TEGATA_REGISTER"]
    }

    /// The key file.
    pub fn key(&self) -> PathBuf {
        self.path(if self.server.is_some() { "office.key" } else { "register.sqlite.key" })
    }

    fn shell(&self, script: &str) -> Command {
        let program = std::env::current_exe().expect("this program");
        let tools = program.ancestors().nth(2).expect("the folder of the tools").to_path_buf();
        assert!(tools.join("tegata-issuer").is_file(), "the tools are not built; run: cargo build --workspace --bins");
        let mut folders = vec![tools, root().join("packaging")];
        folders.extend(self.server.map(|server| server.programs().to_path_buf()));
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").expect("a path")));
        let mut shell = Command::new("sh");
        shell.args(["-euc", &format!("{WORDS}{script}")]).current_dir(self.folder.path()).stdin(Stdio::null());
        shell.env("PATH", std::env::join_paths(folders).expect("a path")).env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
        for name in ["TEGATA_REGISTER", "TEGATA_REGISTER_KEY", "TEGATA_BACKUP_DAYS", "PGPASSWORD", "PGPASSFILE"] {
            shell.env_remove(name);
        }
        shell.env("TEGATA_CONFIG_DIR", self.path("settings")).env("TEGATA_STATE_DIR", self.path("state"));
        shell.envs(&self.environment);
        shell
    }

    /// Runs a script until a line of it fails.
    pub fn run(&self, script: &str) -> Answer {
        let output = self.shell(script).output().expect("a shell");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Answer { status: output.status.code().expect("a status"), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Begins a script, whose output goes to a file.
    pub fn begin(&self, script: &str) -> Child {
        let log = fs::File::create(self.path("begun.log")).expect("a file");
        let mut shell = self.shell(script);
        shell.stdout(log.try_clone().expect("a file")).stderr(log).spawn().expect("a shell")
    }

    /// Makes a backup as the page says.
    pub fn back_up(&self) -> PathBuf {
        let out = self.run(&backup()).good();
        let path = PathBuf::from(out.trim_end());
        assert!(path.is_file(), "{out}");
        path
    }

    /// Restores a backup as the page says: a file in the same place, a server in a new database.
    pub fn restore(&mut self, backup: &Path) -> Answer {
        self.set("BACKUP", backup.display().to_string());
        let [_, file, on_server] = blocks();
        let Some(server) = self.server else { return self.run(&file) };
        let answer = self.run(&on_server);
        self.set("TEGATA_REGISTER", server.url("tegata_restored"));
        answer
    }

    /// The people's numbers, in the order of the file that they came from.
    pub fn numbers(&self) -> Vec<String> {
        let rows = fs::read(self.path("sample/residents.csv")).expect("reads");
        let number =
            |row: &[u8]| row.iter().take_while(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect::<String>();
        rows.split(|b| *b == b'\n').map(number).filter(|number| !number.is_empty()).collect()
    }

    /// The arguments that name these people.
    pub fn people(numbers: &[String]) -> String {
        numbers.iter().map(|number| format!(" --person {number}")).collect()
    }

    /// Everybody's record, as JSON.
    pub fn records(&self) -> Vec<String> {
        let show = |number: &String| self.run(&format!("tegata-issuer register show --json {number}")).good();
        self.numbers().iter().map(show).collect()
    }

    /// What the register says of itself.
    pub fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.run("tegata-issuer register status --json").good()).expect("JSON")
    }

    /// Each certificate's verdict at the door, as its exit status; by the pictures' names.
    pub fn verdict(&self, picture: &str) -> i32 {
        self.run(&format!("tegata-verifier verify --demo {picture}")).status
    }
}

/// Runs a test on a file, and on a server where one can be started; not without `sqlite3`, loudly.
pub fn on_every_store(test: impl Fn(Option<&Server>)) {
    if Command::new("sqlite3").arg("--version").output().is_ok() {
        println!("on SQLite");
        test(None);
    } else {
        println!("SQLite: skipped: no sqlite3; install it: sudo apt-get update && sudo apt-get install sqlite3");
    }
    if let Some(server) = Server::start() {
        println!("on PostgreSQL");
        test(Some(&server));
    }
}
