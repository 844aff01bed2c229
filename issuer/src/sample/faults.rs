//! The faults a sample can have: one of every kind that import refuses, planted where it will be found.

use super::Layout;
use super::sheet::Cell;
use crate::check::{Code, Level};
use crate::import::Encoding;

/// What is damaged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Spot {
    /// The register number in the row that describes the person.
    PersonNumber,
    Name,
    Birth,
    Romanised,
    Nationality,
    Passport,
    /// The row that describes the person as a whole.
    PersonRow,
    /// The register number in the row that gives a dose.
    DoseNumberOfPerson,
    DoseNumber,
    Date,
    Maker,
    Lot,
    Site,
    Ticket,
    /// The column of the romanised name, in the heading's line.
    RomanisedHeading,
    /// The row that gives a dose as a whole.
    DoseRow,
}

/// A kind of fault: what it is found as, where, and what the cell is to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) spot: Spot,
    cell: Damage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Damage {
    Text(&'static str),
    Repeat(&'static str, usize),
    Spoil,
    /// Done by the writer of the row.
    Row,
    /// Done to the person before any row is written.
    Person,
}

impl Fault {
    const fn new(code: Code, spot: Spot, text: &'static str) -> Self {
        Self { code, spot, cell: Damage::Text(text) }
    }

    /// Damages a cell.
    pub(super) fn damage(&self, cell: &mut Cell) {
        match self.cell {
            Damage::Text(text) => cell.text = text.to_owned(),
            Damage::Repeat(text, times) => cell.text = text.repeat(times),
            Damage::Spoil => cell.spoilt = true,
            Damage::Row | Damage::Person => {}
        }
    }

    /// Whether the person is changed, and with it every row.
    pub(super) fn of_whole_person(&self) -> bool {
        self.cell == Damage::Person
    }

    /// Whether import refuses the row because of it.
    pub(super) fn refuses(&self) -> bool {
        self.code.level() == Level::Block
    }

    /// Whether it keeps the person's row out, so that the doses of a wide export wait or find nobody.
    pub(super) fn of_person(&self) -> bool {
        !self.of_whole_person()
            && matches!(
                self.spot,
                Spot::PersonNumber
                    | Spot::Name
                    | Spot::Birth
                    | Spot::Romanised
                    | Spot::Nationality
                    | Spot::Passport
                    | Spot::PersonRow
            )
    }

    /// Every kind that the layout and encoding can have.
    pub(super) fn all(layout: Layout, encoding: Encoding) -> Vec<Self> {
        ALL.into_iter()
            .filter(|fault| {
                let fits_layout = match fault.spot {
                    Spot::DoseNumber => layout == Layout::Long,
                    // The long form has one register number a row, which the person's faults cover.
                    Spot::DoseNumberOfPerson => layout == Layout::Vrs,
                    Spot::PersonNumber if fault.code == Code::ResidentWithoutDoses => layout == Layout::Vrs,
                    _ => true,
                };
                // EUC-JP has no room for private characters; our writer of CP932 does not write them.
                let fits_encoding =
                    fault.code != Code::PrivateCharacter || matches!(encoding, Encoding::Utf8 | Encoding::Utf8Bom);
                fits_layout && fits_encoding
            })
            .collect()
    }
}

const fn row(code: Code, spot: Spot) -> Fault {
    Fault { code, spot, cell: Damage::Row }
}

const fn person(code: Code, spot: Spot) -> Fault {
    Fault { code, spot, cell: Damage::Person }
}

const ALL: [Fault; 57] = [
    Fault::new(Code::MissingNumber, Spot::PersonNumber, ""),
    Fault::new(Code::BadNumber, Spot::PersonNumber, "12 34"),
    Fault::new(Code::MissingName, Spot::Name, ""),
    Fault { code: Code::NameTooLong, spot: Spot::Name, cell: Damage::Repeat("寿限無", 27) },
    Fault::new(Code::PrivateCharacter, Spot::Name, "山\u{E000}花子"),
    Fault { code: Code::UndecodableBytes, spot: Spot::Name, cell: Damage::Spoil },
    Fault::new(Code::MissingBirthDate, Spot::Birth, ""),
    Fault::new(Code::BadDate, Spot::Birth, "不明"),
    Fault::new(Code::ImpossibleDate, Spot::Birth, "19550229"),
    Fault::new(Code::FutureDate, Spot::Birth, "29990101"),
    Fault::new(Code::RomanisedNotMrz, Spot::Romanised, "Yamada Hanako"),
    Fault::new(Code::BadNationality, Spot::Nationality, "日本"),
    Fault::new(Code::BadPassport, Spot::Passport, "TK-1234567"),
    row(Code::WrongCellCount, Spot::PersonRow),
    row(Code::ConflictingPerson, Spot::PersonRow),
    Fault::new(Code::MissingNumber, Spot::DoseNumberOfPerson, "               "),
    Fault::new(Code::BadNumber, Spot::DoseNumberOfPerson, "宛名番号"),
    Fault::new(Code::NoMatchingResident, Spot::DoseNumberOfPerson, "999999999999999"),
    Fault::new(Code::MissingDoseNumber, Spot::DoseNumber, ""),
    Fault::new(Code::BadDoseNumber, Spot::DoseNumber, "初回"),
    Fault::new(Code::MissingDate, Spot::Date, ""),
    Fault::new(Code::BadDate, Spot::Date, "昨日"),
    Fault::new(Code::ImpossibleDate, Spot::Date, "20210631"),
    Fault::new(Code::FutureDate, Spot::Date, "29990401"),
    Fault::new(Code::MissingMaker, Spot::Maker, ""),
    Fault::new(Code::UnknownMaker, Spot::Maker, "ファイサー"),
    Fault { code: Code::UndecodableBytes, spot: Spot::Maker, cell: Damage::Spoil },
    Fault::new(Code::BadLot, Spot::Lot, "ＴＸ１０１３（手書き判読不能のため要確認）"),
    Fault { code: Code::UndecodableBytes, spot: Spot::Site, cell: Damage::Spoil },
    Fault { code: Code::NameTooLong, spot: Spot::Site, cell: Damage::Repeat("会場", 41) },
    row(Code::WrongCellCount, Spot::DoseRow),
    row(Code::ConflictingDose, Spot::DoseRow),
    Fault::new(Code::UnrepresentableCharacter, Spot::Name, "山田\u{7}花子"),
    Fault::new(Code::ImpossibleDate, Spot::Date, "20211306"),
    Fault::new(Code::BadDate, Spot::Date, "3/6/1"),
    person(Code::DoseBeforeBirth, Spot::Date),
    person(Code::DoseOrder, Spot::Date),
    person(Code::BirthImplausible, Spot::Birth),
    person(Code::Over120, Spot::Date),
    person(Code::BeforeFirstUse, Spot::Date),
    person(Code::TooYoung, Spot::Date),
    person(Code::DoseOnBirthDate, Spot::Date),
    person(Code::IntervalTooShort, Spot::Date),
    person(Code::MissingMiddleDose, Spot::Date),
    person(Code::SameDoseTwice, Spot::Date),
    person(Code::LotOtherMaker, Spot::Maker),
    person(Code::LotOutOfRange, Spot::Date),
    person(Code::LotLikeFrequent, Spot::Lot),
    person(Code::CouponCheckDigit, Spot::Ticket),
    person(Code::CouponContradicts, Spot::Ticket),
    person(Code::DuplicateCoupon, Spot::Ticket),
    person(Code::SamePersonTwice, Spot::PersonNumber),
    person(Code::RomanisedUnlikeKana, Spot::Romanised),
    person(Code::NameHalvesSwapped, Spot::Romanised),
    person(Code::NameOver20, Spot::Name),
    person(Code::ResidentWithoutDoses, Spot::PersonNumber),
    person(Code::RomanisedMissing, Spot::RomanisedHeading),
];
