//! The page: served by the verifier, asked as a browser asks, and left running for whoever wants to scan.

use crate::city::City;
use crate::stage::{Failure, Stage};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

/// A running server; it ends with this.
pub struct Served {
    child: Child,
    /// Its address, with a slash at the end.
    pub address: String,
    /// Kept open, so that the server can write to it.
    _out: BufReader<ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves the page with a city's lists, and asks it for what a browser needs. `None` if the verifier was built
/// without the page.
pub fn serve(stage: &Stage, city: &City) -> Result<Option<Served>, Failure> {
    // The usual port if it is free, so that the address is one that people know.
    let mut said = String::new();
    for listen in ["127.0.0.1:8080", "127.0.0.1:0"] {
        let (bundle, pin) = (city.bundle(), city.pin.as_str());
        let arguments = ["serve", "--listen", listen, "--trust", &bundle, "--root", pin, "--demo"];
        let mut command = stage.command("tegata-verifier", &arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or_else(|| Failure("no output".to_owned()))?);
        let mut address = String::new();
        out.read_line(&mut address)?;
        let mut served = Served { child, address: address.trim_end().to_owned(), _out: out };
        if !served.address.is_empty() {
            ask(stage, &served.address, city)?;
            return Ok(Some(served));
        }
        said.clear();
        if let Some(mut err) = served.child.stderr.take() {
            err.read_to_string(&mut said)?;
        }
        if said.contains("built without the page") {
            return Ok(None);
        }
    }
    Err(Failure(format!("the page is not served: {said}")))
}

/// What a browser asks first: the page, where its lists are and under which root, and their head.
fn ask(stage: &Stage, address: &str, city: &City) -> Result<(), Failure> {
    let page = get(address, "")?;
    stage.expect(page.contains("200 OK") && page.contains("content-security-policy: default-src 'none'"), || {
        page.clone()
    })?;
    let config = get(address, "config.json")?;
    stage.expect(config.contains(&city.pin) && config.contains("\"demo\":true"), || config.clone())?;
    let head = get(address, "lists/v1/head.cose")?;
    stage.expect(head.contains("200 OK"), || "no lists beside the page".to_owned())
}

fn get(address: &str, path: &str) -> io::Result<String> {
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Leaves the page running until somebody presses Enter, or ends the program.
pub fn leave_running(mut served: Served) -> io::Result<()> {
    println!(
        "\nThe page: {}   (a computer with a camera; the network may be unplugged once it is open)",
        served.address
    );
    println!("Hold the code above to the camera. Enter ends it.");
    io::stdout().flush()?;
    if io::stdin().read_line(&mut String::new())? == 0 {
        // Nobody is there to press a key.
        served.child.wait()?;
    }
    Ok(())
}
