//! The page: served by the verifier, and asked as a browser asks.

use crate::city::City;
use crate::stage::{Failure, Stage};
use tegata_tests::browser::{Answer, Browser};
use tegata_tests::served::Served;

/// Serves the page with a city's lists, and asks it for what a browser needs. `None` if the verifier was built
/// without the page.
pub fn serve(stage: &Stage, city: &City) -> Result<Option<Served>, Failure> {
    let (bundle, pin) = (city.bundle(), city.pin.as_str());
    match stage.serve("tegata-verifier", &["serve", "--trust", &bundle, "--root", pin, "--demo"], 8080)? {
        Ok(served) => ask(stage, &mut Browser::new(served.socket()), city).map(|()| Some(served)),
        Err(said) if said.contains("built without the page") => Ok(None),
        Err(said) => Err(Failure(format!("the page is not served: {said}"))),
    }
}

/// What a browser asks first: the page, where its lists are and under which root, and their head.
fn ask(stage: &Stage, browser: &mut Browser, city: &City) -> Result<(), Failure> {
    let told = |answer: &Answer| format!("{}\n\n{}", answer.head, answer.body);
    let page = browser.get("/");
    let policy = page.header("content-security-policy").unwrap_or_default();
    stage.expect(page.status == 200 && policy.starts_with("default-src 'none'"), || told(&page))?;
    let config = browser.get("/config.json");
    let names_root = config.body.contains(&city.pin) && config.body.contains("\"demo\":true");
    stage.expect(names_root, || told(&config))?;
    let head = browser.get("/lists/v1/head.cose");
    stage.expect(head.status == 200, || "no lists beside the page".to_owned())
}
