//! Certificates out: their texts, pictures and papers, and their states.

use super::Calling;
use super::body::{Said, object};
use super::problem::Problems;
use super::whom::Whom;
use crate::approval::{ApprovalKind, Subject};
use crate::issue::{IssuedText, Plan, Purpose, issue_texts_under};
use crate::lifecycle;
use crate::office::people::issue_trouble;
use crate::office::printing::sheet;
use crate::office::second_person::{granted_for, permit};
use crate::office::trouble::Trouble;
use crate::office::{Office, now};
use crate::paper::PaperKind;
use crate::record::Record;
use crate::register::Register;
use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tegata_certificate::Format;
use utoipa::ToSchema;

/// A certificate's state.
#[derive(Serialize, ToSchema)]
pub(super) struct StateBody {
    /// Its identifier.
    identifier: String,
    /// The family.
    format: &'static str,
    /// `issued`, `printed`, `delivered`, `corrected`, `revoked`, `reinstated` or `expired`.
    state: &'static str,
    /// Whether verifiers that know the newest lists take it.
    in_force: bool,
    /// When it was issued.
    issued_at: String,
    /// Its end.
    expires_at: String,
    /// The identifier of what took its place.
    replaced_by: Option<String>,
}

/// A person's certificates with their states, by the time of their issue.
#[utoipa::path(
    post, path = "/api/v1/certificates/states", tag = "certificates", request_body = Whom,
    responses((status = 200, body = [StateBody], description = "The certificates"), Problems)
)]
pub(super) async fn states(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Said(whom): Said<Whom>,
) -> Result<Response, Trouble> {
    let told = office
        .called(caller, "certificates/states", whom, |_, register, record, _| {
            let life = lifecycle::life(register, &record.person.number, now())?;
            let told = life.certificates.into_iter().map(|one| StateBody {
                format: one.format.name(),
                state: one.state.name(),
                in_force: one.in_force,
                issued_at: one.issued_at().to_string(),
                expires_at: one.expires_at.to_string(),
                replaced_by: one.replaced_by,
                identifier: one.identifier,
            });
            Ok(told.collect::<Vec<_>>())
        })
        .await?;
    Ok(Json(told).into_response())
}

/// What certificates are for. It chooses families and fields.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Use {
    /// Within the country.
    Domestic,
    /// Abroad.
    Travel,
}

impl From<Use> for Purpose {
    fn from(wanted: Use) -> Self {
        match wanted {
            Use::Domestic => Self::Domestic,
            Use::Travel => Self::Travel,
        }
    }
}

/// A picture of a code.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Picture {
    /// An SVG document.
    Svg,
    /// A PNG file in base64, six pixels a module.
    Png,
}

/// Whose certificates are wanted, and which.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IssueBody {
    /// Whose.
    #[serde(deserialize_with = "object")]
    person: Whom,
    /// What they are for.
    #[serde(rename = "for")]
    wanted: Use,
    /// Whether pictures of the codes are wanted, too.
    #[serde(default)]
    picture: Option<Picture>,
}

/// A certificate, or why there is none.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedBody {
    /// The family.
    format: &'static str,
    /// Its identifier.
    identifier: Option<String>,
    /// The text for the code.
    text: Option<String>,
    /// The code as a QR symbol, as it was asked for: SVG, or PNG in base64.
    picture: Option<String>,
    /// The stable word for why there is none.
    refused: Option<&'static str>,
    /// The same for people.
    why: Option<&'static str>,
}

/// A certificate as it is told.
pub(super) fn told(one: IssuedText, picture: Option<impl Fn(&IssuedText) -> Option<String>>) -> IssuedBody {
    let picture = picture.and_then(|picture| picture(&one));
    let refusal = one.text.as_ref().err().copied();
    IssuedBody {
        format: one.edition.format.name(),
        identifier: one.identifier,
        picture,
        refused: refusal.map(|refusal| refusal.code()),
        why: refusal.map(|refusal| refusal.explanation()),
        text: one.text.ok(),
    }
}

fn drawn(one: &IssuedText, picture: Picture) -> Option<String> {
    let text = one.text.as_ref().ok()?;
    let symbol = one.edition.symbol(text).ok()?;
    match picture {
        Picture::Svg => Some(symbol.svg()),
        Picture::Png => symbol.png(6).ok().map(|png| Base64::encode_string(&png)),
    }
}

/// Issues a person's certificates; asked again it gives the same ones.
///
/// What of them cannot be issued is told with its reason, beside those that were.
#[utoipa::path(
    post, path = "/api/v1/certificates/issue", tag = "certificates", request_body = IssueBody,
    responses((status = 200, body = [IssuedBody], description = "The certificates, or why there are none"), Problems)
)]
pub(super) async fn issue(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Said(said): Said<IssueBody>,
) -> Result<Response, Trouble> {
    let (purpose, picture) = (said.wanted.into(), said.picture);
    let told = office
        .called(caller, "certificates/issue", said.person, move |office, register, record, caller| {
            let issued = issued(office, register, &record, &caller.account, purpose)?;
            let draw = picture.map(|picture| move |one: &IssuedText| drawn(one, picture));
            Ok(issued.into_iter().map(|one| told(one, draw)).collect::<Vec<_>>())
        })
        .await?;
    Ok(Json(told).into_response())
}

fn issued(
    office: &Office,
    register: &mut Register,
    record: &Record,
    account: &str,
    purpose: Purpose,
) -> Result<Vec<IssuedText>, Trouble> {
    let (now, number) = (now(), &record.person.number);
    let granted = match record.person.shielded {
        true => granted_for(register, account, ApprovalKind::IssueProtected, &Subject::Person(number.clone()), now)?,
        false => None,
    };
    let issued = office.keys.with(now, |keys, _| {
        let signs = |format: &Format| keys.iter().any(|key| key.signs(*format));
        let formats: Vec<Format> = purpose.formats().into_iter().filter(signs).collect();
        if formats.is_empty() {
            return Err(unsigned());
        }
        let plan = Plan { formats, purpose, ..Plan::default() };
        let issued = issue_texts_under(register, keys, &plan, number, now, &permit(office, granted.as_ref()));
        issued.map_err(issue_trouble)
    });
    issued?
}

fn unsigned() -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "keys",
        "役所の鍵では、その形式の証明書に署名できません。GET /api/v1/station の formats を確認してください。",
        "No key of the office signs that: see the formats of GET /api/v1/station.",
    )
}

/// A paper at the counter.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Paper {
    /// A4, without an address.
    Kiosk,
    /// A card to cut out and fold.
    Card,
}

/// The families, by their stable names.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Family {
    /// Our own, for within the country.
    Compact,
    /// The European Union's.
    EuDcc,
    /// WHO's.
    Icvp,
    /// SMART Health Cards.
    Shc,
    /// ICAO's.
    VdsNc,
}

impl From<Family> for Format {
    fn from(family: Family) -> Self {
        match family {
            Family::Compact => Self::Compact,
            Family::EuDcc => Self::EuDcc,
            Family::Icvp => Self::Icvp,
            Family::Shc => Self::Shc,
            Family::VdsNc => Self::VdsNc,
        }
    }
}

/// Whose paper is wanted, and which.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PrintBody {
    /// Whose.
    #[serde(deserialize_with = "object")]
    person: Whom,
    /// The family.
    format: Family,
    /// The paper.
    paper: Paper,
}

/// Issues and prints one certificate: PDF/A-3a and PDF/UA-1, its code read back before it is given out.
#[utoipa::path(
    post, path = "/api/v1/certificates/print", tag = "certificates", request_body = PrintBody,
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>, description = "The paper"), Problems)
)]
pub(super) async fn print(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Said(said): Said<PrintBody>,
) -> Result<Response, Trouble> {
    let format = Format::from(said.format);
    let purpose = if format == Format::Compact { Purpose::Domestic } else { Purpose::Travel };
    let kind = match said.paper {
        Paper::Kiosk => PaperKind::Kiosk,
        Paper::Card => PaperKind::Card,
    };
    let pdf = office
        .called(caller, "certificates/print", said.person, move |office, register, record, caller| {
            let signed = office.keys.with(now(), |keys, _| keys.iter().any(|key| key.signs(format)))?;
            if !signed {
                return Err(unsigned());
            }
            sheet(office, register, &record, &caller.account, (format, purpose), kind)
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response())
}
