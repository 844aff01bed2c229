//! Specimen certificates of invented people, for tests and benchmarks.

use tegata_certificate::cbor::Writer;
use tegata_certificate::mrz::check_digit;
use tegata_certificate::vaccine::{CodeSystem, VaccineCode};
use tegata_certificate::{
    BirthDate, Certificate, Country, Date, Dose, Format, Holder, KeyIdentity, Kind, RegisteredName, RomanisedName, Sex,
    StatusIndex, TravelDocument, UnixTime, base45, deflate, eu_dcc as eu,
};
use tegata_keys::Signer;

/// 2026-06-01T00:00:00Z.
pub const NOW: UnixTime = UnixTime(1_780_272_000);
/// A day in seconds.
pub const DAY: i64 = 86_400;

/// Japan.
///
/// # Panics
/// Never: `JP` is a country code.
#[must_use]
pub fn japan() -> Country {
    Country::parse("JP").expect("two letters")
}

/// A key as messages name it: by its thumbprint.
#[must_use]
pub fn identity(key: &dyn Signer) -> KeyIdentity<'_> {
    let key = key.verifying_key();
    KeyIdentity { algorithm: key.algorithm(), kid: key.thumbprint(), certificate: None }
}

/// The text of a certificate that our own writer lays out.
///
/// # Panics
/// If its format cannot say it.
#[must_use]
pub fn seal(key: &dyn Signer, certificate: &Certificate) -> String {
    let unsigned = certificate.format.write(certificate, &identity(key)).expect("lays out");
    let signature = key.sign(unsigned.to_be_signed()).expect("signs");
    unsigned.seal(&signature).expect("seals").text().to_owned()
}

/// The text of claims that no writer of ours would write, in the frame of `compact` or of the EU's family.
///
/// # Panics
/// If the key cannot sign.
#[must_use]
pub fn seal_claims(key: &dyn Signer, format: Format, claims: &[u8]) -> String {
    let identity = identity(key);
    let mut protected = Writer::default();
    protected.map(2);
    protected.int(1);
    protected.int(identity.algorithm.cose());
    protected.int(4);
    protected.bytes(&identity.kid[..format.kid_length()]);
    let protected = protected.into_bytes();
    let mut input = Writer::default();
    input.array(4);
    input.text("Signature1");
    input.bytes(&protected);
    input.bytes(&[]);
    input.bytes(claims);
    let mut message = Writer::default();
    message.tag(18);
    message.array(4);
    message.bytes(&protected);
    message.map(0);
    message.bytes(claims);
    message.bytes(&key.sign(&input.into_bytes()).expect("signs"));
    let message = message.into_bytes();
    match format {
        Format::Compact => format!("TG1:{}", base45::encode(&message)),
        _ => format!("HC1:{}", base45::encode(&deflate::deflate(&message).expect("small"))),
    }
}

/// A key as health cards name it.
#[must_use]
pub fn card_identity(key: &dyn Signer) -> KeyIdentity<'_> {
    KeyIdentity { kid: key.verifying_key().jwk_thumbprint(), ..identity(key) }
}

/// The issuer of [`health_card`].
pub const CARD_ISSUER: &str = "https://card.example/issuer";

fn dose(day: &str, lot: Option<&str>, number: u64) -> Dose {
    Dose {
        lot: lot.map(str::to_owned),
        date: Date::parse(day),
        number: Some(number),
        ..Dose::of(VaccineCode { system: CodeSystem::Cvx, code: "208".into() })
    }
}

/// 山田 花子 with two doses, issued ten minutes before [`NOW`].
///
/// # Panics
/// Never: what is written here is well-formed.
#[must_use]
pub fn compact(status: StatusIndex) -> Certificate {
    let holder = Holder {
        registered: Some(RegisteredName::Whole("山田 花子".into())),
        ..Holder::born(BirthDate::parse("1971-11-03").expect("a date"))
    };
    Certificate {
        doses: vec![dose("2021-07-01", Some("FA7338"), 1), dose("2021-07-22", Some("FC3661"), 2)],
        issued_at: Some(NOW.plus(-600)),
        expires_at: Some(NOW.plus(3_000 * DAY)),
        status: Some(status),
        ..Certificate::about(holder, Format::Compact, Kind::Vaccination)
    }
}

/// The same person's second dose, for travel.
///
/// # Panics
/// Never: what is written here is well-formed.
#[must_use]
pub fn eu_dcc() -> Certificate {
    let compact = compact(StatusIndex { shard: 0, index: 0 });
    Certificate {
        format: Format::EuDcc,
        country: Some(japan()),
        issuer: Some("Kakuu City".into()),
        holder: Holder { romanised: RomanisedName::new("YAMADA", "HANAKO"), registered: None, ..compact.holder },
        doses: vec![dose("2021-07-22", None, 2)],
        identifiers: vec![eu::uvci(japan(), "KAKUU0001KAKUU0001KAKUU00").expect("alphabet")],
        expires_at: Some(NOW.plus(365 * DAY)),
        status: None,
        ..compact
    }
}

/// 手形 花子 with two doses, as a seal for her passport says it.
///
/// # Panics
/// Never: what is written here is well-formed.
#[must_use]
pub fn vds_nc() -> Certificate {
    let dose = |day: &str, lot: &str, number: u64| Dose {
        disease: Some("RA01.0".into()),
        product: Some("Comirnaty".into()),
        country: Some(japan()),
        centre: Some("Kakuu City".into()),
        vaccine: VaccineCode { system: CodeSystem::Icd11, code: "XM0GQ8".into() },
        ..dose(day, Some(lot), number)
    };
    let holder = Holder {
        romanised: RomanisedName::new("TEGATA", "HANAKO<MARIA"),
        sex: Some(Sex::Female),
        document: Some(TravelDocument { passport: true, number: "TK1234567".into() }),
        ..Holder::born(BirthDate::parse("1984-04-01").expect("a date"))
    };
    Certificate {
        country: Some(japan()),
        doses: vec![dose("2021-07-01", "FA7338", 1), dose("2021-07-22", "FA7812", 2)],
        identifiers: vec!["6U5RSWMBASG2".into()],
        ..Certificate::about(holder, Format::VdsNc, Kind::Vaccination)
    }
}

/// The machine-readable zone of a Japanese passport, in two lines. The birth date is printed as `YYMMDD`.
///
/// # Panics
/// Where a part does not fit its field, or is of another alphabet.
#[must_use]
pub fn passport(name: &RomanisedName, number: &str, birth: &str, sex: char) -> String {
    let with_digit = |field: &str| format!("{field}{}", check_digit(field).expect("A-Z, 0-9 and <"));
    let (number, birth) = (with_digit(&format!("{number:<<9}")), with_digit(birth));
    let (expiry, optional) = (with_digit("310415"), with_digit(&"<".repeat(14)));
    let all = check_digit(&format!("{number}{birth}{expiry}{optional}")).expect("A-Z, 0-9 and <");
    let first = format!("P<JPN{}", name.to_mrz());
    assert!(first.len() <= 44, "a longer name than a zone has places for");
    format!("{first:<<44}\n{number}JPN{birth}{sex}{expiry}{optional}{all}")
}

/// The same person's two doses in a health card for use at home.
///
/// # Panics
/// Never: what is written here is well-formed.
#[must_use]
pub fn health_card() -> Certificate {
    let compact = compact(StatusIndex { shard: 0, index: 0 });
    let doses = compact.doses.into_iter().map(|dose| Dose { number: None, centre: Some("Kakuu City".into()), ..dose });
    Certificate {
        format: Format::Shc,
        issuer: Some(CARD_ISSUER.into()),
        doses: doses.collect(),
        status: None,
        revocation_id: Some("AQPCj4wwk6M".into()),
        expires_at: None,
        ..compact
    }
}
