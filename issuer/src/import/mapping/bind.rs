//! A mapping bound to a file: headings found, texts in the file's encoding.

use super::relay::{From, Relay, Slot};
use super::{Field, Group, How, MappedLayout, Mapping, MappingError, MappingFault, Place, Source};
use crate::import::Encoding;
use crate::import::cells::digits;
use crate::import::doses::DoseColumns;
use crate::import::headings::{Headings, is_ours};
use crate::import::origin::Origin;
use crate::import::table::Row;
use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// A mapping bound to a file.
pub(crate) struct Bound {
    /// Lays rows out anew.
    pub(crate) relay: Relay,
    /// What the new columns hold; those of wide doses are in `doses`.
    pub(crate) headings: Headings,
    /// Where the new columns come from.
    pub(crate) origin: Origin,
    /// The doses of a wide row.
    pub(crate) doses: Vec<DoseSlot>,
    /// The headings of columns that nothing is taken from.
    pub(crate) unused: Vec<String>,
}

/// The columns of one dose in a wide row, or of the only one in a long.
#[derive(Clone)]
pub(crate) struct DoseSlot {
    pub(crate) number: u8,
    pub(crate) columns: DoseColumns,
    /// A column that says the number itself.
    pub(crate) number_column: Option<usize>,
    /// The columns that tell whether there is a dose.
    pub(crate) filled: Vec<usize>,
}

/// Binds a mapping to a file of that name and encoding whose first row, if its headings count, is given as `names`;
/// `width` is how many cells the first row has.
pub(crate) fn bind(
    mapping: &Mapping,
    file: &Arc<str>,
    encoding: Encoding,
    names: &[Arc<str>],
    width: usize,
) -> Result<Bound, MappingError> {
    let ours = names.iter().filter(|name| is_ours(name)).count();
    let mut binder = Binder {
        mapping,
        file,
        encoding,
        names,
        width,
        used: vec![false; width],
        slots: Vec::new(),
        fields: Vec::new(),
        labels: Vec::new(),
        origin: Origin::default(),
    };
    for (field, source) in &mapping.columns {
        binder.source(*field, source)?;
    }
    let mut doses = Vec::new();
    if mapping.layout == MappedLayout::Wide {
        let repeated = binder.repeated()?;
        for group in mapping.doses.iter().chain(&repeated) {
            doses.push(binder.dose(group)?);
        }
    } else {
        for (field, text) in &mapping.constants {
            binder.constant(*field, text)?;
        }
    }
    let unused = names.iter().zip(&binder.used).filter(|(name, used)| !**used && !name.is_empty() && !is_ours(name));
    let unused = unused.map(|(name, _)| name.to_string()).collect();
    Ok(Bound {
        relay: Relay::new(binder.slots, encoding, width, ours),
        headings: Headings { fields: binder.fields, names: binder.labels },
        origin: binder.origin,
        doses,
        unused,
    })
}

struct Binder<'m> {
    mapping: &'m Mapping,
    file: &'m Arc<str>,
    encoding: Encoding,
    names: &'m [Arc<str>],
    width: usize,
    used: Vec<bool>,
    slots: Vec<Slot>,
    fields: Vec<Option<Field>>,
    labels: Vec<Arc<str>>,
    origin: Origin,
}

impl Binder<'_> {
    fn fault(&self, line: usize, fault: MappingFault) -> MappingError {
        MappingError::Fault { file: self.mapping.name.clone(), line, fault }
    }

    /// The column, from 0.
    fn place(&self, place: &Place, line: usize) -> Result<usize, MappingError> {
        let file = self.file.clone();
        match place {
            Place::Number(number) if *number <= self.width => Ok(number - 1),
            Place::Number(number) => {
                Err(self.fault(line, MappingFault::NoNumber { file, number: *number, found: self.width }))
            }
            Place::Heading(heading) => {
                let wanted = normal(heading);
                let hits: Vec<usize> = (0..self.names.len())
                    .filter(|&at| self.names.get(at).is_some_and(|n| normal(n) == wanted))
                    .collect();
                match hits[..] {
                    [at] => Ok(at),
                    [] => {
                        let found: Vec<&str> = self.names.iter().map(|name| &**name).take(200).collect();
                        let found = if found.is_empty() { "no headings".to_owned() } else { found.join(", ") };
                        Err(self.fault(line, MappingFault::NoColumn { file, heading: heading.clone(), found }))
                    }
                    _ => {
                        let count = hits.len();
                        Err(self.fault(line, MappingFault::Ambiguous { file, heading: heading.clone(), count }))
                    }
                }
            }
        }
    }

    /// Adds a column that comes from the file's; returns its place.
    fn source(&mut self, field: Field, source: &Source) -> Result<usize, MappingError> {
        let places: Result<Vec<usize>, MappingError> =
            source.columns.iter().map(|place| self.place(place, source.line)).collect();
        let places = places?;
        for &at in &places {
            if let Some(used) = self.used.get_mut(at) {
                *used = true;
            }
        }
        let label: Vec<String> = places.iter().map(|&at| self.label(at, field)).collect();
        let label = label.join("+");
        let number = places.first().map_or(0, |at| at + 1);
        let from = match &source.how {
            How::Joined(with) => From::Columns(places, self.encoded(with, source.line)?),
            How::Fingerprint => From::Fingerprint(places),
        };
        self.add(field, from, number, label, source.line)
    }

    /// What a column is called: its heading, otherwise our own.
    fn label(&self, at: usize, field: Field) -> String {
        self.names.get(at).map_or_else(|| field.name().to_owned(), ToString::to_string)
    }

    fn constant(&mut self, field: Field, text: &str) -> Result<usize, MappingError> {
        let bytes = self.encoded(text, 1)?;
        self.add(field, From::Constant(bytes), 0, field.name().to_owned(), 1)
    }

    fn add(
        &mut self,
        field: Field,
        from: From,
        number: usize,
        label: String,
        line: usize,
    ) -> Result<usize, MappingError> {
        let mut values = HashMap::new();
        for (said, meant) in self.mapping.values.get(field.name()).into_iter().flatten() {
            // What the file cannot say needs no translation.
            if let Some(said) = self.encoding.encode(said) {
                values.insert(said, self.encoded(meant, line)?);
            }
        }
        let day = if matches!(field, Field::Birth | Field::Date) { self.mapping.day.clone() } else { None };
        self.slots.push(Slot { from, values, day });
        self.fields.push(Some(field));
        self.labels.push(Arc::from(label.as_str()));
        self.origin.push(number, label);
        Ok(self.slots.len() - 1)
    }

    /// The groups that a `[doses]` table stands for.
    fn repeated(&self) -> Result<Vec<Group>, MappingError> {
        let Some(repeat) = &self.mapping.repeat else { return Ok(Vec::new()) };
        // The last group may end with its last column that counts.
        let last = repeat.columns.iter().map(|&(_, place)| place).max().unwrap_or(repeat.width);
        // Columns that a report has added are no group.
        let width = self.width - self.names.iter().filter(|name| is_ours(name)).count();
        let room = (width + 1).checked_sub(repeat.first + last).map_or(0, |more| more / repeat.width + 1);
        let count = repeat.count.unwrap_or(room.min(99));
        if count == 0 || count > room {
            let number = repeat.first + repeat.width * (count.max(1) - 1) + last - 1;
            let fault = MappingFault::NoNumber { file: self.file.clone(), number, found: self.width };
            return Err(self.fault(repeat.line, fault));
        }
        let group = |at: usize| Group {
            number: u8::try_from(at + 1).unwrap_or(u8::MAX),
            columns: repeat
                .columns
                .iter()
                .map(|&(field, place)| {
                    let number = repeat.first + at * repeat.width + place - 1;
                    let how = How::Joined(" ".to_owned());
                    (field, Source { columns: vec![Place::Number(number)], how, line: repeat.line })
                })
                .collect(),
        };
        Ok((0..count).map(group).collect())
    }

    fn dose(&mut self, group: &Group) -> Result<DoseSlot, MappingError> {
        let mut slot =
            DoseSlot { number: group.number, columns: DoseColumns::default(), number_column: None, filled: Vec::new() };
        for (field, source) in &group.columns {
            let at = self.source(*field, source)?;
            if *field != Field::DoseNumber {
                slot.filled.push(at);
            }
            slot.set(*field, at);
        }
        for (field, text) in &self.mapping.constants {
            if !group.columns.iter().any(|(other, _)| other == field) {
                let at = self.constant(*field, text)?;
                slot.set(*field, at);
            }
        }
        // The same field of every dose: none is the column of that field.
        for field in &mut self.fields {
            if field.is_some_and(|field| field.is_of_dose() && field != Field::Municipality) {
                *field = None;
            }
        }
        Ok(slot)
    }

    /// A text in the file's encoding.
    fn encoded(&self, text: &str, line: usize) -> Result<Vec<u8>, MappingError> {
        self.encoding.encode(text).ok_or_else(|| {
            self.fault(line, MappingFault::Encoding { text: text.to_owned(), encoding: self.encoding.name() })
        })
    }
}

impl DoseSlot {
    /// The only dose of a row, whatever its number.
    pub(crate) fn only(columns: DoseColumns) -> Self {
        Self { number: 0, columns, number_column: None, filled: Vec::new() }
    }

    /// The dose of that place in a row, from 0.
    pub(crate) fn at(place: usize, columns: DoseColumns) -> Self {
        Self { number: u8::try_from(place + 1).unwrap_or(u8::MAX), ..Self::only(columns) }
    }

    /// Whether it gives the dose with that number; where a column says it, in that row.
    pub(crate) fn gives(&self, number: u8, row: Option<Row<'_>>) -> bool {
        match self.number_column {
            None => self.number == number,
            Some(at) => row.is_some_and(|row| digits(row.cell(at), 2) == Some(u64::from(number))),
        }
    }

    fn set(&mut self, field: Field, at: usize) {
        let columns = &mut self.columns;
        match field {
            Field::RecordTime => columns.record_time = Some(at),
            Field::Date => columns.date = at,
            Field::Ticket => columns.ticket = Some(at),
            Field::Municipality => columns.municipality = Some(at),
            Field::Site => columns.site = Some(at),
            Field::Doctor => columns.doctor = Some(at),
            Field::Maker => columns.maker = Some(at),
            Field::Product => columns.product = Some(at),
            Field::Lot => columns.lot = Some(at),
            Field::DoseNumber => self.number_column = Some(at),
            _ => {}
        }
    }
}

/// A heading without what tells no two apart: widths, cases, blanks.
pub(crate) fn normal(heading: &str) -> String {
    heading.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}
