//! Signing in, staying, and going: what a session is worth, and to whom.

use crate::browser::form;
use crate::place::{PASSWORD, Place, add_account};
use std::time::Duration;
use tegata_issuer::ActKind;
use tegata_issuer::office::Role;

#[test]
fn the_right_password_opens_and_everything_else_is_told_the_same() {
    let place = Place::new("");
    place.register(|register| {
        let (near, system) = ("near", [Role::System]);
        add_account(register, "gone", &[Role::Clerk], near);
        register
            .change_account("gone", "disabled", &|account| account.is_disabled = true, crate::place::now())
            .expect("changes");
        add_account(register, "nowhere", &[Role::Clerk], "closed");
        add_account(register, "nothing", &[], near);
        add_account(register, "machine", &system, near);
    });
    let mut told = Vec::new();
    let long = "x".repeat(5_000);
    for (account, password) in [
        ("clerk-near", "three small boat"),
        ("clerk-near", ""),
        ("clerk-near", long.as_str()),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("nowhere", PASSWORD),
        ("nothing", PASSWORD),
        ("machine", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ] {
        let mut browser = place.browser();
        let answer = browser.sign_in(account, password);
        assert_eq!(answer.status, 403, "{account}");
        assert_eq!(browser.get("/").to(), "/sign-in", "{account}");
        assert!(!answer.body.contains(PASSWORD));
        told.push(answer.body.replace(&account.replace('\'', "&#39;"), "X").replace(account, "X"));
    }
    assert!(told.iter().all(|body| *body == told[0]), "one of them is told more");
    let mut browser = place.browser();
    assert_eq!(browser.sign_in(" clerk-near ", PASSWORD).status, 303);
    let page = browser.get("/");
    assert!(page.status == 200 && page.body.contains("clerk-near さん") && page.body.contains("near"));
    let acts = place.audit();
    assert_eq!(acts.iter().filter(|entry| entry.act == ActKind::SignInRefused).count(), 9);
    let signed_in: Vec<_> = acts.iter().filter(|entry| entry.act == ActKind::SignIn).collect();
    assert!(signed_in.len() == 1 && signed_in[0].actor == "clerk-near" && signed_in[0].station == "near");
    // What was typed in the wrong field might be a password.
    assert!(!acts.iter().any(|entry| entry.actor.contains("OR 1=1")));
}

#[test]
fn whoever_guesses_waits_also_with_the_right_password_and_others_do_not() {
    let place = Place::new("");
    let mut browser = place.browser();
    for _ in 0..5 {
        assert_eq!(browser.sign_in("clerk-near", "wrong wrong wrong").status, 403);
    }
    let answer = browser.sign_in("clerk-near", PASSWORD);
    assert_eq!(answer.status, 429);
    let seconds: u64 = answer.header("retry-after").and_then(|value| value.parse().ok()).expect("says when");
    assert!((1..=60).contains(&seconds) && answer.body.contains(&seconds.to_string()));
    // Another place does not help; another account is not held up.
    assert_eq!(place.browser().sign_in("clerk-near", PASSWORD).status, 429);
    assert_eq!(place.browser().sign_in("approver-near", PASSWORD).status, 303);
}

#[test]
fn a_session_s_name_that_somebody_knew_before_is_worth_nothing() {
    let place = Place::new("");
    // One that was made up.
    let mut browser = place.browser();
    browser.cookies.insert("office".into(), "AAAAAAAAAAAAAAAAAAAAAA".into());
    browser.sign_in("clerk-near", PASSWORD);
    assert_ne!(browser.cookies["office"], "AAAAAAAAAAAAAAAAAAAAAA");
    let mut attacker = place.browser();
    attacker.cookies.insert("office".into(), "AAAAAAAAAAAAAAAAAAAAAA".into());
    assert_eq!(attacker.get("/").to(), "/sign-in");
    // One that the office itself gave out, to somebody else.
    let before = browser.cookies.clone();
    browser.sign_in("approver-near", PASSWORD);
    assert_ne!(browser.cookies, before);
    attacker.cookies = before;
    assert_eq!(attacker.get("/").to(), "/sign-in");
    assert_eq!(browser.get("/").status, 200);
}

#[test]
fn who_signed_out_is_out_wherever_the_cookie_went() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let kept = browser.cookies.clone();
    assert_eq!(browser.post("/sign-out", &[]).to(), "/sign-in");
    let mut thief = place.browser();
    thief.cookies = kept;
    assert_eq!(thief.get("/").to(), "/sign-in");
    assert!(place.audit().iter().any(|entry| entry.act == ActKind::SignOut && entry.actor == "clerk-near"));
}

#[test]
fn the_cookie_is_for_the_office_alone() {
    let flags = |place: &Place| {
        let fields = [("account", "clerk-near"), ("password", PASSWORD), ("language", "en")];
        let origin = [("origin", "https://office.example")];
        let answer = match place.browser().send("/sign-in", &form(&fields), &[]) {
            own if own.status == 303 => own,
            _ => place.browser().send("/sign-in", &form(&fields), &origin),
        };
        answer.header("set-cookie").expect("a cookie").to_ascii_lowercase()
    };
    let plain = flags(&Place::new(""));
    for flag in ["httponly", "samesite=strict", "path=/"] {
        assert!(plain.contains(flag), "{flag}: {plain}");
    }
    assert!(!plain.contains("secure") && !plain.contains("domain"));
    let behind = flags(&Place::new("address = 'https://office.example'"));
    assert!(
        behind.starts_with("__host-office=") && behind.contains("secure") && !behind.contains("domain"),
        "{behind}"
    );
}

#[test]
fn a_session_where_nobody_is_locks_and_opens_for_its_person_alone() {
    let place = Place::new("idle-minutes = 1");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let found = browser.post("/search", &[("purpose", "issue"), ("number", "1"), ("birth", crate::place::BIRTH)]);
    let person = found.to().to_owned();
    assert!(person.starts_with("/person/"), "{}", found.body);
    std::thread::sleep(Duration::from_secs(63));
    assert_eq!(browser.get(&person).to(), "/locked");
    assert_eq!(browser.post("/search", &[("purpose", "issue")]).to(), "/locked");
    let locked = browser.get("/locked");
    assert!(locked.body.contains("clerk-near") && !locked.body.contains("山田"), "{}", locked.body);
    let wrong = browser.post("/unlock", &[("password", "wrong wrong wrong")]);
    assert_eq!((wrong.status, browser.get(&person).to()), (403, "/locked"));
    assert_eq!(browser.post("/unlock", &[("password", PASSWORD)]).to(), "/");
    // Where one was is still there.
    let page = browser.get(&person);
    assert!(page.status == 200 && page.body.contains("山田"));
    assert!(place.audit().iter().any(|entry| entry.act == ActKind::Locked && entry.actor == "clerk-near"));
}
