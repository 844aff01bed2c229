//! A tool that serves, as a process, until it is dropped.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running service; it ends with this.
pub struct Served {
    child: Child,
    /// Its address, with a slash at the end.
    pub address: String,
    /// Kept open, so that the service can write to it.
    out: BufReader<ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Starts it and tells it this on its standard input; what it complains of, if it does not serve.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn start(command: &mut Command, told: &str) -> io::Result<Result<Self, String>> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that needs nothing may have ended already.
            let _ = stdin.write_all(told.as_bytes());
        }
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut served = Self { child, address: String::new(), out: BufReader::new(out) };
        let mut line = String::new();
        served.out.read_line(&mut line)?;
        if let Some(at) = line.find("http://") {
            line[at..].trim_end().clone_into(&mut served.address);
            return Ok(Ok(served));
        }
        let mut said = String::new();
        if let Some(mut err) = served.child.stderr.take() {
            err.read_to_string(&mut said)?;
        }
        Ok(Err(said))
    }

    /// Where it listens, as a socket's address.
    ///
    /// # Panics
    /// If what it said is none.
    #[must_use]
    pub fn socket(&self) -> SocketAddr {
        let address = self.address.trim_start_matches("http://").trim_end_matches('/');
        address.parse().expect("an address")
    }

    /// Whether it still serves.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}
