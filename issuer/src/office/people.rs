//! A person: the record, what was found about it, and the certificates.

use crate::approval::{ApprovalKind, Subject};
use crate::check::Language;
use crate::issue::{IssuingKey, Plan, Purpose, issue_texts_under};
use crate::lifecycle::{self, State as LifeState};
use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, page};
use crate::office::role::Duty;
use crate::office::second_person::{granted_for, permit};
use crate::office::trouble::Trouble;
use crate::office::visit::{Found, Visit};
use crate::office::{Office, findings, now};
use crate::record::{Record, RegisterNumber};
use crate::register::{Act, ActKind, ActPurpose, FindingChoice, Register};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64ct::{Base64, Encoding as _};
use std::sync::Arc;
use tegata_certificate::{Format, RegisteredName, RomanisedName, Sex, UnixTime};

/// A record for a page.
pub(super) struct Card {
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) romanised: String,
    pub(super) birth: String,
    pub(super) sex: String,
    pub(super) municipality: String,
    pub(super) nationality: String,
    pub(super) passport: String,
    pub(super) number: String,
    pub(super) is_shielded: bool,
    pub(super) doses: Vec<DoseLine>,
}

/// A dose for a page.
pub(super) struct DoseLine {
    pub(super) number: u8,
    pub(super) date: String,
    pub(super) product: String,
    pub(super) lot: String,
    pub(super) site: String,
}

/// A record in the words of a page.
pub(super) fn card(record: &Record, l: Tongue) -> Card {
    let person = &record.person;
    let sex = match person.sex {
        Some(Sex::Male) => l.t("男", "Male"),
        Some(Sex::Female) => l.t("女", "Female"),
        _ => "",
    };
    Card {
        name: person.registered.as_ref().map(RegisteredName::to_line).unwrap_or_default(),
        kana: person.kana.clone().unwrap_or_default(),
        romanised: person.romanised.as_ref().map(RomanisedName::to_mrz).unwrap_or_default(),
        birth: person.birth.to_string(),
        sex: sex.to_owned(),
        municipality: person.municipality.map(|code| format!("{:06}", code.number())).unwrap_or_default(),
        nationality: person.nationality.clone().unwrap_or_default(),
        passport: person.passport.clone().unwrap_or_default(),
        number: person.number.to_string(),
        is_shielded: person.shielded,
        doses: record.doses.iter().map(dose_line).collect(),
    }
}

fn dose_line(dose: &crate::record::Dose) -> DoseLine {
    DoseLine {
        number: dose.number,
        date: dose.date.to_string(),
        product: dose.product.name.to_owned(),
        lot: dose.lot.clone().unwrap_or_default(),
        site: dose.site.clone().unwrap_or_default(),
    }
}

/// A certificate for a page.
pub(super) struct CertificateLine {
    pub(super) format: &'static str,
    pub(super) identifier: String,
    pub(super) state: &'static str,
    pub(super) in_force: bool,
    pub(super) issued: String,
    pub(super) expires: String,
    pub(super) history: Vec<(String, &'static str, String)>,
}

/// A time as a page shows it: of Japan.
pub(super) fn when(time: UnixTime) -> String {
    let text = time.plus(9 * 3_600).to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

pub(super) fn state_words(state: LifeState, l: Tongue) -> &'static str {
    match state {
        LifeState::Draft => l.t("確認待ち", "waits for a check"),
        LifeState::Checked => l.t("確認済み", "checked"),
        LifeState::Approved => l.t("承認済み", "approved"),
        LifeState::Issued => l.t("交付済み", "issued"),
        LifeState::Printed => l.t("印刷済み", "printed"),
        LifeState::Delivered => l.t("お渡し済み", "delivered"),
        LifeState::Corrected => l.t("訂正により失効", "replaced by a correction"),
        LifeState::Revoked => l.t("失効", "withdrawn"),
        LifeState::Reinstated => l.t("再有効化", "reinstated"),
        LifeState::Expired => l.t("期限切れ", "expired"),
    }
}

#[derive(Template)]
#[template(path = "office/person.html")]
struct PersonPage {
    f: Frame,
    handle: String,
    card: Card,
    state: &'static str,
    is_waiting: bool,
    findings: Vec<findings::Line>,
    reasons: Vec<(&'static str, &'static str)>,
    certificates: Vec<CertificateLine>,
    formats: Vec<(&'static str, &'static str)>,
    can_issue: bool,
    can_correct: bool,
    can_withdraw: bool,
    codes: Vec<CodeView>,
}

/// A code on a page.
pub(super) struct CodeView {
    pub(super) format: &'static str,
    pub(super) picture: Option<String>,
    pub(super) text: String,
    pub(super) refusal: Option<String>,
}

impl Office {
    /// The person of a handle, if this session has looked them up.
    pub(super) fn found<'v>(&self, visit: &'v Visit, handle: &str) -> Result<&'v Found, Trouble> {
        visit.found(handle).ok_or_else(Trouble::nobody)
    }

    /// The record of somebody whom the station serves, now.
    pub(super) fn record_for(
        &self,
        register: &mut Register,
        station: &str,
        number: &RegisterNumber,
    ) -> Result<Record, Trouble> {
        let record = register.record(number)?.ok_or_else(Trouble::nobody)?;
        let serves = self.config.station(station).is_some_and(|station| station.serves(record.person.municipality));
        if serves { Ok(record) } else { Err(Trouble::nobody()) }
    }

    /// Works with the record of a handle's person, for whoever is signed in.
    pub(super) async fn with_person<T: Send + 'static>(
        self: &Arc<Self>,
        visit: &Visit,
        handle: &str,
        work: impl FnOnce(&Self, &mut Register, Record, ActPurpose) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let found = self.found(visit, handle)?;
        let number = found.number().ok_or_else(Trouble::nobody)?;
        let purpose = ActPurpose::parse(&found.purpose).map_err(|error| Trouble::own(&error))?;
        let (station, office) = (visit.station.clone(), self.clone());
        let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
        self.pool
            .run(actor, move |register| {
                let record = office.record_for(register, &station, &number)?;
                work(&office, register, record, purpose)
            })
            .await?
    }
}

/// `GET /person/{handle}`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
) -> Result<Response, Trouble> {
    person_page(&office, &visit, &handle, Vec::new()).await
}

async fn person_page(
    office: &Arc<Office>,
    visit: &Visit,
    handle: &str,
    codes: Vec<CodeView>,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let seen = office
        .with_person(visit, handle, move |_, register, record, purpose| {
            let number = record.person.number.clone();
            let life = lifecycle::life(register, &number, now())?;
            let findings = register.open_findings(&FindingChoice::Person(number.clone()), None)?;
            register.note(&[Act::new(ActKind::View).about(&number).purpose(purpose)])?;
            Ok((record, life, findings))
        })
        .await?;
    let (record, life, found) = seen;
    let open = found.iter().filter(|finding| finding.confirmed.is_none());
    let findings = open.map(|finding| findings::line(finding, visit)).collect();
    let state = life.record.unwrap_or(LifeState::Draft);
    let certificates = life.certificates.iter().rev().map(|one| CertificateLine {
        format: format_words(one.format, l),
        identifier: one.identifier.clone(),
        state: state_words(one.state, l),
        in_force: one.in_force,
        issued: when(one.issued_at()),
        expires: when(one.expires_at),
        history: one
            .history
            .iter()
            .map(|event| (when(event.at), state_words(event.state, l), event.by.clone().unwrap_or_default()))
            .collect(),
    });
    // What cannot be signed here is not offered.
    let signs = |keys: &[IssuingKey<'_>], format: Format| keys.iter().any(|key| key.signs(format));
    let formats = office.keys.with(now(), |keys, _| {
        let signed = Format::ALL.into_iter().filter(|format| signs(keys, *format));
        signed.map(|format| (format.name(), format_words(format, l))).collect()
    });
    let formats = formats.unwrap_or_default();
    page(&PersonPage {
        f: Frame::of(visit, "/", "記録と証明書", "Record and certificates"),
        handle: handle.to_owned(),
        card: card(&record, l),
        state: state_words(state, l),
        is_waiting: state == LifeState::Draft,
        findings,
        reasons: findings::reasons(l),
        certificates: certificates.collect(),
        formats,
        can_issue: visit.does(Duty::Issue),
        can_correct: visit.does(Duty::Correct),
        can_withdraw: visit.does(Duty::Withdraw),
        codes,
    })
}

pub(super) fn language(l: Tongue) -> Language {
    match l {
        Tongue::Ja => Language::Ja,
        Tongue::En => Language::En,
    }
}

pub(super) fn format_words(format: Format, l: Tongue) -> &'static str {
    match format {
        Format::Compact => l.t("コンパクト証明書（TG1）", "Compact certificate (TG1)"),
        Format::EuDcc => l.t("EU デジタル証明書", "EU Digital COVID Certificate"),
        Format::Shc => "SMART Health Card",
        Format::VdsNc => l.t("渡航用（ICAO VDS-NC）", "Travel (ICAO VDS-NC)"),
        Format::Icvp => l.t("国際予防接種証明（WHO ICVP）", "WHO ICVP"),
    }
}

/// `POST /person/{handle}/issue`
pub(super) async fn issue(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
    form: Posted,
) -> Result<Response, Trouble> {
    let purpose = match form.get("for") {
        "domestic" => Purpose::Domestic,
        "travel" => Purpose::Travel,
        _ => return Err(Trouble::form("国内用か渡航用かを選んでください。", "Choose domestic or travel.")),
    };
    let l = visit.tongue;
    let account = visit.account.clone();
    let codes = office
        .with_person(&visit, &handle, move |office, register, record, _| {
            let now = now();
            let subject = Subject::Person(record.person.number.clone());
            let granted = match record.person.shielded {
                true => granted_for(register, &account, ApprovalKind::IssueProtected, &subject, now)?,
                false => None,
            };
            let issued = office.keys.with(now, |keys, _| {
                let formats: Vec<Format> =
                    purpose.formats().into_iter().filter(|format| keys.iter().any(|key| key.signs(*format))).collect();
                let plan = Plan { formats, purpose, ..Plan::default() };
                let permit = permit(office, granted.as_ref());
                issue_texts_under(register, keys, &plan, &record.person.number, now, &permit)
            });
            let issued = issued?.map_err(issue_trouble)?;
            Ok(issued.iter().map(|one| code_view(one, l)).collect::<Vec<_>>())
        })
        .await?;
    person_page(&office, &visit, &handle, codes).await
}

pub(super) fn code_view(one: &crate::issue::IssuedText, l: Tongue) -> CodeView {
    let format = format_words(one.edition.format, l);
    match &one.text {
        Ok(text) => {
            let picture = one.edition.symbol(text).and_then(|symbol| symbol.png(6));
            let picture = picture.ok().map(|png| format!("data:image/png;base64,{}", Base64::encode_string(&png)));
            CodeView { format, picture, text: text.clone(), refusal: None }
        }
        Err(refusal) => {
            CodeView { format, picture: None, text: String::new(), refusal: Some(refusal.explanation().to_owned()) }
        }
    }
}

/// Why nothing was issued.
pub(super) fn issue_trouble(error: crate::issue::IssueError) -> Trouble {
    use crate::issue::IssueError;
    match error {
        IssueError::Register(error) => error.into(),
        IssueError::Approval(error) => error.into(),
        IssueError::Sign(error) => error.into(),
        IssueError::NobodyThere => Trouble::nobody(),
        IssueError::NoKey(_) | IssueError::Exhausted | IssueError::Restored => Trouble::new(
            StatusCode::CONFLICT,
            "keys",
            "交付に使う鍵か、失効リストの番号が足りません。リストの運用者に割り当てを依頼するよう、管理者に伝えてください。",
            format!("Tell the administrator: {error}"),
        ),
        other => Trouble::own(&other),
    }
}
