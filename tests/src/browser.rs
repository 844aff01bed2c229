//! What a browser does of HTTP, for the office's service: cookies, forms, and no script.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its first line and its headers.
    pub head: String,
    /// What follows; bytes that are no UTF-8 are replaced.
    pub body: String,
}

impl Answer {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| value(line, name))
    }

    /// Every header of that name.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head.lines().filter_map(move |line| value(line, name))
    }

    /// Where it sends the browser.
    #[must_use]
    pub fn to(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The token of the forms on this page.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.between("name=\"token\" value=\"", "\"")
    }

    /// What stands on the page between these two, at the first place.
    #[must_use]
    pub fn between(&self, before: &str, after: &str) -> Option<&str> {
        Some(self.body.split_once(before)?.1.split_once(after)?.0)
    }

    /// Names and values of the inputs on the page that hold text, as they stand in it; the token is not among them.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, String)> {
        let attribute = |tag: &str, name: &str| {
            let value = tag.split_once(&format!(" {name}=\""))?.1;
            Some(plain(value.split('"').next().unwrap_or_default()))
        };
        let tags = self.body.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
        let texts = tags.filter(|tag| attribute(tag, "type").is_none_or(|kind| kind == "text"));
        texts.filter_map(|tag| attribute(tag, "name").zip(attribute(tag, "value").or(Some(String::new())))).collect()
    }
}

/// A page's text without its references to characters; pages write those as numbers.
fn plain(text: &str) -> String {
    let texts = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    texts.into_iter().fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

/// The value of a line, if it is of that header.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (key, value) = line.split_once(':')?;
    key.eq_ignore_ascii_case(name).then(|| value.trim())
}

/// A browser, with what it keeps.
pub struct Browser {
    /// Where the service listens.
    pub address: SocketAddr,
    /// Its cookies, by name.
    pub cookies: BTreeMap<String, String>,
    /// The token of the session's forms; empty before somebody has signed in.
    pub token: String,
}

impl Browser {
    /// One that has not been here.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookies: BTreeMap::new(), token: String::new() }
    }

    /// Asks for a page.
    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[("accept-language", "en")], "")
    }

    /// Sends a form from a page of the office, with its token.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.clone();
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        self.send(path, &form(&all), &[])
    }

    /// Sends a file by a page's form, with its token.
    pub fn upload(&mut self, path: &str, field: &str, file: &str, text: &str) -> Answer {
        const BOUNDARY: &str = "----a-line-that-no-file-has";
        let part = |head: &str, body: &str| {
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n")
        };
        let kind = format!("name=\"{field}\"; filename=\"{file}\"\r\ncontent-type: text/csv");
        let body = part("name=\"token\"", &self.token) + &part(&kind, text) + &format!("--{BOUNDARY}--\r\n");
        let own = format!("http://{}", self.address);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let headers = [("content-type", kind.as_str()), ("accept-language", "en"), ("origin", &own)];
        self.ask("POST", path, &headers, &body)
    }

    /// Sends a body as a form, with more headers; those that a browser sends are the office's own.
    pub fn send(&mut self, path: &str, body: &str, more: &[(&str, &str)]) -> Answer {
        let own = format!("http://{}", self.address);
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), ("accept-language", "en")];
        if !more.iter().any(|(name, _)| *name == "origin") {
            headers.push(("origin", &own));
        }
        headers.extend_from_slice(more);
        self.ask("POST", path, &headers, body)
    }

    /// Signs in with an account's password; the forms' token is kept.
    pub fn sign_in(&mut self, account: &str, password: &str) -> Answer {
        let fields = [("account", account), ("password", password), ("language", "en")];
        let answer = self.send("/sign-in", &form(&fields), &[]);
        if answer.status == 303 {
            self.token = self.get("/").token().unwrap_or_default().to_owned();
        }
        answer
    }

    /// Asks for anything.
    ///
    /// # Panics
    /// If nobody listens, or the answer is none.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head += &format!("cookie: {}\r\n", pairs.join("; "));
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if method == "POST" {
            head += &format!("content-length: {}\r\n", body.len());
        }
        let answer = exchange(self.address, &format!("{head}\r\n{body}"));
        for cookie in answer.headers("set-cookie") {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// Fields as a form sends them.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Sends bytes as they are, and reads the answer to its end.
///
/// # Panics
/// If nobody listens, or the answer is none.
#[must_use]
pub fn exchange(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    // A server that refuses a body may close before all of it is there.
    let _ = stream.write_all(request.as_bytes());
    read(&mut stream)
}

/// Reads an answer to its end.
///
/// # Panics
/// If it is none.
pub fn read(stream: &mut TcpStream) -> Answer {
    let (mut all, mut part) = (Vec::new(), [0; 16 << 10]);
    while let Ok(count @ 1..) = stream.read(&mut part) {
        all.extend_from_slice(&part[..count]);
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}
