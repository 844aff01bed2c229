//! Forms that others made, and what every answer carries.

use crate::browser::{Answer, exchange, form};
use crate::place::{BIRTH, NEAR, PASSWORD, Place};
use tegata_issuer::ActKind;
use tegata_issuer::office::Role;

const SEARCH: [(&str, &str); 3] = [("purpose", "issue"), ("number", NEAR), ("birth", BIRTH)];

#[test]
fn a_form_without_its_session_s_token_does_nothing() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let other = place.signed_in(Role::Approver, "near");
    let own = browser.token.clone();
    assert_ne!(own, other.token);
    assert!(own.len() == 32 && own.bytes().all(|byte| byte.is_ascii_hexdigit()));
    for token in ["", "0", &other.token, &own[..31], &format!("{own}0"), &own.to_ascii_uppercase()] {
        browser.token = token.to_owned();
        if *token == *own {
            continue;
        }
        for (path, fields) in [("/search", &SEARCH[..]), ("/sign-out", &[]), ("/language", &[("language", "ja")])] {
            let answer = browser.post(path, fields);
            assert_eq!(answer.status, 403, "{path} with {token}");
            assert!(answer.body.contains("Nothing was changed"), "{}", answer.body);
        }
    }
    browser.token = own;
    assert!(!place.audit().iter().any(|entry| matches!(entry.act, ActKind::Search | ActKind::SignOut)));
    assert_eq!(browser.post("/search", &SEARCH).status, 303);
}

#[test]
fn a_form_from_another_site_does_nothing_even_with_the_token() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let mut fields = SEARCH.to_vec();
    let token = browser.token.clone();
    fields.push(("token", &token));
    let body = form(&fields);
    let own = format!("http://{}", place.address);
    for more in [
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("origin", "http://127.0.0.1:1")],
        vec![("origin", own.as_str()), ("sec-fetch-site", "cross-site")],
        vec![("origin", own.as_str()), ("sec-fetch-site", "same-site")],
    ] {
        let answer = browser.send("/search", &body, &more);
        assert_eq!(answer.status, 403, "{more:?}");
    }
    let sign_in = form(&[("account", "clerk-near"), ("password", PASSWORD), ("language", "en")]);
    let answer = place.browser().send("/sign-in", &sign_in, &[("origin", "https://evil.example")]);
    assert_eq!((answer.status, answer.header("set-cookie")), (403, None));
    assert!(!place.audit().iter().any(|entry| entry.act == ActKind::Search));
    let same = [("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.send("/search", &body, &same).status, 303);
}

/// What must be on every answer, whatever it is.
fn carries_all(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{what} has no policy"));
    for rule in
        ["default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(rule), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{what}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{what}");
    assert!(answer.header("permissions-policy").is_some(), "{what}");
    let cache = answer.header("cache-control");
    assert!(what == "/style.css" || cache == Some("no-store"), "{what}: {cache:?}");
    for told in ["server", "x-powered-by"] {
        assert_eq!(answer.header(told), None, "{what}");
    }
}

#[test]
fn every_answer_carries_its_headers_and_no_page_has_a_script_or_anything_from_elsewhere() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let person = browser.post("/search", &SEARCH).to().to_owned();
    for path in ["/", "/style.css", "/health", "/sign-in", "/none", "/person/0", "/locked", &person] {
        let answer = browser.get(path);
        carries_all(&answer, path);
        for part in ["<script", "javascript:", "style=\"", "http://", "https://", "src=\"//"] {
            assert!(!answer.body.contains(part), "{path} has {part}");
        }
        let handler = answer.body.split('<').find(|tag| {
            let tag = tag.split('>').next().unwrap_or_default();
            tag.split_whitespace().skip(1).any(|word| word.starts_with("on") && word.contains('='))
        });
        assert_eq!(handler, None, "{path}");
    }
    carries_all(&browser.post("/none", &[]), "a post to nowhere");
    carries_all(&browser.send("/search", "token=x", &[]), "a forged form");
    carries_all(&browser.send("/search", "x", &[("origin", "https://evil.example")]), "another site's form");
    carries_all(&browser.send("/search", &"x".repeat(70_000), &[]), "a long form");
    carries_all(&browser.ask("DELETE", "/search", &[], ""), "another method");
    carries_all(&place.browser().get("/"), "a redirect");
    carries_all(
        &exchange(place.address, "GET /%ff/../.. HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        "an odd path",
    );
}

#[test]
fn pages_are_whole_in_both_languages() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    let english = browser.get("/");
    assert!(english.body.contains("<html lang=\"en\"") && english.body.contains("Birth date"));
    assert_eq!(browser.post("/language", &[("language", "ja")]).status, 303);
    let japanese = browser.get("/");
    assert!(japanese.body.contains("<html lang=\"ja\"") && japanese.body.contains("生年月日"));
    assert!(!japanese.body.contains("Birth date"));
}
