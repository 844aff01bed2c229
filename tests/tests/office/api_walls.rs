//! The interface's walls: every call × every role × another municipality, and whatever else may be sent.

use crate::browser::Answer;
use crate::place::{BIRTH, FAR, NEAR, PASSWORD, Place, now};
use crate::system::{System, fitting, near, problem, row, said, whom};
use serde_json::{Value, json};
use tegata_issuer::ActKind;
use tegata_issuer::office::{Access, CALLS, Duty, ROUTES, Role, Route};

/// Makes a call with what fits it, about that person, with these headers only.
fn call(place: &Place, route: &Route, person: Value, headers: &[(&str, &str)]) -> Answer {
    let (kind, body) = fitting(route.path, person);
    let mut all = vec![("content-type", kind)];
    all.extend_from_slice(headers);
    let body = if route.method == "post" { body.to_string() } else { String::new() };
    place.browser().ask(&route.method.to_uppercase(), route.path, &all, &body)
}

fn bearer(system: &System) -> String {
    format!("Bearer {}", system.token)
}

#[test]
fn no_cookie_and_no_other_role_opens_a_call() {
    let place = Place::new("");
    let system = System::new(&place, "near");
    assert!(CALLS.len() > 10 && CALLS.iter().all(|route| route.access == Access::For(Duty::Interface)));
    assert!(ROUTES.iter().all(|page| CALLS.iter().all(|call| call.path != page.path)));
    let mut refused = 0;
    for role in Role::ALL {
        let other = System::with_roles(&place, &format!("token-{role}"), &[role], "near");
        let mut cookies = String::new();
        if role != Role::System {
            let signed_in = place.signed_in(role, "near");
            let pairs = signed_in.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            cookies = pairs.collect::<Vec<_>>().join("; ");
        }
        for route in CALLS {
            let by_cookie = call(&place, route, near(), &[("cookie", &cookies)]);
            assert_eq!((by_cookie.status, problem(&by_cookie).as_str()), (401, "token"), "{role}: {route:?}");
            assert!(by_cookie.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
            let by_token = call(&place, route, near(), &[("authorization", &bearer(&other))]);
            if role == Role::System {
                assert!(
                    ![401, 403, 404].contains(&by_token.status),
                    "{route:?}: {} {}",
                    by_token.status,
                    by_token.body
                );
            } else {
                assert_eq!((by_token.status, problem(&by_token).as_str()), (403, "role"), "{role}: {route:?}");
                refused += 1;
            }
            assert!(by_token.status < 500, "{role}: {route:?} told {}", by_token.status);
        }
    }
    for wrong in ["", "Bearer", "Bearer ", "Bearer x", "Basic dmVuZG9yOng=", &"Bearer y".repeat(40), "bearer\ttoken"] {
        for route in CALLS {
            let told = call(&place, route, near(), &[("authorization", wrong)]);
            let status = told.status;
            // Guessing from one address is slowed down.
            assert!(
                matches!((status, problem(&told).as_str()), (401, "token") | (429, "too-often")),
                "{wrong}: {status}"
            );
        }
    }
    // The scheme's letters may be small.
    let small = bearer(&system).replace("Bearer", "bearer");
    assert_eq!(call(&place, &CALLS[0], near(), &[("authorization", &small)]).status, 200);
    // And a token opens no page.
    for route in ROUTES.iter().filter(|route| matches!(route.access, Access::For(_))) {
        let path = route.path.replace("{handle}", "77").replace("{id}", "77").replace("{name}", "77");
        let page = place.browser().ask(&route.method.to_uppercase(), &path, &[("authorization", &bearer(&system))], "");
        assert_ne!(page.status, 200, "{route:?}");
    }
    let noted = place.audit().iter().filter(|entry| entry.act == ActKind::AccessRefused).count();
    assert!(noted >= refused, "{noted} of {refused} are noted");
}

#[test]
fn another_municipality_s_people_are_not_there_for_any_call() {
    let place = Place::withdrawing("", "");
    let near_system = System::new(&place, "near");
    let token = bearer(&near_system);
    let headers = [("authorization", token.as_str())];
    let about: Vec<&Route> =
        CALLS.iter().filter(|route| !route.path.contains("/imports") && route.method == "post").collect();
    assert!(about.len() >= 8);
    for route in about {
        let nobody = call(&place, route, whom("99", BIRTH), &headers);
        assert_eq!((nobody.status, problem(&nobody).as_str()), (404, "nobody"), "{route:?}");
        // Another municipality's, a birth date that is another's, and what is no number or day at all.
        for person in
            [whom(FAR, BIRTH), whom(NEAR, "1980-05-07"), whom("%", BIRTH), whom(NEAR, "yesterday"), whom(NEAR, "1980")]
        {
            let told = call(&place, route, person, &headers);
            assert_eq!((told.status, &told.body), (nobody.status, &nobody.body), "{route:?}");
        }
    }
    let acts = place.audit();
    assert!(acts.iter().all(|entry| !matches!(entry.act, ActKind::Issue | ActKind::View | ActKind::Export)));
}

#[test]
fn a_system_writes_its_own_municipality_s_people_only() {
    let place = Place::with(
        "",
        &[],
        "[[station]]\nid = 'both'\nname-ja = '両'\nname-en = 'Both'\nmunicipalities = ['131016', '131024']\n",
    );
    let (mut near_system, mut far_system) = (System::new(&place, "near"), System::new(&place, "far"));
    let before = said(&far_system.post("records/read", &whom(FAR, BIRTH)));
    // The number is another's here: all of the call is undone.
    let mut theirs = row(FAR, "乗っ取り");
    theirs["birth_date"] = json!(BIRTH);
    for path in ["imports", "imports?dry_run=true"] {
        let refused = near_system.post(path, &json!({ "rows": [row("701", "田中　実"), theirs] }));
        assert_eq!((refused.status, problem(&refused).as_str()), (403, "outside"), "{}", refused.body);
        assert!(refused.body.contains("(lines 2)"), "{}", refused.body);
    }
    assert_eq!(said(&far_system.post("records/read", &whom(FAR, BIRTH))), before);
    assert_eq!(near_system.post("records/read", &whom("701", "1975-02-03")).status, 404, "nothing of it was kept");
    // In FHIR a person says whose they are.
    let bundle = |number: &str, code: &str| {
        json!({ "resourceType": "Bundle", "type": "collection", "entry": [{ "resource": {
            "resourceType": "Patient", "birthDate": "1975-02-03", "name": [{ "text": "田中　実" }],
            "identifier": [{ "system": "https://github.com/tegata/tegata/fhir/resident-number", "value": number }],
            "managingOrganization": { "identifier": { "system": "urn:oid:1.2.392.200119.6.105", "value": code } },
        } }] })
        .to_string()
    };
    let refused = near_system.send("imports/fhir", "application/fhir+json", &bundle("702", "131024"), &[]);
    assert_eq!((refused.status, problem(&refused).as_str()), (403, "outside"), "{}", refused.body);
    let taken = near_system.send("imports/fhir", "application/fhir+json", &bundle("703", "131016"), &[]);
    assert_eq!((taken.status, &said(&taken)["people_new"]), (200, &json!(1)), "{}", taken.body);
    // Whoever names none is of the station's only municipality; where there are several, the call says which.
    let mut both = System::new(&place, "both");
    let rows = json!({ "rows": [row("704", "田中　実")] });
    let which = both.post("imports", &rows);
    assert_eq!((which.status, problem(&which).as_str()), (403, "municipality"));
    assert_eq!(both.post("imports?municipality=999999", &rows).status, 403);
    assert_eq!(near_system.post("imports?municipality=131024", &rows).status, 403);
    assert_eq!(both.post("imports?municipality=131024", &rows).status, 200);
    assert_eq!(said(&both.post("records/read", &whom("704", "1975-02-03")))["municipality"], "131024");
    assert_eq!(near_system.post("records/read", &whom("704", "1975-02-03")).status, 404);
}

#[test]
fn who_is_registered_elsewhere_is_not_told_by_findings() {
    let place = Place::withdrawing("", "");
    let (mut near_system, mut far_system) = (System::new(&place, "near"), System::new(&place, "far"));
    let correction = json!({
        "person": whom(FAR, BIRTH), "reason": "clerical", "dry_run": true,
        "edits": [{ "edit": "person", "fact": "kana", "value": "ヤマダ　ハナコ" }],
    });
    let corrected = far_system.post("records/correct", &correction);
    assert_eq!((corrected.status, &said(&corrected)["changed"]), (200, &json!(true)), "{}", corrected.body);
    // The reading and birth date of somebody of the other municipality.
    let rows = json!({ "rows": [{
        "resident_id": "801", "name": "山田　花子", "name_kana": "ヤマダ　ハナコ", "birth_date": BIRTH, "dose_no": "1",
        "vaccinated_on": "2021-06-21", "maker": "ファイザー", "lot": "TX1014",
    }] });
    let elsewhere = said(&far_system.post("imports", &rows));
    assert_eq!((&elsewhere["findings"], &elsewhere["to_confirm"]), (&json!([]), &json!(0)), "{elsewhere}");
    // And nobody is held by what another municipality sends.
    assert_eq!(said(&near_system.post("records/read", &near()))["state"], "checked");
    let mut own = rows;
    own["rows"][0]["resident_id"] = json!("802");
    let own = said(&near_system.post("imports", &own));
    assert!(own["findings"][0]["code"] == "same-person-twice" && own["to_confirm"].as_u64() >= Some(1), "{own}");
}

#[test]
fn what_does_not_fit_is_told_with_a_status_of_its_own() {
    let place = Place::new("");
    let mut system = System::new(&place, "near");
    let big = format!("{{\"number\":\"{}\"}}", "1".repeat(70_000));
    let deep = "[".repeat(10_000);
    for (path, kind, body, status, code) in [
        ("records/read", "application/json", big.as_str(), 413, "too-large"),
        ("records/read", "application/json", deep.as_str(), 422, "not-understood"),
        ("records/read", "application/json", "{\"number\":", 422, "not-understood"),
        ("records/read", "application/json", "", 422, "not-understood"),
        ("records/read", "application/json", "{\"number\":\"1\",\"birth\":\"1980-05-06\"}", 422, "not-understood"),
        (
            "records/read",
            "application/json",
            "{\"number\":1,\"birth\":\"1980-05-06\",\"purpose\":\"issue\"}",
            422,
            "not-understood",
        ),
        (
            "records/read",
            "application/json",
            "{\"number\":\"1\",\"birth\":\"1980-05-06\",\"purpose\":\"issue\",\"x\":1}",
            422,
            "not-understood",
        ),
        (
            "records/read",
            "application/json",
            "{\"number\":\"1\",\"birth\":\"1980-05-06\",\"purpose\":\"curiosity\"}",
            403,
            "purpose",
        ),
        ("records/read", "application/json", "[\"1\",\"1980-05-06\",\"issue\"]", 422, "not-understood"),
        ("imports", "application/json", "{\"rows\":[[null]]}", 422, "not-understood"),
        ("records/read", "text/plain", "{}", 415, "content-type"),
        ("imports", "application/xml", "<a/>", 415, "content-type"),
        ("imports", "application/json", "{\"rows\":[]}", 422, "not-understood"),
        ("imports", "application/json", "{\"rows\":[{\"my_number\":\"1\"}]}", 422, "not-understood"),
        ("imports", "text/csv", "", 422, "not-understood"),
        ("imports", "text/csv", "a,b\n1,2\n", 422, "not-understood"),
        ("imports", "text/csv", "\u{0}\u{0}\u{0}", 422, "not-understood"),
        ("imports?dry_run=perhaps", "text/csv", "a,b\n", 422, "not-understood"),
        ("imports?unknown=1", "text/csv", "a,b\n", 422, "not-understood"),
        ("imports/fhir", "application/fhir+json", "{", 422, "not-understood"),
        ("imports/fhir", "text/csv", "{}", 415, "content-type"),
        ("nowhere", "application/json", "{}", 404, "nothing"),
    ] {
        let told = system.send(path, kind, body, &[]);
        let shown: String = body.chars().take(60).collect();
        assert_eq!((told.status, problem(&told).as_str()), (status, code), "{path}: {shown}: {}", told.body);
        assert!(!told.body.contains("1980"), "{path}: it is quoted: {}", told.body);
    }
    let told = system.get("records/read");
    assert_eq!((told.status, problem(&told).as_str(), told.header("allow")), (405, "method", Some("POST")));
    // A file that is larger than any.
    let rows = format!("resident_id,name,birth_date,dose_no,vaccinated_on,maker\n{}", "1".repeat(65 << 20));
    let told = system.send("imports", "text/csv", &rows, &[]);
    assert_eq!((told.status, problem(&told).as_str()), (413, "too-large"));
    assert_eq!(system.post("records/read", &near()).status, 200, "and it goes on");
}

#[test]
fn names_are_data_wherever_they_come_from() {
    let place = Place::new("");
    let mut system = System::new(&place, "near");
    let names = [
        "'; DROP TABLE person; --",
        "<script>alert(1)</script>",
        "=cmd|'/C calc'!A0",
        "../../etc/passwd",
        "{{7*7}} ${x}",
        "%00%0a",
        "\"quoted\", and, commas",
        "田中 \\u0000 実",
        "-1+1",
        "@SUM(A1)",
        "O'Brien & Sons",
    ];
    let person = |at: usize| whom(&format!("{}", 900 + at), "1975-02-03");
    for (at, name) in names.iter().enumerate() {
        let mut row = row(&format!("{}", 900 + at), name);
        row["lot"] = json!("A'--\u{0}B");
        row["site"] = json!(name);
        let done = system.post("imports", &json!({ "rows": [row] }));
        assert_eq!(done.status, 200, "{name}: {}", done.body);
        if said(&done)["people_new"] == 0 {
            // A row may be refused with a finding, and then it is.
            assert_eq!(said(&done)["refused"], 1, "{name}: {}", done.body);
            let mut plain = row_without_lot(&format!("{}", 900 + at), name);
            plain["site"] = json!(name);
            let done = said(&system.post("imports", &json!({ "rows": [plain] })));
            assert_eq!((&done["people_new"], &done["refused"]), (&json!(1), &json!(0)), "{name}: {done}");
        }
        let record = said(&system.post("records/read", &person(at)));
        assert_eq!(record["name"].as_str(), Some(*name), "{record}");
        let bundle = system.post("records/fhir", &person(at));
        assert_eq!((bundle.status, said(&bundle)["resourceType"].as_str()), (200, Some("Bundle")), "{name}");
        let back = system.send("imports/fhir", "application/fhir+json", &bundle.body, &[]);
        assert_eq!((back.status, &said(&back)["people_unchanged"]), (200, &json!(1)), "{name}: {}", back.body);
        assert!(system.post("certificates/issue", &json!({ "person": person(at), "for": "domestic" })).status < 500);
    }
    assert_eq!(system.post("records/read", &near()).status, 200);
}

fn row_without_lot(number: &str, name: &str) -> Value {
    let mut row = row(number, name);
    row.as_object_mut().expect("an object").remove("lot");
    row
}

#[test]
fn who_tries_birth_dates_waits_whatever_they_ask() {
    let place = Place::new("misses-a-minute = 3");
    let (mut system, mut other) = (System::new(&place, "near"), System::new(&place, "far"));
    for day in 10..13 {
        assert_eq!(system.post("records/read", &whom(NEAR, &format!("1980-05-{day}"))).status, 404);
    }
    for _ in 0..2 {
        let told = system.post("records/read", &whom(NEAR, "1980-05-13"));
        assert_eq!((told.status, problem(&told).as_str()), (429, "too-often"));
        let seconds: u64 = told.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
        assert!((1..=61).contains(&seconds));
    }
    let told = system.post("records/read", &near());
    assert_eq!(told.status, 429, "and so does the right one: {}", told.body);
    assert_eq!(other.post("records/read", &whom(FAR, BIRTH)).status, 200, "nobody else waits");
}

#[test]
fn a_token_ends_when_its_account_does_or_gets_another() {
    let place = Place::new("");
    let mut system = System::new(&place, "near");
    assert_eq!(system.get("station").status, 200);
    let change = |what: &'static str, change: &dyn Fn(&mut tegata_issuer::AccountEntry)| {
        place.register(|register| register.change_account("vendor-near", what, change, now()).expect("changes"));
    };
    change("disabled", &|account| account.is_disabled = true);
    let told = system.get("station");
    assert_eq!((told.status, problem(&told).as_str()), (401, "token"));
    change("enabled", &|account| account.is_disabled = false);
    assert_eq!(system.get("station").status, 200);
    change("roles", &|account| account.station = "closed".to_owned());
    assert_eq!(system.get("station").status, 401, "its station is none of the office's");
    change("roles", &|account| account.station = "near".to_owned());
    change("password", &|account| account.token = Some([7; 32]));
    assert_eq!(system.get("station").status, 401);
    // Nobody signs in at the counter as a system.
    assert_eq!(place.browser().sign_in("vendor-near", PASSWORD).status, 403);
}
