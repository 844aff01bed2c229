//! Published files by HTTP.
//!
//! The lists are signed and the first root is pinned, so the way they come need not be trusted:
//! plain `http` is as good as `https` here, and a server can withhold lists but not change them.

use std::io::{self, Read};
use std::time::Duration;

/// How long a server may take to answer at all.
const CONNECT: Duration = Duration::from_secs(15);
/// How long one file may take: the largest on a slow line, and no slower.
const FILE: Duration = Duration::from_secs(300);
/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(30);
/// A file may have moved; it is not looked for all over the world.
const REDIRECTS: u32 = 3;

/// Why a file did not come. Each message names the address and what to do.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Not the address of a server's folder.
    #[error(
        "{0:?} is not an address that lists can be fetched from\n  remedy: give it as http://HOST/PATH or https://HOST/PATH, without a password, ? or #"
    )]
    Address(String),
    /// The server did not answer, or not to the end.
    #[error(
        "cannot fetch {address}: {error}\n  remedy: check the network and the address; what was fetched is kept, and the next update goes on from there"
    )]
    Unreachable {
        /// What was asked for.
        address: String,
        /// Why.
        #[source]
        error: Box<ureq::Error>,
    },
    /// The server answered something else than the file or "there is none".
    #[error(
        "{address}: the server answers with status {status}\n  remedy: try again later; if it stays so, tell the publisher"
    )]
    Status {
        /// What was asked for.
        address: String,
        /// The HTTP status code.
        status: u16,
    },
    /// The server sent a page to read. Networks that want a login do so.
    #[error(
        "{address}: a web page came instead of a list\n  remedy: this network may want you to log in first: open a web page, then update again; or check the address"
    )]
    WebPage {
        /// What was asked for.
        address: String,
    },
}

/// A repository on a web server.
#[derive(Debug)]
pub struct Http {
    agent: ureq::Agent,
    base: String,
}

impl Http {
    /// The repository at that address: the folder that holds `v1`.
    ///
    /// # Errors
    /// [`HttpError::Address`].
    pub fn new(address: &str) -> Result<Self, HttpError> {
        let base = address.trim_end_matches('/');
        let secure = base.starts_with("https://");
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        // A password would be kept beside the state for all to read.
        let plain = |rest: &str| !rest.is_empty() && !rest.contains(['?', '#', '@', ' ']) && !rest.contains("..");
        if !host.is_some_and(plain) {
            return Err(HttpError::Address(address.to_owned()));
        }
        let config = ureq::Agent::config_builder()
            // Whoever asked for https is never led to http.
            .https_only(secure)
            .max_redirects(REDIRECTS)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(SILENCE))
            .timeout_global(Some(FILE))
            .user_agent(concat!("tegata-verifier/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.into(), base: base.to_owned() })
    }

    /// Fetches the file at a path below the address: `None` if there is none, and never more than `cap` bytes and
    /// one, which tells that there are more.
    ///
    /// # Errors
    /// [`HttpError`].
    pub fn fetch(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, HttpError> {
        let address = format!("{}/{path}", self.base);
        let fail = |error: ureq::Error| HttpError::Unreachable { address: address.clone(), error: Box::new(error) };
        let response = self.agent.get(&address).call().map_err(fail)?;
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Ok(None),
            status => return Err(HttpError::Status { address, status }),
        }
        let body = response.into_body();
        if body.mime_type().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html")) {
            return Err(HttpError::WebPage { address });
        }
        let announced = body.content_length();
        let mut bytes = Vec::new();
        body.into_reader().take(cap.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| fail(error.into()))?;
        let short = announced.is_some_and(|length| (bytes.len() as u64) < length.min(cap.saturating_add(1)));
        if short {
            return Err(fail(io::Error::from(io::ErrorKind::UnexpectedEof).into()));
        }
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    /// A server that gives the same bytes to each of so many callers; its address.
    fn serving(answer: Vec<u8>, callers: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        thread::spawn(move || {
            for stream in listener.incoming().take(callers) {
                let mut stream = stream.expect("a caller");
                let mut asked = [0; 2048];
                let _ = stream.read(&mut asked);
                let _ = stream.write_all(&answer);
            }
        });
        address
    }

    fn fetch(answer: &str, cap: u64) -> Result<Option<Vec<u8>>, HttpError> {
        Http::new(&serving(answer.as_bytes().to_vec(), 1)).expect("an address").fetch("v1/head.cose", cap)
    }

    #[test]
    fn a_file_comes_and_an_absent_one_is_told_from_a_broken_server() {
        assert_eq!(fetch("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", 10).expect("comes"), Some(b"abc".to_vec()));
        assert_eq!(fetch("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", 10).expect("told"), None);
        let error = fetch("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", 10).expect_err("no file");
        assert!(matches!(error, HttpError::Status { status: 503, .. }), "{error}");
    }

    #[test]
    fn no_more_than_the_cap_and_one_byte_is_read_whatever_is_announced() {
        let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(100_000));
        assert_eq!(fetch(&endless, 1_000).expect("capped").expect("bytes").len(), 1_001);
        let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: 9000000000\r\n\r\n{}", "x".repeat(100_000));
        assert_eq!(fetch(&announced, 1_000).expect("capped").expect("bytes").len(), 1_001);
    }

    #[test]
    fn half_a_file_and_a_web_page_are_errors() {
        let error = fetch("HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\nabc", 100).expect_err("cut off");
        assert!(matches!(error, HttpError::Unreachable { .. }), "{error}");
        let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 6\r\n\r\n<html>";
        assert!(matches!(fetch(page, 100), Err(HttpError::WebPage { .. })));
    }

    #[test]
    fn a_redirect_is_followed_to_web_servers_only_and_not_for_ever() {
        let there = serving(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nmoved".to_vec(), 1);
        let moved = format!("HTTP/1.1 302 Found\r\nlocation: {there}/x\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(fetch(&moved, 10).expect("comes"), Some(b"moved".to_vec()));
        for elsewhere in ["file:///etc/passwd", "ftp://127.0.0.1/x"] {
            let answer = format!("HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n");
            assert!(matches!(fetch(&answer, 10), Err(HttpError::Unreachable { .. })), "{elsewhere}");
        }
        let circle =
            b"HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec();
        let http = Http::new(&serving(circle, 20)).expect("an address");
        assert!(matches!(http.fetch("v1/head.cose", 10), Err(HttpError::Unreachable { .. })));
    }

    #[test]
    fn whoever_asked_for_https_is_never_served_by_http() {
        let mut http = Http::new("https://127.0.0.1").expect("an address");
        http.base = serving(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec(), 1);
        let error = http.fetch("v1/head.cose", 10).expect_err("not by http");
        assert!(
            matches!(&error, HttpError::Unreachable { error, .. }
            if matches!(**error, ureq::Error::RequireHttpsOnly(_))),
            "{error}"
        );
    }

    #[test]
    fn an_address_is_of_the_web_and_holds_no_password() {
        for bad in ["", "http://", "ftp://host/x", "file:///x", "https://user:word@host/", "http://host/?x", "/folder"]
        {
            assert!(matches!(Http::new(bad), Err(HttpError::Address(_))), "{bad}");
        }
        assert_eq!(Http::new("https://lists.example/tegata/").expect("good").base, "https://lists.example/tegata");
    }
}
