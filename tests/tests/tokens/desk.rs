//! The whole journey with the tools: keys in a token, issue, verify; and where the PIN never shows.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tegata_issuer::make_key_file;
use tegata_tests::office::manifest;
use tegata_tests::postgres::Server;
use tegata_tests::soft_token::{PIN, Tokens, on_stage};

pub const PASSPHRASE: &str = "three small boats at dawn";

/// A desk with tools, tokens, and a credential that holds the PIN.
pub struct Desk<'t> {
    tokens: &'t Tokens,
    pub folder: PathBuf,
}

impl<'t> Desk<'t> {
    pub fn new(tokens: &'t Tokens) -> Self {
        let folder = tokens.folder().join("desk");
        fs::create_dir_all(folder.join("credentials")).expect("a folder");
        fs::write(folder.join("credentials/pin"), format!("{PIN}\n")).expect("writes");
        Self { tokens, folder }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A command line (words between blanks), its streams piped.
    pub fn command(&self, line: &str) -> Command {
        let program = std::env::current_exe().expect("this program");
        let tools = program.ancestors().nth(2).expect("the folder of the tools");
        let mut words = line.split_whitespace();
        let tool = tools.join(words.next().expect("a tool"));
        assert!(tool.is_file(), "{} is not built; run: cargo build --workspace --all-targets", tool.display());
        let mut command = Command::new(tool);
        command.args(words).current_dir(&self.folder).env_remove("RUST_BACKTRACE").env("LC_ALL", "C.UTF-8");
        command.env("TEGATA_CONFIG_DIR", self.file("settings")).env("TEGATA_STATE_DIR", self.file("state"));
        command.env("CREDENTIALS_DIRECTORY", self.file("credentials"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.tokens.seen_by(&mut command);
        command
    }

    /// Starts it with a secret on standard input.
    pub fn start(&self, line: &str, secret: &str) -> Child {
        let mut child = self.command(line).spawn().expect("starts");
        // A tool that refuses earlier has closed its end.
        let _ = writeln!(child.stdin.take().expect("piped"), "{secret}");
        child
    }

    /// Runs it: status, and all that it said.
    pub fn run(&self, line: &str, secret: &str) -> (Option<i32>, String) {
        let output = self.start(line, secret).wait_with_output().expect("ends");
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("a text")).concat();
        assert!(!said.contains(PIN), "{line} says the PIN: {said}");
        (output.status.code(), said)
    }

    pub fn does(&self, line: &str, secret: &str) -> String {
        let (status, said) = self.run(line, secret);
        assert_eq!(status, Some(0), "{line}\n{said}");
        said
    }

    pub fn refuses(&self, line: &str, secret: &str, status: i32, says: &[&str]) {
        let (ended, said) = self.run(line, secret);
        assert_eq!(ended, Some(status), "{line}\n{said}");
        assert!(says.iter().all(|word| said.contains(word)), "{line}\n{said}");
    }

    /// Two keys in a token on a published list, and a register of some people. Gives the pin.
    pub fn open(&self, people: u64, register: &str) -> String {
        let module = self.tokens.module.display();
        let root = self.does("tegata-trust init --demo --repository-id DEMO/token --passphrase-fd 0", PASSPHRASE);
        for (name, kind, format) in [("office", "ed25519", "compact"), ("office-eu", "p256", "eu-dcc")] {
            let new = format!(
                "tegata-issuer key new {name} --demo --type {kind} --token pkcs11:token=office --module {module} --pin-fd 0"
            );
            self.does(&new, PIN);
            self.does(
                &format!(
                    "tegata-trust add-issuer --name-ja 架空市 --name-en City-{name} --country JP --key keys/{name}.json --format {format}"
                ),
                "",
            );
        }
        self.does("tegata-trust publish --passphrase-fd 0", PASSPHRASE);
        self.does("tegata-trust bundle --out lists.cbor", "");
        self.does(&format!("tegata-issuer sample --people {people} --out sample"), "");
        self.does(
            &format!("tegata-issuer import --residents sample/residents.csv --doses sample/doses.csv {register}"),
            "",
        );
        root.lines().last().expect("a pin").to_owned()
    }

    fn issue(&self, pin: &str, rest: &str) -> String {
        format!(
            "tegata-issuer issue --all --format compact,eu-dcc --picture none --key office --key office-eu --trust \
             lists.cbor --root {pin} {rest}"
        )
    }
}

fn texts(folder: &Path) -> Vec<(String, String, String)> {
    let mut texts: Vec<_> = manifest(folder).into_iter().map(|one| (one.number, one.format, one.text)).collect();
    texts.sort();
    texts
}

#[test]
fn an_office_with_its_keys_in_a_token_issues_twice_the_same_and_a_venue_verifies() {
    on_stage("desk::an_office_with_its_keys_in_a_token_issues_twice_the_same_and_a_venue_verifies", |tokens| {
        tokens.make("office");
        let desk = Desk::new(tokens);
        let root = desk.open(200, "");
        let list = desk.does("tegata-issuer key list", "");
        assert!(list.lines().skip(1).all(|line| line.contains("in pkcs11:token=office;serial=")), "{list}");
        desk.does(&desk.issue(&root, "--out first --pin-fd 0"), PIN);
        desk.does(&desk.issue(&root, "--out second --workers 3 --pin-credential pin"), "");
        let first = texts(&desk.file("first"));
        assert!(first.len() > 200 && first == texts(&desk.file("second")), "the second run differs");
        for format in ["compact", "eu-dcc"] {
            let (.., text) = first.iter().find(|(_, of, _)| of == format).expect("one of the format");
            fs::write(desk.file("code.txt"), text).expect("writes");
            let verify = format!("tegata-verifier verify code.txt --trust lists.cbor --root {root} --demo");
            desk.does(&verify, "");
        }
        desk.refuses(&desk.issue(&root, "--out third --pin-fd 0"), "111111", 6, &["wrong PIN", "office"]);
        desk.refuses(&desk.issue(&root, "--out third --passphrase-fd 0"), PIN, 6, &["--pin-fd", "token office"]);
        desk.refuses(
            "tegata-issuer key new office --token pkcs11:token=office --pin-fd 0",
            PIN,
            3,
            &["TEGATA_PKCS11_MODULE"],
        );
        desk.refuses(
            &format!("tegata-issuer key adopt x --token pkcs11:token=office?pin-value={PIN} --pin-fd 0")
                .replace(PIN, "000"),
            PIN,
            2,
            &["a PIN does not belong into a URI"],
        );
        tokens.take_away();
        desk.refuses(&desk.issue(&root, "--out third --pin-fd 0"), PIN, 5, &["is away", "plug it in"]);
        tokens.bring_back();
        desk.does(&desk.issue(&root, "--out third --pin-fd 0"), PIN);
        assert!(first == texts(&desk.file("third")));
        // Requests for the status list, signed by a third key.
        let module = tokens.module.display();
        let new = format!(
            "tegata-issuer key new desk-status --demo --token pkcs11:token=office --module {module} --pin-credential pin"
        );
        desk.does(&new, "");
        // And a request for a certificate of seals.
        desk.does("tegata-issuer csr --key office-eu --country JP --common-name Desk --out desk.csr --pin-fd 0", PIN);
        assert!(
            fs::read_to_string(desk.file("desk.csr")).expect("a request").starts_with("-----BEGIN CERTIFICATE REQUEST")
        );
    });
}

#[test]
fn two_processes_on_one_job_hand_out_what_a_third_finds() {
    on_stage("desk::two_processes_on_one_job_hand_out_what_a_third_finds", |tokens| {
        let Some(server) = Server::start() else { return };
        tokens.make("office");
        let desk = Desk::new(tokens);
        make_key_file(&desk.file("register.key")).expect("makes a key file");
        let register = format!("--register {} --register-key register.key", server.url(&server.database()));
        let root = desk.open(2_000, &register);
        let issue = |out: &str| desk.issue(&root, &format!("{register} --out {out} --workers 2 --pin-fd 0"));
        let workers = ["a", "b"].map(|out| desk.start(&issue(out), PIN));
        for worker in workers {
            let output = worker.wait_with_output().expect("ends");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        desk.does(&issue("c"), PIN);
        let all = texts(&desk.file("c"));
        let mut both = [texts(&desk.file("a")), texts(&desk.file("b"))].concat();
        both.sort();
        both.dedup();
        assert!(all.len() > 2_000);
        assert!(both == all, "{} certificates of two processes, {} in the register", both.len(), all.len());
    });
}

#[test]
fn the_pin_is_in_no_command_line_no_environment_and_no_file() {
    on_stage("desk::the_pin_is_in_no_command_line_no_environment_and_no_file", |tokens| {
        tokens.make("office");
        let desk = Desk::new(tokens);
        let root = desk.open(3_000, "");
        let mut child = desk.start(&desk.issue(&root, "--out codes --workers 2 --pin-fd 0"), PIN);
        let process = PathBuf::from(format!("/proc/{}", child.id()));
        let mut looks = 0;
        while child.try_wait().expect("is ours").is_none() {
            for file in ["cmdline", "environ"] {
                let bytes = fs::read(process.join(file)).unwrap_or_default();
                assert!(!bytes.windows(PIN.len()).any(|window| window == PIN.as_bytes()), "the PIN is in {file}");
                looks += usize::from(!bytes.is_empty());
            }
        }
        assert!(looks > 10, "the tool was too quick to be looked at");
        assert!(child.wait().expect("ended").success());
        let mut waiting = vec![desk.folder.clone()];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.ends_with("credentials") {
                    continue;
                }
                if path.is_dir() {
                    waiting.push(path);
                    continue;
                }
                // As a word of its own: among thousands of codes and numbers the digits may stand by chance.
                let text = fs::read(&path).expect("reads");
                let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
                let at = |at: usize| {
                    text[at..].starts_with(PIN.as_bytes())
                        && !is_word(at.checked_sub(1).and_then(|before| text.get(before)))
                        && !is_word(text.get(at + PIN.len()))
                };
                let is_ours = path.extension().is_some_and(|kind| kind == "json" || kind == "log" || kind == "txt");
                assert!(!is_ours || !(0..text.len()).any(at), "the PIN is in {}", path.display());
            }
        }
    });
}
