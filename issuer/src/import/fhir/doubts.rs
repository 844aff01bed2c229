//! Findings that hold a person, while it is not known yet whose dose it is.

use crate::check::{Code, Note, Subject};
use crate::import::cells::Cells;
use crate::import::origin::Origin;
use crate::record::RegisterNumber;
use serde::{Deserialize, Serialize};

/// What is doubtful about one resource.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Doubts(Vec<Doubt>);

#[derive(Serialize, Deserialize)]
struct Doubt {
    code: String,
    /// The path of the element.
    path: String,
    text: Option<String>,
    suggestion: Option<String>,
    facts: String,
}

impl Doubts {
    /// Says whom the findings from that place on hold, if they hold anybody.
    pub(super) fn about(cells: &mut Cells, from: usize, number: &RegisterNumber) {
        for hold in cells.findings.iter_mut().skip(from).filter_map(|finding| finding.hold.as_mut()) {
            hold.person = Some(number.clone());
        }
    }

    /// Takes them out of the findings from that place on.
    pub(super) fn take(cells: &mut Cells, from: usize) -> Self {
        let mut doubts = Vec::new();
        let from = from.min(cells.findings.len());
        for finding in cells.findings.extract_if(from.., |finding| finding.hold.is_some()) {
            let suggestion = match finding.note {
                Some(Note::Suggestion(text)) => Some(text),
                _ => None,
            };
            doubts.push(Doubt {
                code: finding.code.name().to_owned(),
                path: finding.column.map(|column| column.name.to_string()).unwrap_or_default(),
                text: finding.text,
                suggestion,
                facts: finding.hold.map(|hold| hold.facts).unwrap_or_default(),
            });
        }
        Self(doubts)
    }

    /// Tells them again; they are about the dose with that number.
    pub(super) fn tell(self, cells: &mut Cells, dose: u8) {
        for Doubt { code, path, text, suggestion, facts } in self.0 {
            let Some(code) = Code::find(&code) else { continue };
            let origin = cells.origin.insert(Origin::default());
            origin.push(0, path);
            cells.report_about(code, Some(0), text, suggestion.map(Note::Suggestion), (Subject::Dose(dose), facts));
        }
    }

    /// As bytes; none where nothing is doubtful.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Texts and numbers always have a form in JSON.
        if self.0.is_empty() { Vec::new() } else { serde_json::to_vec(self).unwrap_or_default() }
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }
}
