//! What stands on one page, as values for a template: what a name holds is never code.

use super::{PaperError, PaperKind};
use crate::issue::{Edition, Purpose};
use crate::record::{Dose, Record};
use crate::symbol::{QUIET_ZONE, Symbol};
use sha2::{Digest, Sha256};
use tegata_certificate::{BirthDate, Date, UnixTime};
use typst::foundations::{Array, Bytes, Dict, IntoValue, Value};

/// Who issued it, in both languages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authority {
    /// In Japanese.
    pub name_ja: String,
    /// In English.
    pub name_en: String,
}

/// Where a letter goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Seven digits, as `123-4567`; empty if it is not known.
    pub postcode: String,
    /// The address, a line or two.
    pub lines: Vec<String>,
    /// To whom, if not to the person: a parent, for example.
    pub recipient: Option<String>,
}

/// One certificate to be printed.
#[derive(Clone)]
pub struct Sheet {
    /// What the register says.
    pub record: Record,
    /// Which certificate of it this is.
    pub edition: Edition,
    /// Its identifier in the register: letters and digits.
    pub identifier: String,
    /// The text in the code.
    pub text: String,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// Its end.
    pub expires_at: UnixTime,
    /// By whom.
    pub authority: Authority,
    /// Where it goes; letters have one.
    pub address: Option<Address>,
    /// Address of a page that checks codes.
    pub verifier: Option<String>,
}

/// What a person is called on paper does not show in `Debug` output.
impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sheet(…)")
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

/// Japan's time, in seconds before UTC's.
const JAPAN: i64 = 9 * 3600;

impl Sheet {
    /// The symbol of its text.
    pub(super) fn symbol(&self) -> Result<Symbol, PaperError> {
        Ok(self.edition.symbol(&self.text)?)
    }

    /// Whether there is an address, for what is sent.
    pub(super) fn goes_somewhere(&self, kind: PaperKind) -> Result<(), PaperError> {
        let has_address = self.address.as_ref().is_some_and(|address| !address.lines.is_empty());
        if kind == PaperKind::Letter && !has_address { Err(PaperError::NoAddress) } else { Ok(()) }
    }

    /// All texts that are set on the page in letters of their own; digits and a template's own words aside.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        let person = &self.record.person;
        let name = person.registered.as_ref().map(tegata_certificate::RegisteredName::to_line);
        let romanised = person.romanised.as_ref().map(|name| format!("{} {}", name.family(), name.given()));
        let doses = self.record.doses.iter().flat_map(|dose| {
            [dose.lot.clone(), Some(dose.product.name.to_owned()), Some(dose.product.maker.to_owned())]
        });
        let address = self.address.iter().flat_map(|address| {
            let texts = std::iter::once(address.postcode.clone()).chain(address.lines.iter().cloned());
            texts.chain(address.recipient.clone())
        });
        let authority = [self.authority.name_ja.clone(), self.authority.name_en.clone()];
        let mut texts: Vec<String> = name.into_iter().chain(person.kana.clone()).chain(romanised).collect();
        texts.extend(doses.flatten().chain(address).chain(authority).chain(self.verifier.clone()));
        texts.into_iter()
    }

    /// The same sheet has the same fingerprint.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new().chain_update(self.record.content_hash());
        // Fields of the record are in its own hash, the rest of what is printed in the text's.
        let texts = [self.text.clone(), self.identifier.clone(), self.expires_at.to_string()].into_iter();
        for text in texts.chain(self.texts()) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }

    /// The values of `sheet` in a template.
    pub(super) fn values(&self, kind: PaperKind) -> Result<Dict, PaperError> {
        self.goes_somewhere(kind)?;
        let person = &self.record.person;
        let romanised = person.romanised.as_ref().map(|name| {
            let (family, given) = (name.family(), name.given());
            // The zone's fillers stand for blanks.
            format!("{family} {given}").replace('<', " ").trim().to_owned()
        });
        let mut values = Dict::new();
        let mut set = |name: &str, value: Value| values.insert(name.into(), value);
        set("name", text(person.registered.as_ref().map(tegata_certificate::RegisteredName::to_line)));
        set("kana", text(person.kana.clone()));
        set("romanised", text(romanised));
        set("birth", person.birth.to_string().into_value());
        set("birth-ja", birth_in_japanese(person.birth).into_value());
        set("doses", Value::Array(self.doses()));
        set("identifier", grouped(&self.identifier).into_value());
        set("format", self.edition.format.name().into_value());
        set("travel", Value::Bool(self.edition.purpose == Purpose::Travel));
        set("issued", text(day(self.issued_at).map(|day| day.to_string())));
        set("until", text(day(self.expires_at).map(|day| day.to_string())));
        set("issued-ja", text(day(self.issued_at).map(in_japanese)));
        set("until-ja", text(day(self.expires_at).map(in_japanese)));
        set("issuer-ja", self.authority.name_ja.as_str().into_value());
        set("issuer-en", self.authority.name_en.as_str().into_value());
        set("verifier", text(self.verifier.clone()));
        set("address", self.address.as_ref().map_or(Value::None, |address| Value::Dict(values_of(address))));
        set("code", Value::Dict(code(&self.symbol()?, kind)?));
        Ok(values)
    }

    fn doses(&self) -> Array {
        let doses = self.record.doses.iter().enumerate();
        let doses = doses.filter(|(place, _)| self.edition.dose.is_none_or(|dose| dose == *place));
        let dose = |dose: &Dose| {
            let mut values = Dict::new();
            values.insert("number".into(), i64::from(dose.number).into_value());
            values.insert("date".into(), dose.date.to_string().into_value());
            values.insert("product".into(), dose.product.name.into_value());
            values.insert("maker".into(), dose.product.maker.into_value());
            values.insert("lot".into(), text(dose.lot.clone()));
            Value::Dict(values)
        };
        doses.map(|(_, of)| dose(of)).collect()
    }
}

fn text(text: Option<String>) -> Value {
    text.map_or(Value::None, IntoValue::into_value)
}

fn values_of(address: &Address) -> Dict {
    let mut values = Dict::new();
    values.insert("postcode".into(), address.postcode.as_str().into_value());
    let lines: Array = address.lines.iter().map(|line| line.as_str().into_value()).collect();
    values.insert("lines".into(), Value::Array(lines));
    values.insert("recipient".into(), text(address.recipient.clone()));
    values
}

/// Pixels a module: viewers that smooth pictures blur an eighth of a module, and no more.
const PIXELS: usize = 4;

/// The code: grey pixels with its quiet zone, and how large it is printed.
fn code(symbol: &Symbol, kind: PaperKind) -> Result<Dict, PaperError> {
    let module = kind.module_mm(symbol)?;
    let side = symbol.modules() + 2 * QUIET_ZONE;
    let mut values = Dict::new();
    values.insert("pixels".into(), Value::Bytes(Bytes::new(symbol.grey(PIXELS))));
    values.insert("side".into(), ((side * PIXELS) as i64).into_value());
    values.insert("width-mm".into(), Value::Float(module * side as f64));
    values.insert("quiet-mm".into(), Value::Float(module * QUIET_ZONE as f64));
    Ok(values)
}

fn day(time: UnixTime) -> Option<Date> {
    time.plus(JAPAN).date()
}

fn in_japanese(day: Date) -> String {
    let (year, month, day) = day.ymd();
    format!("{year}年{month}月{day}日")
}

fn birth_in_japanese(birth: BirthDate) -> String {
    match birth {
        BirthDate::Day(day) => in_japanese(day),
        BirthDate::Month(year, month) => format!("{year}年{month}月"),
        BirthDate::Year(year) => format!("{year}年"),
        BirthDate::Unknown => "不詳".to_owned(),
    }
}

/// Five letters at a time, as people read them out.
fn grouped(identifier: &str) -> String {
    let letters: Vec<char> = identifier.chars().collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Person, RegisterNumber};
    use tegata_certificate::{Format, RegisteredName, RomanisedName, vaccine};

    fn sheet() -> Sheet {
        let person = Person {
            number: RegisterNumber::parse("4711").expect("a number"),
            registered: Some(RegisteredName::Whole("髙橋　﨑子".to_owned())),
            kana: Some("タカハシ　サキコ".to_owned()),
            romanised: RomanisedName::new("VAN<DER<BERG", "SAKIKO"),
            birth: BirthDate::Day(Date::from_ymd(1984, 4, 1).expect("a day")),
            sex: None,
            municipality: None,
            nationality: None,
            passport: None,
            shielded: false,
        };
        let dose = Dose {
            number: 1,
            date: Date::from_ymd(2021, 6, 1).expect("a day"),
            product: vaccine::by_key("comirnaty").expect("a product"),
            maker: None,
            lot: Some("FA1234".to_owned()),
            site: None,
            ticket: None,
            municipality: None,
        };
        Sheet {
            record: Record { person, doses: vec![dose] },
            edition: Edition { format: Format::Compact, purpose: Purpose::Domestic, dose: None, generation: None },
            identifier: "ABCDEFGHIJKLMNOPQRSTUVWXY".to_owned(),
            text: "TG1:ABC".to_owned(),
            issued_at: UnixTime(1_795_800_000),
            expires_at: UnixTime(2_111_400_000),
            authority: Authority { name_ja: "架空市".to_owned(), name_en: "Kakuu City".to_owned() },
            address: Some(Address {
                postcode: "123-4567".to_owned(),
                lines: vec!["架空市緑ヶ丘".to_owned()],
                recipient: Some("保護者".to_owned()),
            }),
            verifier: Some("https://verify.example/".to_owned()),
        }
    }

    fn strings(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::Str(text) => all.push(text.to_string()),
            Value::Array(values) => values.iter().for_each(|value| strings(value, all)),
            Value::Dict(values) => values.iter().for_each(|(_, value)| strings(value, all)),
            _ => {}
        }
    }

    /// What a template may set is asked of the fonts beforehand: a character that none has would be a box.
    #[test]
    fn whatever_a_template_gets_as_text_the_fonts_are_asked_for() {
        let sheet = sheet();
        let mut set = Vec::new();
        strings(&Value::Dict(sheet.values(PaperKind::Letter).expect("values")), &mut set);
        assert!(set.iter().any(|text| text == sheet.record.doses[0].product.maker));
        let asked: String = sheet.texts().collect();
        let of_its_own = |c: char| c.is_ascii_digit() || "年月日不詳- ".contains(c);
        for text in &set {
            // The identifier is of the letters that every font for text has.
            let plain = text.replace('-', "") == sheet.identifier || text == sheet.edition.format.name();
            let missing: String = text.chars().filter(|c| !asked.contains(*c) && !of_its_own(*c)).collect();
            assert!(plain || missing.is_empty(), "{text}: {missing}");
        }
    }

    #[test]
    fn a_letter_goes_somewhere() {
        for address in [None, Some(Address { postcode: "123-4567".to_owned(), lines: Vec::new(), recipient: None })] {
            let nowhere = Sheet { address, ..sheet() };
            assert!(matches!(nowhere.values(PaperKind::Letter), Err(PaperError::NoAddress)));
            assert!(nowhere.values(PaperKind::Kiosk).is_ok());
        }
    }
}
