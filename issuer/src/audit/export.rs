//! The audit's entries as a file: for a spreadsheet, or for whoever checks the chain without a key.

use crate::register::{AuditEntry, AuditFilter, Register, RegisterError};
use std::borrow::Cow;
use std::io::Write;

/// In which form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuditForm {
    /// A heading and one row an entry, UTF-8; no cell is taken for a formula.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

const HEADINGS: &str = "sequence,time,act,outcome,actor,station,purpose,person,certificate,details,link\r\n";

/// Writes entries; says how many. Memory does not grow with their number.
///
/// # Errors
/// The outer one if the register cannot be read, the inner one if `out` takes no more.
pub fn export_audit(
    register: &mut Register,
    filter: &AuditFilter,
    form: AuditForm,
    out: &mut dyn Write,
) -> Result<std::io::Result<u64>, RegisterError> {
    let (mut written, mut count) = (Ok(()), 0);
    if form == AuditForm::Csv {
        written = out.write_all(HEADINGS.as_bytes());
    }
    register.audit(filter, &mut |entry| {
        if written.is_ok() {
            written = match form {
                AuditForm::Csv => row(entry, out),
                AuditForm::Ndjson => line(entry, out),
            };
            count += 1;
        }
    })?;
    Ok(written.and_then(|()| out.flush()).map(|()| count))
}

fn line(entry: &AuditEntry, out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, entry)?;
    out.write_all(b"\n")
}

fn row(entry: &AuditEntry, out: &mut dyn Write) -> std::io::Result<()> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        entry.sequence.to_string(),
        entry.time.to_string(),
        entry.act.name().to_owned(),
        entry.outcome.name().to_owned(),
        entry.actor.clone(),
        entry.station.clone(),
        text(&entry.purpose),
        entry.person.map(|person| person.to_string()).unwrap_or_default(),
        entry.certificate.map(|hash| hash.to_string()).unwrap_or_default(),
        text(&entry.details),
        base16ct::lower::encode_string(&entry.link),
    ];
    let quoted: Vec<Cow<'_, str>> = cells.iter().map(|cell| quoted(cell)).collect();
    out.write_all(quoted.join(",").as_bytes())?;
    out.write_all(b"\r\n")
}

/// A cell that no spreadsheet takes for a formula, quoted where it has to be.
fn quoted(cell: &str) -> Cow<'_, str> {
    let harmless: Cow<'_, str> = if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{cell}").into()
    } else {
        cell.into()
    };
    if harmless.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", harmless.replace('"', "\"\"")).into()
    } else {
        harmless
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("@x,y"), "\"'@x,y\"");
        assert_eq!(quoted("a \"b\""), "\"a \"\"b\"\"\"");
        assert_eq!(quoted("counter-1"), "counter-1");
    }
}
