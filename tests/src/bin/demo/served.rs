//! Services that are left running for whoever wants to look at them.

use crate::stage::{Failure, PASSPHRASE, Stage};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Stdio};

/// A running service; it ends with this.
pub struct Served {
    child: Child,
    /// Its address, with a slash at the end.
    pub address: String,
    /// Kept open, so that the service can write to it.
    _out: BufReader<ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Starts a tool that serves at the usual port if it is free, so that the address is one that people know, and at any
    /// other if not. What it complains of, if it serves at neither.
    pub fn start(stage: &Stage, tool: &str, arguments: &[&str], port: u16) -> Result<Result<Self, String>, Failure> {
        let mut said = String::new();
        for port in [port, 0] {
            let listen = format!("127.0.0.1:{port}");
            let mut command = stage.command(tool, &[arguments, &["--listen", &listen]].concat());
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                // One that needs no passphrase may have ended already.
                let _ = stdin.write_all(PASSPHRASE.as_bytes());
            }
            let mut out = BufReader::new(child.stdout.take().ok_or_else(|| Failure("no output".to_owned()))?);
            let mut line = String::new();
            out.read_line(&mut line)?;
            let address = line.find("http://").map(|at| line[at..].trim_end().to_owned());
            let mut served = Self { child, address: address.unwrap_or_default(), _out: out };
            if !served.address.is_empty() {
                return Ok(Ok(served));
            }
            said.clear();
            if let Some(mut err) = served.child.stderr.take() {
                err.read_to_string(&mut said)?;
            }
        }
        Ok(Err(said))
    }

    /// Where it listens, as a socket's address.
    pub fn socket(&self) -> Result<std::net::SocketAddr, Failure> {
        Ok(self.address.trim_start_matches("http://").trim_end_matches('/').parse()?)
    }

    /// Whether it still serves.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}
