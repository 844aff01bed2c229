//! A guess as TOML, with the reason beside each line.

use super::look::Column;
use super::{Doses, Field, Guess, How, Line, MappedLayout};
use std::fmt::Write;

pub(super) fn write(guess: &Guess, columns: &[Column]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = written(&mut text, guess, columns);
    text
}

fn written(out: &mut String, guess: &Guess, columns: &[Column]) -> std::fmt::Result {
    writeln!(out, "# A proposal, made from headings and cells. Look at each line, then try it:")?;
    writeln!(out, "#   tegata-issuer import --dry-run --mapping THIS.toml FILE")?;
    for missing in &guess.missing {
        writeln!(out, "# MISSING: {missing}. Name its column under [columns], or its text under [constants].")?;
    }
    writeln!(out)?;
    let layout = match guess.layout {
        MappedLayout::Long => "one dose a row, with the person",
        MappedLayout::Wide => "all doses of a person in one row",
        MappedLayout::Residents => "one person a row; no column of doses was found",
    };
    writeln!(out, "layout = \"{}\"  # {layout}", guess.layout.name())?;
    writeln!(out, "encoding = \"{}\"", guess.encoding.name())?;
    let separator = if guess.separator == b'\t' { "tab".to_owned() } else { char::from(guess.separator).to_string() };
    writeln!(out, "separator = \"{separator}\"")?;
    let headings = if guess.headings { "" } else { "  # no heading is known; columns go by their numbers" };
    writeln!(out, "headings = {}{headings}", guess.headings)?;
    if let Some((day, why)) = &guess.day {
        writeln!(out, "date = \"{day}\"  # {why}")?;
    }
    writeln!(out, "\n[columns]")?;
    for line in &guess.columns {
        write_line(out, line, columns)?;
    }
    match &guess.doses {
        Doses::None => {}
        Doses::Repeated { first, width, count, columns, why } => {
            writeln!(out, "\n[doses]  # {why}")?;
            writeln!(out, "first = {}\nwidth = {width}\ncount = {count}\n\n[doses.columns]", first + 1)?;
            for (field, place) in columns {
                writeln!(out, "{} = {}", field.name(), place + 1)?;
            }
        }
        Doses::Listed(groups) => {
            for (number, lines) in groups {
                writeln!(out, "\n[[dose]]\nnumber = {number}")?;
                for line in lines {
                    write_line(out, line, columns)?;
                }
            }
        }
    }
    write_values(out, guess)?;
    if !guess.left.is_empty() {
        writeln!(out, "\n# Nothing is taken from:")?;
        for (number, heading, why) in &guess.left {
            let heading = if heading.is_empty() { String::new() } else { format!(" {}", quoted(heading)) };
            writeln!(out, "#   column {number}{heading}: {why}")?;
        }
    }
    Ok(())
}

fn write_line(out: &mut String, line: &Line, columns: &[Column]) -> std::fmt::Result {
    let place = |&at: &usize| -> String {
        let heading = columns.get(at).and_then(|column| column.heading.as_deref()).filter(|name| !name.is_empty());
        let same = |name: &str| columns.iter().filter(|c| c.heading.as_deref() == Some(name)).count();
        match heading.filter(|name| same(name) == 1) {
            Some(name) => quoted(name),
            None => (at + 1).to_string(),
        }
    };
    let places: Vec<String> = line.columns.iter().map(place).collect();
    let places = match (&places[..], line.how) {
        ([one], How::Joined(_)) => one.clone(),
        (_, How::Joined(" ")) => format!("[{}]", places.join(", ")),
        (_, How::Joined(with)) => format!("{{ join = [{}], with = {} }}", places.join(", "), quoted(with)),
        (_, How::Fingerprint) => format!("{{ fingerprint = [{}] }}", places.join(", ")),
    };
    writeln!(out, "{} = {places}  # {}", line.field.name(), line.why)
}

fn write_values(out: &mut String, guess: &Guess) -> std::fmt::Result {
    let mut last: Option<Field> = None;
    for (field, said, meant) in &guess.values {
        if last != Some(*field) {
            writeln!(out, "\n[values.{}]", field.name())?;
            last = Some(*field);
        }
        writeln!(out, "{} = {}", quoted(said), quoted(meant))?;
    }
    Ok(())
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

impl Guess {
    /// Every column that something is taken from.
    pub(super) fn taken(&self) -> Vec<usize> {
        let mut taken: Vec<usize> = self.columns.iter().flat_map(|line| line.columns.clone()).collect();
        match &self.doses {
            Doses::None => {}
            Doses::Repeated { first, width, count, columns, .. } => {
                let all = (0..*count).flat_map(|nth| columns.iter().map(move |(_, at)| first + nth * width + at));
                taken.extend(all);
            }
            Doses::Listed(groups) => {
                taken.extend(groups.iter().flat_map(|(_, lines)| lines).flat_map(|line| line.columns.clone()));
            }
        }
        taken
    }

    /// The columns that a field is taken from.
    pub(super) fn columns_of(&self, field: Field) -> Vec<usize> {
        let of = |lines: &mut dyn Iterator<Item = &Line>| -> Vec<usize> {
            lines.filter(|line| line.field == field).flat_map(|line| line.columns.clone()).collect()
        };
        let mut found = of(&mut self.columns.iter());
        match &self.doses {
            Doses::None => {}
            Doses::Repeated { first, width, count, columns, .. } => {
                let places = columns.iter().filter(|(other, _)| *other == field);
                found.extend(places.flat_map(|(_, at)| (0..*count).map(move |nth| first + nth * width + at)));
            }
            Doses::Listed(groups) => found.extend(of(&mut groups.iter().flat_map(|(_, lines)| lines))),
        }
        found
    }

    /// The columns of days.
    pub(super) fn day_columns(&self) -> Vec<usize> {
        [Field::Birth, Field::Date].into_iter().flat_map(|field| self.columns_of(field)).collect()
    }
}
