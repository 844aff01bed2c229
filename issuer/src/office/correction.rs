//! Correcting a record: the facts in a form, what it would come to, and then all of it at once.

use crate::approval::{ApprovalKind, Subject};
use crate::check::{Code, Language};
use crate::correct::{
    CorrectError, Corrected, Correction, CorrectionReason, DoseFact, Edit, Facts, Fault, PersonFact, Tools, correct,
};
use crate::import::Scope;
use crate::issue::Refusal;
use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, page};
use crate::office::people::{self, format_words, language};
use crate::office::second_person::{granted_for, permit};
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::withdrawal::withdraw_trouble;
use crate::office::{Office, now, today};
use crate::record::Record;
use crate::register::{Act, ActKind, Register, Way};
use crate::withdraw::{REQUESTS, hand_out};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// A field of the form: its name, its label, what it holds now, and what was typed.
struct Field {
    name: String,
    label: &'static str,
    value: String,
}

struct DoseFields {
    heading: String,
    remove: String,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "office/correct.html")]
struct FormPage {
    f: Frame,
    handle: String,
    problem: Option<String>,
    person: Vec<Field>,
    doses: Vec<DoseFields>,
    added: Vec<Field>,
    reasons: Vec<(&'static str, &'static str, bool)>,
    /// What must be confirmed: code, title.
    eyes: Vec<(&'static str, String)>,
    outcome: Option<Outcome>,
}

/// What a correction would come to.
struct Outcome {
    changed: bool,
    lines: Vec<String>,
    unknown: u64,
}

#[derive(Template)]
#[template(path = "office/corrected.html")]
struct DonePage {
    f: Frame,
    handle: String,
    outcome: Outcome,
    files: Vec<String>,
    codes: Vec<people::CodeView>,
    letter: Option<u64>,
}

fn person_label(fact: PersonFact, l: Tongue) -> &'static str {
    match fact {
        PersonFact::Name => l.t("氏名", "Name as registered"),
        PersonFact::Kana => l.t("カナ", "Kana"),
        PersonFact::Romanised => l.t("旅券の氏名（例：YAMADA<<HANAKO）", "Name as in the passport (YAMADA<<HANAKO)"),
        PersonFact::Birth => l.t("生年月日", "Birth date"),
        PersonFact::Sex => l.t("性別", "Sex"),
        PersonFact::Nationality => l.t("国籍（3 文字）", "Nationality (three letters)"),
        PersonFact::Passport => l.t("旅券番号", "Passport number"),
    }
}

fn dose_label(fact: DoseFact, l: Tongue) -> &'static str {
    match fact {
        DoseFact::Number => l.t("回", "Number"),
        DoseFact::Date => l.t("接種日", "Date"),
        DoseFact::Product => l.t("ワクチン", "Vaccine"),
        DoseFact::Lot => l.t("ロット番号", "Lot"),
        DoseFact::Site => l.t("会場", "Site"),
    }
}

fn reason_words(reason: CorrectionReason, l: Tongue) -> &'static str {
    match reason {
        CorrectionReason::Clerical => l.t("入力の誤り", "A slip of the keyboard"),
        CorrectionReason::OcrMisread => l.t("読み取り（OCR）の誤り", "Misread by a machine"),
        CorrectionReason::WrongPerson => l.t("別人の記録", "Another person's record"),
        CorrectionReason::Moved => l.t("転入・転出", "Moved"),
        CorrectionReason::NameChange => l.t("氏名の変更", "The name changed"),
        CorrectionReason::LotRecall => l.t("ロットの訂正・回収", "Lot recalled or corrected"),
        CorrectionReason::Fraud => l.t("不正", "Fraud"),
        CorrectionReason::Other => l.t("その他", "Something else"),
    }
}

/// The form's fields of a record, with what was typed where something was.
fn fields(record: &Record, form: Option<&Posted>, l: Tongue) -> (Vec<Field>, Vec<DoseFields>, Vec<Field>) {
    let facts = Facts::of(record);
    let typed = |name: &str, now: String| match form {
        Some(form) if form.has(name) => form.get(name).to_owned(),
        _ => now,
    };
    let field = |name: String, label, now: String| Field { value: typed(&name, now), name, label };
    let person = facts
        .person
        .into_iter()
        .map(|(fact, value)| field(format!("p.{}", fact.name()), person_label(fact, l), value))
        .collect();
    let doses = facts.doses.into_iter().map(|(number, product, facts)| DoseFields {
        heading: format!("{} {number}", l.t("接種", "Dose")),
        remove: format!("d.{number}/{product}.remove"),
        fields: facts
            .into_iter()
            .map(|(fact, value)| field(format!("d.{number}/{product}.{}", fact.name()), dose_label(fact, l), value))
            .collect(),
    });
    let added = DoseFact::ALL
        .into_iter()
        .map(|fact| field(format!("a.{}", fact.name()), dose_label(fact, l), String::new()))
        .collect();
    (person, doses.collect(), added)
}

/// What the form changes of a record.
fn edits(record: &Record, form: &Posted) -> Vec<Edit> {
    let facts = Facts::of(record);
    let mut edits = Vec::new();
    let changed = |name: &str, now: &str| {
        let typed = form.has(name).then(|| form.get(name).to_owned());
        typed.filter(|typed| typed != now)
    };
    for (fact, now) in facts.person {
        if let Some(value) = changed(&format!("p.{}", fact.name()), &now) {
            edits.push(Edit::Person(fact, value));
        }
    }
    for (number, product, facts) in facts.doses {
        let dose = format!("d.{number}/{product}");
        if form.has(&format!("{dose}.remove")) {
            edits.push(Edit::RemoveDose { number, product: Some(product.to_owned()) });
            continue;
        }
        for (fact, now) in facts {
            if let Some(value) = changed(&format!("{dose}.{}", fact.name()), &now) {
                edits.push(Edit::Dose { number, product: Some(product.to_owned()), fact, value });
            }
        }
    }
    let added = DoseFact::ALL.into_iter().map(|fact| (fact, form.get(&format!("a.{}", fact.name())).to_owned()));
    let added: Vec<_> = added.filter(|(_, value)| !value.is_empty()).collect();
    if !added.is_empty() {
        edits.push(Edit::AddDose(added));
    }
    edits
}

/// `GET /person/{handle}/correct`
pub(super) async fn form(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
) -> Result<Response, Trouble> {
    let record = office
        .with_person(&visit, &handle, |_, register, record, purpose| {
            register.note(&[Act::new(ActKind::View).about(&record.person.number).purpose(purpose)])?;
            Ok(record)
        })
        .await?;
    form_page(&visit, handle, &record, None, Notice::default())
}

/// What the form says beside its fields.
#[derive(Default)]
struct Notice {
    problem: Option<String>,
    eyes: Vec<Fault>,
    outcome: Option<Outcome>,
}

fn form_page(
    visit: &Visit,
    handle: String,
    record: &Record,
    form: Option<&Posted>,
    notice: Notice,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let (person, doses, added) = fields(record, form, l);
    let chosen = form.map(|form| form.get("reason")).unwrap_or_default();
    let reasons = CorrectionReason::ALL
        .into_iter()
        .map(|reason| (reason.name(), reason_words(reason, l), reason.name() == chosen))
        .collect();
    let eyes = notice.eyes.iter().map(|fault| (fault.code.name(), fault_words(fault, language(l)))).collect();
    page(&FormPage {
        f: Frame::of(visit, "/", "記録の訂正", "Correct the record"),
        handle,
        problem: notice.problem,
        person,
        doses,
        added,
        reasons,
        eyes,
        outcome: notice.outcome,
    })
}

fn fault_words(fault: &Fault, language: Language) -> String {
    let title = fault.code.title(language);
    match (fault.dose, language) {
        (Some(dose), Language::Ja) => format!("{title}（{dose} 回目）"),
        (Some(dose), Language::En) => format!("{title} (dose {dose})"),
        (None, _) => title.to_owned(),
    }
}

/// What came of trying.
pub(super) enum Tried {
    Done(Box<Corrected>, Vec<String>),
    Shown(Box<Corrected>),
    Problem(Vec<Fault>, bool),
    Refused(Trouble),
}

/// `POST /person/{handle}/correct`: shows what it would come to; with `confirmed` does it.
pub(super) async fn act(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
    form: Posted,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let reason = CorrectionReason::from_name(form.get("reason"));
    let confirm: Vec<Code> = form.all("confirm").filter_map(Code::find).collect();
    let dry_run = !form.has("confirmed");
    let (account, station) = (visit.account.clone(), visit.station.clone());
    let form = Arc::new(form);
    let typed = form.clone();
    let (record, tried) = office
        .with_person(&visit, &handle, move |office, register, record, _| {
            let edits = edits(&record, &typed);
            let tried = match reason {
                None => Tried::Refused(Trouble::form("訂正の理由を選んでください。", "Choose why.")),
                Some(reason) => {
                    let wish = Wish { edits: &edits, reason, confirm: &confirm, dry_run, l };
                    attempt(office, register, &record, (&account, &station), &wish)?
                }
            };
            Ok((record, tried))
        })
        .await?;
    let again = |notice: Notice, status: StatusCode| {
        let mut response = form_page(&visit, handle.clone(), &record, Some(&form), notice)?;
        *response.status_mut() = status;
        Ok(response)
    };
    match tried {
        Tried::Refused(trouble) => {
            let problem = Some(l.t(&trouble.ja, &trouble.en).to_owned());
            again(Notice { problem, ..Notice::default() }, trouble.status)
        }
        Tried::Problem(faults, true) => {
            let problem = l.t(
                "次の点を確認してください。正しければ、確認の欄にしるしを付けて、もう一度進んでください。",
                "Look at the points below. If they are right, tick them and go on.",
            );
            let notice = Notice { problem: Some(problem.to_owned()), eyes: faults, outcome: None };
            again(notice, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Tried::Problem(faults, false) => {
            let told: Vec<String> = faults.iter().map(|fault| fault_words(fault, language(l))).collect();
            let problem = l.t("このままでは記録が誤りになります：", "The record would be wrong:").to_owned();
            let problem = Some(format!("{problem} {}", told.join(" / ")));
            again(Notice { problem, ..Notice::default() }, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Tried::Shown(corrected) => {
            let outcome = Some(outcome(&corrected, l));
            again(Notice { outcome, eyes: corrected.findings, problem: None }, StatusCode::OK)
        }
        Tried::Done(corrected, files) => page(&DonePage {
            f: Frame::of(&visit, "/", "訂正しました", "Corrected"),
            handle: handle.clone(),
            outcome: outcome(&corrected, l),
            files,
            codes: corrected.texts.iter().map(|one| people::code_view(one, l)).collect(),
            letter: corrected.letter,
        }),
    }
}

/// What is to be done.
pub(super) struct Wish<'w> {
    pub(super) edits: &'w [Edit],
    pub(super) reason: CorrectionReason,
    pub(super) confirm: &'w [Code],
    pub(super) dry_run: bool,
    pub(super) l: Tongue,
}

/// Tries, and unless it is a dry run does it.
pub(super) fn attempt(
    office: &Office,
    register: &mut Register,
    record: &Record,
    (account, station): (&str, &str),
    wish: &Wish<'_>,
) -> Result<Tried, Trouble> {
    // That somebody of another municipality reads the same is nothing that this station is told.
    register.keep_within(office.config.station(station).map(|station| Scope::of(station.codes().clone())));
    let (now, person) = (now(), &record.person.number);
    let granted = match record.person.shielded {
        true => granted_for(register, account, ApprovalKind::IssueProtected, &Subject::Person(person.clone()), now)?,
        false => None,
    };
    let permit = permit(office, granted.as_ref());
    let requests = register.beside(REQUESTS);
    let correction = Correction {
        person,
        edits: wish.edits,
        reason: wish.reason,
        confirm: wish.confirm,
        renew: false,
        withdraw_only: false,
        language: language(wish.l),
        way: Way::Counter,
        dry_run: wish.dry_run,
        today: today(),
    };
    let done = office.keys.with(now, |keys, _| {
        office.keys.with_status(now, |status, _| {
            let tools = Tools { keys, status: Some(status), requests: &requests, permit };
            correct(register, &tools, &correction, now)
        })
    });
    let done = done.and_then(|done| done)?;
    match done {
        Ok(corrected) if wish.dry_run => Ok(Tried::Shown(Box::new(corrected))),
        Ok(corrected) => {
            let files = hand_out(register, &corrected.requests, &requests, None, now).map_err(withdraw_trouble)?;
            let name = |path: &std::path::PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
            let files = files.iter().filter_map(|(_, path)| name(path)).collect();
            Ok(Tried::Done(Box::new(corrected), files))
        }
        Err(CorrectError::Unconfirmed(faults)) => Ok(Tried::Problem(faults, true)),
        Err(CorrectError::Blocked(faults)) => Ok(Tried::Problem(faults, false)),
        Err(other) => Ok(Tried::Refused(trouble(other))),
    }
}

fn trouble(error: CorrectError) -> Trouble {
    let told = error.to_string();
    let form = |ja: &'static str| Trouble::form(ja, told.clone());
    match error {
        CorrectError::Register(error) => error.into(),
        CorrectError::Approval(error) => error.into(),
        CorrectError::Issue(error) => people::issue_trouble(error),
        CorrectError::Withdraw(error) => withdraw_trouble(error),
        CorrectError::NobodyThere | CorrectError::Merged => Trouble::nobody(),
        CorrectError::Held => form("この方には未確認の点が残っています。先に確認してください。何も変更していません。"),
        CorrectError::NoReplacement { .. } => {
            form("訂正後の記録から新しい証明書を作れない形式があります。記録を補ってください。何も変更していません。")
        }
        CorrectError::NoSuchDose(_) | CorrectError::WhichDose(_) => {
            form("その回の接種記録が見つかりません。画面を開き直してください。何も変更していません。")
        }
        other => Trouble::own(&other),
    }
}

fn outcome(corrected: &Corrected, l: Tongue) -> Outcome {
    let lines = corrected.successors.iter().map(|one| {
        let old = match one.is_withdrawn {
            true => l.t("古い証明書は失効します", "the old one is withdrawn"),
            false => l.t("古い証明書は期限まで有効なままです", "the old one stays in force until its end"),
        };
        let new = match one.refusal {
            Some(refusal) => Refusal::explanation(refusal),
            None => l.t("新しい証明書に替わります", "a new one takes its place"),
        };
        format!("{}: {old}; {new}", format_words(one.format, l))
    });
    Outcome { changed: corrected.changed, lines: lines.collect(), unknown: corrected.unknown }
}
