//! Certificates that are not printed, and why: they are issued and stay in force, somebody has to look after the paper.

use super::PaperError;
use crate::issue::Refusal;
use crate::record::RegisterNumber;

/// A certificate that was held back.
#[derive(Clone, Debug)]
pub struct HeldBack {
    /// Whose.
    pub number: RegisterNumber,
    /// Its identifier in the register, if there is one.
    pub identifier: Option<String>,
    /// Why.
    pub reason: HoldReason,
}

/// Why a certificate is held back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HoldReason {
    /// There is no certificate.
    Refused(Refusal),
    /// The address is shielded (DV等支援措置).
    Shielded,
    /// The address is shielded, and no second person has approved that the paper is printed.
    Unapproved,
    /// The paper is to be posted, the address is shielded, and no second person has approved that.
    Withheld,
    /// None of the paper's certificates is in force.
    NotInForce,
    /// The record has changed since its certificates were issued.
    Changed,
    /// There is no address to send it to.
    NoAddress,
    /// No font has these characters.
    Characters(Vec<char>),
    /// The code has too many modules for this paper.
    Dense,
}

impl HoldReason {
    /// The reason why a sheet was not admitted.
    pub(super) fn of(error: PaperError) -> Self {
        match error {
            PaperError::Characters(characters) => Self::Characters(characters),
            PaperError::Dense => Self::Dense,
            PaperError::NoAddress => Self::NoAddress,
            _ => Self::Refused(Refusal::TooLarge),
        }
    }

    /// The stable name used in files.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Shielded => "shielded",
            Self::Unapproved => "unapproved",
            Self::Withheld => "withheld",
            Self::NotInForce => "not-in-force",
            Self::Changed => "changed",
            Self::NoAddress => "no-address",
            Self::Characters(_) => "characters",
            Self::Dense => "dense",
        }
    }

    /// What it means and what to do, in one line.
    #[must_use]
    pub fn explanation(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.explanation(),
            Self::Shielded => {
                "the address is shielded: with --include-shielded it is printed, where a second person has approved it"
            }
            Self::Unapproved => {
                "the address is shielded and nobody has approved that it is printed: ask (tegata-issuer approvals ask --for print-protected --person NUMBER), and print again when a second person has approved it"
            }
            Self::Withheld => {
                "the address is shielded and nobody has approved that it is posted: note a paper for the counter (tegata-issuer letters due --person NUMBER)"
            }
            Self::NotInForce => {
                "none of its certificates is in force: there is nothing to print; tell the person otherwise, or issue anew and note a paper (tegata-issuer letters due --person NUMBER)"
            }
            Self::Changed => {
                "the record has changed since its certificates were issued: issue anew, and note a paper of what is in force (tegata-issuer letters due --person NUMBER)"
            }
            Self::NoAddress => {
                "no address is given for this person: complete the file of --addresses, or print a kiosk sheet"
            }
            Self::Characters(_) => {
                "no font has a character of it: add a font that has (IPAmj Mincho has those of the family registers) with --fonts"
            }
            Self::Dense => {
                "the code has too many modules for a card: print a letter or a kiosk sheet, or issue compact"
            }
        }
    }

    /// The characters that no font has, by their numbers.
    #[must_use]
    pub fn characters(&self) -> String {
        let Self::Characters(characters) = self else { return String::new() };
        characters.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect::<Vec<_>>().join(" ")
    }
}
