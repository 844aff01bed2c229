//! Vaccines: the code systems that certificates use, and how one product is called in each.
//!
//! The table is dated data, never a closed catalogue: an unknown code in a certificate is shown
//! as it stands. Only issuing needs a row here, because only a row says how each family writes
//! the product.

/// The code systems a vaccine may be named in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CodeSystem {
    /// CVX, the CDC's codes for vaccines administered.
    Cvx,
    /// SNOMED CT, or the ATC code that early EU certificates hold in the same place (`vp`).
    SnomedCt,
    /// ICD-11, extension codes (`XM…`).
    Icd11,
}

impl CodeSystem {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cvx => "cvx",
            Self::SnomedCt => "snomed-ct",
            Self::Icd11 => "icd-11",
        }
    }
}

/// A vaccine, named in one code system.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct VaccineCode {
    /// Which system.
    pub system: CodeSystem,
    /// The code as it stands.
    pub code: String,
}

/// How the EU DCC writes a product (value sets, release 2.12.0).
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
    /// The EU's codes; `None` where the EU DCC cannot name the product.
    pub eu: Option<EuProduct>,
}

/// COVID-19 in the EU's value set (SNOMED CT).
pub const COVID_19: &str = "840539006";

const COMIRNATY: EuProduct =
    EuProduct { disease: COVID_19, vaccine: "1119349007", product: "EU/1/20/1528", maker: "ORG-100030215" };
const SPIKEVAX: EuProduct =
    EuProduct { disease: COVID_19, vaccine: "1119349007", product: "EU/1/20/1507", maker: "ORG-100031184" };
const VAXZEVRIA: EuProduct =
    EuProduct { disease: COVID_19, vaccine: "29061000087103", product: "EU/1/21/1529", maker: "ORG-100001699" };
const JCOVDEN: EuProduct =
    EuProduct { disease: COVID_19, vaccine: "29061000087103", product: "EU/1/20/1525", maker: "ORG-100001417" };
const NUVAXOVID: EuProduct =
    EuProduct { disease: COVID_19, vaccine: "1162643001", product: "EU/1/21/1618", maker: "ORG-100032020" };

const fn covid(key: &'static str, name: &'static str, cvx: u16, maker: &'static str, eu: EuProduct) -> Product {
    Product { key, name, cvx, maker, eu: Some(eu) }
}

const fn other(key: &'static str, name: &'static str, cvx: u16, maker: &'static str) -> Product {
    Product { key, name, cvx, maker, eu: None }
}

/// The products, as of 2026-11. The first of each maker is what a bare maker's name means.
pub const PRODUCTS: &[Product] = &[
    covid("comirnaty", "Comirnaty", 208, "Pfizer", COMIRNATY),
    covid("comirnaty-5-11", "Comirnaty 5-11", 218, "Pfizer", COMIRNATY),
    covid("comirnaty-6m-4", "Comirnaty 6m-4", 219, "Pfizer", COMIRNATY),
    covid("comirnaty-ba1", "Comirnaty BA.1", 520, "Pfizer", COMIRNATY),
    covid("comirnaty-ba4-5", "Comirnaty BA.4-5", 300, "Pfizer", COMIRNATY),
    covid("comirnaty-xbb", "Comirnaty XBB.1.5", 309, "Pfizer", COMIRNATY),
    covid("spikevax", "Spikevax", 207, "Moderna", SPIKEVAX),
    covid("spikevax-booster", "Spikevax 50", 221, "Moderna", SPIKEVAX),
    covid("spikevax-ba1", "Spikevax BA.1", 519, "Moderna", SPIKEVAX),
    covid("spikevax-ba4-5", "Spikevax BA.4-5", 229, "Moderna", SPIKEVAX),
    covid("spikevax-xbb", "Spikevax XBB.1.5", 312, "Moderna", SPIKEVAX),
    covid("vaxzevria", "Vaxzevria", 210, "AstraZeneca", VAXZEVRIA),
    covid("nuvaxovid", "Nuvaxovid", 211, "Novavax", NUVAXOVID),
    covid("jcovden", "Jcovden", 212, "Janssen", JCOVDEN),
    other("yellow-fever", "Yellow fever", 37, ""),
    other("polio-inactivated", "Polio, inactivated", 10, ""),
    other("polio-oral", "Polio, oral", 2, ""),
    other("measles-rubella", "Measles and rubella", 4, ""),
    other("measles", "Measles", 5, ""),
    other("mmr", "Measles, mumps and rubella", 3, ""),
    other("varicella", "Varicella", 21, ""),
    other("japanese-encephalitis", "Japanese encephalitis", 134, ""),
    other("hepatitis-b", "Hepatitis B", 45, ""),
    other("influenza", "Influenza", 88, ""),
];

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

/// The product that a register's text means: our key, a name, `CVX:nnn`, or a maker's name as the
/// Vaccination Record System writes it (ファイザー, アストラゼネカ, 武田/モデルナ). Widths and cases
/// of letters do not matter to the caller that normalises (NFKC) first.
#[must_use]
pub fn by_register_text(text: &str) -> Option<&'static Product> {
    let text = text.trim();
    if let Some(cvx) = text.strip_prefix("CVX:").or_else(|| text.strip_prefix("cvx:")) {
        return by_cvx(cvx.trim().parse().ok()?);
    }
    let key = match text {
        "ファイザー" | "ファイザー社" | "ファイザー/ビオンテック" | "コミナティ" | "コミナティ筋注" => {
            "comirnaty"
        }
        "ファイザー(5~11歳)" | "ファイザー（5～11歳）" | "ファイザー（5〜11歳）" => {
            "comirnaty-5-11"
        }
        "ファイザー(BA.1)" | "ファイザー（BA.1）" => "comirnaty-ba1",
        "ファイザー(BA.4-5)" | "ファイザー（BA.4-5）" => "comirnaty-ba4-5",
        "武田/モデルナ" | "武田／モデルナ" | "モデルナ" | "モデルナ社" | "スパイクバックス" => {
            "spikevax"
        }
        "モデルナ(BA.1)" | "モデルナ（BA.1）" => "spikevax-ba1",
        "モデルナ(BA.4-5)" | "モデルナ（BA.4-5）" => "spikevax-ba4-5",
        "アストラゼネカ" | "アストラゼネカ社" | "バキスゼブリア" => "vaxzevria",
        "武田/ノババックス"
        | "武田／ノババックス"
        | "武田(ノババックス)"
        | "武田（ノババックス）"
        | "ノババックス"
        | "ヌバキソビッド" => "nuvaxovid",
        "ヤンセン" | "ヤンセンファーマ" | "ジェコビデン" => "jcovden",
        _ => {
            return PRODUCTS.iter().find(|product| {
                product.key.eq_ignore_ascii_case(text)
                    || product.name.eq_ignore_ascii_case(text)
                    || (!product.maker.is_empty() && product.maker.eq_ignore_ascii_case(text))
            });
        }
    };
    by_key(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_codes_name_one_product_each() {
        for (i, a) in PRODUCTS.iter().enumerate() {
            for b in &PRODUCTS[i + 1..] {
                assert_ne!(a.key, b.key);
                assert_ne!(a.cvx, b.cvx);
            }
            assert_eq!(by_cvx(u64::from(a.cvx)), Some(a));
            assert_eq!(by_register_text(a.key), Some(a));
        }
    }

    #[test]
    fn the_register_s_own_maker_names_are_known_and_others_are_not() {
        assert_eq!(by_register_text("ファイザー").map(|p| p.cvx), Some(208));
        assert_eq!(by_register_text("武田/モデルナ").map(|p| p.cvx), Some(207));
        assert_eq!(by_register_text(" アストラゼネカ ").map(|p| p.cvx), Some(210));
        assert_eq!(by_register_text("pfizer").map(|p| p.key), Some("comirnaty"));
        assert_eq!(by_register_text("CVX:37").map(|p| p.key), Some("yellow-fever"));
        assert_eq!(by_register_text("ファイサー"), None);
        assert_eq!(by_register_text(""), None);
    }
}
