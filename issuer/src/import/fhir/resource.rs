//! A resource as a row: the texts of some of its elements, and where each stands.

use crate::check::{Code, Note};
use crate::import::origin::Origin;
use crate::import::table::Row;
use serde_json::Value;
use std::borrow::Cow;

/// The path of an element within its resource.
pub(super) type Path = Cow<'static, str>;

/// A resource's elements, one a column.
pub(super) struct Resource {
    cells: Vec<Cell>,
    /// What is wrong beside what the cells say.
    pub(super) faults: Vec<Fault>,
    /// The element that tells whether it is to be taken.
    pub(super) status: &'static str,
}

#[derive(Clone, Default)]
struct Cell {
    path: Path,
    text: String,
    /// What the file says, where the text is ours.
    said: Option<String>,
}

/// Something wrong with an element.
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) path: Path,
    pub(super) text: String,
    pub(super) note: Option<Note>,
}

/// A row that owns its bytes.
pub(super) struct OwnedRow {
    line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl OwnedRow {
    pub(super) fn get(&self) -> Row<'_> {
        Row::new(self.line, &self.bytes, &self.ends)
    }
}

impl Resource {
    /// With the usual path of each column, for findings about what is not there.
    pub(super) fn new(paths: &[&'static str], status: &'static str) -> Self {
        let cell = |path: &&'static str| Cell { path: Path::Borrowed(path), ..Cell::default() };
        Self { cells: paths.iter().map(cell).collect(), faults: Vec::new(), status }
    }

    /// Sets a column to what an element says.
    pub(super) fn set(&mut self, at: usize, path: impl Into<Path>, text: &str) {
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = Cell { path: path.into(), text: text.to_owned(), said: None };
        }
    }

    /// Sets a column to what an element means.
    pub(super) fn take_as(&mut self, at: usize, path: impl Into<Path>, text: &str, said: &str) {
        self.set(at, path, text);
        if let Some(cell) = self.cells.get_mut(at) {
            cell.said = Some(said.to_owned());
        }
    }

    pub(super) fn fault(&mut self, code: Code, path: impl Into<Path>, text: &str, note: Option<Note>) {
        // As much as is shown; the rest of a hostile text is not carried about.
        let text = text.chars().take(crate::check::TEXT_LIMIT + 1).collect();
        self.faults.push(Fault { code, path: path.into(), text, note });
    }

    /// The text of an element that is a string; another kind is a fault.
    pub(super) fn string<'v>(&mut self, path: impl Into<Path>, value: Option<&'v Value>) -> Option<&'v str> {
        match value {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
            Some(other) => {
                let text = if other.is_object() || other.is_array() { String::new() } else { other.to_string() };
                self.fault(Code::FhirElement, path, &text, None);
                None
            }
        }
    }

    /// Elements that change what all others mean, which nobody may pass over who does not know them.
    pub(super) fn modifiers(&mut self, value: &Value) {
        for name in ["implicitRules", "modifierExtension"] {
            if value.get(name).is_some_and(|value| !value.is_null()) {
                self.fault(Code::FhirModifier, name, "", None);
            }
        }
    }

    /// The places of the cells.
    pub(super) fn lay(&self, origin: &mut Origin) {
        for (at, cell) in self.cells.iter().enumerate() {
            origin.push(0, cell.path.clone());
            origin.say(at, cell.said.clone().map(String::into_bytes));
        }
    }

    /// The cells.
    pub(super) fn row(&self, line: u64) -> OwnedRow {
        let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(self.cells.len()));
        for cell in &self.cells {
            bytes.extend_from_slice(cell.text.as_bytes());
            ends.push(bytes.len());
        }
        OwnedRow { line, bytes, ends }
    }
}

/// The elements of a list; a single one where the standard has a list is taken as its only element.
pub(super) fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(list)) => list,
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}
