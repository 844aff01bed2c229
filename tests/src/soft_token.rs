//! PKCS#11 tokens of the tests' own: SoftHSM2 with a folder of its own, which can be taken away and brought back.
//!
//! Which tokens SoftHSM2 sees is said by a variable of the environment, and PKCS#11 counts per process: each test acts in
//! a process of its own. A machine without SoftHSM2 leaves these tests out, loudly.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What opens every token here.
pub const PIN: &str = "482915";
/// What only its security officer says.
const OFFICER_PIN: &str = "77310264";

/// Where distributions put the module.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
const CONFIGURATION: &str = "SOFTHSM2_CONF";
/// Says to the process of a test where its tokens are.
const STAGE: &str = "TEGATA_TOKEN_STAGE";

/// A folder of tokens.
pub struct Tokens {
    folder: PathBuf,
    /// The module.
    pub module: PathBuf,
}

/// Acts a test in a process of its own; `test` is its full name. Does nothing where there is no SoftHSM2.
///
/// # Panics
/// If the test fails.
pub fn on_stage(test: &str, act: impl FnOnce(&Tokens)) {
    let module = MODULES.iter().map(PathBuf::from).find(|module| module.is_file());
    let tool = Command::new("softhsm2-util").arg("--version").stdout(Stdio::null()).status();
    let (Some(module), true) = (module, tool.is_ok_and(|status| status.success())) else {
        eprintln!("SKIPPED: no SoftHSM2; run: sudo apt-get update && sudo apt-get install softhsm2");
        return;
    };
    if let Some(folder) = std::env::var_os(STAGE) {
        return act(&Tokens { folder: folder.into(), module });
    }
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = Tokens { folder: folder.path().to_owned(), module };
    fs::create_dir(tokens.present()).expect("a folder");
    let configuration = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.present().display());
    fs::write(tokens.configuration(), configuration).expect("writes");
    let program = std::env::current_exe().expect("this program");
    let mut stage = Command::new(program);
    stage.args(["--exact", test, "--nocapture", "--test-threads", "1"]).env(STAGE, folder.path());
    let acted = tokens.seen_by(&mut stage).output().expect("runs");
    let (out, err) = (String::from_utf8_lossy(&acted.stdout), String::from_utf8_lossy(&acted.stderr));
    print!("{out}");
    eprint!("{err}");
    assert!(acted.status.success(), "{test} failed in its own process: {}", acted.status);
    assert!(out.contains("1 passed"), "{test} is not the name of one test");
}

impl Tokens {
    /// Makes a token with [`PIN`].
    ///
    /// # Panics
    /// If SoftHSM2 cannot.
    pub fn make(&self, label: &str) {
        let made = self.util(["--init-token", "--free", "--label", label, "--so-pin", OFFICER_PIN, "--pin", PIN]);
        assert!(made, "no token was made");
    }

    /// Runs `softhsm2-util`; says whether it did what it was asked for.
    ///
    /// # Panics
    /// If there is none.
    pub fn util(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> bool {
        let mut util = Command::new("softhsm2-util");
        let ran = self.seen_by(util.args(arguments)).output().expect("runs");
        ran.status.success()
    }

    /// Lets a process see these tokens.
    pub fn seen_by<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env(CONFIGURATION, self.configuration())
    }

    /// Unplugs all tokens.
    ///
    /// # Panics
    /// If their folder cannot be moved.
    pub fn take_away(&self) {
        fs::rename(self.present(), self.away()).expect("takes them away");
        fs::create_dir(self.present()).expect("an empty folder");
    }

    /// Plugs them in again.
    ///
    /// # Panics
    /// If their folder cannot be moved.
    pub fn bring_back(&self) {
        fs::remove_dir_all(self.present()).expect("an empty folder");
        fs::rename(self.away(), self.present()).expect("brings them back");
    }

    /// The folder that the module looks for tokens in.
    #[must_use]
    pub fn present(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    /// A folder for the test itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn away(&self) -> PathBuf {
        self.folder.join("tokens.away")
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("softhsm2.conf")
    }
}
