//! Whether a field can hold a text: by the very functions that read cells.

use crate::import::cells::Cells;
use crate::import::headings::Field;
use tegata_certificate::vaccine;
use unicode_normalization::UnicodeNormalization;

/// Reads a cell as that field. What is wrong with it is among the findings of `cells` afterwards; the answer says
/// whether the field has a value then.
pub(crate) fn fits(cells: &mut Cells, field: Field, at: usize, cell: &[u8]) -> bool {
    match field {
        Field::Number => cells.register_number(at, cell).is_some(),
        Field::Name | Field::Kana | Field::Site | Field::Doctor => cells.name(at, cell).is_some(),
        Field::Romanised => cells.romanised(at, cell).is_some(),
        Field::Birth => cells.birth(at, cell).is_some(),
        Field::Sex => cells.sex(at, cell).is_some(),
        Field::Municipality => cells.municipality(at, cell).is_some(),
        Field::Nationality => cells.nationality(at, cell).is_some(),
        Field::Passport => cells.passport(at, cell).is_some(),
        Field::Mrz => cells.zone(at, cell).is_some(),
        Field::Shield => {
            let before = cells.findings.len();
            cells.flag(at, cell);
            cells.findings.len() == before
        }
        Field::RecordTime => {
            let before = cells.findings.len();
            cells.record_time(at, cell);
            cells.findings.len() == before
        }
        Field::DoseNumber => cells.dose_number(at, cell).is_some(),
        Field::Date => cells.day(at, cell).is_some(),
        Field::Ticket => cells.coupon(at, cell).is_some(),
        Field::Lot => cells.lot(at, cell).is_some(),
        Field::Maker | Field::Product => cells.decode(at, cell).is_some_and(|text| {
            let normal: String = text.nfkc().collect();
            vaccine::by_register_text(&text).or_else(|| vaccine::by_register_text(&normal)).is_some()
        }),
    }
}
