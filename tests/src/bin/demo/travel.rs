//! Travelling: one record becomes a code of every family in use, and a border desk that asks nobody reads each and
//! compares it with the passport shown.

use crate::stage::{Failure, Stage, json};
use std::fs;
use tegata_certificate::RomanisedName;
use tegata_tests::fuzzing::maker::{Made, Party};
use tegata_tests::specimen::passport;

/// Whoever signs the passports of the demo's state. A secret that everybody knows.
const CSCA: Party = Party { country: "JP", name: "CSCA", secret: 77 };
/// Stamaril in vials of ten, as WHO's list of prequalified products has it.
const YELLOW_FEVER: &str = "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0";
/// The office's keys, by what each signs.
const KEYS: [(&str, &str, Option<&str>); 5] = [
    ("home", "ed25519", Some("compact")),
    ("eu", "p256", Some("eu-dcc")),
    ("who", "p256", Some("icvp")),
    ("cards", "p256", Some("shc")),
    ("seals", "p256", None),
];

/// The story of one traveller.
pub fn tell(stage: &Stage) -> Result<(), Failure> {
    println!("\nOne traveller, one record, every family in use:\n");
    fs::create_dir(stage.folder().join("border"))?;
    let hanako = RomanisedName::new("TEGATA", "HANAKO").ok_or_else(|| Failure("a name".to_owned()))?;
    let taro = RomanisedName::new("SATO", "TARO").ok_or_else(|| Failure("a name".to_owned()))?;
    let own = passport(&hanako, "TK1234567", "840401", 'F');
    let another = passport(&taro, "TK7654321", "790911", 'M');
    register(stage, &own)?;
    let pin = publish(stage)?;
    issue(stage, &pin)?;
    read(stage, &pin, &own, &another)
}

/// The register's row has the passport's machine-readable zone, and nobody types its name or number.
fn register(stage: &Stage, zone: &str) -> Result<(), Failure> {
    let zone = zone.replace('\n', "");
    let mut rows =
        String::from("resident_id,name,birth_date,sex,passport_mrz,dose_no,vaccinated_on,product_code,lot\n");
    let doses = [("2021-07-01", "ファイザー", "FA7338"), ("2021-07-22", "ファイザー", "FC3661")];
    for (number, (day, product, lot)) in (1..).zip(doses.into_iter().chain([("2026-03-02", YELLOW_FEVER, "YF2231")])) {
        rows.push_str(&format!("1001,手形　花子,1984-04-01,2,{zone},{number},{day},{product},{lot}\n"));
    }
    fs::write(stage.folder().join("border/rows.csv"), rows)?;
    let said = stage.run("tegata-issuer", &["import", "border/rows.csv", "--register", "border/register.sqlite"], 0)?;
    stage.expect(said.out.contains("3 taken"), || said.out.clone())?;
    println!("✔ imported: name and number come from the passport's machine-readable zone, its check digits hold");
    Ok(())
}

/// Lists four keys; the fifth gets its certificate from the state, as a passport's chip does.
fn publish(stage: &Stage) -> Result<String, Failure> {
    let trust = "border/trust";
    let init = ["init", "--demo", "--repository-id", "DEMO/border", "--dir", trust];
    let pin = stage.run_with_keys("tegata-trust", &init)?.out.lines().last().unwrap_or_default().to_owned();
    for (name, kind, format) in KEYS {
        let new = ["key", "new", name, "--demo", "--type", kind, "--keys", "border/keys"];
        stage.run_with_keys("tegata-issuer", &new)?;
        let Some(format) = format else { continue };
        let record = format!("border/keys/{name}.json");
        let mut add = vec!["add-issuer", "--dir", trust, "--name-ja", "架空市", "--name-en", "Kakuu City"];
        add.extend(["--country", "JP", "--key", &record, "--format", format]);
        if format == "shc" {
            add.extend(["--iss", "https://cards.kakuu.example/issuer"]);
        }
        stage.run("tegata-trust", &add, 0)?;
    }
    let request = ["csr", "--key", "seals", "--keys", "border/keys", "--country", "JP", "--common-name", "DA"];
    stage.run_with_keys("tegata-issuer", &[&request[..], &["--out", "border/seals.csr"]].concat())?;
    let pem = fs::read_to_string(stage.folder().join("border/seals.csr"))?;
    let request: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let request = data_encoding::BASE64.decode(request.as_bytes())?;
    fs::write(stage.folder().join("border/seals.crt"), Made::answering(&request, 78, CSCA).signed_by(CSCA))?;
    fs::write(stage.folder().join("border/csca.crt"), Made::of(CSCA, CSCA).authority().signed_by(CSCA))?;
    let certify = ["certify", "--key", "seals", "--keys", "border/keys", "border/seals.crt"];
    stage.run("tegata-issuer", &certify, 0)?;
    let import = ["import", "csca", "border/csca.crt", "--unsigned-ok", "--dir", trust];
    stage.run("tegata-trust", &import, 0)?;
    stage.run_with_keys("tegata-trust", &["publish", "--dir", trust])?;
    stage.run("tegata-trust", &["bundle", "--dir", trust, "--out", "border/lists.cbor"], 0)?;
    println!("✔ listed: four keys of the office, and the state's CSCA, which answered the request of the fifth");
    Ok(pin)
}

fn issue(stage: &Stage, pin: &str) -> Result<(), Failure> {
    let mut line = vec!["issue", "--all", "--for", "travel", "--json", "--register", "border/register.sqlite"];
    line.extend(["--keys", "border/keys", "--trust", "border/lists.cbor", "--root", pin, "--out", "border/codes"]);
    line.extend(KEYS.iter().flat_map(|(name, ..)| ["--key", *name]));
    let issued = json(&stage.run_with_keys("tegata-issuer", &line)?.out)?;
    stage.expect(issued["issued"] == 5 && issued["refused"] == serde_json::json!({}), || format!("{issued}"))?;
    println!("✔ issued for travel: compact, EU DCC, WHO's ICVP, a SMART Health Card and an ICAO seal (VDS-NC)\n");
    Ok(())
}

/// Each code is valid, and belongs to the one passport and not to the other.
fn read(stage: &Stage, pin: &str, own: &str, another: &str) -> Result<(), Failure> {
    let lists = ["--demo", "--trust", "border/lists.cbor", "--root", pin];
    for family in ["compact.travel", "eu-dcc", "icvp.3", "shc.travel", "vds-nc"] {
        let picture = format!("border/codes/1001.{family}.png");
        let verify = |zone: &str, status| {
            let line = [&["verify", &picture, "--json", "--mrz", zone], &lists[..]].concat();
            json(&stage.run("tegata-verifier", &line, status)?.out)
        };
        let report = verify(own, 0)?;
        let holder = &report["steps"][8];
        let matches = report["outcome"] == "valid" && holder["binding"] == "match";
        stage.expect(matches, || format!("{picture}: {report:#}"))?;
        let stranger = verify(another, 1)?;
        let refused = stranger["reason"] == "holder-mismatch" && stranger["certificate"].is_null();
        stage.expect(refused, || format!("{picture}: {stranger:#}"))?;
        let doses = report["certificate"]["doses"].as_array().map_or(0, Vec::len);
        let format = report["format"].as_str().unwrap_or_default();
        println!("  ✓ {format:<8} {doses} of 3 doses; belongs to TK1234567, and not to the next passport");
    }
    Ok(())
}
