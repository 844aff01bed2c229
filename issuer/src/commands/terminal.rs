//! Findings on the terminal: the row with the cell marked, as compilers show source code.

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode,
    SourceSpan, SpanContents,
};
use std::fmt::{self, Display};
use std::io::IsTerminal;
use tegata_issuer::check::{Diagnostic, Language, Level};

/// Draws findings.
pub struct Terminal {
    handler: GraphicalReportHandler,
    language: Language,
}

/// The widest output: longer lines are broken between words.
const WIDTH: usize = 120;

impl Terminal {
    /// In colours on a terminal that wants them, in lines of Unicode where the locale has it.
    pub fn new(language: Language) -> Self {
        let colours = std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let theme = match (locale_is_unicode(), colours) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, true) => GraphicalTheme::ascii(),
            (false, false) => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(WIDTH);
        Self { handler, language }
    }

    /// The finding as text, with a blank line after it.
    pub fn draw(&self, finding: &Diagnostic) -> Result<String, fmt::Error> {
        let mut text = String::new();
        self.handler
            .render_report(&mut text, &Shown { finding, language: self.language, row: RowLine::of(finding) })?;
        text.push('\n');
        Ok(text)
    }
}

/// Whether the locale's characters are those of Unicode.
fn locale_is_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|locale| !locale.is_empty()))
        .unwrap_or_default()
        .to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// A finding as the drawing library wants it.
struct Shown<'a> {
    finding: &'a Diagnostic,
    language: Language,
    row: Option<RowLine<'a>>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.finding.code;
        write!(f, "{}: {}", code.level().word(self.language), code.title(self.language))?;
        if self.row.is_some() {
            return Ok(());
        }
        // Without a row there are the path of the element and its text.
        write!(f, " ({}:{}", self.finding.file, self.finding.line)?;
        if let Some(column) = self.finding.column.as_ref().filter(|column| !column.name.is_empty()) {
            write!(f, " {}", column.name)?;
        }
        if let Some(text) = &self.finding.text {
            write!(f, ": {text:?}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code(&self) -> Option<Box<dyn Display + '_>> {
        Some(Box::new(self.finding.code.label()))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.finding.code.level() {
            Level::Block => Severity::Error,
            Level::Eye => Severity::Warning,
            Level::Info => Severity::Advice,
        })
    }

    fn help(&self) -> Option<Box<dyn Display + '_>> {
        let remedy = self.finding.code.remedy(self.language);
        let note = self.finding.note.as_ref().map(|note| note.text(self.language));
        Some(Box::new(note.map_or_else(|| remedy.to_owned(), |note| format!("{note}\n{remedy}"))))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.row.as_ref().map(|row| row as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let row = self.row.as_ref()?;
        let name = self.finding.column.as_ref().map(|column| column.name.to_string()).filter(|name| !name.is_empty());
        Some(Box::new(std::iter::once(LabeledSpan::new(name, row.start, row.length))))
    }
}

/// One row of a file as the only line of it that can be shown.
struct RowLine<'a> {
    text: String,
    start: usize,
    length: usize,
    file: &'a str,
    line: usize,
    column: usize,
}

impl<'a> RowLine<'a> {
    fn of(finding: &'a Diagnostic) -> Option<Self> {
        let excerpt = finding.row.as_ref()?;
        let (before, part, _) = excerpt.parts();
        Some(Self {
            text: excerpt.text.clone() + "\n",
            start: before.len(),
            length: part.len(),
            file: &finding.file,
            line: usize::try_from(finding.line).unwrap_or(usize::MAX),
            column: finding.column.as_ref().map_or(1, |column| column.number),
        })
    }
}

impl SourceCode for RowLine<'_> {
    fn read_span<'s>(
        &'s self,
        _span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'s> + 's>, MietteError> {
        // The column is the cell's, as in every other answer of an import.
        let whole = SourceSpan::from((0, self.text.len()));
        let (line, column) = (self.line.saturating_sub(1), self.column.saturating_sub(1));
        let contents =
            MietteSpanContents::new_named(self.file.to_owned(), self.text.as_bytes(), whole, line, column, 1);
        Ok(Box::new(contents))
    }
}
