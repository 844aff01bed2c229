//! What a border reads: each family's certificate of a person as its readers will have it, before anything is issued.

use crate::issue::{Plan, Preview, Purpose, preview};
use crate::office::jobs::refusal_words;
use crate::office::language::Tongue;
use crate::office::page::{Frame, page};
use crate::office::people::{format_words, issue_trouble, when};
use crate::office::role::Duty;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, now};
use crate::register::{Act, ActKind};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use tegata_certificate::{Certificate, Dose, Format, RegisteredName, RomanisedName, Sex, vaccine};

/// A certificate for a page.
struct Card {
    family: &'static str,
    refusal: Option<&'static str>,
    reading: Option<View>,
}

/// What is read of a certificate.
struct View {
    issuer: String,
    romanised: String,
    family_name: String,
    given_name: String,
    registered: String,
    birth: String,
    sex: &'static str,
    nationality: String,
    passport: String,
    until: String,
    doses: Vec<DoseView>,
    text: Option<String>,
}

struct DoseView {
    number: String,
    date: String,
    vaccine: String,
    code: String,
    maker: String,
    lot: String,
    place: String,
}

#[derive(Template)]
#[template(path = "office/preview.html")]
struct PreviewPage {
    f: Frame,
    handle: String,
    is_travel: bool,
    can_issue: bool,
    is_shielded: bool,
    cards: Vec<Card>,
}

/// What the page was asked for with.
#[derive(Deserialize, Default)]
pub(super) struct Wanted {
    #[serde(default, rename = "for")]
    purpose: String,
}

/// `GET /person/{handle}/preview`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let purpose = if wanted.purpose == "domestic" { Purpose::Domestic } else { Purpose::Travel };
    let (previews, is_shielded) = office
        .with_person(&visit, &handle, move |office, register, record, why| {
            let now = now();
            let previews = office.keys.with(now, |keys, _| {
                let signed = |format: &Format| keys.iter().any(|key| key.signs(*format));
                let formats = purpose.formats().into_iter().filter(signed).collect();
                preview(keys, &Plan { formats, purpose, ..Plan::default() }, &record, now)
            });
            let previews = previews?.map_err(issue_trouble)?;
            let act = Act::new(ActKind::Preview).about(&record.person.number).purpose(why);
            register.note(&[act.with("for", purpose.name())])?;
            Ok((previews, record.person.shielded))
        })
        .await?;
    page(&PreviewPage {
        f: Frame::of(&visit, "/", "読み取られる内容の確認", "What readers will see"),
        handle,
        is_travel: purpose == Purpose::Travel,
        can_issue: visit.does(Duty::Issue) && !is_shielded,
        is_shielded,
        cards: previews.iter().map(|one| card(one, l)).collect(),
    })
}

fn card(one: &Preview, l: Tongue) -> Card {
    let family = format_words(one.edition.format, l);
    match &one.reading {
        Err(refusal) => Card { family, refusal: Some(refusal_words(*refusal, l)), reading: None },
        Ok(reading) => {
            let issuer = l.t(&reading.issuer.0, &reading.issuer.1).to_owned();
            let view = view(&reading.certificate, issuer, reading.text.clone());
            Card { family, refusal: None, reading: Some(view) }
        }
    }
}

fn view(certificate: &Certificate, issuer: String, text: Option<String>) -> View {
    let holder = &certificate.holder;
    let plain = |half: &str| half.replace('<', " ");
    View {
        // The payload's own name of the issuer is what is read, where it has one.
        issuer: certificate.issuer.clone().unwrap_or(issuer),
        romanised: holder.romanised.as_ref().map(RomanisedName::to_mrz).unwrap_or_default(),
        family_name: holder.romanised.as_ref().map(|name| plain(name.family())).unwrap_or_default(),
        given_name: holder.romanised.as_ref().map(|name| plain(name.given())).unwrap_or_default(),
        registered: holder.registered.as_ref().map(RegisteredName::to_line).unwrap_or_default(),
        birth: holder.birth.to_string(),
        sex: match holder.sex {
            Some(Sex::Male) => "M",
            Some(Sex::Female) => "F",
            _ => "",
        },
        nationality: holder.nationality.clone().unwrap_or_default(),
        passport: holder.document.as_ref().map(|document| document.number.clone()).unwrap_or_default(),
        until: certificate.expires_at.map(when).unwrap_or_default(),
        doses: certificate.doses.iter().map(dose_view).collect(),
        text,
    }
}

fn dose_view(dose: &Dose) -> DoseView {
    let meaning = vaccine::meaning(&dose.vaccine, dose.product.as_deref());
    let number = match (dose.number, dose.total) {
        (Some(number), Some(total)) => format!("{number}/{total}"),
        (Some(number), None) => number.to_string(),
        _ => String::new(),
    };
    let country = dose.country.map(|country| country.to_string());
    let place: Vec<String> = country.into_iter().chain(dose.centre.clone()).collect();
    DoseView {
        number,
        date: dose.date.map(|date| date.to_string()).unwrap_or_default(),
        vaccine: meaning.map_or_else(|| dose.product.clone().unwrap_or_default(), |meaning| meaning.name.to_owned()),
        code: format!("{} {}", dose.vaccine.system.name(), dose.vaccine.code),
        maker: dose.maker.clone().unwrap_or_default(),
        lot: dose.lot.clone().unwrap_or_default(),
        place: place.join(", "),
    }
}
