//! A web server of files for tests, on this machine only, that can fail in the ways real ones do.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What goes wrong, counted from the first request after [`StaticServer::behave`] as 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mishap {
    /// Nothing.
    None,
    /// Every answer is a page to log in with.
    LoginPage,
    /// From that request on nothing is answered.
    SilentFrom(usize),
    /// That request's file breaks off in the middle.
    CutAt(usize),
    /// That request gets an answer of status 503.
    BusyAt(usize),
    /// That request waits for ever.
    HangAt(usize),
}

/// Serves a folder until it is dropped.
#[derive(Debug)]
pub struct StaticServer {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    mishap: Mishap,
    asked: Vec<String>,
    open: bool,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StaticServer {
    /// Serves what is in a folder.
    ///
    /// # Panics
    /// If no port is free.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Shared { folder: folder.to_owned(), mishap: Mishap::None, asked: Vec::new(), open: true };
        let shared = Arc::new(Mutex::new(state));
        let for_thread = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if !lock(&for_thread).open {
                    return;
                }
                let shared = Arc::clone(&for_thread);
                // Each by itself: one that hangs keeps no other waiting. A caller that left is no matter.
                thread::spawn(move || stream.and_then(|stream| answer(stream, &shared)));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// What to ask.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What goes wrong from now on; earlier requests are forgotten.
    pub fn behave(&self, mishap: Mishap) {
        let mut shared = lock(&self.shared);
        shared.mishap = mishap;
        shared.asked.clear();
    }

    /// The paths that were asked for since then.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        lock(&self.shared).asked.clone()
    }

    /// Waits until so many requests have come.
    ///
    /// # Panics
    /// If they do not come within half a minute.
    pub fn wait_for(&self, requests: usize) {
        for _ in 0..3_000 {
            if lock(&self.shared).asked.len() >= requests {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("request {requests} never came");
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        lock(&self.shared).open = false;
        // Wakes it from waiting.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(mut stream: TcpStream, shared: &Mutex<Shared>) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let (number, mishap, file) = {
        let mut shared = lock(shared);
        shared.asked.push(path.clone());
        (shared.asked.len() - 1, shared.mishap, shared.folder.join(&path))
    };
    let plain = !path.split('/').any(|part| part == "..");
    let file = fs::read(file).ok().filter(|_| plain);
    match (mishap, file) {
        (Mishap::SilentFrom(from), _) if number >= from => Ok(()),
        (Mishap::HangAt(at), _) if number == at => {
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        (Mishap::BusyAt(at), _) if number == at => send(&mut stream, "503 Busy", "text/plain", b"busy", 4),
        (Mishap::LoginPage, _) => {
            let page = b"<!doctype html><title>Welcome to our hotel</title>";
            send(&mut stream, "200 OK", "text/html; charset=utf-8", page, page.len())
        }
        (Mishap::CutAt(at), Some(file)) if number == at => {
            send(&mut stream, "200 OK", "application/octet-stream", &file, file.len() / 2)
        }
        (_, Some(file)) => send(&mut stream, "200 OK", "application/octet-stream", &file, file.len()),
        (_, None) => send(&mut stream, "404 Not Found", "text/html", b"<h1>no</h1>", 11),
    }
}

fn send(stream: &mut TcpStream, status: &str, kind: &str, body: &[u8], sent: usize) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )?;
    stream.write_all(body.get(..sent).unwrap_or(body))
}
