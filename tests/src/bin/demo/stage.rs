//! The folder that everything happens in, and the tools that are run there.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use tegata_tests::served::Served;
use tempfile::TempDir;

/// What did not go as it should.
#[derive(Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The passphrase of every key of the demo; it guards nothing.
const PASSPHRASE: &str = "three small boats at dawn\n";

/// A fresh folder, the tools that stand beside this program, and a count of their answers.
pub struct Stage {
    folder: TempDir,
    tools: PathBuf,
    keep: bool,
    answers: AtomicU64,
}

impl Stage {
    /// Makes the folder and finds the tools.
    pub fn set_up(keep: bool) -> Result<Self, Failure> {
        let program = std::env::current_exe()?;
        let tools = program.parent().map(Path::to_owned).unwrap_or_default();
        for tool in ["tegata-issuer", "tegata-trust", "tegata-verifier"] {
            if !tools.join(tool).with_extension(std::env::consts::EXE_EXTENSION).is_file() {
                return Err(Failure(format!("{tool} is not built; run: cargo build --workspace --bins")));
            }
        }
        let folder = tempfile::Builder::new().prefix("tegata-demo-").tempdir()?;
        Ok(Self { folder, tools, keep, answers: AtomicU64::new(0) })
    }

    /// Where everything is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How many answers of the tools were compared with what they should be.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Takes the folder away, or gives it to be kept.
    pub fn strike(self) -> Option<PathBuf> {
        self.keep.then(|| self.folder.keep())
    }

    /// A tool in the folder, with no pin and no language of whoever runs this.
    pub fn command(&self, tool: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.tools.join(tool));
        command.current_dir(self.folder()).args(arguments);
        command.env("TEGATA_CONFIG_DIR", self.folder().join("settings")).env("LC_ALL", "C.UTF-8");
        command
    }

    /// Runs a tool in the folder: its output, if it ends with the status that it should.
    pub fn run(&self, tool: &str, arguments: &[&str], status: i32) -> Result<Said, Failure> {
        self.run_told(tool, arguments, status, PASSPHRASE)
    }

    /// The same for one that is told this on its standard input.
    pub fn run_told(&self, tool: &str, arguments: &[&str], status: i32, told: &str) -> Result<Said, Failure> {
        let mut command = self.command(tool, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A tool that needs no passphrase may have ended already.
            let _ = stdin.write_all(told.as_bytes());
        }
        let said = Said::from(child.wait_with_output()?);
        let line = format!("{tool} {}", arguments.join(" "));
        self.expect(said.status == Some(status), || {
            let Said { status: ended, out, err } = &said;
            format!("`{line}` ended with {ended:?} instead of {status}\n{out}{err}")
        })?;
        Ok(said)
    }

    /// The same for a tool that unlocks keys.
    pub fn run_with_keys(&self, tool: &str, arguments: &[&str]) -> Result<Said, Failure> {
        self.run(tool, &[arguments, &["--passphrase-fd", "0"]].concat(), 0)
    }

    /// Starts a tool that serves, at the usual port if it is free, so that the address is one that people know, and at any
    /// other if not. What it complains of, if it serves at neither.
    pub fn serve(&self, tool: &str, arguments: &[&str], port: u16) -> Result<Result<Served, String>, Failure> {
        let mut served = Err(String::new());
        for port in [port, 0] {
            let listen = format!("127.0.0.1:{port}");
            let mut command = self.command(tool, &[arguments, &["--listen", &listen]].concat());
            served = Served::start(&mut command, PASSPHRASE)?;
            if served.is_ok() {
                break;
            }
        }
        Ok(served)
    }

    /// Counts an answer, and fails if it is not what it should be.
    pub fn expect(&self, held: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failure> {
        self.answers.fetch_add(1, Ordering::Relaxed);
        if held { Ok(()) } else { Err(Failure(otherwise())) }
    }
}

/// What a tool said.
pub struct Said {
    /// Its exit status; none if it was killed.
    pub status: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it complained of.
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { status: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// A JSON document.
pub fn json(text: &str) -> Result<serde_json::Value, Failure> {
    Ok(serde_json::from_str(text)?)
}
