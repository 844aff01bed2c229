//! The inputs that the targets begin with: written by our own writers, about nobody.

use super::{KEY, NOW, REPOSITORY, around, identity, role_key, sign1};
use tegata_certificate::cbor::Writer;
use tegata_certificate::icvp::Generation;
use tegata_certificate::vaccine::{CodeSystem, PRODUCTS, Product, VaccineCode};
use tegata_certificate::{
    BirthDate, Certificate, Country, Date, Dose, Format, Holder, Kind, RegisteredName, RomanisedName, Sex, StatusIndex,
    TravelDocument, base45, deflate, eu_dcc, icvp,
};
use tegata_keys::Signer;
use tegata_trust_lists::{Authority, Header, Issuer, KeyEntry, KeyState, Role, RoleKeys, Root, StatusRange, Trust};

const DAY: i64 = 86_400;

/// The seeds of a target, each with a name.
#[must_use]
pub fn seeds(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    let (small, large, eu) = (payload(&compact(1)), payload(&compact(3)), payload(&eu()));
    let after = |first: u8, rest: &[u8]| [&[first][..], rest].concat();
    match target {
        "text" => vec![
            ("compact", text("TG1:", &message(&small, Format::Compact), false)),
            ("compact-deflated", text("TG1:", &message(&large, Format::Compact), true)),
            ("eu-dcc", text("HC1:", &message(&eu, Format::EuDcc), true)),
            ("icvp", text("HC1:", &message(&icvp(Generation::Gen2), Format::Icvp), true)),
        ],
        "frame" => vec![
            ("base45", base45::encode(&small).into_bytes()),
            ("zlib", deflate::deflate(&large).unwrap_or_default()),
            ("zlib-empty", deflate::deflate(&[]).unwrap_or_default()),
        ],
        "cbor" => vec![
            ("claims", large),
            ("message", message(&small, Format::Compact)),
            ("every-kind", every_kind()),
            ("trust", trust()),
        ],
        "cose" => vec![
            ("compact", message(&small, Format::Compact)),
            ("eu-dcc", message(&eu, Format::EuDcc)),
            ("cwt", after(0xd8, &after(61, &message(&eu, Format::EuDcc)))),
            ("unprotected", unprotected(&eu)),
        ],
        "claims" => vec![
            ("compact", after(0, &small)),
            ("compact-three", after(0, &large)),
            ("eu-dcc", after(1, &eu)),
            ("icvp-gen0", after(2, &icvp_draft())),
            ("icvp-gen1", after(2, &icvp(Generation::Gen1))),
            ("icvp-gen2", after(2, &icvp(Generation::Gen2))),
        ],
        "list" => vec![
            ("bundle", after(0, &around(&root(), &trust()).encode())),
            ("trust", after(1, &trust())),
            ("head", after(2, &head())),
            ("root", after(3, &root())),
        ],
        "cards" | "health_card" => super::cards::seeds(target),
        "signatures" => super::signatures::seeds(),
        "status" => super::status::seeds(),
        "jcs" | "seal" => super::seals::seeds(target),
        // What is held, the time, and for each file asked for what is given (see `update`).
        "update" => vec![
            ("first", vec![0, 0]),
            ("all-new", vec![1, 0]),
            ("new-root", vec![2, 0]),
            ("delta", vec![1, 0, 2, 1, 2, 1, 2, 1, 2]),
            ("late", vec![1, 1]),
        ],
        "imports" => super::imports::imports_seeds(),
        "mrz" => super::mrz::mrz_seeds(),
        "rules" => super::rules::seeds(),
        _ => super::documents::seeds(target),
    }
}

/// What the certificates among the seeds say.
pub fn certificates() -> Vec<Certificate> {
    vec![compact(1), compact(3), eu()]
}

fn text(prefix: &str, message: &[u8], deflated: bool) -> Vec<u8> {
    let framed = if deflated { deflate::deflate(message).unwrap_or_default() } else { message.to_vec() };
    format!("{prefix}{}", base45::encode(&framed)).into_bytes()
}

fn message(payload: &[u8], format: Format) -> Vec<u8> {
    sign1(payload, format.kid_length())
}

fn payload(certificate: &Certificate) -> Vec<u8> {
    let written = match certificate.format {
        // Its writer takes ES256 only; the layout of the claims is the same.
        Format::EuDcc => {
            let identity =
                tegata_certificate::KeyIdentity { algorithm: tegata_certificate::Algorithm::Es256, ..identity() };
            certificate.format.write(certificate, &identity)
        }
        _ => certificate.format.write(certificate, &identity()),
    };
    written.map(|unsigned| unsigned.payload().to_vec()).unwrap_or_default()
}

/// The header as some issuers write it: everything in the part that is not signed.
fn unprotected(payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(4);
    writer.bytes(&[]);
    writer.map(2);
    writer.int(1);
    writer.int(-7);
    writer.int(4);
    writer.bytes(&[1, 2, 3, 4, 5, 6, 7, 8]);
    writer.bytes(payload);
    writer.bytes(&[9; 64]);
    writer.into_bytes()
}

/// One item of every kind that CBOR has, in indefinite and longer forms too.
fn every_kind() -> Vec<u8> {
    let mut bytes = vec![0x9f];
    bytes.extend([0x18, 0x18, 0x19, 1, 0, 0x1a, 0, 1, 0, 0, 0x20, 0x3b, 0, 0, 0, 1, 0, 0, 0, 0]);
    bytes.extend([0x41, 0xff, 0x5f, 0x41, 1, 0x41, 2, 0xff, 0x63, 0xe6, 0x89, 0x8b, 0x7f, 0x61, b'a', 0xff]);
    bytes.extend([0xbf, 0x61, b'k', 0x80, 0xff, 0xa1, 0x18, 1, 0xa0, 0xc1, 0x00, 0xd9, 0xd9, 0xf7, 0xf6]);
    bytes.extend([0xf4, 0xf5, 0xf7, 0xf8, 0x20, 0xf9, 0x3c, 0, 0xfa, 0x7f, 0x80, 0, 0, 0xfb, 0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.push(0xff);
    bytes
}

fn dose(product: &Product, place: u64) -> Dose {
    Dose {
        vaccine: VaccineCode { system: CodeSystem::Cvx, code: product.cvx.to_string() },
        disease: None,
        product: None,
        maker: None,
        lot: Some(format!("EX{place:04}")),
        date: Date::from_days(18_800 + 21 * place as i64),
        number: Some(place),
        total: None,
        country: None,
        centre: None,
        clinician: None,
        valid_from: None,
        valid_until: None,
    }
}

fn holder() -> Holder {
    Holder {
        romanised: RomanisedName::new("TEGATA", "HANAKO"),
        registered: Some(RegisteredName::Whole("手形 花子".to_owned())),
        kana: None,
        birth: BirthDate::year(1970).expect("a year"),
        sex: None,
        nationality: None,
        document: None,
        guardian: None,
    }
}

fn compact(doses: u64) -> Certificate {
    let mut holder = holder();
    if doses > 1 {
        holder.kana = Some("テガタ ハナコ".to_owned());
        holder.sex = Sex::from_number(2);
        holder.nationality = Some("JPN".to_owned());
        holder.document = Some(TravelDocument { passport: true, number: "XX0000000".to_owned() });
    }
    Certificate {
        format: Format::Compact,
        kind: Kind::Vaccination,
        country: None,
        issuer: None,
        holder,
        doses: PRODUCTS.iter().zip(1..=doses).map(|(product, place)| dose(product, place)).collect(),
        tests: Vec::new(),
        recoveries: Vec::new(),
        identifiers: Vec::new(),
        issued_at: Some(NOW),
        not_before: None,
        expires_at: Some(NOW.plus(3653 * DAY)),
        status: Some(StatusIndex { shard: 1, index: 40_000 }),
        revocation_id: None,
        findings: Vec::new(),
    }
}

fn eu() -> Certificate {
    let japan = Country::parse("JP");
    let mut certificate = compact(1);
    certificate.format = Format::EuDcc;
    certificate.country = japan;
    certificate.issuer = Some("Kakuu City".to_owned());
    certificate.holder.registered =
        Some(RegisteredName::Parts { family: Some("手形".to_owned()), given: Some("花子".to_owned()) });
    certificate.identifiers = japan.and_then(|japan| eu_dcc::uvci(japan, "EXAMPLE")).into_iter().collect();
    certificate.status = None;
    let known = PRODUCTS.iter().find_map(|product| product.eu);
    for (dose, eu) in certificate.doses.iter_mut().zip(known) {
        dose.vaccine = VaccineCode { system: CodeSystem::SnomedCt, code: eu.vaccine.to_owned() };
        dose.disease = Some(eu.disease.to_owned());
        dose.product = Some(eu.product.to_owned());
        dose.maker = Some(eu.maker.to_owned());
        (dose.lot, dose.total, dose.country) = (None, Some(1), japan);
    }
    certificate
}

/// The claims of a yellow fever vaccination, as our own writer lays them out.
fn icvp(generation: Generation) -> Vec<u8> {
    let mut certificate = compact(3);
    certificate.format = Format::Icvp;
    certificate.country = Country::parse("JP");
    certificate.issuer = Some("Kakuu City".to_owned());
    certificate.doses.truncate(1);
    certificate.holder.guardian = Some("TEGATA TARO".to_owned());
    certificate.holder.birth = BirthDate::parse("1984-04-01").expect("a day");
    for dose in &mut certificate.doses {
        dose.vaccine = VaccineCode { system: CodeSystem::Cvx, code: "183".to_owned() };
        (dose.clinician, dose.valid_from) = (Some("Dr Probe".to_owned()), dose.date);
    }
    let identity = tegata_certificate::KeyIdentity { algorithm: tegata_certificate::Algorithm::Es256, ..identity() };
    let written = icvp::write(&certificate, &identity, generation);
    written.map(|unsigned| unsigned.payload().to_vec()).unwrap_or_default()
}

/// The same in the draft, which nobody writes any more.
fn icvp_draft() -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(2);
    writer.int(6);
    writer.int(NOW.0);
    writer.int(-260);
    writer.map(1);
    writer.int(-6);
    writer.map(4);
    for (key, text) in [("n", "Tegata Hanako"), ("s", "F"), ("dob", "1984-04-01")] {
        writer.text(key);
        writer.text(text);
    }
    writer.text("v");
    writer.map(5);
    for (key, text) in [("bo", "EX0001"), ("dn", "1"), ("dt", "2026-01-01"), ("tg", "1D47"), ("vp", "XM0N24")] {
        writer.text(key);
        writer.text(text);
    }
    writer.into_bytes()
}

/// The header of a list that lives so many days.
pub fn header(days: i64) -> Header {
    Header { version: 1, issued_at: NOW, expires_at: NOW.plus(days * DAY), repository_id: REPOSITORY.to_owned() }
}

/// The payload of a root with one key a role.
pub fn root() -> Vec<u8> {
    let keys = |role| RoleKeys { threshold: 1, keys: vec![role_key(role).verifying_key().clone()] };
    let (root, trust, head) = (keys(Role::Root), keys(Role::Trust), keys(Role::Head));
    Root { header: header(730), root, trust, status: None, head, rules: None, grace_cap: 30 * DAY }.encode()
}

/// The payload of a trust list with our key.
pub fn trust() -> Vec<u8> {
    let japan: Vec<Country> = Country::parse("JP").into_iter().collect();
    let issuers = japan.iter().map(|country| Issuer {
        name_ja: "架空市".to_owned(),
        name_en: "Kakuu City".to_owned(),
        country: *country,
    });
    let ours = entry(japan.clone());
    Trust { header: header(90), issuers: issuers.collect(), keys: vec![ours], anchors: Vec::new() }.encode()
}

fn entry(countries: Vec<Country>) -> KeyEntry {
    KeyEntry {
        kid: KEY.verifying_key().thumbprint(),
        key: KEY.verifying_key().clone(),
        issuer: 0,
        formats: vec![Format::Compact, Format::EuDcc],
        authority: Authority::Countries(countries),
        kinds: vec![Kind::Vaccination],
        diseases: vec!["840539006".to_owned()],
        sign_from: NOW,
        sign_until: NOW.plus(365 * DAY),
        valid_until: NOW.plus(4000 * DAY),
        max_life: Some(3653 * DAY),
        ranges: vec![StatusRange { shard: 1, from: 0, to: 65_536 }],
        state: KeyState::Active,
        hint: None,
        source: Some("fuzzing".to_owned()),
    }
}

/// The payload of the head that names the lists above.
fn head() -> Vec<u8> {
    let bundle = around(&root(), &trust());
    let head = tegata_trust_lists::Head {
        header: header(7),
        roots: bundle.roots.iter().map(|root| tegata_trust_lists::NamedFile::of(root, 1)).collect(),
        trust: tegata_trust_lists::NamedFile::of(&bundle.trust, 1),
        status: Default::default(),
        withdrawals: Default::default(),
        rules: None,
    };
    head.encode()
}
