//! Rows as findings show them: decoded, in one line, cut around the cell that matters.

use super::encoding::Encoding;
use super::my_number;
use super::table::Row;
use crate::check::Excerpt;
use crate::record::RegisterNumber;
use unicode_normalization::UnicodeNormalization;

/// Characters shown before the cell, and after it.
const AROUND: usize = 60;
/// Characters of one cell.
const CELL: usize = 80;

/// The row with the cell at that place marked, or all of what is shown where the finding is about the whole row.
pub(crate) fn excerpt(row: Row<'_>, at: Option<usize>, encoding: Encoding, separator: char) -> Excerpt {
    let Some(at) = at else {
        let text = following(row, 0, encoding, separator);
        let length = text.chars().count();
        return Excerpt { text, start: 0, length };
    };
    let (mut before, mut room) = (Vec::new(), AROUND);
    for place in (0..at).rev() {
        let text = cell(row, place, encoding);
        let length = text.chars().count() + 1;
        if length > room {
            before.push("…".to_owned());
            break;
        }
        room -= length;
        before.push(text);
    }
    let mut text = String::new();
    for cell in before.iter().rev() {
        text.push_str(cell);
        text.push(separator);
    }
    let marked = cell(row, at, encoding);
    let (start, length) = (text.chars().count(), marked.chars().count());
    text.push_str(&marked);
    if at + 1 < row.len() {
        text.push(separator);
        text.push_str(&following(row, at + 1, encoding, separator));
    }
    Excerpt { text, start, length }
}

/// The cells from a place on, as many as there is room for.
fn following(row: Row<'_>, from: usize, encoding: Encoding, separator: char) -> String {
    let mut text = String::new();
    for place in from..row.len() {
        if place > from {
            text.push(separator);
        }
        let next = cell(row, place, encoding);
        if text.chars().count() + next.chars().count() > AROUND {
            text.push('…');
            break;
        }
        text.push_str(&next);
    }
    text
}

/// A cell in one line.
fn cell(row: Row<'_>, at: usize, encoding: Encoding) -> String {
    let text = encoding.decode_lossy(row.raw(at));
    let text = my_number::struck_out(&text);
    let mut shown: String = text.chars().take(CELL).map(visible).collect();
    if text.chars().nth(CELL).is_some() {
        shown.push('…');
    }
    shown
}

/// Controls and marks of direction would show something else than is there.
fn visible(c: char) -> char {
    match c {
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    }
}

/// The register number that a row has in that column.
pub(crate) fn number(row: Row<'_>, at: usize, encoding: Encoding) -> Option<RegisterNumber> {
    let cell = row.cell(at);
    if cell.is_ascii() {
        return RegisterNumber::parse(std::str::from_utf8(cell).ok()?);
    }
    let text: String = encoding.decode(cell)?.nfkc().collect();
    RegisterNumber::parse(&text)
}
