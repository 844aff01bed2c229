//! The accounts on their page: added, changed, disabled and enabled, by administrators alone, and never the last one.

use crate::place::{PASSWORD, Place, now};
use tegata_issuer::office::Role;
use tegata_issuer::{AccountError, ActKind};

const NEW: &str = "four large ships";

fn typed<'a>(name: &'a str, roles: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields =
        vec![("name", name), ("display", "山口 光"), ("station", "near"), ("password", NEW), ("again", NEW)];
    fields.extend(roles.iter().map(|role| ("role", *role)));
    fields
}

#[test]
fn an_account_is_added_changed_disabled_and_enabled_and_its_sessions_end() {
    let place = Place::new("");
    let mut admin = place.signed_in(Role::Admin, "near");
    let added = admin.post("/accounts", &typed("hikari", &["clerk"]));
    assert_eq!((added.status, added.to()), (303, "/accounts"), "{}", added.body);
    let list = admin.get("/accounts");
    assert!(list.body.contains("hikari") && list.body.contains("山口 光") && !list.body.contains("argon2"));
    let mut browser = place.browser();
    // Sessions are told apart from changes by seconds.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(browser.sign_in("hikari", NEW).status, 303);
    assert_eq!(browser.get("/").status, 200);

    let roles = [("change", "roles"), ("display", "山口 光"), ("station", "far"), ("role", "auditor")];
    assert_eq!(admin.post("/accounts/hikari", &roles).status, 303);
    assert_eq!(browser.get("/").to(), "/sign-in", "a session with the old roles is over");
    assert_eq!(browser.sign_in("hikari", NEW).status, 303);
    assert_eq!((browser.get("/audit").status, browser.get("/import").status), (200, 403));

    assert_eq!(admin.post("/accounts/hikari", &[("change", "disable")]).status, 303);
    assert_eq!(browser.get("/audit").to(), "/sign-in", "a disabled account is out with its next request");
    assert_eq!(browser.sign_in("hikari", NEW).status, 403);
    assert_eq!(admin.post("/accounts/hikari", &[("change", "enable")]).status, 303);
    let other = "five quiet harbours";
    let password = [("change", "password"), ("password", other), ("again", other)];
    assert_eq!(admin.post("/accounts/hikari", &password).status, 303);
    assert_eq!(browser.sign_in("hikari", NEW).status, 403);
    assert_eq!(browser.sign_in("hikari", other).status, 303);

    let changes = place
        .audit()
        .iter()
        .filter(|entry| entry.act == ActKind::AccountChanged && entry.actor == "admin-near")
        .count();
    assert_eq!(changes, 5, "each change is noted");
}

#[test]
fn what_is_wrong_with_an_account_is_told_and_nothing_changes() {
    let place = Place::new("");
    let mut admin = place.signed_in(Role::Admin, "near");
    let before = place.register(|register| register.accounts().expect("reads"));
    let mut short = typed("hikari", &["clerk"]);
    short[3].1 = "short";
    short[4].1 = "short";
    let mut differ = typed("hikari", &["clerk"]);
    differ[4].1 = "four large shops";
    let mut nowhere = typed("hikari", &["clerk"]);
    nowhere[2].1 = "moon";
    for (fields, status) in [
        (typed("", &["clerk"]), 422),
        (typed("Hikari", &["clerk"]), 422),
        (typed("a/../b", &["clerk"]), 422),
        (typed(&"x".repeat(33), &["clerk"]), 422),
        (typed("hikari", &[]), 422),
        (typed("hikari", &["system"]), 422),
        (typed("hikari", &["clerk", "emperor"]), 422),
        (short, 422),
        (differ, 422),
        (nowhere, 422),
        (typed("clerk-near", &["clerk"]), 409),
    ] {
        let answer = admin.post("/accounts", &fields);
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(!answer.body.contains(NEW), "a password comes back to nobody");
    }
    assert_eq!(admin.post("/accounts/clerk-near", &[("change", "promote")]).status, 422);
    assert_eq!(admin.post("/accounts/nobody", &[("change", "disable")]).status, 404);
    assert_eq!(admin.get("/accounts/nobody").status, 404);
    // A system's token is the command line's.
    let password = [("change", "password"), ("password", NEW), ("again", NEW)];
    assert_eq!(admin.post("/accounts/system-near", &password).status, 404);
    let after = place.register(|register| register.accounts().expect("reads"));
    assert!(before == after, "nothing was changed");
}

#[test]
fn nobody_changes_what_they_may_do_and_an_administrator_remains() {
    let place = Place::new("");
    let mut admin = place.signed_in(Role::Admin, "near");
    let roles = [("change", "roles"), ("station", "near"), ("role", "admin"), ("role", "approver")];
    for fields in [&roles[..], &[("change", "disable")], &[("change", "enable")]] {
        let answer = admin.post("/accounts/admin-near", fields);
        assert!(answer.status == 409 && answer.body.contains("another administrator"), "{}", answer.body);
    }
    assert!(admin.get("/accounts/admin-near").body.contains("You cannot change your own roles"));
    assert_eq!(admin.post("/accounts/admin-far", &[("change", "disable")]).status, 303);
    place.register(|register| {
        for change in [
            &(|account: &mut tegata_issuer::AccountEntry| account.is_disabled = true) as &dyn Fn(&mut _),
            &|account: &mut tegata_issuer::AccountEntry| account.roles = vec!["clerk".to_owned()],
        ] {
            let told = register.change_account_keeping("admin", "admin-near", "disabled", change, now());
            assert!(matches!(told, Err(AccountError::Last { role: "admin" })), "{told:?}");
        }
    });
    // One that is disabled, or has no password, is none that remains.
    assert_eq!(admin.get("/accounts").status, 200);
    let mut other = place.browser();
    assert_eq!(other.sign_in("admin-near", PASSWORD).status, 303);
}
