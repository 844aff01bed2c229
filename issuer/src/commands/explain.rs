//! `explain`: what a finding means.

use super::LanguageName;
use crate::error::{CommandError, Status};
use std::io::Write;
use tegata_issuer::check::{Code, Language, Level, Page, markdown};

/// Explain a finding: what it means, why it matters, what to do.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer explain E012
  tegata-issuer explain impossible-date --lang ja
  tegata-issuer explain                       (every finding, by level)")]
pub struct Arguments {
    /// Its number or name, as the import shows them; without one, all are listed
    #[arg(value_name = "CODE", value_parser = super::parse_code)]
    code: Option<Code>,
    /// The language [default: the locale's]
    #[arg(long, value_enum)]
    lang: Option<LanguageName>,
    /// Answer as JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// All pages as one Markdown document: the text of docs/diagnostics.md
    #[arg(long, conflicts_with = "code")]
    markdown: bool,
}

/// Explains.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Status, CommandError> {
    let language = LanguageName::or_locale(arguments.lang);
    match arguments.code {
        _ if arguments.markdown => write!(out, "{}", markdown())?,
        Some(code) if arguments.json => writeln!(out, "{}", json(code))?,
        Some(code) => write_page(out, code, language)?,
        None if arguments.json => {
            let codes: Vec<_> = Code::ALL.iter().map(|code| json(*code)).collect();
            writeln!(out, "{}", serde_json::json!({ "codes": codes }))?;
        }
        None => write_list(out, language)?,
    }
    Ok(Status::Done)
}

fn json(code: Code) -> serde_json::Value {
    let page = |language| {
        let page = Page::of(code, language);
        serde_json::json!({ "title": page.title, "meaning": page.meaning, "why": page.why, "remedy": page.remedy,
            "confirmation": page.confirmation })
    };
    serde_json::json!({ "number": code.number(), "code": code.name(), "level": code.level().name(),
        "example": Page::of(code, Language::En).example, "ja": page(Language::Ja), "en": page(Language::En) })
}

fn write_page(out: &mut impl Write, code: Code, language: Language) -> std::io::Result<()> {
    let page = Page::of(code, language);
    let ja = language == Language::Ja;
    let label = |ja_label: &'static str, en_label: &'static str| if ja { ja_label } else { en_label };
    writeln!(out, "{}\n{}\n", code.label(), page.title)?;
    writeln!(out, "{}\n", code.level().title(language))?;
    writeln!(out, "{}\n{}\n", page.meaning, page.why)?;
    writeln!(out, "{}\n    {}\n", label("例:", "Example:"), page.example)?;
    writeln!(out, "{}\n    {}: {}\n", label("表示:", "The tool says:"), code.label(), page.title)?;
    writeln!(out, "{}\n    {}\n", label("対処:", "What to do:"), page.remedy)?;
    writeln!(out, "{}", page.confirmation)
}

fn write_list(out: &mut impl Write, language: Language) -> std::io::Result<()> {
    for level in Level::ALL {
        writeln!(out, "{}: {}", level.word(language), level.title(language))?;
        for code in Code::ALL.iter().filter(|code| code.level() == level) {
            writeln!(out, "  {} {:<24} {}", code.number(), code.name(), code.title(language))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
