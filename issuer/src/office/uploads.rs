//! Taking files in: looked at first, with what is wrong in them, and imported when somebody has seen that.

use crate::check::{Diagnostic, Level};
use crate::import::{ImportError, ImportOptions, Input, Sources, Summary, import_with};
use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, check_token, page};
use crate::office::people::language;
use crate::office::trouble::Trouble;
use crate::office::visit::{Visit, random};
use crate::office::{Office, now, today};
use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most bytes of the files of one import.
pub(super) const FILES: usize = 64 << 20;
/// Imports that wait to be confirmed, of all people together.
const WAITING: usize = 4;
/// How long one waits, in seconds.
const PATIENCE: i64 = 1_800;
/// Findings that are shown.
const SHOWN: usize = 300;

/// Files that were looked at and not imported yet. They lie in memory, and nowhere else.
#[derive(Default)]
pub(super) struct Uploads(Mutex<HashMap<String, Upload>>);

struct Upload {
    account: String,
    at: i64,
    files: Files,
}

/// The files of one import, by their place in the form.
#[derive(Clone, Default)]
struct Files {
    residents: Option<(String, Bytes)>,
    doses: Option<(String, Bytes)>,
    rows: Option<(String, Bytes)>,
}

impl Files {
    fn sources(&self) -> Result<Sources, Trouble> {
        let input = |(name, bytes): &(String, Bytes)| Input::from_bytes(name, bytes.to_vec());
        match (&self.residents, &self.doses, &self.rows) {
            (None, None, Some(rows)) => Ok(Sources::single(input(rows))),
            (None, None, None) => Err(Trouble::form("ファイルを選んでください。", "Choose a file.")),
            (residents, doses, None) => {
                Ok(Sources::Wide { residents: residents.as_ref().map(input), doses: doses.as_ref().map(input) })
            }
            _ => Err(Trouble::form(
                "「1 回 1 行」のファイルは、住民ファイル・VRS ファイルと同時には取り込めません。",
                "A file of one dose a row is imported alone, not with the two others.",
            )),
        }
    }
}

impl Uploads {
    fn keep(&self, account: &str, files: Files) -> Result<String, Trouble> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now().0;
        // Of one person the newest counts.
        waiting.retain(|_, upload| now - upload.at < PATIENCE && upload.account != account);
        if waiting.len() >= WAITING {
            return Err(Trouble::busy());
        }
        let name = random();
        waiting.insert(name.clone(), Upload { account: account.to_owned(), at: now, files });
        Ok(name)
    }

    fn take(&self, name: &str, account: &str) -> Option<Files> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_theirs =
            waiting.get(name).is_some_and(|upload| upload.account == account && now().0 - upload.at < PATIENCE);
        if is_theirs { waiting.remove(name).map(|upload| upload.files) } else { None }
    }
}

struct Line {
    level: &'static str,
    number: &'static str,
    file: String,
    line: u64,
    column: String,
    title: &'static str,
    remedy: &'static str,
}

#[derive(Template)]
#[template(path = "office/import.html")]
struct ImportPage {
    f: Frame,
    result: Option<Outcome>,
}

struct Outcome {
    is_done: bool,
    again: String,
    people: u64,
    doses: u64,
    refused: u64,
    waiting: u64,
    to_confirm: u64,
    lines: Vec<Line>,
    more: usize,
    /// People in the register whom no station shows, after this import.
    unplaced: u64,
}

/// `GET /import`
pub(super) async fn form(Extension(visit): Extension<Visit>) -> Result<Response, Trouble> {
    page(&ImportPage { f: Frame::of(&visit, "/import", "ファイルの取り込み", "Import files"), result: None })
}

fn unreadable(error: &MultipartError) -> Trouble {
    let too_large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
    let (ja, en) = if too_large {
        (
            "ファイルが大きすぎます（合計 64 MB まで）。分けるか、コマンドで取り込んでください。",
            "The files are too large (64 MB together). Split them, or import on the command line.",
        )
    } else {
        (
            "ファイルを受け取れませんでした。もう一度選んでください。",
            "The files did not arrive whole. Choose them again.",
        )
    };
    Trouble::new(if too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }, "upload", ja, en)
}

/// `POST /import`: looks at files, and imports nothing.
pub(super) async fn look(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    mut form: Multipart,
) -> Result<Response, Trouble> {
    let mut files = Files::default();
    let mut is_checked = false;
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        // A file's name is a label here, and never a path.
        let label: String = field.file_name().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
        let label: String = label.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(100).collect();
        let bytes = field.bytes().await.map_err(|error| unreadable(&error))?;
        if name == "token" {
            check_token(Some(&visit.token), std::str::from_utf8(&bytes).unwrap_or_default())?;
            is_checked = true;
            continue;
        }
        // The token stands before the files: nothing is kept of a form that brings none.
        if !is_checked {
            return Err(Trouble::forged());
        }
        if bytes.is_empty() {
            continue;
        }
        let file = Some((label, bytes));
        match name.as_str() {
            "residents" => files.residents = file,
            "doses" => files.doses = file,
            "rows" => files.rows = file,
            _ => {}
        }
    }
    if !is_checked {
        return Err(Trouble::forged());
    }
    let done = run(&office, &visit, &files, true).await?;
    let again = office.uploads.keep(&visit.account, files)?;
    import_page(&visit, done, again)
}

/// `POST /import/{name}`: imports what was looked at.
pub(super) async fn act(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(name): Path<String>,
    _form: Posted,
) -> Result<Response, Trouble> {
    let files = office.uploads.take(&name, &visit.account).ok_or_else(|| {
        Trouble::new(
            StatusCode::GONE,
            "gone",
            "確認から時間がたったか、すでに取り込まれています。もう一度ファイルを選んでください。",
            "That was looked at too long ago, or is imported already. Choose the files again.",
        )
    })?;
    let done = run(&office, &visit, &files, false).await?;
    import_page(&visit, done, String::new())
}

/// What an import came to, or would.
struct Done {
    summary: Summary,
    lines: Vec<Line>,
    /// Findings beyond those lines.
    more: usize,
    unplaced: u64,
}

async fn run(office: &Arc<Office>, visit: &Visit, files: &Files, dry_run: bool) -> Result<Done, Trouble> {
    let sources = files.sources()?;
    let (tongue, language, is_shared) = (visit.tongue, language(visit.tongue), office.config.is_shared());
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    office
        .pool
        .run(actor, move |register| {
            let (mut lines, mut more) = (Vec::new(), 0);
            let options = ImportOptions { today: today(), dry_run, accept: Vec::new() };
            let summary = import_with(register, sources, &options, &mut |finding: &Diagnostic| {
                if lines.len() == SHOWN {
                    more += 1;
                    return;
                }
                lines.push(Line {
                    level: level_words(finding.code.level(), tongue),
                    number: finding.code.number(),
                    file: finding.file.to_string(),
                    line: finding.line,
                    column: finding.column.as_ref().map(|column| column.name.to_string()).unwrap_or_default(),
                    title: finding.code.title(language),
                    remedy: finding.code.remedy(language),
                });
            });
            let summary = summary.map_err(import_trouble)?;
            let unplaced = if is_shared { register.people_unplaced(0)?.0 } else { 0 };
            Ok(Done { summary, lines, more, unplaced })
        })
        .await?
}

fn level_words(level: Level, l: Tongue) -> &'static str {
    match level {
        Level::Block => l.t("取り込めません", "refused"),
        Level::Eye => l.t("確認が必要", "to be looked at"),
        Level::Info => l.t("参考", "to know"),
    }
}

fn import_trouble(error: ImportError) -> Trouble {
    match error {
        ImportError::Register(error) => error.into(),
        other => {
            Trouble::form(format!("ファイルを取り込めません。台帳は変更していません： {other}"), other.to_string())
        }
    }
}

fn import_page(visit: &Visit, done: Done, again: String) -> Result<Response, Trouble> {
    let Done { summary, lines, more, unplaced } = done;
    let result = Some(Outcome {
        is_done: !summary.dry_run,
        again,
        people: summary.changes.people_inserted + summary.changes.people_updated,
        doses: summary.changes.doses_inserted + summary.changes.doses_updated,
        refused: summary.refused(),
        waiting: summary.waiting(),
        to_confirm: summary.to_confirm,
        lines,
        more,
        unplaced,
    });
    page(&ImportPage { f: Frame::of(visit, "/import", "ファイルの取り込み", "Import files"), result })
}
