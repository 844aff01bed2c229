//! The office's counter under load: clerks who search, look and issue at once, then more than it can do, and that it
//! recovers.

use crate::measure::{Table, median};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tegata_issuer::office::Role;
use tegata_tests::browser::form;
use tegata_tests::counter::kana;
use tegata_tests::place::{BIRTH, PASSWORD, Place, add_account};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// Clerks at work at once.
const CLERKS: usize = 200;
/// How long they work.
const SHIFT: Duration = Duration::from_secs(30);
/// A clerk serves somebody new so often, where the office keeps up.
const EACH: Duration = Duration::from_secs(1);
/// People that a clerk may serve in a shift.
const PEOPLE: usize = 32;
/// How long more is asked than the office can do.
const RUSH: Duration = Duration::from_secs(8);

pub fn measure(table: &mut Table) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let place = office("");
    table.heading(&format!("The counter: {CLERKS} clerks for {} s, one person a second each", SHIFT.as_secs()));
    let clerks = runtime.block_on(sign_in_all(&place));
    let start = Instant::now();
    let shifts = runtime.block_on(together(clerks, work));
    let tally = shifts.into_iter().fold(Tally::default(), Tally::add);
    let each_second = |count: usize| format!("{:.0} /s", count as f64 / start.elapsed().as_secs_f64());
    table.figure("people served: search, record, certificate", &each_second(tally.issued.len()));
    for (name, times) in [("search", &tally.searched), ("record", &tally.looked)] {
        table
            .figure(&format!("{name}, median and p99"), &format!("{:.0}, {:.0} ms", median(times.clone()), p99(times)));
    }
    let slowest = p99(&tally.issued);
    let figure = format!("{:.0}, {slowest:.0} ms", median(tally.issued.clone()));
    table.aim("issue, median and p99", &figure, "p99 ≤ 100 ms", slowest <= 100.0);
    table.fact(&format!("every answer is as it should be ({} were not)", tally.wrong), tally.wrong == 0);
    drop(place);
    rush(table, &runtime);
}

/// One worker and hardly a queue: what is too much is shed, and afterwards all is as before.
fn rush(table: &mut Table, runtime: &tokio::runtime::Runtime) {
    let place = office("workers = 1\nwaiting = 8");
    let clerks = runtime.block_on(sign_in_all(&place));
    let tallies = runtime.block_on(together(clerks, hurry));
    let tally = tallies.into_iter().fold(Tally::default(), Tally::add);
    table.heading(&format!("Too much: {CLERKS} clerks without pause at an office of one worker and eight that wait"));
    table.figure("searches done", &tally.searched.len().to_string());
    table.figure("shed with 503 and a time to come again", &tally.shed.to_string());
    table.fact("some are shed, some are served, and nothing else happens", {
        tally.shed > 0 && !tally.searched.is_empty() && tally.wrong == 0
    });
    let start = Instant::now();
    let answer = place.signed_in(Role::Clerk, "near").post("/search", &search("w0-0"));
    let time = start.elapsed();
    table.fact(&format!("then it serves as before (sign-in and search {} ms)", time.as_millis()), answer.status == 303);
}

/// An office with people and an account for each clerk.
fn office(more: &str) -> Place {
    let texts: Vec<[String; 3]> = (0..CLERKS * PEOPLE)
        .map(|place| [number(place / PEOPLE, place % PEOPLE), format!("架空　{place}"), kana(place)])
        .collect();
    let people: Vec<[&str; 5]> =
        texts.iter().map(|[number, name, kana]| [number, name, kana, "131016", "0"].map(|text: &str| text)).collect();
    let place = Place::with(more, &people, "");
    place.register(|register| {
        for clerk in 0..CLERKS {
            add_account(register, &account(clerk), &[Role::Clerk], "near");
        }
    });
    place
}

fn account(clerk: usize) -> String {
    format!("clerk-{clerk}")
}

fn number(clerk: usize, person: usize) -> String {
    format!("w{clerk}-{person}")
}

fn search(number: &str) -> [(&'static str, &str); 3] {
    [("purpose", "issue"), ("number", number), ("birth", BIRTH)]
}

/// What came of a shift; times in milliseconds.
#[derive(Default)]
struct Tally {
    searched: Vec<f64>,
    looked: Vec<f64>,
    issued: Vec<f64>,
    shed: usize,
    wrong: usize,
}

impl Tally {
    fn add(mut self, other: Self) -> Self {
        self.searched.extend(other.searched);
        self.looked.extend(other.looked);
        self.issued.extend(other.issued);
        self.shed += other.shed;
        self.wrong += other.wrong;
        self
    }

    /// Notes an answer, in time or not as it should be.
    fn note(&mut self, held: bool, times: impl FnOnce(&mut Self) -> &mut Vec<f64>, since: Instant) {
        if held {
            times(self).push(since.elapsed().as_secs_f64() * 1e3);
        } else {
            self.wrong += 1;
        }
    }
}

fn p99(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get((times.len() * 99 / 100).min(times.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// A clerk's browser: one connection that is kept, and a session.
struct Clerk {
    place: usize,
    address: SocketAddr,
    stream: TcpStream,
    cookie: String,
    token: String,
}

/// An answer: status, head, body.
struct Told {
    status: u16,
    head: String,
    body: String,
}

impl Told {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Clerk {
    /// Signs in, from an address of one's own: an address may try only so often.
    async fn sign_in(place: usize, address: SocketAddr) -> Self {
        let own = Ipv4Addr::new(127, 0, 1, u8::try_from(place).expect("few clerks"));
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((own, 0))).expect("an address of this machine");
        let stream = socket.connect(address).await.expect("connects");
        let mut clerk = Self { place, address, stream, cookie: String::new(), token: String::new() };
        let name = account(place);
        let fields = [("account", name.as_str()), ("password", PASSWORD), ("language", "en")];
        let told = clerk.ask("POST", "/sign-in", &form(&fields)).await;
        assert_eq!(told.status, 303, "a clerk is not let in: {}", told.body);
        let cookie = told.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        cookie.expect("a session").clone_into(&mut clerk.cookie);
        let page = clerk.ask("GET", "/", "").await;
        let token = page.body.split_once("name=\"token\" value=\"").and_then(|(_, rest)| rest.split('"').next());
        token.expect("a token").clone_into(&mut clerk.token);
        clerk
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Told {
        let token = self.token.clone();
        let body = form(&[&[("token", token.as_str())], fields].concat());
        self.ask("POST", path, &body).await
    }

    async fn ask(&mut self, method: &str, path: &str, body: &str) -> Told {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {a}\r\norigin: http://{a}\r\ncookie: {}\r\naccept-language: en\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            self.cookie,
            body.len(),
            a = self.address
        );
        self.stream.write_all(request.as_bytes()).await.expect("asks");
        let mut all = Vec::new();
        let body_at = loop {
            if let Some(at) = all.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.stream.read_buf(&mut all).await.expect("is answered") > 0, "the connection ended");
        };
        let head = String::from_utf8_lossy(&all[..body_at]).into_owned();
        let mut told = Told { status: head[9..12].parse().expect("a status"), head, body: String::new() };
        let length = told.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        while all.len() < body_at + length {
            assert!(self.stream.read_buf(&mut all).await.expect("is answered") > 0, "the connection ended");
        }
        told.body = String::from_utf8_lossy(&all[body_at..]).into_owned();
        told
    }
}

/// A few at a time: passwords are slow on purpose.
async fn sign_in_all(place: &Place) -> Vec<Clerk> {
    let mut clerks = Vec::new();
    for some in (0..CLERKS).collect::<Vec<_>>().chunks(4) {
        let mut signing_in = JoinSet::new();
        for clerk in some {
            signing_in.spawn(Clerk::sign_in(*clerk, place.address));
        }
        clerks.extend(signing_in.join_all().await);
    }
    clerks
}

/// All of them at once.
async fn together<F: Future<Output = Tally> + Send + 'static>(clerks: Vec<Clerk>, shift: fn(Clerk) -> F) -> Vec<Tally> {
    let mut shifts = JoinSet::new();
    for clerk in clerks {
        shifts.spawn(shift(clerk));
    }
    shifts.join_all().await
}

/// Serves one person after the other: finds them, looks at the record, issues.
async fn work(mut clerk: Clerk) -> Tally {
    let mut tally = Tally::default();
    // Not all of them press the key at the same moment.
    tokio::time::sleep(EACH / u32::try_from(CLERKS).unwrap_or(1) * u32::try_from(clerk.place).unwrap_or(0)).await;
    let (start, mut next) = (Instant::now(), Instant::now());
    for person in 0..PEOPLE {
        if start.elapsed() >= SHIFT {
            break;
        }
        tokio::time::sleep_until(next.into()).await;
        next += EACH;
        let since = Instant::now();
        let found = clerk.post("/search", &search(&number(clerk.place, person))).await;
        tally.note(found.status == 303, |tally| &mut tally.searched, since);
        let Some(path) = found.header("location").map(str::to_owned) else { continue };
        let since = Instant::now();
        let record = clerk.ask("GET", &path, "").await;
        tally.note(record.status == 200, |tally| &mut tally.looked, since);
        let since = Instant::now();
        let issued = clerk.post(&format!("{path}/issue"), &[("for", "domestic")]).await;
        tally.note(issued.status == 200 && issued.body.contains(">TG1:"), |tally| &mut tally.issued, since);
    }
    tally
}

/// Searches without pause, within what one account may.
async fn hurry(mut clerk: Clerk) -> Tally {
    let (mut tally, start) = (Tally::default(), Instant::now());
    for person in 0..55 {
        if start.elapsed() >= RUSH {
            break;
        }
        let since = Instant::now();
        let told = clerk.post("/search", &search(&number(clerk.place, person % PEOPLE))).await;
        let again = told.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok());
        if told.status == 503 && again.is_some_and(|seconds| (1..=60).contains(&seconds)) {
            tally.shed += 1;
        } else {
            tally.note(told.status == 303, |tally| &mut tally.searched, since);
        }
    }
    tally
}
