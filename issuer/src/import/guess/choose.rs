//! Which column is what.

use super::look::{Column, PATTERNS};
use super::text::Piece;
use super::{Guess, How, Line, MappedLayout, vendor, wide};
use crate::import::headings::Field;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Fills in the guess.
pub(super) fn choose(guess: &mut Guess, columns: &[Column], rows: &[Vec<Vec<u8>>]) {
    if wide::doses(guess, columns) {
        guess.layout = MappedLayout::Wide;
    }
    if guess.headings {
        by_heading(guess, columns);
    } else {
        by_cells(guess, columns, rows);
    }
    let has = |guess: &Guess, field| guess.columns.iter().any(|line| line.field == field);
    if guess.layout != MappedLayout::Wide && (has(guess, Field::Date) || has(guess, Field::DoseNumber)) {
        guess.layout = MappedLayout::Long;
    }
    if guess.layout == MappedLayout::Wide {
        guess.columns.retain(|line| !line.field.is_of_dose() || line.field == Field::Municipality);
        let named = has(guess, Field::Name) || has(guess, Field::Romanised) || has(guess, Field::Mrz);
        if !named || !has(guess, Field::Birth) {
            guess.columns.retain(|line| line.field == Field::Number);
        }
    }
    number(guess);
    days(guess, columns);
    values(guess, columns);
    missing(guess);
    left(guess, columns);
}

fn by_heading(guess: &mut Guess, columns: &[Column]) {
    let of = |piece: Piece| columns.iter().find(|c| c.meaning.is_some_and(|m| m.piece == piece && m.dose.is_none()));
    for field in Field::ALL {
        if let Some(column) = of(Piece::Whole(field)).filter(|column| !unfit(column, field)) {
            take(guess, field, column, &why_heading(column, field));
        }
    }
    for (field, family, given) in
        [(Field::Name, Piece::Family, Piece::Given), (Field::Kana, Piece::FamilyKana, Piece::GivenKana)]
    {
        if let (Some(family), Some(given), []) = (of(family), of(given), &guess.columns_of(field)[..]) {
            guess.columns.push(Line {
                field,
                columns: vec![family.at, given.at],
                how: How::Joined(" "),
                why: "likely: family and given name, with a blank between".to_owned(),
            });
        }
    }
}

/// Whether a column that a record need not have holds something else than its heading says: a romanised name that is
/// not the passport's, a time without a day, a nationality in words.
pub(super) fn unfit(column: &Column, field: Field) -> bool {
    use Field::{Mrz, Municipality, Nationality, Passport, RecordTime, Romanised, Shield, Ticket};
    let optional =
        matches!(field, Romanised | RecordTime | Ticket | Municipality | Nationality | Passport | Mrz | Shield);
    let known = |texts: &BTreeSet<String>| texts.iter().all(|text| vendor::meaning(field, text).is_some());
    optional && column.filled > 0 && column.share(field) < 0.5 && !column.texts.as_ref().is_some_and(known)
}

/// How sure a heading makes, with what the cells say.
pub(super) fn why_heading(column: &Column, field: Field) -> String {
    let share = column.share(field).max(column.patterns_share(field));
    if column.filled == 0 {
        "likely: the heading is known; there is no cell to look at".to_owned()
    } else if share >= 0.9 {
        format!("sure: the heading is known, and {} can be read", column.cells())
    } else {
        let percent = (share * 100.0).floor();
        format!("look at it: the heading is known, but only {percent} % of {} can be read as they are", column.cells())
    }
}

/// The columns that nothing is taken from yet.
fn free<'c>(guess: &Guess, columns: &'c [Column]) -> Vec<&'c Column> {
    let taken = guess.taken();
    columns.iter().filter(|column| column.filled > 0 && !taken.contains(&column.at)).collect()
}

fn take(guess: &mut Guess, field: Field, column: &Column, why: &str) {
    guess.columns.push(Line { field, columns: vec![column.at], how: How::Joined(" "), why: why.to_owned() });
}

fn by_cells(guess: &mut Guess, columns: &[Column], rows: &[Vec<Vec<u8>>]) {
    // The most telling first.
    const ORDER: [Field; 10] = [
        Field::Mrz,
        Field::RecordTime,
        Field::Romanised,
        Field::Maker,
        Field::Kana,
        Field::Municipality,
        Field::Name,
        Field::Nationality,
        Field::Passport,
        Field::Lot,
    ];
    for field in ORDER {
        // A number of letters and digits in the first column is the person's.
        let first = matches!(field, Field::Lot | Field::Passport | Field::Nationality);
        let fits = |column: &&&Column| column.looks_like(field) && (column.at > 0 || !first);
        if let Some(column) = free(guess, columns).iter().find(fits) {
            take(guess, field, column, "likely: by its cells");
        }
    }
    let mut days = free(guess, columns);
    days.retain(|column| column.looks_like(Field::Date));
    days.sort_by_key(|column| column.middle_year());
    let wide = guess.layout == MappedLayout::Wide;
    match days[..] {
        [birth, date, ..] => {
            take(guess, Field::Birth, birth, "likely: the earlier of two columns of days");
            if !wide {
                take(guess, Field::Date, date, "likely: the later of two columns of days");
            }
        }
        [only] if !wide && !guess.columns_of(Field::Maker).is_empty() => {
            take(guess, Field::Date, only, "look at it: the only column of days");
        }
        [only] => take(guess, Field::Birth, only, "likely: the only column of days"),
        [] => {}
    }
    if let Some(column) = free(guess, columns).iter().find(|column| column.looks_like(Field::Number)) {
        take(guess, Field::Number, column, "likely: the first column of numbers");
    }
    small_numbers(guess, columns, rows);
}

/// Sex stays the same in the rows of one person, the number of a dose does not.
fn small_numbers(guess: &mut Guess, columns: &[Column], rows: &[Vec<Vec<u8>>]) {
    let Some(&number) = guess.columns_of(Field::Number).first() else { return };
    let of = |row: &[Vec<u8>], at: usize| row.get(at).cloned().unwrap_or_default();
    for column in free(guess, columns) {
        let few = column.texts.as_ref().is_some_and(|texts| texts.len() <= 20);
        let pairs = rows.windows(2).filter_map(|pair| match pair {
            [a, b] if of(a, number) == of(b, number) => Some(of(a, column.at) == of(b, column.at)),
            _ => None,
        });
        let (mut same, mut other) = (0, 0);
        pairs.for_each(|equal| *(if equal { &mut same } else { &mut other }) += 1);
        let open = |field| guess.columns_of(field).is_empty();
        let counts = few && column.share(Field::DoseNumber) >= 0.9;
        let field = if counts && other > 0 && same == 0 && open(Field::DoseNumber) {
            Field::DoseNumber
        } else if few && column.share(Field::Sex) >= 0.9 && other == 0 && open(Field::Sex) {
            Field::Sex
        } else if column.looks_like(Field::Ticket) && open(Field::Ticket) {
            Field::Ticket
        } else {
            continue;
        };
        take(guess, field, column, "look at it: by its cells");
    }
}

/// Without a number of its own, a person is known by name and birth date.
fn number(guess: &mut Guess) {
    if guess.columns.iter().any(|line| line.field == Field::Number) {
        return;
    }
    let of = |field| guess.columns.iter().find(|line| line.field == field).map(|line| line.columns.clone());
    if let (Some(mut name), Some(birth)) = (of(Field::Name), of(Field::Birth)) {
        name.extend(birth);
        let why = "look at it: no column of numbers; two people with the same name and birth date would be one";
        guess
            .columns
            .insert(0, Line { field: Field::Number, columns: name, how: How::Fingerprint, why: why.to_owned() });
    }
}

/// How days are written, where we would misread them.
fn days(guess: &mut Guess, columns: &[Column]) {
    let of_doses = guess.day_columns();
    let days: Vec<&Column> = columns.iter().filter(|c| of_doses.contains(&c.at) && c.filled > 0).collect();
    let read = |c: &&&Column| c.share(Field::Birth).max(c.share(Field::Date)) >= 0.9;
    if days.iter().filter(read).count() == days.len() {
        return;
    }
    let all = |at: usize| days.iter().all(|c| c.patterns.get(at).is_some_and(|&n| n as f64 >= 0.9 * c.filled as f64));
    let mut fitting = PATTERNS.iter().enumerate().filter(|(at, _)| all(*at)).map(|(_, pattern)| *pattern);
    let Some(first) = fitting.next() else { return };
    let why = match fitting.find(|other| other.len() == first.len() && !other.ends_with('*')) {
        Some(other) if !first.starts_with("YYYY") => {
            format!("look at it: every day could also be read as {other}")
        }
        _ => "sure: no other order fits all days".to_owned(),
    };
    guess.day = Some((first, why));
}

/// Translations of what is known and would not be read as it stands.
fn values(guess: &mut Guess, columns: &[Column]) {
    for field in [Field::Sex, Field::Shield, Field::Nationality, Field::Maker, Field::Product] {
        for at in guess.columns_of(field) {
            let Some(texts) = columns.get(at).and_then(|column| column.texts.as_ref()) else { continue };
            for text in texts {
                if matches!(field, Field::Maker | Field::Product) && vendor::is_product(text) {
                    continue;
                }
                let known = vendor::meaning(field, text);
                let Some(meant) = known.filter(|meant| meant != text) else { continue };
                if !guess.values.iter().any(|(other, said, _)| *other == field && said == text) {
                    guess.values.push((field, text.clone(), meant));
                }
            }
        }
    }
}

fn missing(guess: &mut Guess) {
    let has = |field| guess.columns.iter().any(|line| line.field == field);
    let mut missing = Vec::new();
    if !has(Field::Number) {
        missing.push("resident_id");
    }
    if guess.layout != MappedLayout::Wide {
        if !has(Field::Name) && !has(Field::Romanised) && !has(Field::Mrz) {
            missing.push("name");
        }
        if !has(Field::Birth) {
            missing.push("birth_date");
        }
    }
    if guess.layout == MappedLayout::Long {
        if !has(Field::DoseNumber) {
            missing.push("dose_no");
        }
        if !has(Field::Date) {
            missing.push("vaccinated_on");
        }
        if !has(Field::Maker) && !has(Field::Product) {
            missing.push("maker");
        }
    }
    guess.missing = missing;
}

fn left(guess: &mut Guess, columns: &[Column]) {
    let taken = guess.taken();
    for column in columns.iter().filter(|column| !taken.contains(&column.at)) {
        let why = match column.meaning.map(|meaning| meaning.piece) {
            _ if column.filled == 0 => "no cells",
            Some(Piece::Whole(Field::Romanised)) => "not as in a passport (YAMADA<<TARO)",
            Some(Piece::Whole(field)) if unfit(column, field) => "the heading is known, but its cells cannot be read",
            Some(Piece::Whole(_)) if guess.layout != MappedLayout::Long => "not of this layout",
            Some(_) => "another column says it",
            None => "not known",
        };
        guess.left.push((column.at + 1, column.heading.clone().unwrap_or_else(|| Arc::from("")), why));
    }
}

impl Column {
    fn patterns_share(&self, field: Field) -> f64 {
        if !matches!(field, Field::Date | Field::Birth) || self.filled == 0 {
            return 0.0;
        }
        self.patterns.iter().copied().max().unwrap_or(0) as f64 / self.filled as f64
    }

    fn middle_year(&self) -> i32 {
        let mut years = self.years.clone();
        years.sort_unstable();
        years.get(years.len() / 2).copied().unwrap_or(0)
    }
}
