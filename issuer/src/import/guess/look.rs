//! What the cells of a column look like.

use super::text::{self, Meaning};
use crate::check::Level;
use crate::import::Encoding;
use crate::import::cells::Cells;
use crate::import::headings::Field;
use crate::import::mapping::{DayPattern, fits};
use std::collections::BTreeSet;
use std::sync::Arc;
use tegata_certificate::Date;

/// Day notations that would be misread, the likelier first.
pub(super) const PATTERNS: [&str; 10] = [
    "YYYY-MM-DD*",
    "YYYY/MM/DD*",
    "DD/MM/YYYY",
    "MM/DD/YYYY",
    "DD.MM.YYYY",
    "DD-MM-YYYY",
    "MM-DD-YYYY",
    "DDMMYYYY",
    "MMDDYYYY",
    "DD/MM/YYYY*",
];

/// The most different texts of a column that are kept.
const TEXTS: usize = 64;

/// A column, and how its cells can be read.
pub(super) struct Column {
    pub(super) at: usize,
    pub(super) heading: Option<Arc<str>>,
    pub(super) meaning: Option<Meaning>,
    /// Cells that are not empty.
    pub(super) filled: usize,
    /// How many of them each field takes, in the order of [`Field::ALL`].
    fits: [usize; Field::ALL.len()],
    /// How many are days in each of [`PATTERNS`].
    pub(super) patterns: [usize; PATTERNS.len()],
    /// The years of its days.
    pub(super) years: Vec<i32>,
    kana: usize,
    kanji: usize,
    pub(super) ten_digits: usize,
    six_digits: usize,
    letters_and_digits: usize,
    /// Two letters and seven digits, as a Japanese passport's number.
    passports: usize,
    fillers: usize,
    /// Different texts, unless there are more than a field of few values has.
    pub(super) texts: Option<BTreeSet<String>>,
}

impl Column {
    pub(super) fn look(
        at: usize,
        heading: Option<Arc<str>>,
        rows: &[Vec<Vec<u8>>],
        encoding: Encoding,
        today: Date,
    ) -> Self {
        let mut column = Self {
            at,
            meaning: heading.as_deref().and_then(text::piece),
            heading,
            filled: 0,
            fits: [0; Field::ALL.len()],
            patterns: [0; PATTERNS.len()],
            years: Vec::new(),
            kana: 0,
            kanji: 0,
            ten_digits: 0,
            six_digits: 0,
            letters_and_digits: 0,
            passports: 0,
            fillers: 0,
            texts: Some(BTreeSet::new()),
        };
        let patterns = PATTERNS.map(DayPattern::parse);
        let mut cells = Cells {
            file: Arc::from(""),
            encoding,
            columns: Vec::new(),
            origin: None,
            today,
            own_numbers: false,
            line: 0,
            blocked: false,
            findings: Vec::new(),
        };
        for cell in rows.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()) {
            column.filled += 1;
            for (field, count) in Field::ALL.into_iter().zip(&mut column.fits) {
                cells.findings.clear();
                let fit = fits(&mut cells, field, 0, cell);
                *count += usize::from(fit && cells.findings.iter().all(|found| found.code.level() == Level::Info));
            }
            cells.findings.clear();
            if let Some(day) = cells.day(0, cell) {
                column.years.push(day.ymd().0);
            }
            column.look_at(&encoding.decode_lossy(cell), &patterns, today);
        }
        column
    }

    fn look_at(&mut self, text: &str, patterns: &[Option<DayPattern>], today: Date) {
        for (pattern, count) in patterns.iter().zip(&mut self.patterns) {
            let day = pattern.as_ref().and_then(|pattern| pattern.read(text)).and_then(|day| Date::parse(&day));
            if let Some(day) = day.filter(|day| *day <= today) {
                *count += 1;
                self.years.push(day.ymd().0);
            }
        }
        let is_kana = |c: char| matches!(c, 'ァ'..='ヾ' | 'ぁ'..='ゖ' | '\u{FF61}'..='\u{FF9F}');
        self.kana += usize::from(text.chars().any(is_kana) && text.chars().all(|c| is_kana(c) || c.is_whitespace()));
        self.kanji += usize::from(text.chars().any(|c| matches!(c, '\u{4E00}'..='\u{9FFF}')));
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        self.ten_digits += usize::from(digits && text.len() == 10);
        self.six_digits += usize::from(digits && (5..=6).contains(&text.len()));
        let has = |what: fn(&u8) -> bool| text.bytes().any(|b| what(&b));
        let alphanumeric = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        self.letters_and_digits += usize::from(
            alphanumeric && has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && (4..=12).contains(&text.len()),
        );
        let (letters, rest) = text.split_at_checked(2).unwrap_or_default();
        let passport = letters.bytes().all(|b| b.is_ascii_uppercase()) && rest.bytes().all(|b| b.is_ascii_digit());
        self.passports += usize::from(passport && text.len() == 9);
        self.fillers += usize::from(text.contains("<<"));
        if let Some(texts) = &mut self.texts {
            texts.insert(text.to_owned());
            if texts.len() > TEXTS {
                self.texts = None;
            }
        }
    }

    /// The share of cells that the field takes, 0 to 1; 0 for an empty column.
    pub(super) fn share(&self, field: Field) -> f64 {
        let count = Field::ALL.into_iter().zip(self.fits).find(|(other, _)| *other == field).map_or(0, |(_, n)| n);
        self.of_filled(count)
    }

    fn of_filled(&self, count: usize) -> f64 {
        if self.filled == 0 { 0.0 } else { count as f64 / self.filled as f64 }
    }

    /// Whether the cells look like that field and like no other, so that a heading is not needed.
    pub(super) fn looks_like(&self, field: Field) -> bool {
        let most = |count: usize| self.of_filled(count) >= 0.9;
        let takes = self.share(field) >= 0.9;
        match field {
            Field::Kana => takes && most(self.kana),
            Field::Name => takes && most(self.kanji),
            Field::Romanised => takes && most(self.fillers),
            Field::Municipality => takes && most(self.six_digits),
            Field::Ticket => takes && most(self.ten_digits),
            Field::Lot => takes && !most(self.passports) && self.of_filled(self.letters_and_digits) >= 0.6,
            Field::Date | Field::Birth => takes || self.patterns.iter().any(|&count| most(count)),
            Field::Mrz | Field::RecordTime | Field::Maker | Field::Number | Field::Nationality => takes,
            Field::Passport => takes && most(self.passports),
            // Small numbers and free texts look like many things.
            Field::Sex | Field::Shield | Field::DoseNumber | Field::Product | Field::Site | Field::Doctor => false,
        }
    }

    /// What to call it in an explanation.
    pub(super) fn cells(&self) -> String {
        match self.filled {
            1 => "1 cell".to_owned(),
            filled => format!("{filled} cells"),
        }
    }
}
