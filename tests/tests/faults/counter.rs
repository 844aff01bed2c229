//! The counter while its disk is full, and while its database is away: the page says what to do, nothing is half done,
//! and the same service goes on as soon as it can.

use serde_json::Value;
use tegata_tests::counter::{Counter, is_told_to_wait, lines, serve_line, write_files};
use tegata_tests::postgres::Server;

use super::small_disk::{SmallDisk, in_namespace};
use super::town::{PASSPHRASE, Town};

/// What is left on the disk in each round, in KiB.
const ROOM: [u64; 8] = [0, 4, 16, 40, 80, 160, 400, 2_000];

fn open(town: &Town, people: usize, file: &str, register: &str) -> Counter {
    write_files(town.path(), people, file, &town.pin);
    for line in lines(register) {
        town.does(&line);
    }
    Counter::open(&mut town.command(&serve_line("--passphrase-fd 0")), PASSPHRASE, PASSPHRASE)
}

/// How many certificates somebody has.
fn certificates(town: &Town, register: &str, number: usize) -> usize {
    let told = town.does(&format!("tegata-issuer status --person {number} --json {register}"));
    let told: Value = serde_json::from_str(&told).expect("JSON");
    told["certificates"].as_array().expect("certificates").len()
}

#[test]
fn the_counter_on_a_full_disk_says_so_and_issues_once_there_is_room() {
    if !in_namespace("counter::the_counter_on_a_full_disk_says_so_and_issues_once_there_is_room") {
        return;
    }
    let town = Town::new(3);
    let disk = SmallDisk::mount(&town.file("disk"), 8 * 1024);
    let register = "--register disk/register.sqlite";
    let mut counter = open(&town, ROOM.len(), "register = 'disk/register.sqlite'", register);
    let (mut full, mut fitted) = (0, 0);
    for (place, room) in ROOM.into_iter().enumerate() {
        let person = counter.find(place + 1);
        disk.leave(room);
        let answer = counter.issue(&person);
        disk.make_room();
        let there = certificates(&town, register, place + 1);
        if answer.status == 200 {
            assert!(answer.body.contains(">TG1:"), "{}", answer.body);
            fitted += 1;
        } else {
            is_told_to_wait(&answer, &["The register cannot be reached or written", "disk"]);
            full += 1;
        }
        // What could not be shown may be signed for, never twice.
        assert!(there <= 1 && (there == 1 || answer.status != 200), "{there} certificates, {room} KiB left");
        let again = counter.issue(&person);
        assert!(again.status == 200 && again.body.contains(">TG1:"), "{}", again.body);
        assert_eq!(certificates(&town, register, place + 1), 1, "{room} KiB left");
    }
    println!("{full} times the disk was full, {fitted} times it sufficed");
    assert!(full >= 1 && fitted >= 1, "the disk was always full, or never");
    assert!(counter.is_running());
    town.does(&format!("tegata-issuer audit verify {register}"));
}

#[test]
fn the_counter_goes_on_when_its_database_is_back() {
    let Some(server) = Server::start() else { return };
    let town = Town::new(3);
    town.does("tegata-issuer register key new register.key");
    let url = server.url(&server.database());
    let register = format!("--register {url} --register-key register.key");
    let mut counter = open(&town, 4, &format!("register = '{url}'\nregister-key = 'register.key'"), &register);
    let person = counter.find(1);
    server.kill();
    for _ in 0..3 {
        is_told_to_wait(&counter.issue(&person), &["The register cannot be reached or written", "try again"]);
    }
    let health = counter.browser.get("/health");
    assert_eq!(health.status, 503, "{}", health.body);
    server.start_again();
    let issued = counter.issue(&person);
    assert!(issued.status == 200 && issued.body.contains(">TG1:"), "{}", issued.body);
    assert_eq!(certificates(&town, &register, 1), 1);
    // Restarted between two requests: nobody notices.
    for number in 2..=4 {
        let person = counter.find(number);
        server.kill();
        server.start_again();
        let issued = counter.issue(&person);
        assert!(issued.status == 200 && issued.body.contains(">TG1:"), "{}", issued.body);
        assert_eq!(certificates(&town, &register, number), 1);
    }
    assert!(counter.is_running());
    town.does(&format!("tegata-issuer audit verify {register}"));
}
