//! What one cell says: read strictly, repaired only where nothing is lost, and reported.

use super::coupon::Coupon;
use super::day::{likely, loose_numbers, plain_day, plain_numbers, reduced_numbers};
use super::encoding::Encoding;
use super::my_number;
use super::origin::Origin;
use crate::check::{Code, Column, Diagnostic, Hold, Level, Note, Subject, shown};
use crate::municipality::MunicipalityCode;
use crate::record::RegisterNumber;
use std::borrow::Cow;
use std::sync::Arc;
use tegata_certificate::{BirthDate, Date, RomanisedName, Sex};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Reads the cells of one file and collects what is wrong with them.
pub(crate) struct Cells {
    pub(crate) file: Arc<str>,
    pub(crate) encoding: Encoding,
    /// The heading of each column.
    pub(crate) columns: Vec<Arc<str>>,
    /// Where the cells come from, if they were laid out anew and are not the file's own columns.
    pub(crate) origin: Option<Origin>,
    pub(crate) today: Date,
    /// Whether somebody has looked at the register numbers: none is a My Number, though some look like one.
    pub(crate) own_numbers: bool,
    /// The line of the row being read.
    pub(crate) line: u64,
    /// Whether a finding of the row being read blocks it.
    pub(crate) blocked: bool,
    pub(crate) findings: Vec<Diagnostic>,
}

/// The longest name, reading or place, in characters.
pub(crate) const NAME_LIMIT: usize = 80;
const LOT_LIMIT: usize = 20;
const PASSPORT_LIMIT: usize = 9;

impl Cells {
    /// Begins a row.
    pub(crate) fn begin(&mut self, line: u64) {
        self.line = line;
        self.blocked = false;
    }

    /// Reports a finding about the cell in column `at`, or about the whole row.
    pub(crate) fn report(&mut self, code: Code, at: Option<usize>, cell: &[u8], note: Option<Note>) {
        let cell = self.said(at).unwrap_or(cell);
        let text = (!cell.is_empty()).then(|| shown(&self.encoding.decode_lossy(cell)));
        let facts = text.clone().unwrap_or_default();
        self.report_about(code, at, text, note, (Subject::Person, facts));
    }

    /// What the file says in that cell, where the cell says it in other words.
    fn said(&self, at: Option<usize>) -> Option<&[u8]> {
        self.origin.as_ref()?.said(at?)
    }

    /// Reports a finding whose facts are more than one cell.
    pub(crate) fn report_about(
        &mut self,
        code: Code,
        at: Option<usize>,
        text: Option<String>,
        note: Option<Note>,
        (subject, facts): (Subject, String),
    ) {
        self.blocked |= code.level() == Level::Block;
        let hold = (code.level() == Level::Eye).then(|| Box::new(Hold { person: None, other: None, subject, facts }));
        let text = self.said(at).map(|said| shown(&self.encoding.decode_lossy(said))).or(text);
        let column = at.map(|at| match &self.origin {
            Some(origin) => origin.column(at),
            None => Column { number: at + 1, name: self.columns.get(at).cloned().unwrap_or_else(|| Arc::from("")) },
        });
        let (file, line) = (self.file.clone(), self.line);
        self.findings.push(Diagnostic { code, file, line, column, text, note, row: None, hold });
    }

    /// The cell's text; reports bytes that are none, and what looks like a My Number.
    pub(crate) fn decode<'a>(&mut self, at: usize, cell: &'a [u8]) -> Option<Cow<'a, str>> {
        let text = self.decode_number(at, cell)?;
        if my_number::may_be_in(cell) && my_number::is_in(&text) {
            self.report(Code::MyNumber, Some(at), cell, None);
            return None;
        }
        Some(text)
    }

    /// The cell's text, where it may be a number that looks like a My Number.
    fn decode_number<'a>(&mut self, at: usize, cell: &'a [u8]) -> Option<Cow<'a, str>> {
        if cell.is_ascii() {
            return std::str::from_utf8(cell).ok().map(Cow::Borrowed);
        }
        match self.encoding.decode(cell) {
            // Only Unicode can carry the mark of an earlier loss.
            Some(text) if matches!(text, Cow::Owned(_)) || !text.contains('\u{FFFD}') => Some(text),
            _ => {
                self.report(Code::UndecodableBytes, Some(at), cell, None);
                None
            }
        }
    }

    /// ASCII text: full-width letters and digits are taken in their ordinary width.
    pub(super) fn narrow<'a>(&mut self, at: usize, cell: &'a [u8]) -> Option<Cow<'a, str>> {
        if cell.is_ascii() {
            return self.decode(at, cell);
        }
        let text = self.decode(at, cell)?;
        let narrow: String = text.nfkc().collect();
        if narrow.is_ascii() {
            let trimmed = narrow.trim().to_owned();
            self.report(Code::RepairedWidth, Some(at), cell, Some(Note::TakenAs(trimmed.clone())));
            return Some(Cow::Owned(trimmed));
        }
        Some(text)
    }

    /// A register number. Padding is part of the layout and no finding.
    pub(crate) fn register_number(&mut self, at: usize, cell: &[u8]) -> Option<RegisterNumber> {
        if cell.is_empty() {
            self.report(Code::MissingNumber, Some(at), cell, None);
            return None;
        }
        let text =
            if self.own_numbers && cell.is_ascii() { self.decode_number(at, cell)? } else { self.narrow(at, cell)? };
        let number = RegisterNumber::parse(&text);
        if number.is_none() {
            self.report(Code::BadNumber, Some(at), cell, None);
        }
        number
    }

    /// A name, a reading or a place: normal form, ordinary widths of kana, no private characters.
    pub(crate) fn name(&mut self, at: usize, cell: &[u8]) -> Option<Arc<str>> {
        let decoded = self.decode(at, cell)?;
        let look = Look::at(&decoded);
        let mut text = decoded;
        if look.private || look.hidden {
            let code = if look.private { Code::PrivateCharacter } else { Code::UnrepresentableCharacter };
            self.report(code, Some(at), cell, None);
            return None;
        }
        if look.half_width_kana {
            text = Cow::Owned(widen_kana(&text));
            self.report(Code::RepairedWidth, Some(at), cell, Some(Note::TakenAs(shown(&text))));
        }
        if look.beyond_plain && !is_nfc(&text) {
            text = Cow::Owned(text.nfc().collect());
            self.report(Code::RepairedForm, Some(at), cell, Some(Note::TakenAs(shown(&text))));
        }
        if look.outer_blank {
            text = Cow::Owned(text.trim().to_owned());
            self.report(Code::RepairedBlanks, Some(at), cell, None);
        }
        if look.characters > NAME_LIMIT && text.chars().count() > NAME_LIMIT {
            self.report(Code::NameTooLong, Some(at), cell, None);
            return None;
        }
        (!text.is_empty()).then(|| Arc::from(text))
    }

    /// A day that is not after today: `YYYYMMDD`, `YYYY-MM-DD`, `YYYY/MM/DD`, or, as a repair that is
    /// listed, the same without leading zeros or in an era of Japan.
    pub(crate) fn day(&mut self, at: usize, cell: &[u8]) -> Option<Date> {
        // A slip is mended towards the years in which registers of today hold doses.
        self.day_from(at, cell, Date::from_ymd(2020, 6, 24).unwrap_or(self.today))
    }

    /// A day as above; a suggestion lies not before `from`.
    fn day_from(&mut self, at: usize, cell: &[u8], from: Date) -> Option<Date> {
        let read = match plain_day(cell) {
            Some(read) => read,
            None => self.other_day(at, cell, from)?,
        };
        let code = match read {
            Some(date) if date > self.today => Code::FutureDate,
            Some(date) => return Some(date),
            None => Code::ImpossibleDate,
        };
        self.report_day(code, at, cell, from);
        None
    }

    /// Reports what is no good day, with the day that was likely meant.
    fn report_day(&mut self, code: Code, at: usize, cell: &[u8], from: Date) {
        let text: String = self.encoding.decode_lossy(cell).nfkc().filter(|c| !c.is_whitespace()).take(20).collect();
        let meant = likely(&text, from, self.today).map(|date| Note::Suggestion(date.to_string()));
        self.report(code, Some(at), cell, meant);
    }

    /// A birth date: a day as above, or a year or month where the rest is `00` or, as in ISO 8601, left out.
    pub(crate) fn birth(&mut self, at: usize, cell: &[u8]) -> Option<BirthDate> {
        if let Some((year, month, 0)) = reduced_numbers(cell).or_else(|| plain_numbers(cell)) {
            let birth = match month {
                0 => BirthDate::year(u64::from(year)),
                _ => BirthDate::month(u64::from(year), u64::from(month)),
            };
            let past = i64::from(year) <= i64::from(self.today.ymd().0);
            if let Some(birth) = birth.filter(|_| past) {
                return Some(birth);
            }
            self.report(if past { Code::ImpossibleDate } else { Code::FutureDate }, Some(at), cell, None);
            return None;
        }
        self.day_from(at, cell, Date::from_ymd(1900, 1, 1).unwrap_or(self.today)).map(BirthDate::Day)
    }

    /// A day in one of the rarer notations; the outer `None` was reported.
    #[allow(clippy::option_option, reason = "a day that does not exist is told from a text that is no day")]
    fn other_day(&mut self, at: usize, cell: &[u8], from: Date) -> Option<Option<Date>> {
        let decoded = self.decode(at, cell)?;
        let text: String = decoded.nfkc().filter(|c| !c.is_whitespace()).collect();
        let Some((year, month, day)) = plain_numbers(text.as_bytes()).or_else(|| loose_numbers(&text)) else {
            self.report_day(Code::BadDate, at, cell, from);
            return None;
        };
        let date = i32::try_from(year).ok().and_then(|year| Date::from_ymd(year, month, day));
        if let Some(date) = date {
            self.report(Code::RepairedDate, Some(at), cell, Some(Note::TakenAs(date.to_string())));
        }
        Some(date)
    }

    /// A romanised name exactly as a machine-readable zone has it; full-width letters are narrowed.
    pub(crate) fn romanised(&mut self, at: usize, cell: &[u8]) -> Option<RomanisedName> {
        let text = self.narrow(at, cell)?;
        let name = RomanisedName::parse_mrz(&text);
        if name.is_none() {
            self.report(Code::RomanisedNotMrz, Some(at), cell, None);
        }
        name
    }

    /// ISO 5218, or 男 and 女.
    pub(crate) fn sex(&mut self, at: usize, cell: &[u8]) -> Option<Sex> {
        match cell {
            b"1" => return Some(Sex::Male),
            b"2" => return Some(Sex::Female),
            b"0" => return Some(Sex::NotKnown),
            b"9" => return Some(Sex::NotApplicable),
            _ => {}
        }
        let text = self.narrow(at, cell)?;
        let sex = match text.as_ref() {
            "男" | "男性" | "M" | "1" => Some(Sex::Male),
            "女" | "女性" | "F" | "2" => Some(Sex::Female),
            _ => None,
        };
        if sex.is_none() {
            self.report(Code::BadSex, Some(at), cell, None);
        }
        sex
    }

    /// A six-digit municipality code; a leading zero that a spreadsheet dropped is restored if the check digit proves it.
    pub(crate) fn municipality(&mut self, at: usize, cell: &[u8]) -> Option<MunicipalityCode> {
        let text = self.narrow(at, cell)?;
        let code = digits(text.as_bytes(), 6).and_then(|code| MunicipalityCode::new(u32::try_from(code).ok()?));
        match (code, text.len()) {
            (Some(_), 6) => {}
            (Some(code), 5) => {
                self.report(Code::RepairedMunicipality, Some(at), cell, Some(Note::TakenAs(code.to_string())))
            }
            _ => {
                self.report(Code::BadMunicipality, Some(at), cell, None);
                return None;
            }
        }
        code
    }

    /// A coupon number: ten digits, or fewer, as exports do not fill with zeros; or all eighteen of the coupon.
    pub(crate) fn coupon(&mut self, at: usize, cell: &[u8]) -> Option<Coupon> {
        if let Some(coupon) = Coupon::read(cell) {
            return Some(coupon);
        }
        let text = self.narrow(at, cell)?;
        let coupon = Coupon::read(text.as_bytes());
        if coupon.is_none() {
            self.report(Code::BadTicket, Some(at), cell, None);
        }
        coupon
    }

    /// A record time of fourteen digits, which is checked and not kept.
    pub(crate) fn record_time(&mut self, at: usize, cell: &[u8]) {
        let (day, time) = cell.split_at(cell.len().min(8));
        let time_holds =
            digits(time, 6).is_some_and(|t| time.len() == 6 && t / 10_000 < 24 && t / 100 % 100 < 60 && t % 100 < 60);
        if !(day.len() == 8 && time_holds && matches!(plain_day(day), Some(Some(_)))) {
            self.report(Code::BadRecordTime, Some(at), cell, None);
        }
    }

    /// A dose's number, 1 to 99; `2回目` is read as 2.
    pub(crate) fn dose_number(&mut self, at: usize, cell: &[u8]) -> Option<u8> {
        let number = match digits(cell, 2) {
            Some(number) => Some(number),
            None => {
                let text = self.narrow(at, cell)?;
                let bare = text.trim_end_matches("回目").trim_end_matches('回');
                let bare: String = bare.nfkc().collect();
                digits(bare.as_bytes(), 2)
            }
        };
        let number = number.and_then(|number| u8::try_from(number).ok()).filter(|&number| number > 0);
        if number.is_none() {
            self.report(Code::BadDoseNumber, Some(at), cell, None);
        }
        number
    }

    /// A lot number: 1 to 20 printable ASCII characters.
    pub(crate) fn lot(&mut self, at: usize, cell: &[u8]) -> Option<String> {
        let text = self.narrow(at, cell)?;
        let good = text.len() <= LOT_LIMIT && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if !good {
            self.report(Code::BadLot, Some(at), cell, None);
        }
        good.then(|| text.into_owned())
    }

    /// Three capital letters, or the one- and two-letter codes that ICAO 9303 fills up with `<` (`D<<`).
    pub(crate) fn nationality(&mut self, at: usize, cell: &[u8]) -> Option<Arc<str>> {
        let text = self.narrow(at, cell)?;
        let good = text.len() == 3
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.trim_end_matches('<').bytes().all(|b| b.is_ascii_uppercase());
        if !good {
            self.report(Code::BadNationality, Some(at), cell, None);
        }
        good.then(|| Arc::from(text))
    }

    /// A passport number: 1 to 9 capital letters and digits.
    pub(crate) fn passport(&mut self, at: usize, cell: &[u8]) -> Option<Arc<str>> {
        let text = self.narrow(at, cell)?;
        let good = text.len() <= PASSPORT_LIMIT && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !good {
            self.report(Code::BadPassport, Some(at), cell, None);
        }
        good.then(|| Arc::from(text))
    }

    /// Whether the address is shielded. What cannot be read counts as yes: that harms nobody.
    pub(crate) fn flag(&mut self, at: usize, cell: &[u8]) -> bool {
        let Some(text) = self.narrow(at, cell) else { return true };
        match text.as_ref() {
            "0" | "無" | "なし" | "false" => false,
            "1" | "有" | "あり" | "true" => true,
            _ => {
                self.report(Code::BadFlag, Some(at), cell, None);
                true
            }
        }
    }
}

/// A number of at most `most` ASCII digits; `None` for anything else, also for nothing.
pub(crate) fn digits(cell: &[u8], most: usize) -> Option<u64> {
    if cell.is_empty() || cell.len() > most {
        return None;
    }
    cell.iter().try_fold(0_u64, |n, b| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0')))
}

/// What a name holds that needs a second look.
#[derive(Default)]
struct Look {
    characters: usize,
    private: bool,
    /// A control, a mark of direction, or a code that is no character.
    hidden: bool,
    half_width_kana: bool,
    /// Anything outside ASCII, kana and the main block of kanji, so that it may not be in normal form.
    beyond_plain: bool,
    outer_blank: bool,
}

impl Look {
    fn at(text: &str) -> Self {
        let mut look = Self::default();
        for c in text.chars() {
            look.characters += 1;
            match c {
                ' '..='~' | '\u{3000}' | 'ァ'..='ヾ' | 'ぁ'..='ゖ' | '\u{4E00}'..='\u{9FFF}' => {}
                '\u{FF61}'..='\u{FF9F}' => look.half_width_kana = true,
                '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}' => look.private = true,
                '\u{200E}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
                | '\u{FDD0}'..='\u{FDEF}'
                | '\u{FEFF}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{FFFE}'..='\u{FFFF}' => look.hidden = true,
                c if c.is_control() => look.hidden = true,
                _ => look.beyond_plain = true,
            }
        }
        look.outer_blank = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
        look
    }
}

/// Half-width kana in their ordinary width, voiced marks joined; everything else as it stands.
fn widen_kana(text: &str) -> String {
    let mut wide = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        if matches!(c, '\u{FF61}'..='\u{FF9F}') {
            run.push(c);
        } else {
            wide.extend(run.nfkc());
            run.clear();
            wide.push(c);
        }
    }
    wide.extend(run.nfkc());
    wide
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;

    fn cells() -> Cells {
        Cells {
            file: Arc::from("test.csv"),
            encoding: Encoding::Utf8,
            columns: vec![Arc::from("a")],
            origin: None,
            today: Date::from_ymd(2022, 3, 1).expect("day"),
            own_numbers: false,
            line: 1,
            blocked: false,
            findings: Vec::new(),
        }
    }

    fn day(text: &str) -> (Option<String>, Vec<Code>) {
        let mut cells = cells();
        let day = cells.day(0, text.as_bytes()).map(|day| day.to_string());
        (day, cells.findings.iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn days_are_read_in_every_notation_of_a_town_hall() {
        for text in ["20210601", "2021-06-01", "2021/06/01"] {
            assert_eq!(day(text), (Some("2021-06-01".to_owned()), vec![]), "{text}");
        }
        for text in
            ["2021/6/1", "２０２１０６０１", "令和3年6月1日", "令和３年６月１日", "R3.6.1", "R03/06/01", "2021年6月1日"]
        {
            assert_eq!(day(text), (Some("2021-06-01".to_owned()), vec![Code::RepairedDate]), "{text}");
        }
        assert_eq!(day("令和元年5月1日").0.as_deref(), Some("2019-05-01"));
        assert_eq!(day("S55.1.2").0.as_deref(), Some("1980-01-02"));
    }

    #[test]
    fn what_is_no_day_is_told_from_a_day_that_does_not_exist_or_has_not_come() {
        for text in ["20210631", "2021-02-29", "2021年13月1日", "00000000"] {
            assert_eq!(day(text), (None, vec![Code::ImpossibleDate]), "{text}");
        }
        for text in ["6月1日", "2021-06", "tomorrow", "20210601x", "R100.1.1", "21/6/1"] {
            assert_eq!(day(text), (None, vec![Code::BadDate]), "{text}");
        }
        assert_eq!(day("20220302"), (None, vec![Code::FutureDate]));
        assert_eq!(day("20220301").0.as_deref(), Some("2022-03-01"));
    }

    #[test]
    fn a_birth_date_may_lack_its_day_or_month() {
        let birth = |text: &str| cells().birth(0, text.as_bytes()).map(|birth| birth.to_string());
        assert_eq!(birth("19400000").as_deref(), Some("1940"));
        assert_eq!(birth("19400500").as_deref(), Some("1940-05"));
        assert_eq!(birth("S15.5.6").as_deref(), Some("1940-05-06"));
        assert_eq!(birth("1940").as_deref(), Some("1940"));
        assert_eq!(birth("1940-05").as_deref(), Some("1940-05"));
        assert_eq!((birth("1940-13"), birth("1940-00"), birth("2050")), (None, None, None));
        assert_eq!(birth("19401300"), None);
        assert_eq!(birth("20500000"), None);
    }

    #[test]
    fn names_are_repaired_without_loss_and_refused_with_private_characters() {
        let mut cells = cells();
        assert_eq!(cells.name(0, "ﾔﾏﾀﾞ ﾊﾅｺ".as_bytes()).as_deref(), Some("ヤマダ ハナコ"));
        assert_eq!(cells.name(0, "　山田　花子　".as_bytes()).as_deref(), Some("山田　花子"));
        assert_eq!(cells.name(0, "カ\u{3099}".as_bytes()).as_deref(), Some("ガ"));
        assert_eq!(cells.name(0, "髙橋 﨑".as_bytes()).as_deref(), Some("髙橋 﨑"));
        let codes: Vec<Code> = cells.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::RepairedWidth, Code::RepairedBlanks, Code::RepairedForm]);
        assert!(!cells.blocked);
        assert_eq!(cells.name(0, "山\u{E000}".as_bytes()), None);
        assert_eq!(cells.name(0, "あ".repeat(81).as_bytes()), None);
        assert!(cells.blocked);
    }

    #[test]
    fn romanised_names_are_never_guessed() {
        let mut cells = cells();
        assert!(cells.romanised(0, b"YAMADA<<TARO").is_some());
        assert!(cells.romanised(0, "ＹＡＭＡＤＡ＜＜ＴＡＲＯ".as_bytes()).is_some());
        assert!(!cells.blocked);
        for text in ["Yamada Taro", "YAMADA TARO", "yamada<<taro"] {
            cells.begin(2);
            assert!(cells.romanised(0, text.as_bytes()).is_none() && cells.blocked, "{text}");
        }
    }

    #[test]
    fn a_my_number_is_refused_wherever_it_stands_and_shown_nowhere() {
        let mut cells = cells();
        let number = b"123456789018";
        assert!(cells.register_number(0, number).is_none());
        assert!(cells.register_number(0, "１２３４５６７８９０１８".as_bytes()).is_none());
        assert!(cells.name(0, "山田　1234-5678-9018".as_bytes()).is_none());
        assert!(cells.lot(0, number).is_none() && cells.passport(0, number).is_none());
        assert!(cells.coupon(0, number).is_none() && cells.sex(0, number).is_none());
        let codes: Vec<Code> = cells.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::MyNumber; 7]);
        assert!(cells.blocked);
        for finding in &cells.findings {
            let text = finding.text.as_deref().unwrap_or_default();
            assert!(text.contains("****") && !text.contains("5678"), "{text}");
        }
        // Another number of twelve digits is a register number, and so is this one where somebody has looked.
        assert!(cells.register_number(0, b"123456789017").is_some());
        cells.own_numbers = true;
        assert!(cells.register_number(0, number).is_some());
        assert!(cells.name(0, number).is_none(), "a name is none");
    }

    #[test]
    fn small_cells_are_read_strictly() {
        let mut cells = cells();
        assert_eq!(cells.municipality(0, b"11002").map(|code| code.to_string()).as_deref(), Some("011002"));
        assert_eq!(cells.municipality(0, b"131017"), None);
        let coupon = |number, whole| Some(Coupon { number, whole });
        assert_eq!(cells.coupon(0, b"12345"), coupon(12345, None));
        assert_eq!(cells.coupon(0, b"211310160000012345"), coupon(12345, Some((1, 131_016))));
        assert_eq!(cells.coupon(0, b"12345678901"), None);
        assert_eq!(cells.dose_number(0, "２回目".as_bytes()), Some(2));
        assert_eq!(cells.nationality(0, b"D<<").as_deref(), Some("D<<"));
        assert_eq!(cells.sex(0, "女".as_bytes()), Some(Sex::Female));
        cells.record_time(0, b"20210601101530");
        assert!(cells.findings.iter().all(|finding| finding.code.level() != Level::Block));
        cells.record_time(0, b"20210601246060");
        assert_eq!(cells.findings.last().map(|finding| finding.code), Some(Code::BadRecordTime));
        for bad in ["0", "100", "-1", "x"] {
            assert_eq!(cells.dose_number(0, bad.as_bytes()), None);
        }
        assert_eq!(cells.nationality(0, b"JP"), None);
        assert_eq!(cells.passport(0, b"tk123"), None);
        assert_eq!(cells.lot(0, "ロット".as_bytes()), None);
    }
}
