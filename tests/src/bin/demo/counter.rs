//! The office's counter: a clerk's day in a browser, from a file with a fault to the certificate that was corrected.

use crate::city::City;
use crate::stage::{Failure, Stage, json};
use crate::verdicts::judge_by;
use crate::withdrawal::{REVOKED, VALID, publish, update};
use std::collections::BTreeSet;
use std::path::Path;
use tegata_tests::browser::{Answer, Browser};
use tegata_tests::served::Served;

/// Accounts of the demo, with the password `demo`: who works at the counter, and the second person.
const ACCOUNTS: [(&str, &str, &[&str]); 2] =
    [("demo", "デモ担当", &["clerk", "operator", "auditor", "admin"]), ("second", "デモ承認者", &["approver"])];
const PASSWORD: &str = "demo";

/// Who comes to the counter; nobody of that name lives.
const NUMBER: &str = "9900000001";
const KANA: &str = "ヤマダ　ハナコ";
const BIRTH: &str = "1980-05-06";
const MUNICIPALITY: &str = "131016";

/// Whom to search for, told to whoever is left with the counter.
pub const WHOM: &str = "             Search for ヤマダ　ハナコ, born 1980-05-06.";

/// Two doses of one person; the second on this day.
fn rows(second: &str) -> String {
    let person = format!("{NUMBER},山田　花子,{KANA},YAMADA<<HANAKO,{BIRTH},{MUNICIPALITY}");
    format!(
        "resident_id,name,name_kana,name_romaji,birth_date,municipality_code,dose_no,vaccinated_on,maker,lot\n\
         {person},1,2021-06-09,ファイザー,TX1013\n{person},2,{second},ファイザー,FA7338\n"
    )
}

/// Opens the counter, and tells a clerk's day there; the counter goes on.
pub fn tell(stage: &Stage, city: &City) -> Result<Served, Failure> {
    println!("\nAt the counter of the same city, in a browser (no script, Japanese and English):");
    let served = open(stage, city)?;
    let mut browser = Browser::new(served.socket());
    let answer = browser.sign_in(ACCOUNTS[0].0, PASSWORD);
    stage.expect((answer.status, answer.to()) == (303, "/"), || told(&answer))?;
    import(stage, &mut browser)?;

    let asked = [("purpose", "issue"), ("kana", KANA), ("birth", BIRTH)];
    let person = browser.post("/search", &asked).to().to_owned();
    stage.expect(person.starts_with("/person/"), || "nobody was found".to_owned())?;
    let issued = browser.post(&format!("{person}/issue"), &[("for", "domestic")]);
    let old = code(stage, city, "old.txt", &issued)?;
    println!("✔ found by name and birth date, with a purpose that the audit keeps; the certificate is issued");
    print(stage, &mut browser, &person)?;
    publish(stage, city, &[], "1 indices revoked")?;
    update(stage, city)?;
    judge_by(stage, &[], Path::new(&old), "old.txt, as it was issued", VALID)?;

    let corrected = correct(stage, &mut browser, &person)?;
    let new = code(stage, city, "new.txt", &corrected)?;
    println!(
        "\n✔ its lot was wrong: corrected in one step, with a new certificate, a request to withdraw the old one, and a letter"
    );
    publish(stage, city, &["--request", &city.path("requests")], "2 indices revoked")?;
    update(stage, city)?;
    judge_by(stage, &[], Path::new(&old), "old.txt, after the update", REVOKED)?;
    judge_by(stage, &[], Path::new(&new), "new.txt, the certificate that was corrected", VALID)?;

    let register = register(city);
    let audit = ["audit", "verify", "--register", &register, "--json"];
    let audit = json(&stage.run("tegata-issuer", &audit, 0)?.out)?;
    let entries = audit["good_until"].as_u64().unwrap_or_default();
    stage.expect(audit["whole"] == true && entries > 0, || format!("{audit}"))?;
    println!("\n✔ the audit of all this is whole: {entries} entries, each bound to the one before");
    Ok(served)
}

fn register(city: &City) -> String {
    city.path("register.sqlite")
}

fn told(answer: &Answer) -> String {
    format!("{}\n\n{}", answer.head, answer.body)
}

/// Makes accounts and the office's file, and serves.
fn open(stage: &Stage, city: &City) -> Result<Served, Failure> {
    let register = register(city);
    for (name, display, roles) in ACCOUNTS {
        let add = ["account", "add", name, "--name", display, "--station", "counter-1", "--demo"];
        let roles: Vec<&str> = roles.iter().flat_map(|role| ["--role", role]).collect();
        let rest = ["--register", &register, "--passphrase-fd", "0"];
        stage.run_told("tegata-issuer", &[&add[..], &roles, &rest].concat(), 0, &format!("{PASSWORD}\n"))?;
    }
    let served =
        municipalities(stage, city)?.into_iter().map(|code| format!("'{code}'")).collect::<Vec<_>>().join(", ");
    let file = format!(
        "register = 'register.sqlite'\ntrust = 'lists.cbor'\nroot = '{}'\n\n\
         [keys]\nissuing = ['office', 'office-eu']\nstatus = 'office-status'\n\n\
         [[station]]\nid = 'counter-1'\nname-ja = '市民課 1番窓口'\nname-en = 'Citizens desk 1'\nmunicipalities = [{served}]\n",
        city.pin
    );
    let office = city.path("office.toml");
    std::fs::write(stage.folder().join(&office), file)?;
    let serve = ["serve", "--office", &office, "--passphrase-fd", "0"];
    let served = stage.serve("tegata-issuer", &serve, 8300)?;
    served.map_err(|said| Failure(format!("the counter is not served: {said}")))
}

/// Those of the sample's people, and that of whoever comes to the counter. The file is in CP932, its digits in ASCII.
fn municipalities(stage: &Stage, city: &City) -> Result<BTreeSet<String>, Failure> {
    let file = std::fs::read(stage.folder().join(city.path("sample/residents.csv")))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file.as_slice());
    let mut codes = BTreeSet::from([MUNICIPALITY.to_owned()]);
    for row in reader.byte_records() {
        let row = row?;
        let cells = row.iter().filter(|cell| cell.len() == 6 && cell.iter().all(u8::is_ascii_digit));
        codes.extend(cells.skip(1).map(|cell| String::from_utf8_lossy(cell).into_owned()));
    }
    Ok(codes)
}

/// A file with a fault is shown as it is, mended, and imported.
fn import(stage: &Stage, browser: &mut Browser) -> Result<(), Failure> {
    let faulty = browser.upload("/import", "rows", "rows.csv", &rows("2021-06-31"));
    stage.expect(faulty.body.contains("rows.csv</bdi>:3"), || told(&faulty))?;
    println!("⚠ a file is checked before anything is taken from it: rows.csv:3, there is no 31 June");
    let mended = browser.upload("/import", "rows", "rows.csv", &rows("2021-06-30"));
    let action = mended.between("action=\"/import/", "\"").unwrap_or_default().to_owned();
    let done = browser.post(&format!("/import/{action}"), &[]);
    let is_done = done.status == 200 && !done.body.contains("id=\"faults\"");
    stage.expect(is_done && mended.status == 200, || told(&done))?;
    println!("✔ mended and imported: one person, two doses");
    Ok(())
}

/// The code on a page, kept in a file as somebody would bring it.
fn code(stage: &Stage, city: &City, name: &str, page: &Answer) -> Result<String, Failure> {
    let text = page.between("class=\"mono long\">", "<").unwrap_or_default();
    stage.expect(text.starts_with("TG1:"), || told(page))?;
    let file = city.path(name);
    std::fs::write(stage.folder().join(&file), text)?;
    Ok(file)
}

/// The sheet of the counter's printer.
fn print(stage: &Stage, browser: &mut Browser, person: &str) -> Result<(), Failure> {
    let sheet = browser.post(&format!("{person}/print"), &[("format", "compact"), ("kind", "kiosk")]);
    if sheet.status == 500 && sheet.body.contains("font") {
        println!("! WITHOUT PAPER: no Japanese fonts are here; apt-get install fonts-ipaexfont");
        return Ok(());
    }
    stage.expect(sheet.status == 200 && sheet.body.starts_with("%PDF-"), || sheet.head.clone())?;
    println!("✔ printed: one A4 sheet as PDF/A-3a and PDF/UA-1, with the code at 60 mm or more");
    Ok(())
}

/// Corrects the lot of the second dose, as somebody would who reads the outcome first.
fn correct(stage: &Stage, browser: &mut Browser, person: &str) -> Result<Answer, Failure> {
    let path = format!("{person}/correct");
    let form = browser.get(&path);
    let mut fields = form.fields();
    let lot = fields.iter_mut().filter(|(name, _)| name.ends_with(".lot")).nth(1);
    let (_, lot) = lot.ok_or_else(|| Failure(told(&form)))?;
    "TX1013".clone_into(lot);
    fields.push(("reason".to_owned(), "clerical".to_owned()));
    let send = |browser: &mut Browser, fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post(&path, &fields)
    };
    let outcome = send(browser, &fields);
    stage.expect(outcome.body.contains("name=\"confirmed\""), || told(&outcome))?;
    fields.push(("confirmed".to_owned(), "yes".to_owned()));
    Ok(send(browser, &fields))
}
