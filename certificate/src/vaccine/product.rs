//! The products that a register can hold: one row a CVX code.
//!
//! Sources: CVX and its COVID-19 crosswalk (CDC, 2024-08); WHO DDCC concept map from CVX to ICD-11
//! (2023-02-15) for the ICD-11 codes of brands; the EU's rows stand beside it. Names in Japanese: the
//! makers' presets of the Vaccination Record System's guide (2021) and the Digital Agency's list of
//! products (2023-02).
//!
//! Not mapped, because no source does: Daichirona and Kostaive (no CVX code); Covishield, WIBP-CorV,
//! VidPrevtyn Beta and other EU products without a CVX code of their own; products to GTIN.

use super::eu::{
    BBIBP_CORV, COMIRNATY, CONVIDECIA, CORONAVAC, COVAXIN, COVIFENZ, EPIVACCORONA, JCOVDEN, MEDIGEN, NUVAXOVID,
    SPIKEVAX, SPUTNIK_LIGHT, SPUTNIK_V, VALNEVA, VAXZEVRIA,
};
use super::group::{
    COVID, DNA, HEPATITIS_B, HEXAVALENT_ACELLULAR, INACTIVATED, INFLUENZA, JAPANESE_ENCEPHALITIS, MEASLES,
    MEASLES_RUBELLA, MMR, MRNA, POLIO, POLIO_BIVALENT, POLIO_INACTIVATED, POLIO_MONOVALENT, POLIO_TRIVALENT, SUBUNIT,
    VARICELLA, VECTOR, VIRUS_LIKE, YELLOW_FEVER,
};
use super::{EuProduct, Group, Product};

const fn covid(
    key: &'static str,
    name: &'static str,
    cvx: u16,
    maker: &'static str,
    group: &'static Group,
    eu: EuProduct,
) -> Product {
    Product { key, name, cvx, maker, group, icd11_brand: eu.brand, eu: Some(eu) }
}

const fn other(
    key: &'static str,
    name: &'static str,
    cvx: u16,
    maker: &'static str,
    group: &'static Group,
    icd11_brand: Option<&'static str>,
) -> Product {
    Product { key, name, cvx, maker, group, icd11_brand, eu: None }
}

const fn kind(key: &'static str, name: &'static str, cvx: u16, group: &'static Group) -> Product {
    other(key, name, cvx, "", group, None)
}

/// The products, as of 2026-11. The first of each maker is what a bare maker's name means.
pub static PRODUCTS: &[Product] = &[
    covid("comirnaty", "Comirnaty", 208, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-tris", "Comirnaty (tris)", 217, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-5-11", "Comirnaty 5-11", 218, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-6m-4", "Comirnaty 6m-4", 219, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-ba1", "Comirnaty BA.1", 520, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-ba4-5", "Comirnaty BA.4-5", 300, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-ba4-5-5-11", "Comirnaty BA.4-5 5-11", 301, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-ba4-5-6m-4", "Comirnaty BA.4-5 6m-4", 302, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-xbb", "Comirnaty XBB.1.5", 309, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-xbb-5-11", "Comirnaty XBB.1.5 5-11", 310, "Pfizer", &MRNA, COMIRNATY),
    covid("comirnaty-xbb-6m-4", "Comirnaty XBB.1.5 6m-4", 308, "Pfizer", &MRNA, COMIRNATY),
    covid("spikevax", "Spikevax", 207, "Moderna", &MRNA, SPIKEVAX),
    covid("spikevax-booster", "Spikevax 50", 221, "Moderna", &MRNA, SPIKEVAX),
    covid("spikevax-6-11", "Spikevax 6-11", 227, "Moderna", &MRNA, SPIKEVAX),
    covid("spikevax-6m-5", "Spikevax 6m-5", 228, "Moderna", &MRNA, SPIKEVAX),
    covid("spikevax-ba1", "Spikevax BA.1", 519, "Moderna", &MRNA, SPIKEVAX),
    covid("spikevax-ba4-5", "Spikevax BA.4-5", 229, "Moderna", &MRNA, SPIKEVAX),
    covid("spikevax-ba4-5-6m-5", "Spikevax BA.4-5 6m-5", 230, "Moderna", &MRNA, SPIKEVAX),
    covid("spikevax-xbb", "Spikevax XBB.1.5", 312, "Moderna", &MRNA, SPIKEVAX),
    covid("spikevax-xbb-6m-11", "Spikevax XBB.1.5 6m-11", 311, "Moderna", &MRNA, SPIKEVAX),
    covid("vaxzevria", "Vaxzevria", 210, "AstraZeneca", &VECTOR, VAXZEVRIA),
    covid("nuvaxovid", "Nuvaxovid", 211, "Novavax", &SUBUNIT, NUVAXOVID),
    covid("nuvaxovid-xbb", "Nuvaxovid XBB.1.5", 313, "Novavax", &SUBUNIT, NUVAXOVID),
    covid("jcovden", "Jcovden", 212, "Janssen", &VECTOR, JCOVDEN),
    covid("covaxin", "Covaxin", 502, "Bharat Biotech", &INACTIVATED, COVAXIN),
    covid("sputnik-v", "Sputnik V", 505, "Gamaleya", &VECTOR, SPUTNIK_V),
    covid("sputnik-light", "Sputnik Light", 504, "Gamaleya", &VECTOR, SPUTNIK_LIGHT),
    covid("convidecia", "Convidecia", 506, "CanSino", &VECTOR, CONVIDECIA),
    covid("epivaccorona", "EpiVacCorona", 509, "Vector", &SUBUNIT, EPIVACCORONA),
    covid("bbibp-corv", "BBIBP-CorV", 510, "Sinopharm", &INACTIVATED, BBIBP_CORV),
    covid("coronavac", "CoronaVac", 511, "Sinovac", &INACTIVATED, CORONAVAC),
    covid("covifenz", "Covifenz", 512, "Medicago", &VIRUS_LIKE, COVIFENZ),
    covid("mvc-cov1901", "MVC COVID-19 vaccine", 515, "Medigen", &SUBUNIT, MEDIGEN),
    covid("valneva", "COVID-19 Vaccine Valneva", 518, "Valneva", &INACTIVATED, VALNEVA),
    other("qazvac", "QazVac", 501, "RIBSP", &INACTIVATED, None),
    other("zifivax", "Zifivax", 513, "Zhifei", &SUBUNIT, None),
    other("zycov-d", "ZyCoV-D", 514, "Zydus", &DNA, Some("XM52P3")),
    other("kconvac", "KCONVAC", 516, "Minhai", &INACTIVATED, Some("XM9TQ1")),
    other("corbevax", "Corbevax", 517, "Biological E", &SUBUNIT, None),
    kind("covid-19", "COVID-19, unspecified", 213, &COVID),
    kind("covid-19-non-us", "COVID-19, non-US, unspecified", 500, &COVID),
    kind("yellow-fever", "Yellow fever", 37, &YELLOW_FEVER),
    other("stamaril", "Stamaril", 183, "Sanofi Pasteur", &YELLOW_FEVER, None),
    kind("yellow-fever-unspecified", "Yellow fever, unspecified", 184, &YELLOW_FEVER),
    kind("polio-inactivated", "Polio, inactivated", 10, &POLIO_INACTIVATED),
    kind("polio-oral", "Polio, oral", 2, &POLIO_TRIVALENT),
    kind("polio-oral-bivalent", "Polio, oral, bivalent", 178, &POLIO_BIVALENT),
    kind("polio-oral-monovalent", "Polio, oral, monovalent", 179, &POLIO_MONOVALENT),
    kind("polio-oral-unspecified", "Polio, oral, unspecified", 182, &POLIO),
    kind("polio-unspecified", "Polio, unspecified", 89, &POLIO),
    kind("hexavalent", "Hexavalent", 132, &HEXAVALENT_ACELLULAR),
    other("vaxelis", "Vaxelis", 146, "MCM Vaccine", &HEXAVALENT_ACELLULAR, None),
    kind("measles-rubella", "Measles and rubella", 4, &MEASLES_RUBELLA),
    kind("measles", "Measles", 5, &MEASLES),
    kind("mmr", "Measles, mumps and rubella", 3, &MMR),
    kind("varicella", "Varicella", 21, &VARICELLA),
    kind("japanese-encephalitis", "Japanese encephalitis", 134, &JAPANESE_ENCEPHALITIS),
    kind("hepatitis-b", "Hepatitis B", 45, &HEPATITIS_B),
    kind("influenza", "Influenza", 88, &INFLUENZA),
];

/// What Japanese registers write, with brackets, tildes and slashes of half width, and the product's key.
pub(super) const JAPANESE: &[(&str, &str)] = &[
    ("ファイザー", "comirnaty"),
    ("ファイザー社", "comirnaty"),
    ("ファイザー/ビオンテック", "comirnaty"),
    ("コミナティ", "comirnaty"),
    ("コミナティ筋注", "comirnaty"),
    ("ファイザー(5~11歳)", "comirnaty-5-11"),
    ("ファイザー(6か月~4歳)", "comirnaty-6m-4"),
    ("ファイザー(BA.1)", "comirnaty-ba1"),
    ("ファイザー(BA.4-5)", "comirnaty-ba4-5"),
    ("ファイザー(XBB.1.5)", "comirnaty-xbb"),
    ("武田/モデルナ", "spikevax"),
    ("モデルナ", "spikevax"),
    ("モデルナ社", "spikevax"),
    ("スパイクバックス", "spikevax"),
    ("モデルナ(BA.1)", "spikevax-ba1"),
    ("モデルナ(BA.4-5)", "spikevax-ba4-5"),
    ("モデルナ(XBB.1.5)", "spikevax-xbb"),
    ("アストラゼネカ", "vaxzevria"),
    ("アストラゼネカ社", "vaxzevria"),
    ("バキスゼブリア", "vaxzevria"),
    ("武田/ノババックス", "nuvaxovid"),
    ("武田(ノババックス)", "nuvaxovid"),
    ("ノババックス", "nuvaxovid"),
    ("ヌバキソビッド", "nuvaxovid"),
    ("ヤンセン", "jcovden"),
    ("ヤンセンファーマ", "jcovden"),
    ("ジェコビデン", "jcovden"),
    ("黄熱", "yellow-fever"),
    ("黄熱ワクチン", "yellow-fever"),
    ("スタマリル", "stamaril"),
    ("不活化ポリオ", "polio-inactivated"),
    ("経口生ポリオ", "polio-oral"),
    ("麻しん風しん混合", "measles-rubella"),
    ("麻しん", "measles"),
    ("水痘", "varicella"),
    ("日本脳炎", "japanese-encephalitis"),
    ("B型肝炎", "hepatitis-b"),
    ("インフルエンザ", "influenza"),
];
