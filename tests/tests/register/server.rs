//! What only a server does: passwords, several at once, and no answer.

use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use tegata_issuer::check::Diagnostic;
use tegata_issuer::{Input, Register, RegisterError, RegisterLocation, Sources, import, make_key_file};
use tegata_tests::postgres::PASSWORD;
use tegata_tests::specimen::NOW;

use super::import_rows;
use super::stores::Store;

fn at(store: &Store, url: &str) -> RegisterLocation {
    let location: RegisterLocation = url.parse().expect("a location");
    location.with_key(Some(store.key()))
}

#[test]
fn a_password_opens_the_database_and_shows_in_no_message() {
    let Some(store) = Store::server() else { return };
    let Store::Server { server, database, .. } = &store else { return };
    let mut register = Register::open_or_create(at(&store, &server.url_by_tcp(database, PASSWORD))).expect("begins");
    assert!(!register.place().to_string().contains(PASSWORD));
    import_rows(&mut register, "1,山田　花子,,1980-05-06,1,2021-06-01,ファイザー,TX1013\n");
    register.close().expect("closes");
    let wrong = "zutritt-verboten";
    let refused = [
        server.url_by_tcp(database, wrong),
        server.url_by_tcp("nowhere", PASSWORD),
        format!("{}?sslmode=require", server.url_by_tcp(database, PASSWORD)),
        format!("{}?sslmode=wrong", server.url_by_tcp(database, PASSWORD)),
        format!("postgres://x:{wrong}@[bad/{database}"),
    ];
    for url in refused {
        let error = Register::open(at(&store, &url)).err().expect("refuses");
        let told = format!("{error} {error:?}");
        assert!(!told.contains(wrong) && !told.contains(PASSWORD), "{told}");
        println!("{error}");
        assert!(
            matches!(error, RegisterError::Refused { .. } | RegisterError::Unreachable { .. } | RegisterError::Url(_)),
            "{error:?}"
        );
    }
}

#[test]
fn a_server_that_does_not_answer_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("register.key");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr()).expect("a port").port();
    let location: RegisterLocation = format!("postgres://x:y@127.0.0.1:{port}/z").parse().expect("a location");
    assert!(matches!(Register::open(&location), Err(RegisterError::KeyUnnamed(_))));
    assert!(matches!(Register::open(location.clone().with_key(Some(key.clone()))), Err(RegisterError::KeyMissing(_))));
    make_key_file(&key).expect("makes");
    let error = Register::open(location.with_key(Some(key))).err().expect("nobody is there");
    assert!(matches!(error, RegisterError::Unreachable { .. }), "{error}");
}

#[test]
fn another_program_s_database_is_told_and_left_as_it_is() {
    let Some(store) = Store::server() else { return };
    let Store::Server { server, database, .. } = &store else { return };
    server.ask(database, "CREATE TABLE person (id BIGINT PRIMARY KEY)");
    assert!(matches!(Register::open_or_create(store.location()), Err(RegisterError::NotARegister(_))));
    let tables = server.ask(database, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
    assert_eq!(tables.trim(), "person");
}

#[test]
fn many_may_begin_one_register_at_once() {
    let Some(store) = Store::server() else { return };
    let location = store.location();
    thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| Register::open_or_create(&location).expect("begins").close().expect("closes"));
        }
    });
    let status = Register::open(&location).expect("opens").status().expect("reads");
    assert_eq!(status.people, 0);
}

#[test]
fn a_second_import_waits_for_the_first_and_neither_loses_a_row() {
    let Some(store) = Store::server() else { return };
    let location = store.location();
    Register::open_or_create(&location).expect("begins").close().expect("closes");
    const PEOPLE: usize = 5_000;
    let rows = |from: usize| -> String {
        let head = "resident_id,name,birth_date,dose_no,vaccinated_on,maker,lot\n".to_owned();
        (from..from + PEOPLE).fold(head, |rows, number| {
            rows + &format!("{number},山田　花子,1980-05-06,1,2021-06-01,ファイザー,LOT{}\n", number % 7)
        })
    };
    let today = NOW.date().expect("a day");
    thread::scope(|threads| {
        // Half of the people are in both.
        for from in [0, PEOPLE / 2] {
            let (location, rows) = (&location, rows(from));
            threads.spawn(move || {
                let mut register = Register::open(location).expect("opens");
                let sources = Sources::Long(Input::from_bytes("rows.csv", rows.into_bytes()));
                import(&mut register, sources, today, false, &mut |_: &Diagnostic| {}).expect("imports");
                register.close().expect("closes");
            });
        }
    });
    let status = Register::open(&location).expect("opens").status().expect("reads");
    assert_eq!((status.people, status.doses), ((PEOPLE * 3 / 2) as u64, (PEOPLE * 3 / 2) as u64));
    let numbers: Vec<u64> = status.imports.iter().map(|import| import.import).collect();
    assert_eq!(numbers, [2, 1]);
}

#[test]
fn while_an_import_runs_others_read_what_was_there_before() {
    let Some(store) = Store::server() else { return };
    let location = store.location();
    let mut register = Register::open_or_create(&location).expect("begins");
    import_rows(&mut register, "1,山田　花子,,1980-05-06,1,2021-06-01,ファイザー,TX1013\n");
    register.close().expect("closes");
    let (begun, wait) = channel();
    let (go_on, waiting) = channel::<()>();
    thread::scope(|threads| {
        let location = &location;
        threads.spawn(move || {
            let mut register = Register::open(location).expect("opens");
            let rows = "resident_id,name,birth_date,dose_no,vaccinated_on,maker,lot\n\
                        2,佐藤　誠,1950-01-32,1,2021-06-02,モデルナ,TX1014\n\
                        3,佐藤　誠,1950-01-02,1,2021-06-02,モデルナ,TX1014\n";
            let sources = Sources::Long(Input::from_bytes("rows.csv", rows.as_bytes().to_vec()));
            let today = NOW.date().expect("a day");
            // The impossible date is told while the transaction is open.
            let mut told = |_: &Diagnostic| {
                begun.send(()).expect("somebody waits");
                let _ = waiting.recv_timeout(Duration::from_secs(20));
            };
            import(&mut register, sources, today, false, &mut told).expect("imports");
        });
        wait.recv_timeout(Duration::from_secs(20)).expect("the import begins");
        let status = Register::open(location).expect("opens").status().expect("reads");
        assert_eq!(status.people, 1);
        go_on.send(()).expect("it waits");
    });
    let status = Register::open(&location).expect("opens").status().expect("reads");
    assert_eq!(status.people, 2);
}

#[test]
fn a_machine_that_vanishes_is_noticed_by_the_server_within_a_minute() {
    let Some(store) = Store::server() else { return };
    let Store::Server { server, database, .. } = &store else { return };
    let url = server.url_by_tcp(database, PASSWORD);
    let port: u16 = url.rsplit([':', '/']).nth(1).and_then(|port| port.parse().ok()).expect("a port");
    let register = Register::open_or_create(at(&store, &url)).expect("begins");
    // The server's end of the connection: established (01), with a timer that asks whether we are alive (02).
    let local = format!(":{port:04X}");
    let timer = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let ours = fields.get(1)?.ends_with(&local) && *fields.get(3)? == "01";
        let ticks = fields.get(5)?.strip_prefix("02:")?;
        ours.then(|| u64::from_str_radix(ticks, 16).expect("a number"))
    };
    let timers =
        || -> Vec<u64> { std::fs::read_to_string("/proc/net/tcp").expect("Linux").lines().filter_map(timer).collect() };
    // Until our end has said that it got the last answer, there is another timer.
    let found = (0..200).find_map(|_| {
        thread::sleep(Duration::from_millis(10));
        Some(timers()).filter(|timers| !timers.is_empty())
    });
    let found = found.expect("the server asks");
    // In hundredths of a second.
    assert!(found.iter().all(|ticks| *ticks <= 3_000), "it asks late: {found:?}");
    register.close().expect("closes");
}
