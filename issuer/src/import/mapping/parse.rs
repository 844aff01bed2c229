//! A mapping file's text into a [`Mapping`]: every key known, every value fit, every error with its line.

use super::pattern::DayPattern;
use super::{Encoding, Group, How, MappedLayout, Mapping, MappingError, MappingFault, Place, Repeat, Source};
use crate::check::Language;
use crate::import::cells::Cells;
use crate::import::headings::Field;
use std::collections::BTreeMap;
use std::sync::Arc;
use tegata_certificate::{Date, vaccine};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The most columns that one field is joined from, and the most groups of doses.
const JOIN_LIMIT: usize = 16;
const DOSE_LIMIT: usize = 99;

pub(super) fn parse(name: &str, text: &str) -> Result<Mapping, MappingError> {
    let reader = Reader { name: Arc::from(name), text };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(at, MappingFault::Syntax(error.message().replace('\n', " ")))
    })?;
    reader.mapping(document.get_ref())
}

/// What errors need to say where they are.
struct Reader<'t> {
    name: Arc<str>,
    text: &'t str,
}

type Key<'a, 'i> = &'a Spanned<std::borrow::Cow<'i, str>>;
type Value<'a, 'i> = &'a Spanned<DeValue<'i>>;

/// What kinds of value there are, in words.
const TEXT: &str = "a text in quotation marks";
const TABLE: &str = "a table";
const PLACE: &str = "a heading in quotation marks, a column's number from 1, or a list of them";
const NUMBER: &str = "a number from 1";

impl<'t> Reader<'t> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&b| b == b'\n').count()
    }

    fn fault(&self, at: usize, fault: MappingFault) -> MappingError {
        MappingError::Fault { file: self.name.clone(), line: self.line(at), fault }
    }

    fn kind(&self, key: Key<'_, '_>, value: Value<'_, '_>, wanted: &'static str) -> MappingError {
        self.fault(value.span().start, MappingFault::Kind { key: key.get_ref().to_string(), wanted })
    }

    fn unknown(&self, key: Key<'_, '_>, known: &[&str]) -> MappingError {
        let fault = MappingFault::UnknownKey { key: key.get_ref().to_string(), known: known.join(", ") };
        self.fault(key.span().start, fault)
    }

    fn text<'a>(&self, key: Key<'_, '_>, value: &'a Spanned<DeValue<'_>>) -> Result<&'a str, MappingError> {
        value.get_ref().as_str().ok_or_else(|| self.kind(key, value, TEXT))
    }

    fn table<'a, 'i>(
        &self,
        key: Key<'_, '_>,
        value: &'a Spanned<DeValue<'i>>,
    ) -> Result<&'a DeTable<'i>, MappingError> {
        value.get_ref().as_table().ok_or_else(|| self.kind(key, value, TABLE))
    }

    fn number(&self, key: Key<'_, '_>, value: Value<'_, '_>) -> Result<usize, MappingError> {
        number(value).ok_or_else(|| self.kind(key, value, NUMBER))
    }

    fn mapping(&self, document: &DeTable<'_>) -> Result<Mapping, MappingError> {
        const KEYS: [&str; 9] =
            ["layout", "encoding", "separator", "headings", "date", "columns", "constants", "values", "dose or doses"];
        let layout = document.get("layout").ok_or_else(|| self.fault(0, MappingFault::Missing("layout")))?;
        let layout = MappedLayout::ALL
            .into_iter()
            .find(|known| layout.get_ref().as_str() == Some(known.name()))
            .ok_or_else(|| self.choice("layout", layout, "\"long\", \"wide\" or \"residents\""))?;
        let mut mapping = Mapping {
            name: self.name.clone(),
            layout,
            encoding: None,
            separator: None,
            headings: true,
            day: None,
            columns: Vec::new(),
            constants: Vec::new(),
            values: BTreeMap::new(),
            doses: Vec::new(),
            repeat: None,
        };
        for (key, value) in document.iter() {
            match &**key.get_ref() {
                "layout" => {}
                "encoding" => mapping.encoding = Some(self.encoding(value)?),
                "separator" => mapping.separator = Some(self.separator(value)?),
                "headings" => {
                    let headings = value.get_ref().as_bool();
                    mapping.headings = headings.ok_or_else(|| self.kind(key, value, "true or false"))?;
                }
                "date" => mapping.day = Some(self.day(value)?),
                "columns" => mapping.columns = self.columns(self.table(key, value)?, |field| takes(layout, field))?,
                "constants" => mapping.constants = self.constants(self.table(key, value)?, layout)?,
                "values" => mapping.values = self.values(self.table(key, value)?)?,
                "dose" if layout == MappedLayout::Wide => mapping.doses = self.doses(key, value)?,
                "doses" if layout == MappedLayout::Wide => mapping.repeat = Some(self.repeat(key, value)?),
                _ => {
                    let known = if layout == MappedLayout::Wide { &KEYS[..] } else { &KEYS[..8] };
                    return Err(self.unknown(key, known));
                }
            }
        }
        self.whole(mapping)
    }

    /// Whether everything is there that the layout needs, and nothing twice.
    fn whole(&self, mapping: Mapping) -> Result<Mapping, MappingError> {
        let has = |field| mapping.columns.iter().any(|(other, _)| *other == field);
        let missing = |what| Err(self.fault(0, MappingFault::Missing(what)));
        for (field, _) in &mapping.constants {
            if has(*field) {
                return Err(self.fault(0, MappingFault::Twice(field.name().to_owned())));
            }
        }
        let has_either = |field| has(field) || mapping.constants.iter().any(|(other, _)| *other == field);
        if !has(Field::Number) {
            return missing("resident_id in [columns]");
        }
        let named = has(Field::Name) || has(Field::Romanised) || has(Field::Mrz);
        if mapping.gives_people() || mapping.columns.len() > 1 {
            if !named {
                return missing("name in [columns]");
            }
            if !has_either(Field::Birth) {
                return missing("birth_date in [columns]");
            }
        }
        let makes = |has: &dyn Fn(Field) -> bool| has(Field::Maker) || has(Field::Product);
        match mapping.layout {
            MappedLayout::Residents => {}
            MappedLayout::Long => {
                if !has_either(Field::Date) {
                    return missing("vaccinated_on in [columns]");
                }
                if !has_either(Field::DoseNumber) {
                    return missing("dose_no in [columns] or [constants]");
                }
                if !makes(&has_either) {
                    return missing("maker or product_code in [columns] or [constants]");
                }
            }
            MappedLayout::Wide => {
                let constant = |field| mapping.constants.iter().any(|(other, _)| *other == field);
                match (&mapping.repeat, mapping.doses.is_empty()) {
                    (None, true) => return missing("[[dose]] or [doses]"),
                    (Some(_), false) => return Err(self.fault(0, MappingFault::Twice("[[dose]], [doses]".to_owned()))),
                    _ => {}
                }
                let groups = mapping.doses.iter().map(|group| {
                    let fields: Vec<Field> = group.columns.iter().map(|(field, _)| *field).collect();
                    fields
                });
                let repeated =
                    mapping.repeat.iter().map(|repeat| repeat.columns.iter().map(|(field, _)| *field).collect());
                for fields in groups.chain(repeated) {
                    if !fields.contains(&Field::Date) {
                        return missing("vaccinated_on of a dose");
                    }
                    if !makes(&|field| fields.contains(&field) || constant(field)) {
                        return missing("maker or product_code of a dose");
                    }
                }
            }
        }
        Ok(mapping)
    }

    fn choice(&self, key: &str, value: Value<'_, '_>, wanted: &'static str) -> MappingError {
        self.fault(value.span().start, MappingFault::Kind { key: key.to_owned(), wanted })
    }

    fn encoding(&self, value: Value<'_, '_>) -> Result<Encoding, MappingError> {
        value
            .get_ref()
            .as_str()
            .and_then(Encoding::from_name)
            .ok_or_else(|| self.choice("encoding", value, "\"utf-8\", \"utf-8-bom\", \"cp932\" or \"euc-jp\""))
    }

    fn separator(&self, value: Value<'_, '_>) -> Result<u8, MappingError> {
        match value.get_ref().as_str() {
            Some(",") => Ok(b','),
            Some(";") => Ok(b';'),
            Some("\t" | "tab") => Ok(b'\t'),
            Some("|") => Ok(b'|'),
            _ => Err(self.choice("separator", value, "\",\", \";\", \"|\" or \"tab\"")),
        }
    }

    fn day(&self, value: Value<'_, '_>) -> Result<DayPattern, MappingError> {
        value.get_ref().as_str().and_then(DayPattern::parse).ok_or_else(|| {
            self.choice("date", value, "YYYY, MM and DD in their order, such as \"DD/MM/YYYY\" or \"YYYY-MM-DD*\"")
        })
    }

    fn field(&self, key: Key<'_, '_>, fits: impl Fn(Field) -> bool) -> Result<Field, MappingError> {
        Field::of_name(key.get_ref()).filter(|&field| fits(field)).ok_or_else(|| {
            let known: Vec<&str> = Field::ALL.into_iter().filter(|&field| fits(field)).map(Field::name).collect();
            self.unknown(key, &known)
        })
    }

    fn columns(
        &self,
        table: &DeTable<'_>,
        fits: impl Fn(Field) -> bool + Copy,
    ) -> Result<Vec<(Field, Source)>, MappingError> {
        table.iter().map(|(key, value)| Ok((self.field(key, fits)?, self.source(key, value)?))).collect()
    }

    fn source(&self, key: Key<'_, '_>, value: Value<'_, '_>) -> Result<Source, MappingError> {
        let line = self.line(key.span().start);
        let Some(table) = value.get_ref().as_table() else {
            return Ok(Source { columns: self.places(key, value)?, how: How::Joined(" ".to_owned()), line });
        };
        if let Some(columns) = table.get("fingerprint") {
            if Field::of_name(key.get_ref()) != Some(Field::Number) {
                return Err(self.kind(key, value, "columns: only resident_id may be a fingerprint"));
            }
            if let Some((other, _)) = table.iter().find(|(other, _)| other.get_ref() != "fingerprint") {
                return Err(self.unknown(other, &["fingerprint"]));
            }
            return Ok(Source { columns: self.places(key, columns)?, how: How::Fingerprint, line });
        }
        let (mut columns, mut between) = (None, " ".to_owned());
        for (part, value) in table.iter() {
            match &**part.get_ref() {
                "join" => columns = Some(self.places(part, value)?),
                "with" => between = self.text(part, value)?.to_owned(),
                _ => return Err(self.unknown(part, &["join and with", "fingerprint"])),
            }
        }
        let columns = columns.ok_or_else(|| self.fault(key.span().start, MappingFault::Missing("join")))?;
        Ok(Source { columns, how: How::Joined(between), line })
    }

    fn places(&self, key: Key<'_, '_>, value: Value<'_, '_>) -> Result<Vec<Place>, MappingError> {
        let place = |value: Value<'_, '_>| match value.get_ref() {
            DeValue::String(heading) if !heading.trim().is_empty() => Some(Place::Heading(heading.trim().to_owned())),
            DeValue::Integer(_) => number(value).map(Place::Number),
            _ => None,
        };
        let places: Option<Vec<Place>> = match value.get_ref() {
            DeValue::Array(list) if (1..=JOIN_LIMIT).contains(&list.len()) => list.iter().map(place).collect(),
            DeValue::Array(_) => None,
            _ => place(value).map(|place| vec![place]),
        };
        places.ok_or_else(|| self.kind(key, value, PLACE))
    }

    fn constants(&self, table: &DeTable<'_>, layout: MappedLayout) -> Result<Vec<(Field, String)>, MappingError> {
        let of_dose = |field: Field| field.is_of_dose() && field != Field::DoseNumber;
        let fits = |field: Field| match layout {
            // Every dose of a wide row has its own number.
            MappedLayout::Wide => of_dose(field) && field != Field::Date,
            _ => field != Field::Number && takes(layout, field),
        };
        table
            .iter()
            .map(|(key, value)| {
                let (field, text) = (self.field(key, fits)?, self.text(key, value)?);
                self.check(value.span().start, field, text)?;
                Ok((field, text.to_owned()))
            })
            .collect()
    }

    fn values(&self, table: &DeTable<'_>) -> Result<BTreeMap<&'static str, BTreeMap<String, String>>, MappingError> {
        let mut values: BTreeMap<&'static str, BTreeMap<String, String>> = BTreeMap::new();
        for (key, value) in table.iter() {
            let field = self.field(key, |_| true)?;
            let table = values.entry(field.name()).or_default();
            for (from, to) in self.table(key, value)?.iter() {
                let text = self.text(from, to)?;
                // An empty text means: nothing is said.
                if !text.is_empty() {
                    self.check(to.span().start, field, text)?;
                }
                if table.insert(from.get_ref().trim().to_owned(), text.to_owned()).is_some() {
                    return Err(self.fault(from.span().start, MappingFault::Twice(from.get_ref().to_string())));
                }
            }
        }
        Ok(values)
    }

    fn doses(&self, key: Key<'_, '_>, value: Value<'_, '_>) -> Result<Vec<Group>, MappingError> {
        let list = value.get_ref().as_array().filter(|list| (1..=DOSE_LIMIT).contains(&list.len()));
        let list = list.ok_or_else(|| self.kind(key, value, "1 to 99 tables [[dose]]"))?;
        let mut groups: Vec<Group> = Vec::new();
        for (at, value) in list.iter().enumerate() {
            let mut group = Group { number: u8::try_from(at + 1).unwrap_or(u8::MAX), columns: Vec::new() };
            for (key, value) in self.table(key, value)?.iter() {
                if key.get_ref() == "number" {
                    let number = self.number(key, value)?;
                    group.number = u8::try_from(number)
                        .ok()
                        .filter(|&number| usize::from(number) <= DOSE_LIMIT)
                        .ok_or_else(|| self.kind(key, value, "1 to 99"))?;
                } else {
                    group.columns.push((self.field(key, Field::is_of_dose)?, self.source(key, value)?));
                }
            }
            if groups.iter().any(|other| other.number == group.number) {
                let fault = MappingFault::Twice(format!("the dose with the number {}", group.number));
                return Err(self.fault(value.span().start, fault));
            }
            groups.push(group);
        }
        Ok(groups)
    }

    fn repeat(&self, key: Key<'_, '_>, value: Value<'_, '_>) -> Result<Repeat, MappingError> {
        let (mut first, mut count, mut width, mut columns) = (None, None, None, None);
        for (key, value) in self.table(key, value)?.iter() {
            match &**key.get_ref() {
                "first" => first = Some(self.number(key, value)?),
                "count" => {
                    let number = self.number(key, value)?;
                    count = Some(number);
                    if number > DOSE_LIMIT {
                        return Err(self.kind(key, value, "1 to 99"));
                    }
                }
                "width" => width = Some(self.number(key, value)?),
                "columns" => {
                    let fields = self.table(key, value)?.iter().map(|(key, value)| {
                        let fits = |field: Field| field.is_of_dose() && field != Field::DoseNumber;
                        Ok((self.field(key, fits)?, self.number(key, value)?))
                    });
                    columns = Some((value.span().start, fields.collect::<Result<Vec<_>, MappingError>>()?));
                }
                _ => return Err(self.unknown(key, &["first", "count", "width", "columns"])),
            }
        }
        let at = key.span().start;
        let missing = |what| self.fault(at, MappingFault::Missing(what));
        let first = first.ok_or_else(|| missing("first (the first dose's first column, from 1)"))?;
        let width = width.ok_or_else(|| missing("width (columns a dose)"))?;
        let (start, columns) = columns.ok_or_else(|| missing("[doses.columns]"))?;
        if columns.iter().any(|&(_, place)| place > width) {
            let fault = MappingFault::Kind { key: "a place".to_owned(), wanted: "1 to the width" };
            return Err(self.fault(start, fault));
        }
        Ok(Repeat { first, count, width, columns, line: self.line(at) })
    }

    /// Whether the field can hold the text, by the very rules that cells are read by.
    fn check(&self, at: usize, field: Field, text: &str) -> Result<(), MappingError> {
        let value =
            |remedy| Err(self.fault(at, MappingFault::Value { field: field.name(), text: text.to_owned(), remedy }));
        if matches!(field, Field::Maker | Field::Product) {
            if vaccine::by_register_text(text).is_none() {
                return value(crate::check::Code::UnknownMaker.remedy(Language::En));
            }
            return Ok(());
        }
        let today = Date::from_ymd(9999, 12, 31).unwrap_or_else(|| unreachable!("year 9999 has a last day"));
        let mut cells = Cells {
            file: self.name.clone(),
            encoding: Encoding::Utf8,
            columns: Vec::new(),
            origin: None,
            today,
            own_numbers: false,
            line: 0,
            blocked: false,
            findings: Vec::new(),
        };
        super::fits(&mut cells, field, 0, text.as_bytes());
        match cells.findings.first() {
            Some(finding) => value(finding.code.remedy(Language::En)),
            None => Ok(()),
        }
    }
}

/// Which fields a layout's `[columns]` may name.
fn takes(layout: MappedLayout, field: Field) -> bool {
    match layout {
        MappedLayout::Long => true,
        MappedLayout::Residents => !field.is_of_dose() || field == Field::Municipality,
        MappedLayout::Wide => !field.is_of_dose() || field == Field::Municipality,
    }
}

/// A whole number from 1 to 1024, which no row has more cells than.
fn number(value: &Spanned<DeValue<'_>>) -> Option<usize> {
    let integer = value.get_ref().as_integer()?;
    let number = usize::from_str_radix(integer.as_str(), integer.radix()).ok()?;
    (1..=1024).contains(&number).then_some(number)
}
