//! What headings say: the fields and parts of fields that they are known by in other systems.

use crate::import::headings::Field;
use unicode_normalization::UnicodeNormalization;

/// A field, or a part of one that is joined with others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    Whole(Field),
    Family,
    Given,
    FamilyKana,
    GivenKana,
}

/// What a heading means, and which dose it is of if it counts doses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Meaning {
    pub(super) piece: Piece,
    pub(super) dose: Option<usize>,
}

/// Further headings, in the form that [`normal`] gives them. Ours are in [`Field::headings`].
const OTHERS: &[(Piece, &[&str])] = &[
    (Piece::Family, &["familyname", "lastname", "surname", "family", "姓", "氏", "苗字", "漢字姓", "姓漢字"]),
    (Piece::Given, &["givenname", "firstname", "forename", "given", "名", "漢字名", "名漢字"]),
    (
        Piece::FamilyKana,
        &[
            "セイ",
            "せい",
            "姓カナ",
            "カナ姓",
            "氏カナ",
            "フリガナ姓",
            "姓フリガナ",
            "カナ氏",
            "lastnamekana",
            "familynamekana",
        ],
    ),
    (
        Piece::GivenKana,
        &["メイ", "めい", "名カナ", "カナ名", "フリガナ名", "名フリガナ", "firstnamekana", "givennamekana"],
    ),
    (
        Piece::Whole(Field::Number),
        &[
            "residentid",
            "residentno",
            "residentnumber",
            "patientid",
            "patientno",
            "personid",
            "id",
            "preenrollmentcode",
            "宛名",
            "宛名no",
            "住民コード",
            "住民no",
            "住民id",
            "整理番号",
            "識別番号",
            "個人番号宛名",
            "患者番号",
            "患者id",
            "管理番号",
        ],
    ),
    (
        Piece::Whole(Field::Name),
        &[
            "fullname",
            "recipientname",
            "patientname",
            "personname",
            "氏名",
            "名前",
            "お名前",
            "漢字氏名",
            "氏名漢字",
            "被接種者氏名",
            "患者氏名",
            "住民氏名",
        ],
    ),
    (
        Piece::Whole(Field::Kana),
        &[
            "kana",
            "namekana",
            "kananame",
            "カナ",
            "かな",
            "ふりがな",
            "フリガナ",
            "氏名かな",
            "氏名ふりがな",
            "氏名カナ",
            "カナ氏名",
            "カナ名称",
        ],
    ),
    (Piece::Whole(Field::Romanised), &["nameroman", "romanname", "passportname", "旅券氏名"]),
    (
        Piece::Whole(Field::Birth),
        &[
            "birthdate",
            "dateofbirth",
            "dob",
            "birthday",
            "recipientdob",
            "生年月日",
            "誕生日",
            "生年月日西暦",
            "生年月日和暦",
        ],
    ),
    (Piece::Whole(Field::Sex), &["sex", "gender", "recipientgender", "性別", "性別コード"]),
    (
        Piece::Whole(Field::Municipality),
        &[
            "municipality",
            "municipalitycode",
            "citycode",
            "自治体番号",
            "団体コード",
            "地方公共団体コード",
            "市町村番号",
        ],
    ),
    (Piece::Whole(Field::Nationality), &["nationality", "recipientnationality", "citizenship", "国籍", "国籍コード"]),
    (Piece::Whole(Field::Passport), &["passport", "passportno", "passportnumber", "旅券no", "パスポートno"]),
    (Piece::Whole(Field::Shield), &["shielded", "dv", "dv支援", "支援措置フラグ", "支援措置区分"]),
    (Piece::Whole(Field::RecordTime), &["recordedat", "recordtime", "登録日", "登録時刻", "登録年月日時"]),
    (
        Piece::Whole(Field::DoseNumber),
        &[
            "dose",
            "doseno",
            "dosenumber",
            "numberofdoses",
            "vaccinationdose",
            "接種回",
            "回",
            "回目",
            "接種回目",
            "何回目",
        ],
    ),
    (
        Piece::Whole(Field::Date),
        &[
            "vaccinationdate",
            "dateofvaccination",
            "vaccinatedon",
            "vaccinated",
            "administrationdate",
            "date",
            "dosedate",
            "shotdate",
            "実施日",
            "接種実施日",
            "接種日時",
            "接種年月日",
        ],
    ),
    (Piece::Whole(Field::Ticket), &["ticket", "ticketno", "couponno", "coupon", "接種券", "接種券no", "券no"]),
    (
        Piece::Whole(Field::Site),
        &[
            "site",
            "facility",
            "facilityname",
            "venue",
            "place",
            "clinic",
            "会場",
            "接種場所",
            "医療機関",
            "医療機関名",
            "実施機関",
            "実施場所",
            "接種医療機関",
        ],
    ),
    (
        Piece::Whole(Field::Doctor),
        &["doctor", "vaccinator", "vaccinatorname", "physician", "医師", "接種医", "接種医師", "接種者"],
    ),
    (
        Piece::Whole(Field::Maker),
        &[
            "maker",
            "manufacturer",
            "vaccinationmanufacturer",
            "brand",
            "製造会社",
            "製造販売業者",
            "ワクチンメーカー名",
            "製薬会社",
        ],
    ),
    (
        Piece::Whole(Field::Product),
        &[
            "product",
            "productcode",
            "medicinalproductcode",
            "vaccinationname",
            "vaccine",
            "vaccinename",
            "vaccinecode",
            "vaccineproduct",
            "ワクチン",
            "ワクチン名",
            "ワクチン種類",
            "ワクチンの種類",
            "ワクチンコード",
            "製品名",
        ],
    ),
    (
        Piece::Whole(Field::Lot),
        &[
            "lot",
            "lotno",
            "lotnumber",
            "batch",
            "batchno",
            "batchnumber",
            "vaccinationbatch",
            "ロットno",
            "製造番号",
            "lot番号",
        ],
    ),
];

/// What a heading means, if it is known.
pub(super) fn piece(heading: &str) -> Option<Meaning> {
    let text = normal(heading);
    if let Some(piece) = known(&text) {
        return Some(Meaning { piece, dose: None });
    }
    let (bare, dose) = ordinal(&text)?;
    known(&bare).map(|piece| Meaning { piece, dose: Some(dose) })
}

fn known(text: &str) -> Option<Piece> {
    let ours = Field::ALL.into_iter().find(|field| field.headings().iter().any(|name| normal(name) == text));
    ours.map(Piece::Whole).or_else(|| OTHERS.iter().find(|(_, names)| names.contains(&text)).map(|(piece, _)| *piece))
}

/// A heading without what tells no two apart: widths, cases, blanks, punctuation.
fn normal(heading: &str) -> String {
    let sign = |c: char| c.is_whitespace() || "_-/.,:;()[]{}<>「」【】・*#'\"".contains(c);
    heading.nfkc().filter(|&c| !sign(c)).flat_map(char::to_lowercase).collect()
}

/// A heading without the dose that it counts, and that dose: `1回目接種日`, `接種日第2回`, `dose3date`, `lot4`, `2nddose`.
fn ordinal(text: &str) -> Option<(String, usize)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = text.split_at(start);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    if after.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let dose = digits.parse().ok().filter(|dose| (1..=99).contains(dose))?;
    let before = before.strip_suffix('第').unwrap_or(before);
    let before = before.strip_suffix("dose").or_else(|| before.strip_suffix("vaccination")).unwrap_or(before);
    let after = ["回目の", "回目", "回", "st", "nd", "rd", "th"]
        .into_iter()
        .find_map(|mark| after.strip_prefix(mark))
        .unwrap_or(after);
    let after = after.strip_prefix("dose").unwrap_or(after);
    Some((format!("{before}{after}"), dose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_any_width_case_and_punctuation() {
        let whole = |field, dose| Some(Meaning { piece: Piece::Whole(field), dose });
        for (heading, meaning) in [
            ("resident_id", whole(Field::Number, None)),
            ("Ｒｅｓｉｄｅｎｔ ＩＤ", whole(Field::Number, None)),
            ("氏名（漢字）", whole(Field::Name, None)),
            ("dateOfBirth", whole(Field::Birth, None)),
            ("接種日１", whole(Field::Date, Some(1))),
            ("第2回 接種日", whole(Field::Date, Some(2))),
            ("接種日（3回目）", whole(Field::Date, Some(3))),
            ("ロット番号_4", whole(Field::Lot, Some(4))),
            ("Dose 2 Date", whole(Field::Date, Some(2))),
            ("1st dose date", whole(Field::Date, Some(1))),
            ("familyName", Some(Meaning { piece: Piece::Family, dose: None })),
            ("セイ", Some(Meaning { piece: Piece::FamilyKana, dose: None })),
            ("備考", None),
            ("山田 花子", None),
            ("1001", None),
            ("20210601", None),
            ("", None),
        ] {
            assert_eq!(piece(heading), meaning, "{heading}");
        }
    }
}
