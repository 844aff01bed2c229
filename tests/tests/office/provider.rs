//! Signing in at a real provider of OpenID Connect: npm's `oidc-provider`, run by node.

use crate::browser::{Answer, Browser};
use crate::place::{BIRTH, NEAR, Place, add_account};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use tegata_issuer::ActKind;
use tegata_issuer::office::Role;

const SECRET: &str = "a secret of both, for tests only";

/// A provider that serves until it is dropped.
struct Provider {
    child: Child,
    issuer: String,
    /// It goes on telling: a pipe that nobody holds would end it.
    _told: BufReader<ChildStdout>,
}

impl Provider {
    /// A provider with these settings, where node and its library are installed.
    fn start(settings: &Value) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
        let library = folder.join("node_modules/oidc-provider/lib/index.js");
        let has_node = Command::new("node").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !has_node || !library.is_file() {
            println!("SKIPPED: signing in at a provider. Install node, and run: npm ci --prefix tests/browser");
            return None;
        }
        let mut command = Command::new("node");
        command.arg(folder.join("support/oidc_provider.mjs")).arg(library).arg(settings.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("node starts");
        let mut issuer = String::new();
        let mut told = BufReader::new(child.stdout.take().expect("a pipe"));
        told.read_line(&mut issuer).expect("an address");
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with("http://127.0.0.1:"), "the provider does not start");
        Some(Self { child, issuer, _told: told })
    }

    /// An office whose people sign in there; `more` is in its table of the provider.
    fn office(&self, more: &str) -> Place {
        let Self { issuer, .. } = self;
        Place::with("idle-minutes = 1", &[], &format!("[oidc]\nissuer = '{issuer}'\nclient-id = 'office'\n{more}"))
    }

    fn path<'a>(&self, url: &'a str) -> &'a str {
        url.strip_prefix(&self.issuer).unwrap_or(url)
    }

    /// Goes where the office sent somebody, who signs in as said; gives where the provider sends them back.
    fn sign_in(&self, url: &str, who: &str) -> String {
        let address = self.issuer.trim_start_matches("http://").parse().expect("an address");
        let mut browser = Browser::new(address);
        let asked = browser.get(self.path(url));
        let asked = asked.to();
        assert!(asked.contains("/interaction/"), "{asked}");
        let resumed = browser.get(&format!("{}?{who}", self.path(asked)));
        let back = browser.get(self.path(resumed.to()));
        assert_eq!(back.status, 303, "{}", back.body);
        back.to().to_owned()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the office sends somebody.
fn start(browser: &mut Browser) -> String {
    let answer = browser.get("/oidc/start");
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.to().to_owned()
}

/// Comes back to the office by what the provider said.
fn come_back(place: &Place, browser: &mut Browser, url: &str) -> Answer {
    let path = url.strip_prefix(&format!("http://{}", place.address)).unwrap_or_else(|| panic!("{url} is elsewhere"));
    let answer = browser.get(path);
    if answer.status == 303 {
        browser.token = browser.get("/").token().unwrap_or_default().to_owned();
    }
    answer
}

/// The whole way.
fn sign_in(provider: &Provider, place: &Place, who: &str) -> (Browser, Answer) {
    let mut browser = place.browser();
    let url = start(&mut browser);
    let back = provider.sign_in(&url, who);
    let answer = come_back(place, &mut browser, &back);
    (browser, answer)
}

/// Another value of a parameter.
fn instead(url: &str, name: &str, value: &str) -> String {
    let (before, rest) = url.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("{url} has no {name}"));
    let after = rest.find('&').map_or("", |at| &rest[at..]);
    format!("{before}{name}={value}{after}")
}

fn staff() -> Value {
    json!({
        "hanako": {"name": "山田 花子", "roles": ["clerk", "unheard-of"], "station": "near"},
        "jiro": {"name": "次郎", "roles": "approver", "station": ["elsewhere", "near"]},
        "none": {"name": "役割なし", "roles": ["cook"], "station": "near"},
        "lost": {"name": "窓口なし", "roles": ["clerk"], "station": "elsewhere"},
        "robot": {"name": "機械", "roles": ["system"], "station": "near"},
        "mapped": {"name": "対応", "realm": {"groups": ["窓口職員"]}, "place": "near"},
    })
}

fn confidential() -> Value {
    json!({"client_secret": SECRET})
}

fn public() -> Value {
    json!({"token_endpoint_auth_method": "none"})
}

#[test]
fn who_the_provider_vouches_for_is_in_with_the_roles_and_the_station_that_the_office_knows() {
    let settings = json!({"client": public(), "claims": staff()});
    let Some(provider) = Provider::start(&settings) else { return };
    let place = provider.office("");
    assert!(place.browser().get("/sign-in").body.contains("href=\"/oidc/start\""));
    let url = start(&mut place.browser());
    for part in
        ["response_type=code", "code_challenge_method=S256", "code_challenge=", "state=", "nonce=", "scope=openid"]
    {
        assert!(url.contains(part), "{part}: {url}");
    }
    let (mut hanako, answer) = sign_in(&provider, &place, "as=hanako");
    assert_eq!((answer.status, answer.to()), (303, "/"), "{}", answer.body);
    let page = hanako.get("/");
    assert!(page.body.contains("山田 花子") && page.body.contains("near"), "{}", page.body);
    let found = hanako.post("/search", &[("purpose", "issue"), ("number", NEAR), ("birth", BIRTH)]);
    assert_eq!(found.status, 303);
    let (mut jiro, answer) = sign_in(&provider, &place, "as=jiro");
    assert_eq!(answer.to(), "/");
    assert!(jiro.get("/").body.contains("/approvals"));
    for who in ["as=none", "as=lost", "as=robot"] {
        let (mut browser, answer) = sign_in(&provider, &place, who);
        assert_eq!(answer.status, 403, "{who}");
        assert_eq!(browser.get("/").to(), "/sign-in", "{who}");
    }
    let (_, answer) = sign_in(&provider, &place, "");
    assert_eq!(answer.status, 403, "who declined is not in");
    let acts = place.audit();
    let of = |kind| acts.iter().filter(|entry| entry.act == kind).map(|entry| entry.actor.as_str()).collect::<Vec<_>>();
    assert_eq!(of(ActKind::SignIn), ["oidc:hanako", "oidc:jiro"]);
    assert_eq!(of(ActKind::SignInRefused).len(), 3);
}

#[test]
fn an_account_that_is_disabled_here_stays_out_whatever_the_provider_says() {
    let settings = json!({"client": public(), "claims": staff()});
    let Some(provider) = Provider::start(&settings) else { return };
    let place = provider.office("");
    place.register(|register| {
        add_account(register, "oidc:hanako", &[Role::Clerk], "near");
        let disable = |account: &mut tegata_issuer::AccountEntry| account.is_disabled = true;
        register.change_account("oidc:hanako", "disabled", &disable, crate::place::now()).expect("changes");
    });
    assert_eq!(sign_in(&provider, &place, "as=hanako").1.status, 403);
    assert_eq!(sign_in(&provider, &place, "as=jiro").1.status, 303);
}

#[test]
fn what_does_not_fit_what_was_asked_is_refused() {
    let settings = json!({"client": public(), "claims": staff()});
    let Some(provider) = Provider::start(&settings) else { return };
    let place = provider.office("");
    // On the way there: the provider vouches for another nonce, or for another verifier.
    for (name, value) in [("nonce", "another"), ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")] {
        let mut browser = place.browser();
        let url = instead(&start(&mut browser), name, value);
        let back = provider.sign_in(&url, "as=hanako");
        let answer = come_back(&place, &mut browser, &back);
        assert_eq!((answer.status, browser.get("/").to()), (403, "/sign-in"), "{name}");
        assert!(
            answer.body.contains("the provider's answer is refused") || answer.body.contains("provider&#39;s answer"),
            "{name}: {}",
            answer.body
        );
    }
    // On the way back.
    for (name, value) in [("state", "another"), ("code", "another"), ("iss", "https%3A%2F%2Fevil.example")] {
        let mut browser = place.browser();
        let back = provider.sign_in(&start(&mut browser), "as=hanako");
        let answer = come_back(&place, &mut browser, &instead(&back, name, value));
        assert_eq!((answer.status, browser.get("/").to()), (403, "/sign-in"), "{name}");
        // What was begun is over: the right answer comes too late.
        assert_eq!(come_back(&place, &mut browser, &back).status, 403, "{name}");
    }
    // Another's answer, sent to somebody who began, and to somebody who did not.
    let back = provider.sign_in(&start(&mut place.browser()), "as=hanako");
    let mut victim = place.browser();
    start(&mut victim);
    assert_eq!(come_back(&place, &mut victim, &back).status, 403);
    assert_eq!(come_back(&place, &mut place.browser(), &back).status, 403);
    // The same answer twice.
    let mut browser = place.browser();
    let back = provider.sign_in(&start(&mut browser), "as=hanako");
    let before = browser.cookies.clone();
    assert_eq!(come_back(&place, &mut browser, &back).to(), "/");
    assert_ne!(browser.cookies, before, "the session has a new name");
    assert_eq!(come_back(&place, &mut browser, &back).status, 403);
    assert!(!place.browser().get("/oidc/return?error=x&error_description=%3Cscript%3E").body.contains("script"));
    assert_eq!(place.audit().iter().filter(|entry| entry.act == ActKind::SignIn).count(), 1);
}

#[test]
fn a_token_that_is_expired_or_signed_with_what_both_know_is_refused() {
    for (client, clock) in
        [(public(), -7_200), (json!({"client_secret": SECRET, "id_token_signed_response_alg": "HS256"}), 0)]
    {
        let Some(provider) = Provider::start(&json!({"client": client, "claims": staff(), "clock": clock})) else {
            return;
        };
        let secret = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(secret.path(), SECRET).expect("writes");
        let more =
            if clock == 0 { format!("client-secret-file = '{}'", secret.path().display()) } else { String::new() };
        let place = provider.office(&more);
        let (mut browser, answer) = sign_in(&provider, &place, "as=hanako");
        assert_eq!((answer.status, browser.get("/").to()), (403, "/sign-in"), "{clock}");
        assert!(answer.body.contains("ID token"), "{}", answer.body);
    }
}

#[test]
fn a_secret_is_used_claims_are_mapped_and_asked_for_where_the_token_has_none() {
    let settings = json!({"client": confidential(), "claims": staff(), "onlyUserInfo": true});
    let Some(provider) = Provider::start(&settings) else { return };
    let secret = tempfile::NamedTempFile::new().expect("a file");
    let more = format!(
        "client-secret-file = '{}'\nroles-claim = '/realm/groups'\nstation-claim = 'place'\n[oidc.roles]\n'窓口職員' = 'clerk'\n",
        secret.path().display()
    );
    std::fs::write(secret.path(), "another\n").expect("writes");
    assert_eq!(sign_in(&provider, &provider.office(&more), "as=mapped").1.status, 403, "with a wrong secret");
    std::fs::write(secret.path(), format!("{SECRET}\n")).expect("writes");
    let place = provider.office(&more);
    let (mut browser, answer) = sign_in(&provider, &place, "as=mapped");
    assert_eq!(answer.to(), "/", "{}", answer.body);
    assert!(browser.get("/").body.contains("name=\"kana\""));
    // Their roles are in a claim that this office does not read.
    assert_eq!(sign_in(&provider, &place, "as=hanako").1.status, 403);
}

#[test]
fn who_signed_in_too_weakly_is_sent_back() {
    let settings = json!({"client": public(), "claims": staff(), "acr": ["urn:office:two", "urn:office:one"]});
    let Some(provider) = Provider::start(&settings) else { return };
    let place = provider.office("acr = ['urn:office:two']");
    assert!(start(&mut place.browser()).contains("acr_values=urn%3Aoffice%3Atwo"));
    for weak in ["as=hanako", "as=hanako&acr=urn:office:one"] {
        let (mut browser, answer) = sign_in(&provider, &place, weak);
        assert_eq!((answer.status, browser.get("/").to()), (403, "/sign-in"), "{weak}");
        assert!(answer.body.contains("second factor"), "{}", answer.body);
    }
    assert_eq!(sign_in(&provider, &place, "as=hanako&acr=urn:office:two").1.to(), "/");
}

#[test]
fn a_locked_session_opens_when_the_provider_asked_its_person_again() {
    let settings = json!({"client": public(), "claims": staff()});
    let Some(provider) = Provider::start(&settings) else { return };
    let place = provider.office("");
    let (mut browser, _) = sign_in(&provider, &place, "as=hanako");
    let person = browser.post("/search", &[("purpose", "issue"), ("number", NEAR), ("birth", BIRTH)]).to().to_owned();
    std::thread::sleep(Duration::from_secs(63));
    assert_eq!(browser.get(&person).to(), "/locked");
    let locked = browser.get("/locked");
    assert!(
        locked.body.contains("href=\"/oidc/start\"") && !locked.body.contains("type=\"password\""),
        "{}",
        locked.body
    );
    browser.post("/unlock", &[("password", "anything at all")]);
    assert_eq!(browser.get(&person).to(), "/locked");
    let url = start(&mut browser);
    assert!(url.contains("prompt=login") && url.contains("max_age=0"), "{url}");
    let back = provider.sign_in(&url, "as=hanako");
    assert_eq!(come_back(&place, &mut browser, &back).to(), "/");
    assert_eq!(browser.get(&person).status, 200, "where one was is still there");
    assert_eq!(place.audit().iter().filter(|entry| entry.act == ActKind::SignIn).count(), 1);
}

#[test]
fn another_person_does_not_come_into_a_locked_session() {
    let settings = json!({"client": public(), "claims": staff()});
    let Some(provider) = Provider::start(&settings) else { return };
    let place = provider.office("");
    let (mut browser, _) = sign_in(&provider, &place, "as=hanako");
    let person = browser.post("/search", &[("purpose", "issue"), ("number", NEAR), ("birth", BIRTH)]).to().to_owned();
    std::thread::sleep(Duration::from_secs(63));
    assert_eq!(browser.get("/").to(), "/locked");
    let back = provider.sign_in(&start(&mut browser), "as=jiro");
    assert_eq!(come_back(&place, &mut browser, &back).to(), "/");
    let page = browser.get("/");
    assert!(page.body.contains("次郎") && !page.body.contains("山田"), "{}", page.body);
    assert_eq!(browser.get(&person).status, 404);
}

#[test]
fn while_the_provider_is_away_that_is_said_and_local_accounts_go_on() {
    let gone = Place::with("", &[], "[oidc]\nissuer = 'http://127.0.0.1:9'\nclient-id = 'office'\n");
    let mut browser = gone.browser();
    let answer = browser.get("/oidc/start");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")), "{}", answer.body);
    assert!(answer.body.contains("provider does not answer"));
    gone.signed_in(Role::Clerk, "near");
}

#[test]
fn an_office_without_a_provider_has_no_such_door() {
    let place = Place::new("");
    assert!(!place.browser().get("/sign-in").body.contains("oidc"));
    assert_eq!(place.browser().get("/oidc/start").status, 404);
    assert_eq!(place.browser().get("/oidc/return?state=x&code=y").status, 403);
}
