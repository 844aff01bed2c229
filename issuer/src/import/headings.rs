//! The headings of files, in English and as Japanese systems write them.

use super::encoding::Encoding;
use super::table::Row;
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Field {
    Number,
    Name,
    Kana,
    Romanised,
    Birth,
    Sex,
    Municipality,
    Nationality,
    Passport,
    Mrz,
    Shield,
    RecordTime,
    DoseNumber,
    Date,
    Ticket,
    Site,
    Doctor,
    Maker,
    Product,
    Lot,
}

impl Field {
    /// The headings it is known by, ours first.
    pub(crate) fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Number => {
                &["resident_id", "個別宛名番号", "宛名番号", "住民番号", SAMPLE_NUMBER[0], SAMPLE_NUMBER[1]]
            }
            Self::Name => &["name", "氏名", "漢字氏名", "氏名漢字"],
            Self::Kana => &["name_kana", "カナ氏名", "氏名カナ", "フリガナ", "氏名フリガナ"],
            Self::Romanised => &["name_romaji", "ローマ字氏名", "氏名ローマ字", "旅券ローマ字氏名"],
            Self::Birth => &["birth_date", "生年月日"],
            Self::Sex => &["sex", "性別"],
            Self::Municipality => &["municipality_code", "自治体コード", "市町村コード", "市区町村コード"],
            Self::Nationality => &["nationality", "国籍"],
            Self::Passport => &["passport_no", "旅券番号", "パスポート番号"],
            Self::Mrz => &["passport_mrz", "mrz", "MRZ", "旅券MRZ", "機械読取領域", "機械読取部", "旅券機械読取部"],
            Self::Shield => &["shield_flag", "支援措置", "DV等支援措置", "支援措置対象"],
            Self::RecordTime => &["recorded_at", "登録日時"],
            Self::DoseNumber => &["dose_no", "接種回数", "回数"],
            Self::Date => &["vaccinated_on", "接種日", "接種年月日"],
            Self::Ticket => &["ticket_no", "券番号", "接種券番号"],
            Self::Site => &["site", "会場名", "接種会場", "接種会場名"],
            Self::Doctor => &["doctor", "医師名"],
            Self::Maker => &["maker", "メーカー", "ワクチンメーカー", "メーカー名"],
            Self::Product => &["product_code", "製品コード", "ワクチン製品"],
            Self::Lot => &["lot", "ロット", "ロット番号", "ロットナンバー"],
        }
    }

    /// Our own heading for it.
    pub(crate) fn name(self) -> &'static str {
        self.headings().first().copied().unwrap_or_default()
    }

    /// The field with that heading of ours.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether it describes a dose. A municipality is the dose's, except in a residents' file.
    pub(crate) fn is_of_dose(self) -> bool {
        use Field::{Date, Doctor, DoseNumber, Lot, Maker, Municipality, Product, RecordTime, Site, Ticket};
        matches!(self, RecordTime | DoseNumber | Date | Ticket | Site | Doctor | Maker | Product | Lot | Municipality)
    }

    fn of_heading(heading: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.headings().contains(&heading))
    }

    pub(crate) const ALL: [Self; 20] = [
        Self::Number,
        Self::Name,
        Self::Kana,
        Self::Romanised,
        Self::Birth,
        Self::Sex,
        Self::Municipality,
        Self::Nationality,
        Self::Passport,
        Self::Mrz,
        Self::Shield,
        Self::RecordTime,
        Self::DoseNumber,
        Self::Date,
        Self::Ticket,
        Self::Site,
        Self::Doctor,
        Self::Maker,
        Self::Product,
        Self::Lot,
    ];
}

/// What a sample calls its register numbers, in English and Japanese: wherever its files go, they say what they are.
pub(crate) const SAMPLE_NUMBER: [&str; 2] = ["sample_resident_id", "見本宛名番号"];

/// The columns that a report adds to a file. An import passes over them, so that the file can be given again as it is.
pub(crate) const REPORT_COLUMNS: [&str; 3] = ["tegata_level", "tegata_codes", "tegata_message"];

/// Whether a report has added the column.
pub(crate) fn is_ours(heading: &str) -> bool {
    REPORT_COLUMNS.contains(&heading)
}

/// Whether headings are a sample's.
pub(crate) fn is_sample(names: &[Arc<str>]) -> bool {
    names.iter().any(|name| SAMPLE_NUMBER.contains(&&**name))
}

/// A file's heading row: what each column holds and what it is called.
pub(crate) struct Headings {
    pub(crate) fields: Vec<Option<Field>>,
    pub(crate) names: Vec<Arc<str>>,
}

impl Headings {
    /// Reads a row as headings; blanks and a repeated heading's later places are left out.
    pub(crate) fn read(row: Row<'_>, encoding: Encoding) -> Self {
        let mut headings = Self { fields: Vec::new(), names: Vec::new() };
        for at in 0..row.len() {
            let name = encoding.decode_lossy(row.cell(at));
            let name = name.trim();
            let field = Field::of_heading(name).filter(|&field| headings.place(field).is_none());
            headings.fields.push(field);
            headings.names.push(Arc::from(name));
        }
        headings
    }

    /// Whether the file is one of a sample.
    pub(crate) fn is_sample(&self) -> bool {
        is_sample(&self.names)
    }

    /// The column that holds it.
    pub(crate) fn place(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|&other| other == Some(field))
    }

    /// The names of columns that hold nothing an import takes.
    pub(crate) fn unused(&self) -> Vec<String> {
        let unused = self.fields.iter().zip(&self.names);
        let unused = unused.filter(|(field, name)| field.is_none() && !name.is_empty() && !is_ours(name));
        unused.map(|(_, name)| name.to_string()).collect()
    }
}
