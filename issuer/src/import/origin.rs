//! Where cells come from that were laid out anew: by a mapping file, or out of a FHIR resource.
//!
//! The same code reads them as any other cells, but a finding must point into the file as it is: to the
//! vendor's own column, or to the element of a resource, and show the text that stands there.

use crate::check::Column;
use std::borrow::Cow;
use std::sync::Arc;

/// The places in a file that a row's cells were taken from.
#[derive(Default)]
pub(crate) struct Origin {
    /// What stands before each name: the path of the resource, or nothing.
    pub(crate) prefix: String,
    cells: Vec<Place>,
}

#[derive(Default)]
struct Place {
    /// The column's number, from 1; 0 where the file has no columns.
    number: usize,
    name: Cow<'static, str>,
    /// What the file says, where the cell says it in other words.
    said: Option<Vec<u8>>,
}

impl Origin {
    /// Adds the next cell's place.
    pub(crate) fn push(&mut self, number: usize, name: impl Into<Cow<'static, str>>) {
        self.cells.push(Place { number, name: name.into(), said: None });
    }

    /// Forgets all places.
    pub(crate) fn clear(&mut self) {
        self.cells.clear();
    }

    /// Notes what the file says there, if not what the cell says.
    pub(crate) fn say(&mut self, at: usize, said: Option<Vec<u8>>) {
        if let Some(place) = self.cells.get_mut(at) {
            place.said = said;
        }
    }

    /// The column of a cell.
    pub(crate) fn column(&self, at: usize) -> Column {
        let (number, name) = self.cells.get(at).map_or((0, ""), |place| (place.number, &*place.name));
        let name = if self.prefix.is_empty() || name.is_empty() {
            Arc::from([&*self.prefix, name].concat())
        } else {
            Arc::from(format!("{}.{name}", self.prefix))
        };
        Column { number, name }
    }

    /// What the file says, where the cell says it in other words.
    pub(crate) fn said(&self, at: usize) -> Option<&[u8]> {
        self.cells.get(at)?.said.as_deref()
    }
}
