//! Export: records of the register out, as FHIR R4 or as our long form. Either is read back by an import.

pub(crate) mod csv;
mod fhir;

use crate::record::{Record, RegisterNumber};
use crate::register::{Act, ActKind, Register, RegisterError, Usage};
use serde::Serialize;
use std::io::Write;

/// Which records.
#[derive(Clone)]
pub enum Selection {
    /// All of the register, whether they have doses or not.
    All,
    /// These people.
    People(Vec<RegisterNumber>),
}

/// In which form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExportForm {
    /// One FHIR R4 bundle (JP Core) of the type `collection`.
    FhirBundle {
        /// The identifier system of register numbers; [`FHIR_SYSTEMS`](crate::FHIR_SYSTEMS)' first if `None`.
        identifier_system: Option<String>,
    },
    /// The same resources, one a line, as a bulk export has them.
    FhirLines {
        /// As of a bundle.
        identifier_system: Option<String>,
    },
    /// One dose a row, with the person: our long form. It has no place for people without doses.
    Csv,
}

impl ExportForm {
    /// The name that the audit has for it.
    fn name(&self) -> &'static str {
        match self {
            Self::FhirBundle { .. } => "fhir-bundle",
            Self::FhirLines { .. } => "fhir-lines",
            Self::Csv => "csv",
        }
    }
}

/// What was exported.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct ExportSummary {
    /// People.
    pub people: u64,
    /// Their doses.
    pub doses: u64,
    /// People whom the form has no place for.
    pub left_out: u64,
}

/// Why an export ended.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The register cannot be read.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The register has no such person.
    #[error("the register has no person with the number {0}: look at the number; nothing was exported")]
    UnknownPerson(String),
    /// What is exported cannot be written.
    #[error("the export cannot be written: {0}; make room, or send it elsewhere")]
    Write(#[from] std::io::Error),
}

/// Records a page.
const PAGE: u32 = 500;

/// Writes records of a register; memory does not grow with their number.
///
/// # Errors
/// If the register cannot be read, a person is not in it, or `out` takes no more.
pub fn export(
    register: &mut Register,
    selection: &Selection,
    form: &ExportForm,
    out: &mut dyn Write,
) -> Result<ExportSummary, ExportError> {
    register.note(&acts(selection, form))?;
    let demo = register.usage()? == Some(Usage::Demo);
    let mut sheet = Sheet::begin(form, demo, out)?;
    match selection {
        Selection::People(numbers) => {
            for number in numbers {
                let unknown = || ExportError::UnknownPerson(number.to_string());
                sheet.record(&register.record(number)?.ok_or_else(unknown)?)?;
            }
        }
        Selection::All => {
            let mut last: Option<RegisterNumber> = None;
            loop {
                let page = register.records_after(last.as_ref(), PAGE)?;
                for record in &page {
                    sheet.record(record)?;
                }
                let Some(record) = page.last() else { break };
                last = Some(record.person.number.clone());
            }
        }
    }
    sheet.end()
}

/// What the audit says of an export, before anything is read for it.
fn acts(selection: &Selection, form: &ExportForm) -> Vec<Act> {
    let act = Act::new(ActKind::Export).with("form", form.name());
    match selection {
        Selection::All => vec![act.with("people", "all")],
        Selection::People(numbers) => numbers.iter().map(|number| act.clone().about(number)).collect(),
    }
}

/// An export being written.
struct Sheet<'a> {
    form: &'a ExportForm,
    out: &'a mut dyn Write,
    summary: ExportSummary,
}

impl<'a> Sheet<'a> {
    fn begin(form: &'a ExportForm, demo: bool, out: &'a mut dyn Write) -> Result<Self, ExportError> {
        match form {
            ExportForm::FhirBundle { .. } => out.write_all(b"{\"resourceType\":\"Bundle\",\"type\":\"collection\"")?,
            ExportForm::FhirLines { .. } => {}
            ExportForm::Csv => csv::headings(demo, out)?,
        }
        Ok(Self { form, out, summary: ExportSummary::default() })
    }

    fn record(&mut self, record: &Record) -> Result<(), ExportError> {
        let doses = record.doses.len() as u64;
        match self.form {
            ExportForm::FhirBundle { identifier_system } => {
                // A bundle without entries must not have a list of them.
                let before: &[u8] = if self.summary.people == 0 { b",\"entry\":[\n" } else { b",\n" };
                self.out.write_all(before)?;
                fhir::entries(record, identifier_system.as_deref(), self.out)?;
            }
            ExportForm::FhirLines { identifier_system } => {
                fhir::lines(record, identifier_system.as_deref(), self.out)?;
            }
            ExportForm::Csv if doses == 0 => {
                self.summary.left_out += 1;
                return Ok(());
            }
            ExportForm::Csv => csv::rows(record, self.out)?,
        }
        self.summary.people += 1;
        self.summary.doses += doses;
        Ok(())
    }

    fn end(self) -> Result<ExportSummary, ExportError> {
        if matches!(self.form, ExportForm::FhirBundle { .. }) {
            self.out.write_all(if self.summary.people == 0 { b"}\n" } else { b"\n]}\n" })?;
        }
        self.out.flush()?;
        Ok(self.summary)
    }
}
