//! Correcting one record: new certificates in place of those that it denies, in one act.

use super::Calling;
use super::body::{Said, misfit, object, objects, small};
use super::certificates::{IssuedBody, told as issued};
use super::problem::{self, Problems};
use super::whom::Whom;
use crate::check::Code;
use crate::correct::{Corrected, CorrectionReason, DoseFact, Edit, PersonFact};
use crate::issue::{IssuedText, Refusal};
use crate::office::Office;
use crate::office::correction::{Tried, Wish, attempt};
use crate::office::language::Tongue;
use crate::office::trouble::Trouble;
use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A closed list of words as the register's own.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident is $own:ident { $($(#[$word_doc:meta])* $word:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Deserialize, ToSchema)]
        #[serde(rename_all = "kebab-case")]
        enum $name { $($(#[$word_doc])* $word,)* }

        impl From<$name> for $own {
            fn from(word: $name) -> Self {
                match word { $($name::$word => Self::$word,)* }
            }
        }
    };
}

words! {
    /// Why a record is corrected.
    Reason is CorrectionReason {
        /// Somebody mistyped it.
        Clerical,
        /// A machine misread it.
        OcrMisread,
        /// It was another person's.
        WrongPerson,
        /// The person moved.
        Moved,
        /// The name changed.
        NameChange,
        /// The lot was recalled or entered wrongly for many.
        LotRecall,
        /// Somebody lied.
        Fraud,
        /// Something else.
        Other,
    }
}

words! {
    /// A fact of a person.
    OfPerson is PersonFact {
        /// The name as registered.
        Name,
        /// Its reading in kana.
        Kana,
        /// The name as in the passport's machine-readable zone.
        Romanised,
        /// The birth date.
        Birth,
        /// The sex.
        Sex,
        /// The nationality.
        Nationality,
        /// The passport's number.
        Passport,
    }
}

words! {
    /// A fact of a dose.
    OfDose is DoseFact {
        /// Its number in the series.
        Number,
        /// The day.
        Date,
        /// What was given.
        Product,
        /// The lot.
        Lot,
        /// The place.
        Site,
    }
}

/// A fact of a new dose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactBody {
    /// Which.
    fact: OfDose,
    /// What it is.
    #[schema(max_length = 200)]
    value: String,
}

/// One change. Its texts are read and checked as cells of an import are; an empty one takes a fact away.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "edit", rename_all = "kebab-case", deny_unknown_fields)]
enum EditBody {
    /// A fact of the person becomes this.
    Person {
        /// Which.
        fact: OfPerson,
        /// What it becomes.
        #[schema(max_length = 200)]
        value: String,
    },
    /// A fact of a dose becomes this.
    Dose {
        /// The dose's number, as the record has it.
        #[schema(minimum = 0, maximum = 255)]
        #[serde(deserialize_with = "small")]
        number: u8,
        /// The product's key or CVX code, where several have a dose of that number.
        #[serde(default)]
        #[schema(max_length = 100)]
        product: Option<String>,
        /// Which.
        fact: OfDose,
        /// What it becomes.
        #[schema(max_length = 200)]
        value: String,
    },
    /// A dose that the record lacks.
    AddDose {
        /// What is known of it.
        #[schema(min_items = 1, max_items = 5)]
        #[serde(deserialize_with = "objects")]
        facts: Vec<FactBody>,
    },
    /// A dose that was never given to this person.
    RemoveDose {
        /// The dose's number.
        #[schema(minimum = 0, maximum = 255)]
        #[serde(deserialize_with = "small")]
        number: u8,
        /// The product's key or CVX code, where several have a dose of that number.
        #[serde(default)]
        #[schema(max_length = 100)]
        product: Option<String>,
    },
}

impl EditBody {
    /// Whether its texts keep to their lengths.
    fn fits(&self) -> bool {
        let short = |text: &str, most: usize| text.chars().count() <= most;
        let named = |product: &Option<String>| product.as_deref().is_none_or(|product| short(product, 100));
        match self {
            Self::Person { value, .. } => short(value, 200),
            Self::Dose { product, value, .. } => named(product) && short(value, 200),
            Self::AddDose { facts } => (1..=5).contains(&facts.len()) && facts.iter().all(|one| short(&one.value, 200)),
            Self::RemoveDose { product, .. } => named(product),
        }
    }
}

impl From<EditBody> for Edit {
    fn from(body: EditBody) -> Self {
        match body {
            EditBody::Person { fact, value } => Self::Person(fact.into(), value),
            EditBody::Dose { number, product, fact, value } => Self::Dose { number, product, fact: fact.into(), value },
            EditBody::AddDose { facts } => {
                Self::AddDose(facts.into_iter().map(|one| (one.fact.into(), one.value)).collect())
            }
            EditBody::RemoveDose { number, product } => Self::RemoveDose { number, product },
        }
    }
}

/// Whose record is corrected, how and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CorrectBody {
    /// Whose.
    #[serde(deserialize_with = "object")]
    person: Whom,
    /// Why.
    reason: Reason,
    /// What changes.
    #[schema(min_items = 1, max_items = 50)]
    #[serde(deserialize_with = "objects")]
    edits: Vec<EditBody>,
    /// Codes of findings that somebody has looked at and that are right.
    #[serde(default)]
    #[schema(max_items = 20)]
    confirm: Vec<String>,
    /// Only tell what it would come to.
    #[serde(default)]
    dry_run: bool,
}

/// What was corrected, or would be.
#[derive(Serialize, ToSchema)]
pub(super) struct CorrectedBody {
    /// Whether it was only tried.
    dry_run: bool,
    /// Whether the record changes: the same correction again changes nothing.
    changed: bool,
    /// Certificates that make way.
    replaced: Vec<ReplacedBody>,
    /// The new certificates.
    certificates: Vec<IssuedBody>,
    /// The number of the paper that is due.
    letter: Option<u64>,
    /// The names of the request files that the office hands to the status service.
    requests: Vec<String>,
}

/// A certificate that makes way.
#[derive(Serialize, ToSchema)]
struct ReplacedBody {
    /// The family.
    format: &'static str,
    /// The old one's identifier.
    old: String,
    /// The new one's.
    new: Option<String>,
    /// Whether the old one is withdrawn; some families have no list for that, and stay in force until their end.
    withdrawn: bool,
    /// Why there is no new one.
    refused: Option<&'static str>,
}

fn told(corrected: Corrected, dry_run: bool, requests: Vec<String>) -> CorrectedBody {
    let replaced = corrected.successors.into_iter().map(|one| ReplacedBody {
        format: one.format.name(),
        old: one.old,
        new: one.new,
        withdrawn: one.is_withdrawn,
        refused: one.refusal.map(Refusal::code),
    });
    let text = |one| issued(one, None::<fn(&IssuedText) -> Option<String>>);
    CorrectedBody {
        dry_run,
        changed: corrected.changed,
        replaced: replaced.collect(),
        certificates: corrected.texts.into_iter().map(text).collect(),
        letter: corrected.letter,
        requests,
    }
}

/// Corrects a record: in one act the record changes, its certificates are replaced by new ones, and the old ones go into the
/// next request to the status service.
#[utoipa::path(
    post, path = "/api/v1/records/correct", tag = "records", request_body = CorrectBody,
    responses((status = 200, body = CorrectedBody, description = "What was corrected, or would be"), Problems)
)]
pub(super) async fn correct(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Said(said): Said<CorrectBody>,
) -> Result<Response, Trouble> {
    let CorrectBody { person, reason, edits, confirm, dry_run } = said;
    if !(1..=50).contains(&edits.len()) || confirm.len() > 20 || !edits.iter().all(EditBody::fits) {
        return Err(misfit());
    }
    let edits: Vec<Edit> = edits.into_iter().map(Edit::from).collect();
    let confirm: Vec<Code> = confirm.iter().filter_map(|code| Code::find(code)).collect();
    let tried = office
        .called(caller, "records/correct", person, move |office, register, record, caller| {
            let wish = Wish { edits: &edits, reason: reason.into(), confirm: &confirm, dry_run, l: Tongue::En };
            attempt(office, register, &record, (&caller.account, &caller.station), &wish)
        })
        .await?;
    match tried {
        Tried::Done(corrected, requests) => Ok(Json(told(*corrected, false, requests)).into_response()),
        Tried::Shown(corrected) => Ok(Json(told(*corrected, true, Vec::new())).into_response()),
        Tried::Refused(trouble) => Err(trouble),
        Tried::Problem(faults, can_confirm) => {
            let trouble = if can_confirm { unconfirmed() } else { wrong() };
            Ok(problem::with(&trouble, faults.iter().map(|fault| fault.code.name()).collect()))
        }
    }
}

fn unconfirmed() -> Trouble {
    Trouble::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "unconfirmed",
        "findings の点を人が確認し、正しければ confirm に入れて送り直してください。何も変更していません。",
        "Somebody must look at the findings; if they are right, name them in confirm. Nothing was changed.",
    )
}

fn wrong() -> Trouble {
    Trouble::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "wrong-record",
        "このままでは記録が誤りになります。findings を確認してください。何も変更していません。",
        "The record would be wrong then: see the findings. Nothing was changed.",
    )
}
