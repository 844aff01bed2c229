//! What people call the codes that are recognised and not checked here.

use crate::Language;
use crate::messages::both;
use tegata_certificate::Recognised;

/// What a kind of code that is recognised only is called.
#[must_use]
pub fn recognised_label(kind: Recognised, language: Language) -> &'static str {
    let (ja, en) = match kind {
        Recognised::SmartHealthLink => both!("recognised.smart-health-link"),
        Recognised::VerifiableHealthLink => both!("recognised.verifiable-health-link"),
        Recognised::Ddcc => both!("recognised.ddcc"),
        Recognised::Identity => both!("recognised.identity"),
        Recognised::OtherHcert => both!("recognised.other-hcert"),
        Recognised::LaterHcert => both!("recognised.later-hcert"),
        Recognised::Divoc => both!("recognised.divoc"),
        Recognised::NetherlandsDomestic => both!("recognised.nl-domestic"),
        Recognised::AustriaDomestic => both!("recognised.at-domestic"),
        Recognised::LithuaniaDomestic => both!("recognised.lt-domestic"),
    };
    language.choose(ja, en)
}
