//! The report as a page: no script, nothing from elsewhere, to be read on a screen and on paper.

use crate::check::{Code, Diagnostic, Language, Level, Page};
use crate::import::Summary;
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rows shown of a code; the rest is counted.
const SHOWN: usize = 50;
/// Rows that stand open; with more, all can be folded away.
const OPEN: usize = 10;

const STYLE: &str = include_str!("page.css");

/// What a page is made from: of each code the first rows, and how many there are.
pub(super) struct PageReport {
    language: Language,
    codes: BTreeMap<Code, (u64, Vec<Diagnostic>)>,
}

impl PageReport {
    pub(super) fn new(language: Language) -> Self {
        Self { language, codes: BTreeMap::new() }
    }

    pub(super) fn take(&mut self, finding: &Diagnostic) {
        let (count, rows) = self.codes.entry(finding.code).or_default();
        *count += 1;
        if rows.len() < SHOWN {
            rows.push(finding.clone());
        }
    }

    /// Either text.
    fn say(&self, ja: &'static str, en: &'static str) -> &'static str {
        if self.language == Language::Ja { ja } else { en }
    }

    pub(super) fn write(&self, summary: &Summary, out: &mut impl Write) -> io::Result<()> {
        let lang = self.say("ja", "en");
        let title = self.say("取込みの報告", "Report on an import");
        let hash = Base64::encode_string(&Sha256::digest(STYLE));
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
             base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <header><h1>{title}</h1></header>\n<main>"
        )?;
        self.write_summary(summary, out)?;
        self.write_contents(out)?;
        for level in Level::ALL {
            self.write_level(level, out)?;
        }
        writeln!(out, "</main>\n</body>\n</html>")
    }

    fn write_summary(&self, summary: &Summary, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">{}</h2>",
            self.say("まとめ", "Summary")
        )?;
        if summary.dry_run {
            let tried = self.say(
                "確認だけを行いました。登録簿は変わっていません。",
                "This was a trial: the register is as it was.",
            );
            writeln!(out, "<p>{tried}</p>")?;
        }
        let heads = [
            self.say("ファイル", "File"),
            self.say("行", "Rows"),
            self.say("取込み", "Taken"),
            self.say("拒否", "Refused"),
            self.say("待ち", "Waiting"),
        ];
        write!(out, "<table class=\"sums\"><thead><tr>")?;
        heads.iter().try_for_each(|head| write!(out, "<th scope=\"col\">{head}</th>"))?;
        writeln!(out, "</tr></thead><tbody>")?;
        for file in &summary.files {
            let good = file.rows - file.refused - file.waiting;
            writeln!(
                out,
                "<tr><th scope=\"row\">{} <small>({})</small></th><td>{}</td><td>{good}</td><td>{}</td><td>{}</td></tr>",
                escape(&file.file),
                file.encoding,
                file.rows,
                file.refused,
                file.waiting
            )?;
        }
        writeln!(out, "</tbody></table>")?;
        let (label, how) = (
            self.say("確認待ちの人", "People held until a finding is confirmed"),
            self.say("正しいと確かめたら tegata-issuer confirm", "if they are right: tegata-issuer confirm"),
        );
        writeln!(out, "<p><strong>{label}: {}</strong> ({how})</p>\n</section>", summary.to_confirm)
    }

    fn write_contents(&self, out: &mut impl Write) -> io::Result<()> {
        if self.codes.is_empty() {
            return writeln!(out, "<p>{}</p>", self.say("指摘はありません。", "Nothing was found."));
        }
        let label = self.say("指摘の一覧", "What was found");
        writeln!(out, "<nav aria-label=\"{label}\">\n<h2>{label}</h2>\n<ul>")?;
        for (code, (count, _)) in &self.codes {
            let (number, title) = (code.number(), code.title(self.language));
            let word = code.level().word(self.language);
            writeln!(out, "<li><a href=\"#{number}\">{number}</a> <b>{word}</b> {} — {count}</li>", escape(title))?;
        }
        writeln!(out, "</ul>\n</nav>")
    }

    fn write_level(&self, level: Level, out: &mut impl Write) -> io::Result<()> {
        let mut codes = self.codes.iter().filter(|(code, _)| code.level() == level).peekable();
        if codes.peek().is_none() {
            return Ok(());
        }
        let (name, title) = (level.name(), level.title(self.language));
        writeln!(
            out,
            "<section class=\"{name}\" aria-labelledby=\"{name}\">\n<h2 id=\"{name}\">{}</h2>",
            escape(title)
        )?;
        for (code, (count, rows)) in codes {
            self.write_code(*code, *count, rows, out)?;
        }
        writeln!(out, "</section>")
    }

    fn write_code(&self, code: Code, count: u64, rows: &[Diagnostic], out: &mut impl Write) -> io::Result<()> {
        let page = Page::of(code, self.language);
        let number = code.number();
        writeln!(
            out,
            "<article aria-labelledby=\"{number}\">\n<h3 id=\"{number}\">{number} {} <small>({count})</small></h3>\n\
             <p>{} {}</p>\n<p><b>{}</b> {}. {}</p>",
            escape(page.title),
            escape(page.meaning),
            escape(page.why),
            self.say("対処:", "To do:"),
            escape(page.remedy),
            if code.level() == Level::Info { "" } else { page.confirmation }
        )?;
        let fold = rows.len() > OPEN;
        if fold {
            writeln!(out, "<details>\n<summary>{} ({count})</summary>", self.say("行を見る", "Show the rows"))?;
        }
        let heads = [
            self.say("場所", "Place"),
            self.say("列", "Column"),
            self.say("行の内容", "Row"),
            self.say("補足", "Note"),
        ];
        write!(out, "<table class=\"rows\"><thead><tr>")?;
        heads.iter().try_for_each(|head| write!(out, "<th scope=\"col\">{head}</th>"))?;
        writeln!(out, "</tr></thead><tbody>")?;
        rows.iter().try_for_each(|finding| self.write_row(finding, out))?;
        writeln!(out, "</tbody></table>")?;
        let rest = count - rows.len() as u64;
        if rest > 0 {
            let more = self.say(
                "行は省きました（CSVまたはNDJSONの報告にはすべてあります）",
                "more; the reports .csv and .ndjson have all",
            );
            writeln!(out, "<p>{rest} {more}</p>")?;
        }
        if fold {
            writeln!(out, "</details>")?;
        }
        writeln!(out, "</article>")
    }

    fn write_row(&self, finding: &Diagnostic, out: &mut impl Write) -> io::Result<()> {
        let column = finding.column.as_ref().map(|column| match column.number {
            // A file without columns has paths.
            0 => column.name.to_string(),
            number => format!("{number} {}", column.name),
        });
        write!(
            out,
            "<tr><th scope=\"row\">{}:{}</th><td>{}</td><td>",
            escape(&finding.file),
            finding.line,
            escape(&column.unwrap_or_default())
        )?;
        if let Some(row) = &finding.row {
            let (before, part, after) = row.parts();
            // An empty cell has to be seen, too.
            let part = if part.is_empty() { self.say("（空）", "(empty)") } else { part };
            write!(out, "<code>{}<mark>{}</mark>{}</code>", escape(before), escape(part), escape(after))?;
        } else if let Some(text) = &finding.text {
            write!(out, "<code><mark>{}</mark></code>", escape(text))?;
        }
        let note = finding.note.as_ref().map(|note| note.text(self.language)).unwrap_or_default();
        writeln!(out, "</td><td>{}</td></tr>", escape(&note))
    }
}

/// Text as HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}
