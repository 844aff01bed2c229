//! Reports of an import for those who correct the files: a page to read, one document a line, or the file itself with
//! columns added.
//!
//! They are written beside their places while the import is still undecided, and moved there once it is permanent. So a
//! full disk leaves neither an import without its report nor a report without its import.

mod annotated;
mod page;

use crate::check::{Diagnostic, Language};
use crate::import::{Input, Sink, Sources, Summary};
use annotated::Annotated;
use page::PageReport;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Why no report can be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The name does not tell the kind.
    #[error("{} tells no kind of report: its name must end in .html, .ndjson or .csv; nothing was imported", .0.display())]
    Kind(PathBuf),
    /// The report would overwrite what is imported.
    #[error("the report {} would overwrite a file that is imported: name another; nothing was imported", .0.display())]
    Overwrites(PathBuf),
    /// A file without rows has no columns that could be added.
    #[error("the report {} cannot be made: a FHIR file has no rows that columns could be added to; give a name that ends in .html or .ndjson; nothing was imported", .0.display())]
    NoTable(PathBuf),
    /// The file cannot be begun.
    #[error("the report {} cannot be begun: {error}; look at the folder and its rights; nothing was imported", path.display())]
    Begin {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The file cannot be put in its place.
    #[error("the import is done, but the report {} cannot be put in its place: {error}; import again with --dry-run to get it", path.display())]
    Place {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

/// A finding as one JSON object, with its number, level and texts.
#[must_use]
pub fn json_finding(finding: &Diagnostic) -> serde_json::Value {
    let mut value = serde_json::to_value(finding).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        let code = finding.code;
        object.insert("number".to_owned(), code.number().into());
        object.insert("level".to_owned(), code.level().name().into());
        let texts = |language| serde_json::json!({ "title": code.title(language), "remedy": code.remedy(language) });
        object.insert("ja".to_owned(), texts(Language::Ja));
        object.insert("en".to_owned(), texts(Language::En));
    }
    value
}

/// A report being written.
struct Report {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    kind: Kind,
}

enum Kind {
    Page(Box<PageReport>),
    Lines,
    Annotated(Box<Annotated>),
}

/// All reports of one import.
pub struct Reports {
    reports: Vec<Report>,
    failed: Option<io::Error>,
}

impl Reports {
    /// Begins a report at each path, of the kind that its ending names. Of a `.csv` there is one for each file of the
    /// import: `report.csv` becomes `report.residents.csv` and `report.doses.csv` where there are two.
    ///
    /// # Errors
    /// [`ReportError`]; nothing was written then.
    pub fn begin(paths: &[PathBuf], sources: &Sources, language: Language) -> Result<Self, ReportError> {
        let mut reports = Vec::new();
        for path in paths {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
            match ending.as_str() {
                "html" | "htm" => reports.push(begin(path, sources, Kind::Page(Box::new(PageReport::new(language))))?),
                "ndjson" | "jsonl" => reports.push(begin(path, sources, Kind::Lines)?),
                "csv" if matches!(sources, Sources::Fhir(..)) => return Err(ReportError::NoTable(path.clone())),
                "csv" => {
                    for (path, input) in of_each_file(path, sources) {
                        let failed = |error| ReportError::Begin { path: path.clone(), error };
                        let annotated = Annotated::new(input, language).map_err(failed)?;
                        reports.push(begin(&path, sources, Kind::Annotated(Box::new(annotated)))?);
                    }
                }
                _ => return Err(ReportError::Kind(path.clone())),
            }
        }
        Ok(Self { reports, failed: None })
    }

    /// Puts the reports in their places, once the import is done.
    ///
    /// # Errors
    /// [`ReportError::Place`].
    pub fn finish(self) -> Result<(), ReportError> {
        for Report { path, file, .. } in self.reports {
            let placed = file.into_inner().map_err(io::IntoInnerError::into_error);
            let placed = placed.and_then(|file| file.persist(&path).map_err(|error| error.error));
            placed.map_err(|error| ReportError::Place { path, error })?;
        }
        Ok(())
    }
}

impl Sink for Reports {
    fn finding(&mut self, finding: &Diagnostic) {
        for report in &mut self.reports {
            let written = match &mut report.kind {
                Kind::Page(page) => {
                    page.take(finding);
                    Ok(())
                }
                Kind::Lines => serde_json::to_writer(&mut report.file, &json_finding(finding))
                    .map_err(io::Error::from)
                    .and_then(|()| report.file.write_all(b"\n")),
                Kind::Annotated(annotated) => annotated.take(finding),
            };
            // Told when the import asks whether it may be made permanent.
            self.failed = self.failed.take().or(written.err());
        }
    }

    fn complete(&mut self, summary: &Summary) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        for Report { file, kind, .. } in &mut self.reports {
            match kind {
                Kind::Page(page) => page.write(summary, file)?,
                Kind::Lines => writeln!(file, "{}", serde_json::json!({ "summary": summary }))?,
                Kind::Annotated(annotated) => annotated.write(summary, file)?,
            }
            file.flush()?;
            file.get_ref().as_file().sync_all()?;
        }
        Ok(())
    }
}

fn begin(path: &Path, sources: &Sources, kind: Kind) -> Result<Report, ReportError> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let is_input = |input: &&Input| real(Path::new(&*input.name)).is_some_and(|input| real(path) == Some(input));
    if sources.inputs().iter().any(is_input) {
        return Err(ReportError::Overwrites(path.to_owned()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    // Readable by its owner only: a report shows people.
    let file = tempfile::Builder::new().prefix(".report-").tempfile_in(folder);
    let file = file.map_err(|error| ReportError::Begin { path: path.to_owned(), error })?;
    Ok(Report { path: path.to_owned(), file: BufWriter::with_capacity(1 << 16, file), kind })
}

/// The annotated copies: of the only file, or of each by its role.
fn of_each_file<'a>(path: &Path, sources: &'a Sources) -> Vec<(PathBuf, &'a Input)> {
    match sources {
        Sources::Wide { residents: Some(residents), doses: Some(doses) } => {
            vec![(path.with_extension("residents.csv"), residents), (path.with_extension("doses.csv"), doses)]
        }
        sources => sources.inputs().into_iter().map(|input| (path.to_owned(), input)).collect(),
    }
}
