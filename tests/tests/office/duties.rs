//! Every address × every role × another municipality: the table is what is so.

use crate::browser::{Answer, Browser};
use crate::place::{BIRTH, FAR, NEAR, Place, SHIELDED};
use tegata_issuer::ActKind;
use tegata_issuer::office::{Access, Duty, ROUTES, Role, Route};

/// A handle that no session has.
const NOBODY: &str = "0123456789abcdef0123456789abcdef";

/// What any form of the office may want.
const FIELDS: [(&str, &str); 9] = [
    ("for", "domestic"),
    ("language", "en"),
    ("kind", "issue-protected"),
    ("why", "The person stands at the counter"),
    ("change", "withdraw"),
    ("decision", "approve"),
    ("way", "counter"),
    ("format", "compact"),
    ("purpose", "issue"),
];

/// Asks for an address as a form or page of the session would; `of` is what its parameter says.
fn ask(browser: &mut Browser, route: &Route, of: &str) -> Answer {
    let path = match route.path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1))) {
        Some((before, after)) => format!("{before}{of}{after}"),
        None => route.path.to_owned(),
    };
    assert!(!path.contains('{'), "{}: say here what its parameters are", route.path);
    if route.method == "get" { browser.get(&path) } else { browser.post(&path, &FIELDS) }
}

/// Whether it is what somebody is told whose duty it is not.
fn is_refused(answer: &Answer) -> bool {
    answer.status == 403 && answer.body.contains("role does not do this")
}

fn search(browser: &mut Browser, number: &str) -> Answer {
    browser.post("/search", &[("purpose", "inquiry"), ("number", number), ("birth", BIRTH)])
}

#[test]
fn nobody_reaches_what_is_not_open() {
    let place = Place::new("");
    for route in ROUTES {
        let answer = ask(&mut place.browser(), route, NOBODY);
        match route.access {
            Access::Open => assert_ne!(answer.to(), "/", "{route:?}"),
            _ => assert_eq!((answer.status, answer.to()), (303, "/sign-in"), "{route:?}"),
        }
        assert!(!answer.body.contains("山田"), "{route:?}");
    }
    assert!(place.audit().iter().all(|entry| !matches!(entry.act, ActKind::Search | ActKind::View | ActKind::Issue)));
}

#[test]
fn every_role_reaches_what_its_duties_say_and_nothing_else() {
    let place = Place::new("");
    for role in Role::ALL.into_iter().filter(|role| *role != Role::System) {
        let (mut browser, mut asked) = (place.signed_in(role, "near"), 0);
        let handle = if Duty::Look.is_of(&[role]) {
            search(&mut browser, NEAR).to().trim_start_matches("/person/").to_owned()
        } else {
            NOBODY.to_owned()
        };
        for route in ROUTES {
            let Access::For(duty) = route.access else { continue };
            let of = if route.path.contains("{handle}") { handle.as_str() } else { "77" };
            let answer = ask(&mut browser, route, of);
            assert_eq!(
                !is_refused(&answer),
                duty.roles().contains(&role),
                "{role}: {route:?} told {} {}",
                answer.status,
                answer.body
            );
            assert!(answer.status < 500, "{role}: {route:?} told {}", answer.status);
            asked += 1;
        }
        assert!(asked >= 5, "{role}");
    }
    let refused = place.audit().iter().filter(|entry| entry.act == ActKind::AccessRefused).count();
    assert!(refused > 0, "refusals are noted");
}

#[test]
fn another_municipality_s_people_are_not_there_for_any_role_at_any_address() {
    let place = Place::new("");
    let mut near = place.signed_in(Role::Clerk, "near");
    let handle = search(&mut near, NEAR).to().trim_start_matches("/person/").to_owned();
    assert_eq!(near.get(&format!("/person/{handle}")).status, 200);
    for role in Role::ALL.into_iter().filter(|role| *role != Role::System) {
        let mut far = place.signed_in(role, "far");
        for route in ROUTES.iter().filter(|route| route.path.contains("{handle}")) {
            // Another session's handle, and one that nobody has, are told the same.
            let told = ask(&mut far, route, &handle);
            let nobody = ask(&mut far, route, NOBODY);
            assert_eq!((told.status, &told.body), (nobody.status, &nobody.body), "{role}: {route:?}");
            assert!((400..500).contains(&told.status), "{role}: {route:?} told {}", told.status);
        }
        if Duty::Look.is_of(&[role]) {
            let (other, nobody) = (search(&mut far, NEAR), search(&mut far, "99"));
            let plain = |answer: &Answer, number: &str| answer.body.replace(&format!("value=\"{number}\""), "");
            assert_eq!((other.status, plain(&other, NEAR)), (404, plain(&nobody, "99")), "{role}");
            assert_eq!(search(&mut far, FAR).status, 303, "{role} finds their own");
        }
    }
    assert!(place.audit().iter().all(|entry| entry.act != ActKind::Issue));
}

#[test]
fn what_is_about_another_municipality_s_people_is_not_there_either() {
    let place = Place::new("");
    let mut near = place.signed_in(Role::Clerk, "near");
    let shielded = search(&mut near, SHIELDED).to().to_owned();
    let why = [("kind", "issue-protected"), ("why", "The person stands at the counter")];
    let approval = near.post(&format!("{shielded}/ask"), &why).to().to_owned();
    let id = approval.strip_prefix("/approvals/").unwrap_or_else(|| panic!("asked: {approval}"));
    let open = search(&mut near, NEAR).to().to_owned();
    assert_eq!(near.post(&format!("{open}/issue"), &[("for", "domestic")]).status, 200);
    for role in Role::ALL.into_iter().filter(|role| *role != Role::System) {
        let mut far = place.signed_in(role, "far");
        for route in ROUTES.iter().filter(|route| route.path.contains("{id}") && !route.path.starts_with("/stations")) {
            let (told, nobody) = (ask(&mut far, route, id), ask(&mut far, route, "987654"));
            assert_eq!((told.status, &told.body), (nobody.status, &nobody.body), "{role}: {route:?}");
            assert!((400..500).contains(&told.status), "{role}: {route:?} told {}", told.status);
        }
        for list in ["/approvals", "/letters", "/findings", "/requests"] {
            let page = far.get(list);
            for name in ["佐藤", "山田", "ヤマダ", approval.as_str()] {
                assert!(!page.body.contains(name), "{role}: {list} shows {name}");
            }
        }
    }
    let mut approver = place.signed_in(Role::Approver, "near");
    assert!(approver.get("/approvals").body.contains(&approval), "it still waits");
    assert!(approver.get(&approval).status == 200);
    // Nobody decides what they asked for.
    assert!(is_refused(&near.post(&approval, &[("decision", "approve")])));
    let decided = approver.post(&approval, &[("decision", "approve")]);
    assert!(decided.status < 400, "{}", decided.body);
    let done = near.post(&format!("{approval}/do"), &[]);
    assert!(done.status < 400, "{}: {}", done.status, done.body);
}

#[test]
fn searches_and_views_are_noted_with_who_where_and_what_for() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let kana = [("purpose", "correct"), ("kana", "ﾔﾏﾀﾞ ﾊﾅｺ"), ("birth", "昭和55年5月6日")];
    let person = browser.post("/search", &kana).to().to_owned();
    let page = browser.get(&person);
    assert!(page.body.contains("山田") && page.body.contains("TX1013"), "{}", page.body);
    search(&mut browser, FAR);
    let acts = place.audit();
    let of = |kind| acts.iter().filter(move |entry| entry.act == kind).collect::<Vec<_>>();
    let (searches, views) = (of(ActKind::Search), of(ActKind::View));
    assert_eq!((searches.len(), views.len()), (2, 1));
    for entry in searches.iter().chain(&views) {
        assert_eq!((entry.actor.as_str(), entry.station.as_str()), ("clerk-near", "near"));
    }
    assert_eq!(views[0].purpose.as_deref(), Some("correct"));
    assert!(views[0].person.is_some());
    // Neither a name nor a number is in the audit.
    let all: String = acts.iter().map(|entry| serde_json::to_string(entry).expect("JSON")).collect();
    assert!(!all.contains("山田") && !all.contains("ヤマダ") && !all.contains("1980-05-06"), "{all}");
}

#[test]
fn a_search_needs_two_things_and_a_purpose() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    for (fields, status) in [
        (vec![("number", NEAR), ("birth", BIRTH)], 422),
        (vec![("purpose", "curiosity"), ("number", NEAR), ("birth", BIRTH)], 422),
        (vec![("purpose", "issue"), ("number", NEAR)], 422),
        (vec![("purpose", "issue"), ("birth", BIRTH)], 422),
        (vec![("purpose", "issue"), ("kana", "ヤマダ"), ("birth", BIRTH)], 404),
        (vec![("purpose", "issue"), ("number", NEAR), ("birth", "1980-05-07")], 404),
        (vec![("purpose", "issue"), ("kana", "%"), ("birth", BIRTH)], 404),
    ] {
        let answer = browser.post("/search", &fields);
        assert_eq!(answer.status, status, "{fields:?}");
        assert!(!answer.body.contains("山田") && answer.body.contains("role=\"alert\""), "{fields:?}");
    }
}

#[test]
fn a_protected_person_is_marked_and_needs_a_second_one() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let person = search(&mut browser, SHIELDED).to().to_owned();
    assert!(browser.get(&person).body.contains("Protected person"));
    let answer = browser.post(&format!("{person}/issue"), &[("for", "domestic")]);
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert!(!answer.body.contains("TG1:") && !answer.body.contains("data:image"));
    let open = search(&mut browser, NEAR).to().to_owned();
    let issued = browser.post(&format!("{open}/issue"), &[("for", "domestic")]);
    assert!(issued.status == 200 && issued.body.contains("TG1:"), "{}: {}", issued.status, issued.body);
}
