//! The counter when something fails under it: the page says what to do, nothing is half done, and the same session goes on
//! once it is mended.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::Child;

use tegata_tests::counter::{Answer, Browser};
use tegata_tests::postgres::Server;

use tegata_issuer::make_key_file;

use super::small_disk::{SmallDisk, in_namespace};
use super::town::{PASSPHRASE, Town};

/// A counter of a town, run as a process.
struct Counter {
    child: Child,
    clerk: Browser,
}

impl Counter {
    /// With an account, and a clerk who is signed in.
    fn open(town: &Town, register: &str) -> Self {
        let account = ["account", "add", "clerk", "--role", "clerk", "--at", "window-1", "--everyone"];
        let account = format!("tegata-issuer {} --passphrase-fd 0{register}", account.join(" "));
        town.does(&account);
        let serve = format!(
            "tegata-issuer serve --listen 127.0.0.1:0 --key office --key office-eu --trust lists.cbor --root {} {}{register}",
            town.pin,
            town.secret()
        );
        let mut child = town.start(&serve);
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        out.read_line(&mut line).expect("an address");
        let said = |child: &mut Child| {
            let mut said = String::new();
            let _ = child.kill();
            child.stderr.take().expect("piped").read_to_string(&mut said).expect("a text");
            said
        };
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/');
        let address: SocketAddr = address.parse().unwrap_or_else(|_| panic!("{}", said(&mut child)));
        // Nobody reads its log here; a full pipe would hold it up.
        let mut log = child.stderr.take().expect("piped");
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let mut clerk = Browser::new(address);
        let answer = clerk.sign_in("clerk", PASSPHRASE);
        assert_eq!(answer.status, 303, "{}", answer.text);
        Self { child, clerk }
    }

    /// The texts of a person's certificates for a purpose, or the refusal.
    fn code(&mut self, path: &str, token: &str) -> Answer {
        let fields = [("form", token), ("purpose", "domestic"), ("place", "0"), ("kind", "txt")];
        self.clerk.post(&format!("{path}/code"), &fields)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody of the sample who has doses: the first of the manifest of an issue to nobody yet.
fn somebody(town: &Town) -> Vec<String> {
    let file = fs::read(town.file("sample/residents.csv")).expect("the sample");
    let numbers = file.split(|byte| *byte == b'\n').skip(1).filter_map(|row| row.split(|byte| *byte == b',').next());
    numbers.map(|number| String::from_utf8_lossy(number).into_owned()).filter(|number| !number.is_empty()).collect()
}

/// The pages of people with a certificate that may be issued.
fn issuable(counter: &mut Counter, town: &Town, wanted: usize) -> Vec<String> {
    let token = counter.clerk.form_token();
    let mut paths = Vec::new();
    for number in somebody(town) {
        let answer = counter.clerk.post("/search", &[("form", &token), ("task", "issue"), ("number", &number)]);
        if answer.status == 303 && counter.clerk.get(&answer.location).text.contains("value=\"domestic\"") {
            paths.push(answer.location);
        }
        if paths.len() == wanted {
            return paths;
        }
    }
    panic!("the sample has fewer than {wanted} people with doses");
}

/// A refusal that says what is to be done, and when to come again.
fn refused(answer: &Answer, says: &str) {
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.headers.contains_key("retry-after"));
    assert!(answer.text.contains(says), "{}", answer.text);
    assert!(answer.text.contains("<h1"), "a page for people: {}", answer.text);
}

#[test]
fn a_database_that_is_restarted_under_the_counter_is_told_and_come_back_to() {
    let Some(server) = Server::start() else { return };
    let town = Town::new(40);
    make_key_file(&town.file("server.key")).expect("makes a key");
    let register = format!(" --register {} --register-key server.key", server.url(&server.database()));
    town.does(&format!("tegata-issuer import --residents sample/residents.csv --doses sample/doses.csv{register}"));
    let mut counter = Counter::open(&town, &register);
    let paths = issuable(&mut counter, &town, 2);
    let token = counter.clerk.form_token();
    let first = counter.code(&paths[0], &token);
    assert_eq!(first.status, 200, "{}", first.text);

    server.kill();
    refused(&counter.code(&paths[0], &token), "again");
    refused(&counter.code(&paths[1], &token), "again");
    refused(&counter.clerk.get("/search"), "again");

    server.start_again();
    let again = counter.code(&paths[0], &token);
    assert_eq!((again.status, &again.text), (200, &first.text), "the same certificate, in the same session");
    let other = counter.code(&paths[1], &token);
    assert_eq!(other.status, 200, "{}", other.text);
    let whole = town.run(&format!("tegata-issuer audit verify{register}"));
    assert_eq!(whole.status, Some(0), "{}{}", whole.out, whole.complaint);
}

#[test]
fn a_token_that_is_unplugged_under_the_counter_is_told_and_come_back_to() {
    let Some(town) = Town::with_token(40) else { return };
    let hsm = town.hsm.as_ref().expect("a token");
    let mut counter = Counter::open(&town, "");
    let paths = issuable(&mut counter, &town, 2);
    let token = counter.clerk.form_token();
    let first = counter.code(&paths[0], &token);
    assert_eq!(first.status, 200, "{}", first.text);

    hsm.unplug();
    let answer = counter.code(&paths[1], &token);
    refused(&answer, "Plug it in again");
    // What needs no key is there.
    assert_eq!(counter.clerk.get(&paths[1]).status, 200);

    hsm.plug_in();
    let again = counter.code(&paths[0], &token);
    assert_eq!((again.status, &again.text), (200, &first.text), "the same certificate, in the same session");
    assert_eq!(counter.code(&paths[1], &token).status, 200);
}

#[test]
fn a_full_disk_under_the_counter_is_told_and_leaves_nothing_half_done() {
    if !in_namespace("counter::a_full_disk_under_the_counter_is_told_and_leaves_nothing_half_done") {
        return;
    }
    let town = Town::new(40);
    let disk = SmallDisk::mount(&town.file("disk"), 8 * 1024);
    for name in ["register.sqlite", "register.sqlite.key"] {
        fs::copy(town.file(name), town.file("disk").join(name)).expect("copies");
    }
    let register = " --register disk/register.sqlite";
    let mut counter = Counter::open(&town, register);
    let paths = issuable(&mut counter, &town, 2);
    let token = counter.clerk.form_token();
    let first = counter.code(&paths[0], &token);
    assert_eq!(first.status, 200, "{}", first.text);

    disk.leave(0);
    refused(&counter.code(&paths[1], &token), "disk");
    disk.make_room();
    let again = counter.code(&paths[0], &token);
    assert_eq!((again.status, &again.text), (200, &first.text), "the same certificate, in the same session");
    let other = counter.code(&paths[1], &token);
    assert_eq!(other.status, 200, "{}", other.text);
    let whole = town.run(&format!("tegata-issuer audit verify{register}"));
    assert_eq!(whole.status, Some(0), "{}{}", whole.out, whole.complaint);
}
