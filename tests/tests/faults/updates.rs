//! Updates that fail: whatever breaks and whenever, the old lists or the new ones are complete and in use.

use std::fs;

use tegata_tests::static_server::{Mishap, StaticServer};

use super::device::Device;

/// Requests of a first update: the root, the next root (none), the head, the trust list.
const FIRST: usize = 4;

#[test]
fn lists_come_from_a_server_a_folder_and_a_bundle_and_an_update_without_news_says_so() {
    let mut device = Device::new();
    let server = StaticServer::of(&device.web());
    let first = device.does(&format!("update --from {}", server.address()));
    assert!(first.starts_with("First lists, from http://127.0.0.1"), "{first}");
    assert_eq!(device.judges_by(), 1);
    let again = device.does("update");
    assert!(again.starts_with("Nothing has changed at http://127.0.0.1"), "{again}");
    // What has not changed is not fetched again: the next root, and the head.
    server.behave(Mishap::None);
    device.does("update");
    assert_eq!(server.asked(), ["v1/root/2.cose", "v1/head.cose"]);

    for (from, version) in [("web", 2), ("bundle.cbor", 3)] {
        device.publish();
        let told = device.does(&format!("update --from {from}"));
        assert!(told.contains(&format!("issuer Town {} (", version)), "{told}");
        assert_eq!(device.judges_by(), version);
    }
    // The last source is remembered, by its absolute path.
    device.publish();
    let told = device.does("update --json");
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["changed"], true);
    assert_eq!(told["from"], device.file("bundle.cbor").display().to_string());
    assert!(told["changes"].as_array().is_some_and(|changes| changes.iter().any(|one| one["kind"] == "issuer-added")));
    assert_eq!(told["lists"]["head"]["version"], 4);
    assert_eq!(device.judges_by(), 4);
}

#[test]
fn whichever_request_fails_the_old_lists_stay_and_the_next_update_goes_on() {
    let mut device = Device::new();
    let server = StaticServer::of(&device.web());
    let update = format!("update --from {}", server.address());
    for round in 0..2 {
        let requests = if round == 0 { FIRST } else { 3 };
        for at in 0..requests {
            // Half a file of those that are there; the next root is not.
            let mut mishaps = vec![Mishap::SilentFrom(at), Mishap::BusyAt(at)];
            if at != requests - 3 {
                mishaps.push(Mishap::CutAt(at));
            }
            for mishap in mishaps {
                server.behave(mishap);
                device.refuses(&update, 5, &["http://127.0.0.1", "remedy: "]);
                if round == 0 {
                    device.refuses("verify --demo text.txt", 4, &["no trust list", "update --from URL"]);
                } else {
                    assert_eq!(device.judges_by(), 1);
                }
            }
        }
        server.behave(Mishap::None);
        device.does(&update);
        assert_eq!(device.judges_by(), round + 1);
        device.publish();
    }
}

#[test]
fn an_update_killed_at_any_request_leaves_the_old_lists_and_the_next_one_succeeds() {
    let mut device = Device::new();
    let server = StaticServer::of(&device.web());
    device.does(&format!("update --from {}", server.address()));
    for (round, at) in (0..3).chain(0..3).enumerate() {
        device.publish();
        server.behave(Mishap::HangAt(at));
        let mut child = device.start("update");
        server.wait_for(at + 1);
        child.kill().expect("kills");
        child.wait().expect("ends");
        assert_eq!(device.judges_by(), round as u64 + 1);
        server.behave(Mishap::None);
        device.does("update");
        assert_eq!(device.judges_by(), round as u64 + 2);
    }
}

#[test]
fn a_login_page_updates_nothing() {
    let device = Device::new();
    let server = StaticServer::of(&device.web());
    let update = format!("update --from {}", server.address());
    server.behave(Mishap::LoginPage);
    device.refuses(&update, 5, &["a web page came instead of a list", "log in"]);
    server.behave(Mishap::None);
    device.does(&update);
    server.behave(Mishap::LoginPage);
    device.refuses("update", 5, &["a web page came instead of a list"]);
    assert_eq!(device.judges_by(), 1);
}

#[test]
fn damaged_kept_lists_are_told_and_never_passed_over() {
    let device = Device::new();
    device.does("update --from web");
    let lists = fs::read(device.lists()).expect("kept");
    let every = (lists.len() / 40).max(1);
    let mut damaged: Vec<Vec<u8>> = (0..lists.len()).step_by(every).map(|cut| lists[..cut].to_vec()).collect();
    damaged.extend((0..lists.len()).step_by(every).map(|place| {
        let mut flipped = lists.clone();
        flipped[place] ^= 1 << (place % 8);
        flipped
    }));
    for bytes in damaged {
        fs::write(device.lists(), bytes).expect("writes");
        for line in ["verify --demo text.txt", "update"] {
            device.refuses(line, 4, &["the kept trust lists in", "are damaged", "delete that file"]);
        }
    }
    fs::write(device.lists(), b"").expect("writes");
    let shown = device.run("trust show --demo");
    assert_eq!(shown.status, Some(4));
    assert!(shown.out.starts_with("Pinned root: ") && shown.complaint.contains("are damaged"), "{}", shown.complaint);
    // The remedy works.
    fs::remove_file(device.lists()).expect("was there");
    device.does("update");
    assert_eq!(device.judges_by(), 1);
    assert_eq!(fs::read(device.lists()).expect("kept"), lists);
}

#[test]
fn older_lists_are_refused_by_whoever_holds_newer_ones() {
    let mut device = Device::new();
    let old = device.file("old.cbor");
    fs::copy(device.file("bundle.cbor"), &old).expect("copies");
    device.publish();
    device.does("update --from web");
    device.refuses("update --from old.cbor", 4, &["are refused", "remedy: "]);
    assert_eq!(device.judges_by(), 2);
    // A refused source is not the one that the next update asks.
    assert!(device.does("update").contains("web"));
}

#[test]
fn two_updates_at_once_do_not_meet() {
    let device = Device::new();
    device.does("update --from web");
    let lock = fs::File::options().write(true).open(device.file("state/lock")).expect("there");
    lock.lock().expect("free");
    device.refuses("update", 5, &["another update works on", "wait"]);
    assert_eq!(device.judges_by(), 1);
    drop(lock);
    device.does("update");
}

#[test]
fn lists_of_another_root_go_when_another_root_is_pinned() {
    let device = Device::new();
    device.does("update --from web");
    let other = "0".repeat(64);
    device.refuses(&format!("trust pin {other}"), 4, &["another root is pinned already", "--replace"]);
    assert_eq!(device.judges_by(), 1);
    device.refuses(
        &format!("verify --root {other} text.txt"),
        4,
        &["are not of the pinned root", "pin the right root"],
    );
    device.refuses(&format!("update --root {other}"), 4, &["are not of the pinned root"]);

    let answer = device.run(&format!("trust pin {other} --replace"));
    assert_eq!((answer.status, answer.out), (Some(0), format!("pinned {other}\n")));
    assert!(answer.complaint.starts_with("warning: the kept lists were of another root"), "{}", answer.complaint);
    device.refuses("verify text.txt", 4, &["no trust list"]);
    let answer = device.run("update");
    assert_eq!(answer.status, Some(2), "where they came from is forgotten too: {}", answer.complaint);
    device.does(&format!("trust pin {} --replace", device.pin));
    device.does("update --from web");
    // Pinned once more, they stay.
    device.does(&format!("trust pin {}", device.pin));
    device.does("trust unpin");
    device.refuses("verify --demo text.txt", 4, &["no root is pinned"]);
    device.does(&format!("trust pin {}", device.pin));
    assert_eq!(device.judges_by(), 1);
}

#[test]
fn a_source_that_is_none_is_told_with_its_remedy() {
    let device = Device::new();
    device.refuses("update", 2, &["nothing was updated here before", "--from URL"]);
    device.refuses("update --from nowhere", 5, &["there is no folder or file \"nowhere\"", "http://"]);
    device.refuses("update --from settings", 5, &["holds no v1/head.cose", "the folder that holds v1"]);
    device.refuses("update --from text.txt", 4, &["is refused (bundle-malformed)", "get the bundle again"]);
    device.refuses("update --from ftp://127.0.0.1/", 2, &["is not an address", "http://HOST/PATH"]);
    device.refuses("update --from http://user:word@127.0.0.1/", 2, &["without a password"]);
    // Nobody listens there.
    device.refuses(
        "update --from http://127.0.0.1:9/",
        5,
        &["cannot fetch http://127.0.0.1:9/v1/", "check the network"],
    );
    fs::create_dir(device.file("state")).ok();
    fs::write(device.file("state/source"), "nonsense").expect("writes");
    device.refuses("update", 4, &["state/source is damaged", "name the source once more"]);
    device.does("update --from web");
    device.does("update");
}
