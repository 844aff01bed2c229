//! What other systems write into cells, and what it means here: a closed list, so that no cell of a person is shown.

use crate::import::headings::Field;
use tegata_certificate::Country;
use tegata_certificate::vaccine::{self, PRODUCTS};
use unicode_normalization::UnicodeNormalization;

const SEXES: &[(&str, &str)] = &[
    ("Male", "1"),
    ("male", "1"),
    ("MALE", "1"),
    ("m", "1"),
    ("男子", "1"),
    ("オトコ", "1"),
    ("Female", "2"),
    ("female", "2"),
    ("FEMALE", "2"),
    ("F", "2"),
    ("f", "2"),
    ("女子", "2"),
    ("オンナ", "2"),
    ("Other", "9"),
    ("other", "9"),
    ("OTHER", "9"),
    ("その他", "9"),
    ("Unknown", "0"),
    ("unknown", "0"),
    ("不明", "0"),
];

const PEOPLE: &[(&str, &str)] = &[
    ("Indian", "IND"),
    ("Sri Lankan", "LKA"),
    ("Filipino", "PHL"),
    ("Jamaican", "JAM"),
    ("Indonesian", "IDN"),
    ("Japanese", "JPN"),
    ("Chinese", "CHN"),
    ("Korean", "KOR"),
    ("Vietnamese", "VNM"),
    ("Nepalese", "NPL"),
    ("Brazilian", "BRA"),
    ("American", "USA"),
    ("Swiss", "CHE"),
    ("German", "DEU"),
];

const FLAGS: &[(&str, &str)] = &[
    ("Y", "1"),
    ("N", "0"),
    ("Yes", "1"),
    ("No", "0"),
    ("yes", "1"),
    ("no", "0"),
    ("○", "1"),
    ("〇", "1"),
    ("×", "0"),
    ("対象", "1"),
    ("対象外", "0"),
    ("該当", "1"),
    ("非該当", "0"),
];

const MAKERS: &[(&str, &str)] = &[
    ("Pfizer-BioNTech", "comirnaty"),
    ("Pfizer/BioNTech", "comirnaty"),
    ("Pfizer BioNTech", "comirnaty"),
    ("BioNTech", "comirnaty"),
    ("BNT162b2", "comirnaty"),
    ("PFIZER", "comirnaty"),
    ("ﾌｧｲｻﾞｰ", "comirnaty"),
    ("ファイザー製", "comirnaty"),
    ("ファイザー社製", "comirnaty"),
    ("ファイザー株式会社", "comirnaty"),
    ("Takeda/Moderna", "spikevax"),
    ("mRNA-1273", "spikevax"),
    ("モデルナ製", "spikevax"),
    ("モデルナ社製", "spikevax"),
    ("武田モデルナ", "spikevax"),
    ("武田薬品/モデルナ", "spikevax"),
    ("Oxford-AstraZeneca", "vaxzevria"),
    ("AZD1222", "vaxzevria"),
    ("アストラゼネカ製", "vaxzevria"),
    ("アストラゼネカ社製", "vaxzevria"),
    ("Takeda/Novavax", "nuvaxovid"),
    ("ノババックス製", "nuvaxovid"),
    ("Johnson & Johnson", "jcovden"),
    ("Janssen/J&J", "jcovden"),
];

/// What a text of a vendor means as that field, if it is known.
pub(super) fn meaning(field: Field, text: &str) -> Option<String> {
    let find =
        |list: &[(&str, &str)]| list.iter().find(|(said, _)| *said == text).map(|(_, meant)| (*meant).to_owned());
    match field {
        Field::Sex => find(SEXES),
        Field::Shield => find(FLAGS),
        Field::Nationality => find(PEOPLE).or_else(|| country(text)),
        Field::Maker | Field::Product => find(MAKERS).or_else(|| product(text)),
        _ => None,
    }
}

/// A country's code of two letters, or its name.
fn country(text: &str) -> Option<String> {
    let letters = || 'A'..='Z';
    let countries = letters().flat_map(|a| letters().filter_map(move |b| Country::parse(&format!("{a}{b}"))));
    let named = |country: &Country| {
        country.as_str() == text || country.name_en() == Some(text) || country.name_ja() == Some(text)
    };
    countries.filter(|country| country.alpha3().is_some()).find(named).and_then(Country::alpha3).map(str::to_owned)
}

/// The EU's code of a product, which stands for all its ages and strains: the first of them.
fn product(text: &str) -> Option<String> {
    let eu = vaccine::by_eu_product(text)?;
    let product = PRODUCTS.iter().find(|product| product.eu.is_some_and(|own| own.product == eu.product))?;
    Some(product.key.to_owned())
}

/// Whether the vendor's text is read as it stands.
pub(super) fn is_product(text: &str) -> bool {
    let normal: String = text.nfkc().collect();
    vaccine::by_register_text(text).or_else(|| vaccine::by_register_text(&normal)).is_some()
}
