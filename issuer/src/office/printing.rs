//! Printing at the counter: one certificate as a sheet or a card, its code read back before it is given out.

use crate::approval::{ApprovalKind, Subject};
use crate::issue::{Clerk, Issuance, Plan, Purpose};
use crate::office::page::Posted;
use crate::office::people::issue_trouble;
use crate::office::second_person::{granted_for, permit};
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, now, today};
use crate::paper::{Authority, Fonts, PaperError, PaperKind, Press, Sheet, Templates};
use crate::record::Record;
use crate::register::{Act, ActKind, CertificateHash, LetterChoice, LetterError, Register};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tegata_certificate::Format;

/// Papers of one person that are looked at.
const PAPERS: u32 = 100;

/// The press of an office: its own templates and fonts, or the built-in ones and the system's.
///
/// # Errors
/// [`PaperError`] if templates or fonts cannot be used.
pub(super) fn press(config: &super::Config) -> Result<Press, PaperError> {
    let templates =
        config.templates.as_ref().map_or_else(|| Ok(Templates::built_in()), |path| Templates::read(path))?;
    let fonts: Vec<_> = config.fonts.iter().cloned().collect();
    Ok(Press::new(templates, Fonts::find(&fonts)?))
}

/// `POST /person/{handle}/print`
pub(super) async fn print(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
    form: Posted,
) -> Result<Response, Trouble> {
    let kind = match form.get("kind") {
        "kiosk" => PaperKind::Kiosk,
        "card" => PaperKind::Card,
        _ => return Err(Trouble::form("用紙かカードかを選んでください。", "Choose a sheet or a card.")),
    };
    let format = Format::from_name(form.get("format")).unwrap_or(Format::Compact);
    let purpose = if format == Format::Compact { Purpose::Domestic } else { Purpose::Travel };
    let account = visit.account.clone();
    let pdf = office
        .with_person(&visit, &handle, move |office, register, record, _| {
            sheet(office, register, &record, &account, (format, purpose), kind)
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"certificate.pdf\""),
    ];
    Ok((headers, pdf).into_response())
}

/// Issues, prints, reads back and notes it: what was noted as printed was there to be given out.
pub(super) fn sheet(
    office: &Office,
    register: &mut Register,
    record: &Record,
    account: &str,
    (format, purpose): (Format, Purpose),
    kind: PaperKind,
) -> Result<Vec<u8>, Trouble> {
    let press = office.press.as_ref().map_err(|error| unprinted(error))?;
    let (now, number) = (now(), &record.person.number);
    if record.person.shielded {
        let subject = Subject::Person(number.clone());
        let granted = granted_for(register, account, ApprovalKind::PrintProtected, &subject, now)?;
        if permit(office, granted.as_ref()).needs(ApprovalKind::PrintProtected) {
            let granted =
                granted.ok_or(crate::approval::ApprovalError::Needed { kind: ApprovalKind::PrintProtected })?;
            register.use_approval(&granted, ApprovalKind::PrintProtected, &subject, now)?;
        }
    }
    let plan = Plan { formats: vec![format], purpose, ..Plan::default() };
    let certified = office.keys.with(now, |keys, _| {
        let clerk = Clerk::new(register, keys, &plan, now)?;
        clerk.certify(register, std::slice::from_ref(number), &mut Issuance::default())
    });
    let certified = certified?.map_err(issue_trouble)?;
    let one = certified.into_iter().next().ok_or_else(Trouble::nothing)?;
    let one = one.map_err(|refused| {
        let told = refused.refusal.explanation();
        Trouble::new(
            StatusCode::CONFLICT,
            "not-issued",
            format!("交付できません： {told}"),
            format!("Not issued: {told}"),
        )
    })?;
    let certificate = CertificateHash::of(&one.kid, format, &one.identifier);
    let (name_ja, name_en) = one.issuer;
    let sheet = Sheet {
        record: one.record,
        edition: one.edition,
        identifier: one.identifier,
        text: one.text,
        issued_at: one.issued_at,
        expires_at: one.expires_at,
        authority: Authority { name_ja, name_en },
        address: None,
        verifier: None,
    };
    let pdf = press.page(&sheet, kind, today()).map_err(|error| paper_trouble(&error))?;
    let mut papers = register.letters(&LetterChoice::Person(number.clone()), 0, PAPERS)?;
    papers.retain(|paper| paper.printed.is_none() && paper.certificates.contains(&sheet.identifier));
    let papers: Vec<u64> = papers.iter().map(|paper| paper.id).collect();
    register.letters_printed(&papers, "counter", now).map_err(|error| match error {
        LetterError::Register(error) => error.into(),
        other => Trouble::own(&other),
    })?;
    register.note(&[Act::new(ActKind::Print).about(number).certificate(certificate).with("kind", kind.name())])?;
    Ok(pdf)
}

/// The office has nothing to print with: nothing broke.
fn unprinted(error: &str) -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "no-press",
        format!(
            "この窓口システムには印刷用のフォントかテンプレートが設定されていません。管理者に次の内容を伝えてください： {error}"
        ),
        format!("This office has no fonts or templates to print with. Tell the administrator: {error}"),
    )
}

fn paper_trouble(error: &PaperError) -> Trouble {
    let told = error.to_string();
    match error {
        PaperError::Characters(_) => Trouble::new(
            StatusCode::CONFLICT,
            "characters",
            "この方の氏名などに、フォントにない文字があります。管理者に IPAmj 明朝などのフォントの追加を依頼してください。",
            told,
        ),
        PaperError::Dense => Trouble::new(
            StatusCode::CONFLICT,
            "dense",
            "コードが細かすぎてカードには印刷できません。A4 の用紙に印刷してください。",
            told,
        ),
        _ => Trouble::own(error),
    }
}
