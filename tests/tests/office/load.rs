//! Too much, too long, too slow: it is shed with a time to come again, and afterwards all is as before.

use crate::browser::{exchange, form, read};
use crate::place::{BIRTH, NEAR, PASSWORD, Place};
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tegata_issuer::office::Role;

#[test]
fn more_than_it_can_do_is_shed_and_then_it_recovers() {
    let place = Place::new("workers = 1\nwaiting = 0");
    let browser = place.signed_in(Role::Clerk, "near");
    let fields = [("token", browser.token.as_str()), ("purpose", "issue"), ("number", NEAR), ("birth", BIRTH)];
    let body = form(&fields);
    let cookie = format!("office={}", browser.cookies["office"]);
    let request = format!(
        "POST /search HTTP/1.1\r\nhost: {a}\r\norigin: http://{a}\r\nconnection: close\r\ncookie: {cookie}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len(),
        a = place.address
    );
    let (mut done, mut shed) = (0, 0);
    // Searches are limited to sixty a minute.
    for _ in 0..6 {
        let answers: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..9).map(|_| scope.spawn(|| exchange(place.address, &request))).collect();
            threads.into_iter().map(|thread| thread.join().expect("answers")).collect()
        });
        for answer in answers {
            match answer.status {
                303 => done += 1,
                503 => {
                    let seconds = answer.header("retry-after").and_then(|value| value.parse::<u64>().ok());
                    assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{}", answer.head);
                    shed += 1;
                }
                status => panic!("{status}: {}", answer.body),
            }
        }
        if shed > 0 && done > 0 {
            break;
        }
    }
    assert!(done > 0 && shed > 0, "{done} done, {shed} shed");
    let answer = exchange(place.address, &request);
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(place.browser().get("/health").status, 200);
}

#[test]
fn a_form_that_is_too_long_is_refused_whether_it_says_so_or_not() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let long = "x".repeat(70_000);
    let answer = browser.post("/search", &[("purpose", "issue"), ("kana", &long), ("birth", BIRTH)]);
    assert_eq!(answer.status, 413, "{}", answer.body);
    assert!(answer.body.contains("Open the page again"));
    let cookie = format!("office={}", browser.cookies["office"]);
    let chunks = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let answer = exchange(
        place.address,
        &format!(
            "POST /search HTTP/1.1\r\nhost: {a}\r\norigin: http://{a}\r\nconnection: close\r\ncookie: {cookie}\r\n\
             content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n{chunks}",
            a = place.address
        ),
    );
    assert_eq!(answer.status, 413, "{}", answer.body);
    // Headers, too.
    let head = format!("GET /sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    assert!(matches!(exchange(place.address, &head).status, 400 | 431));
    assert_eq!(browser.get("/").status, 200);
}

/// How long the service waits for the rest of a request.
fn waits(place: &Place, start: &str) -> Duration {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(place.address).expect("connects");
    stream.write_all(start.as_bytes()).expect("asks");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let mut all = Vec::new();
    // An answer or none: the connection ends.
    let ended = std::io::Read::read_to_end(&mut stream, &mut all);
    assert!(ended.is_ok(), "it still waits after {:?}", begun.elapsed());
    assert!(!all.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&all));
    begun.elapsed()
}

#[test]
fn whoever_sends_slowly_is_not_waited_for() {
    let place = Place::new("");
    let a = place.address;
    let body = format!(
        "POST /sign-in HTTP/1.1\r\nhost: {a}\r\norigin: http://{a}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\naccount=x"
    );
    let place = &place;
    std::thread::scope(|scope| {
        let starts = [body, format!("GET /sign-in HTTP/1.1\r\nhost: {a}\r\nx-slow"), String::new()];
        for start in starts {
            scope.spawn(move || {
                let waited = waits(place, &start);
                assert!(waited < Duration::from_secs(45), "{start:?}: {waited:?}");
            });
        }
        // Meanwhile others are served.
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(place.browser().get("/sign-in").status, 200);
    });
}

#[test]
fn a_request_that_is_none_ends_without_harm() {
    let place = Place::new("");
    for odd in ["\0\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut stream = TcpStream::connect(place.address).expect("connects");
        stream.write_all(odd.as_bytes()).expect("asks");
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let answer = read(&mut stream);
        assert_eq!(answer.status, 400, "{odd:?}");
    }
    assert_eq!(place.browser().get("/health").body, "ok\n");
}

#[test]
fn what_is_in_hand_when_it_ends_is_answered_and_nobody_new_is_served() {
    let mut place = Place::new("");
    let a = place.address;
    let body = form(&[("account", "clerk-near"), ("password", PASSWORD), ("language", "en")]);
    let (first, rest) = body.split_at(10);
    let mut stream = TcpStream::connect(a).expect("connects");
    write!(
        stream,
        "POST /sign-in HTTP/1.1\r\nhost: {a}\r\norigin: http://{a}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{first}",
        body.len()
    )
    .expect("asks");
    // It has the head, and waits for the rest.
    std::thread::sleep(Duration::from_millis(500));
    place.stop();
    std::thread::sleep(Duration::from_millis(500));
    assert!(TcpStream::connect(a).is_err(), "somebody new is served");
    stream.write_all(rest.as_bytes()).expect("goes on");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let answer = read(&mut stream);
    assert_eq!((answer.status, answer.to()), (303, "/"), "{}", answer.body);
}
