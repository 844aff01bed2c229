//! The page's server: what it gives, with which headers, and which lists.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tegata_certificate::UnixTime;
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Bundle, FileName, Held, RootPin, Updated, update};

/// A page of three files, one of them compressed too: the server knows nothing of what they say.
const PAGE: [(&str, &[u8]); 5] = [
    ("index.html", b"<!doctype html>"),
    ("sw.js", b"// worker"),
    ("assets/index-abc.js", b"import 'x'"),
    ("assets/index-abc.js.br", b"not really compressed"),
    ("manifest.webmanifest", b"{}"),
];

struct Place {
    folder: tempfile::TempDir,
    repository: DemoRepository,
    pin: RootPin,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, bytes) in PAGE {
            let path = folder.path().join("page").join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, bytes).expect("writes");
        }
        let mut repository = DemoRepository::new("DEMO/page", now().plus(-7_200)).expect("makes keys");
        let (bundle, pin) = repository.publish(now().plus(-3_600)).expect("publishes");
        let place = Self { folder, repository, pin };
        place.put(&bundle);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, bundle: &Bundle) {
        let new = self.path("new.cbor");
        fs::write(&new, bundle.encode()).expect("writes");
        fs::rename(new, self.path("lists.cbor")).expect("replaces");
    }

    /// Puts another file of the same length into place, as it is where the file system's clock did not go on meanwhile.
    fn put_within_a_tick(&self, bundle: &Bundle) {
        let file = |name: &str| fs::File::options().write(true).open(self.path(name)).expect("opens");
        let before = file("lists.cbor").metadata().expect("is there");
        self.put(bundle);
        let now = file("lists.cbor");
        assert_eq!(now.metadata().expect("is there").len(), before.len(), "the length would tell them apart");
        now.set_modified(before.modified().expect("a time")).expect("sets the time");
    }

    fn command(&self, more: &[&str]) -> Command {
        let tool = assert_tool();
        let mut command = Command::new(tool);
        command.env("TEGATA_CONFIG_DIR", self.path("none")).env("TEGATA_STATE_DIR", self.path("none"));
        command.args(["serve", "--page"]).arg(self.path("page"));
        command.arg("--trust").arg(self.path("lists.cbor")).args(["--root", &self.pin.to_string()]).args(more);
        command
    }

    fn serve(&self) -> Server {
        let mut command = self.command(&["--demo", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("an address");
        let host = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Server { child, host }
    }

    fn refused(&self, more: &[&str]) -> Output {
        self.command(more).output().expect("runs")
    }
}

/// The verifier, beside this test's own folder.
fn assert_tool() -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test");
    folder.pop();
    folder.pop();
    let tool = folder.join("tegata-verifier");
    assert!(tool.is_file(), "build it first: cargo build --workspace --bins");
    tool
}

fn now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    UnixTime(i64::try_from(since.as_secs()).expect("a time"))
}

struct Server {
    child: Child,
    host: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl Server {
    fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.host).expect("connects");
        write!(stream, "{method} /{path} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n").expect("asks");
        let mut all = Vec::new();
        stream.read_to_end(&mut all).expect("answers");
        let end = all.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(all[..end].to_vec()).expect("a text");
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
        Answer { status, head, body: all[end + 4..].to_vec() }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }
}

/// What the server's lists say, fetched as the page fetches them.
fn lists_of(server: &Server, pin: &RootPin) -> Held {
    struct Web<'a>(&'a Server);
    impl tegata_trust_lists::Source for Web<'_> {
        type Error = u16;
        fn read(&mut self, file: &FileName, _: u64) -> Result<Option<Vec<u8>>, u16> {
            let answer = self.0.get(&format!("lists/{}", file.path()));
            match answer.status {
                200 => Ok(Some(answer.body)),
                404 => Ok(None),
                status => Err(status),
            }
        }
    }
    match update(None, pin, &mut Web(server), now()).expect("the lists hold") {
        Updated::Changed(held) => *held,
        Updated::Unchanged => panic!("the first lists"),
    }
}

#[test]
fn every_file_comes_with_the_policy_and_its_kind_and_may_be_kept_as_long_as_it_lasts() {
    let place = Place::new();
    let server = place.serve();
    let kinds = [
        ("", "text/html; charset=utf-8", "no-cache"),
        ("index.html", "text/html; charset=utf-8", "no-cache"),
        ("sw.js", "text/javascript; charset=utf-8", "no-store"),
        ("assets/index-abc.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("config.json", "application/json", "no-cache"),
        ("lists/v1/head.cose", "application/octet-stream", "no-cache"),
        ("lists/v1/root/1.cose", "application/octet-stream", "no-cache"),
    ];
    for (path, kind, cache) in kinds {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(kind), "{path}");
        assert_eq!(answer.header("cache-control"), Some(cache), "{path}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        for rule in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "connect-src 'self'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.split("; ").any(|own| own == rule), "{path}: {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
    let trust = lists_of(&server, &place.pin).state().head().trust;
    let named = server.get(&format!("lists/{}", FileName::Trust(trust.hash).path()));
    assert_eq!(named.header("cache-control"), Some("public, max-age=31536000, immutable"));
}

#[test]
fn other_web_servers_are_told_the_same_headers() {
    let told = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/page.md")).expect("reads");
    for (name, value) in tegata_verifier::tool::HEADERS {
        assert!(told.to_lowercase().contains(name) && told.contains(value), "{name}: {value}");
    }
}

#[test]
fn nothing_but_what_belongs_to_the_page_is_given() {
    let place = Place::new();
    let server = place.serve();
    for path in [
        "../lists.cbor",
        "lists.cbor",
        "assets",
        "assets/",
        "assets/index-abc.js.br",
        "lists/",
        "%2e%2e/lists.cbor",
        ".built",
    ] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    assert_eq!(server.ask("POST", "config.json", "content-length: 0\r\n").status, 405);
    let head = server.ask("HEAD", "index.html", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn what_is_known_is_not_sent_again_and_what_is_compressed_only_to_who_takes_it() {
    let place = Place::new();
    let server = place.serve();
    let first = server.get("index.html");
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = server.ask("GET", "index.html", &format!("if-none-match: {tag}\r\n"));
    assert_eq!((again.status, again.body.len()), (304, 0));

    let path = "assets/index-abc.js";
    let (plain, compressed) = (server.get(path), server.ask("GET", path, "accept-encoding: gzip, br;q=1\r\n"));
    assert_eq!((plain.header("content-encoding"), plain.body.as_slice()), (None, PAGE[2].1));
    assert_eq!((compressed.header("content-encoding"), compressed.body.as_slice()), (Some("br"), PAGE[3].1));
}

#[test]
fn newer_lists_are_given_as_soon_as_they_are_there_and_what_does_not_hold_never() {
    let mut place = Place::new();
    let server = place.serve();
    let version = |server: &Server, pin: &RootPin| lists_of(server, pin).state().head().header.version;
    let first = version(&server, &place.pin);

    let (newer, _) = place.repository.publish(now().plus(-60)).expect("publishes");
    place.put_within_a_tick(&newer);
    let second = version(&server, &place.pin);
    assert!(second > first);

    let mut forged = newer.clone();
    forged.head[200] ^= 1;
    place.put(&forged);
    assert_eq!(version(&server, &place.pin), second);
    let (others, _) =
        DemoRepository::new("DEMO/others", now().plus(-60)).expect("makes keys").publish(now()).expect("publishes");
    place.put(&others);
    assert_eq!(version(&server, &place.pin), second);
}

#[test]
fn an_exported_folder_holds_the_same_files_and_nothing_else_is_overwritten() {
    let place = Place::new();
    let server = place.serve();
    let out = place.path("out");
    let export = ["--demo", "--export", out.to_str().expect("a text")];
    for _ in 0..2 {
        let done = place.refused(&export);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let mut count = 0;
    for file in files(&out) {
        let path = file.strip_prefix(&out).expect("below").to_str().expect("a text").to_owned();
        if !path.ends_with(".br") {
            assert_eq!(server.get(&path).body, fs::read(&file).expect("reads"), "{path}");
            count += 1;
        }
    }
    assert!(count >= 8, "{count} files");

    fs::create_dir(place.path("home")).expect("a folder");
    fs::write(place.path("home/letter.txt"), "dear").expect("writes");
    let refused = place.refused(&["--demo", "--export", place.path("home").to_str().expect("a text")]);
    assert_eq!(refused.status.code(), Some(5));
    assert_eq!(files(&place.path("home")).len(), 1);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn what_cannot_be_served_is_said_with_its_remedy() {
    let place = Place::new();
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let demo = place.refused(&["--export", "unused"]);
    assert_eq!(demo.status.code(), Some(4));
    assert!(said(&demo).contains("--demo"), "{}", said(&demo));

    let server = place.serve();
    let taken = place.refused(&["--demo", "--listen", &server.host]);
    assert_eq!(taken.status.code(), Some(5));
    assert!(said(&taken).contains("remedy: name another address"), "{}", said(&taken));

    fs::remove_file(place.path("page/sw.js")).expect("removes");
    let none = place.refused(&["--demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(none.status.code(), Some(5));
    assert!(said(&none).contains("holds no built page"), "{}", said(&none));
}
