//! Vaccines: the code systems that certificates use, and how one product is called in each.
//!
//! The table is dated data, never a closed catalogue: an unknown code in a certificate is shown
//! as it stands. Only issuing needs a row here, because only a row says how each family writes
//! the product. Where a code is shared by several rows the table says so ([`Meaning::product`] is
//! absent, [`Mapping::Group`], [`Mapping::Ambiguous`]) and never picks one.

mod disease;
mod eu;
mod group;
mod product;
#[cfg(test)]
mod tests;
pub mod who;

pub use disease::Disease;
pub use group::Group;
pub use product::PRODUCTS;
use std::borrow::Cow;

/// The code systems a vaccine may be named in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CodeSystem {
    /// CVX, the CDC's codes for vaccines administered.
    Cvx,
    /// SNOMED CT.
    SnomedCt,
    /// ATC, the WHO's classification of medicines. Early EU certificates hold it in place of SNOMED CT.
    Atc,
    /// ICD-11, extension codes (`XM…`).
    Icd11,
    /// WHO's ids of prequalified products (see [`who`]).
    WhoProduct,
    /// GTIN, the number under a package's bar code.
    Gtin,
    /// The Australian Immunisation Register's codes.
    AuAir,
    /// A system that is not known here; the code is shown as it stands.
    Other,
}

impl CodeSystem {
    /// Every system, the most useful of several codes first, the unknown one last.
    pub const ALL: [Self; 8] =
        [Self::Cvx, Self::SnomedCt, Self::Atc, Self::Icd11, Self::WhoProduct, Self::Gtin, Self::AuAir, Self::Other];

    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cvx => "cvx",
            Self::SnomedCt => "snomed-ct",
            Self::Atc => "atc",
            Self::Icd11 => "icd-11",
            Self::WhoProduct => "who-product",
            Self::Gtin => "gtin",
            Self::AuAir => "au-air",
            Self::Other => "other",
        }
    }

    /// How FHIR names the system, as its guides spell it first.
    #[must_use]
    pub fn uri(self) -> Option<&'static str> {
        URIS.iter().find(|(system, _)| *system == self).map(|(_, uri)| *uri)
    }

    /// The system that a FHIR `system` means; [`Other`](Self::Other) for any that is not known.
    #[must_use]
    pub fn of_uri(uri: &str) -> Self {
        URIS.iter().find(|(_, known)| *known == uri).map_or(Self::Other, |(system, _)| *system)
    }
}

/// SNOMED CT, which names results of tests too.
pub(crate) const SNOMED_CT: &str = "http://snomed.info/sct";

/// FHIR's names of systems: HL7 terminology, the SMART Health Cards vaccination guide (2021, 2025) and
/// SMART ICVP 0.3.0. Spellings after the first are read only.
const URIS: &[(CodeSystem, &str)] = &[
    (CodeSystem::Cvx, "http://hl7.org/fhir/sid/cvx"),
    (CodeSystem::SnomedCt, SNOMED_CT),
    (CodeSystem::Atc, "http://www.whocc.no/atc"),
    (CodeSystem::Atc, "https://www.whocc.no/atc_ddd_index/"),
    (CodeSystem::Icd11, "http://id.who.int/icd11/mms"),
    (CodeSystem::Icd11, "http://id.who.int/icd/release/11/mms"),
    (CodeSystem::WhoProduct, "http://smart.who.int/pcmt-vaxprequal/CodeSystem/PreQualProductIds"),
    (CodeSystem::WhoProduct, "http://smart.who.int/pcmt-vaxprequal/CodeSystem/PreQualProductIDs"),
    (CodeSystem::Gtin, "https://www.gs1.org/gtin"),
    (
        CodeSystem::AuAir,
        "https://www.humanservices.gov.au/organisations/health-professionals/enablers/air-vaccine-code-formats",
    ),
    (CodeSystem::AuAir, "urn:oid:1.2.36.1.2001.1005.17"),
];

/// A vaccine, named in one code system.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct VaccineCode {
    /// Which system.
    pub system: CodeSystem,
    /// The code as it stands.
    pub code: String,
}

impl VaccineCode {
    /// A `vp` of an EU DCC: SNOMED CT, or the ATC code that early ones hold, told apart by its form.
    #[must_use]
    pub fn eu(code: String) -> Self {
        let system = if is_atc(&code) { CodeSystem::Atc } else { CodeSystem::SnomedCt };
        Self { system, code }
    }

    /// A code of WHO's families that comes without its system: a product id, an ICD-11 extension code, an
    /// ATC code or a number of SNOMED CT, told apart by their forms.
    #[must_use]
    pub fn who(code: String) -> Self {
        let system = if who::is_id(&code) {
            CodeSystem::WhoProduct
        } else if is_icd11(&code) {
            CodeSystem::Icd11
        } else if is_atc(&code) {
            CodeSystem::Atc
        } else if (6..=18).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) {
            CodeSystem::SnomedCt
        } else {
            CodeSystem::Other
        };
        Self { system, code }
    }
}

/// Whether a code has the form of ATC's vaccines: `J07`, a letter or two, and two digits.
fn is_atc(code: &str) -> bool {
    let group = code.strip_prefix("J07").unwrap_or_default().as_bytes();
    matches!(group, [b'A'..=b'Z'] | [b'A'..=b'Z', b'A'..=b'Z'] | [b'A'..=b'Z', b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9'])
}

/// Whether a code has the form of ICD-11's vaccines: `XM` and four characters or more.
fn is_icd11(code: &str) -> bool {
    code.strip_prefix("XM").is_some_and(|rest| {
        (4..=6).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    })
}

/// How the EU DCC writes a product.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EuProduct {
    /// `tg`: disease or agent targeted.
    pub disease: &'static str,
    /// `vp`: vaccine or prophylaxis.
    pub vaccine: &'static str,
    /// `mp`: medicinal product.
    pub product: &'static str,
    /// `ma`: marketing authorisation holder.
    pub maker: &'static str,
    /// The name in the value set.
    pub name: &'static str,
    /// ICD-11's code of the same product.
    pub brand: Option<&'static str>,
    /// Whether the EU still gives the code to new certificates.
    pub written: bool,
}

/// One vaccine product that an issuer here can write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Product {
    /// Our short stable name, used in registers and arguments.
    pub key: &'static str,
    /// The name as people write it.
    pub name: &'static str,
    /// CVX code.
    pub cvx: u16,
    /// The maker's short name in English.
    pub maker: &'static str,
    /// The kind of vaccine, with its diseases and its codes in the systems that name kinds.
    pub group: &'static Group,
    /// ICD-11's code of the brand, where it has one.
    pub icd11_brand: Option<&'static str>,
    /// The EU's codes; `None` where the EU DCC cannot name the product.
    pub eu: Option<EuProduct>,
}

/// What a product is called in another system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mapping {
    /// A code that names it and no other row of the table.
    Exact(Cow<'static, str>),
    /// A code that is true of it but does not name it: other rows have it too.
    Group(&'static str),
    /// One of several codes, and nothing says which.
    Ambiguous,
    /// No code is known.
    None,
}

impl Mapping {
    /// The code, if there is exactly one that is true of the product.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Exact(code) => Some(code),
            Self::Group(code) => Some(code),
            Self::Ambiguous | Self::None => None,
        }
    }
}

impl Product {
    /// The diseases that it is given against.
    #[must_use]
    pub fn diseases(&self) -> &'static [Disease] {
        self.group.diseases
    }

    /// What the product is called in that system. In ICD-11 it is the kind of vaccine, as VDS-NC writes
    /// it (`des`); the brand's own code is [`icd11_brand`](Self::icd11_brand).
    #[must_use]
    pub fn code(&self, system: CodeSystem) -> Mapping {
        match system {
            CodeSystem::Cvx => Mapping::Exact(Cow::Owned(self.cvx.to_string())),
            CodeSystem::WhoProduct => self.who_product(),
            CodeSystem::SnomedCt | CodeSystem::Atc | CodeSystem::Icd11 => {
                self.group.codes(system).first().map_or(Mapping::None, |code| Mapping::Group(code))
            }
            CodeSystem::Gtin | CodeSystem::AuAir | CodeSystem::Other => Mapping::None,
        }
    }

    /// The WHO's id, if its list has one entry for the product. CVX 37 stood for every yellow fever vaccine
    /// before 183 was given to Stamaril, so it stays open which is meant.
    fn who_product(&self) -> Mapping {
        let kinds = matches!(self.cvx, 37 | 184 | 89 | 182);
        let mut entries = who::LIST.iter().filter(|entry| {
            if kinds { entry.vaccine.group().diseases == self.group.diseases } else { entry.cvx() == Some(self.cvx) }
        });
        match (entries.next(), entries.next()) {
            (None, _) => Mapping::None,
            // A kind of vaccine is no product, however short the list is.
            (Some(entry), None) if !self.maker.is_empty() => Mapping::Exact(Cow::Owned(entry.id())),
            (Some(_), _) => Mapping::Ambiguous,
        }
    }
}

/// What a code in a certificate says about what was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meaning {
    /// The narrowest name that the code allows.
    pub name: &'static str,
    /// The diseases.
    pub diseases: &'static [Disease],
    /// The product, only where the code names one row and no other.
    pub product: Option<&'static Product>,
}

impl From<&'static Product> for Meaning {
    fn from(product: &'static Product) -> Self {
        Self { name: product.name, diseases: product.diseases(), product: Some(product) }
    }
}

/// What a vaccine code means, with the EU's product code (`mp`) beside it where there is one. `None` for
/// a code that is not known here.
#[must_use]
pub fn meaning(code: &VaccineCode, eu_product: Option<&str>) -> Option<Meaning> {
    if let Some(eu) = eu_product.and_then(by_eu_product) {
        // Variants for ages and strains share the EU's code: with more than one row it names none.
        let product = only(PRODUCTS.iter().filter(|row| row.eu.is_some_and(|own| own.product == eu.product)));
        return Some(Meaning { name: eu.name, diseases: &[Disease::Covid19], product });
    }
    match code.system {
        CodeSystem::Cvx => code.code.parse().ok().and_then(by_cvx).map(Meaning::from),
        CodeSystem::WhoProduct => {
            let entry = who::find(&code.code);
            let diseases = who::diseases(&code.code)?;
            let name = entry.map_or_else(|| group::find_diseases(diseases), |entry| Some(entry.name()))?;
            let exact = |row: &&Product| {
                entry.is_some_and(|entry| row.code(CodeSystem::WhoProduct).code() == Some(&entry.id()))
            };
            Some(Meaning { name, diseases, product: only(PRODUCTS.iter().filter(exact)) })
        }
        CodeSystem::Icd11 => by_brand(&code.code).or_else(|| by_group(code)),
        CodeSystem::SnomedCt | CodeSystem::Atc => by_group(code),
        CodeSystem::Gtin | CodeSystem::AuAir | CodeSystem::Other => None,
    }
}

fn by_brand(code: &str) -> Option<Meaning> {
    let rows = || PRODUCTS.iter().filter(|row| row.icd11_brand == Some(code));
    let eu = eu::PRODUCTS.iter().find(|eu| eu.brand == Some(code));
    let first = rows().next();
    let name = eu.map(|eu| eu.name).or(first.map(|row| row.name))?;
    Some(Meaning { name, diseases: &[Disease::Covid19], product: only(rows()) })
}

fn by_group(code: &VaccineCode) -> Option<Meaning> {
    let group = group::find(code.system, &code.code)?;
    Some(Meaning { name: group.name, diseases: group.diseases, product: None })
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// The product that a code names; `None` where it names none or could mean several.
#[must_use]
pub fn by_code(code: &VaccineCode) -> Option<&'static Product> {
    meaning(code, None)?.product
}

/// The EU's product with that code (`mp`), or with its name, which some issuers write in its place.
#[must_use]
pub fn by_eu_product(code: &str) -> Option<&'static EuProduct> {
    eu::PRODUCTS.iter().find(|eu| eu.product == code || eu.name == code)
}

/// COVID-19 in the EU's value set (SNOMED CT).
pub const COVID_19: &str = "840539006";

/// The product with that CVX code, if the table has it.
#[must_use]
pub fn by_cvx(cvx: u64) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| u64::from(product.cvx) == cvx)
}

/// The product with that [`key`](Product::key).
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.key == key)
}

/// The product that a register's text means: our key, a name, `CVX:nnn`, an id of [`who`], or a maker's
/// name as the Vaccination Record System writes it (ファイザー, アストラゼネカ, 武田/モデルナ). A bare maker's
/// name means a COVID-19 vaccine, as it does there. Widths and cases of letters do not matter to the
/// caller that normalises (NFKC) first.
#[must_use]
pub fn by_register_text(text: &str) -> Option<&'static Product> {
    let text = text.trim();
    if let Some(cvx) = text.strip_prefix("CVX:").or_else(|| text.strip_prefix("cvx:")) {
        return by_cvx(cvx.trim().parse().ok()?);
    }
    if let Some(entry) = who::find(text) {
        return by_cvx(entry.cvx()?.into());
    }
    let narrow: String = text.chars().map(narrow).collect();
    if let Some((_, key)) = product::JAPANESE.iter().find(|(name, _)| *name == narrow) {
        return by_key(key);
    }
    let named = |row: &&Product| row.key.eq_ignore_ascii_case(text) || row.name.eq_ignore_ascii_case(text);
    let made = |row: &&Product| {
        row.diseases() == [Disease::Covid19] && !row.maker.is_empty() && row.maker.eq_ignore_ascii_case(text)
    };
    PRODUCTS.iter().find(named).or_else(|| PRODUCTS.iter().find(made))
}

/// The half-width form of the signs that registers write in either width.
fn narrow(c: char) -> char {
    match c {
        '（' => '(',
        '）' => ')',
        '／' => '/',
        '～' | '〜' => '~',
        _ => c,
    }
}
