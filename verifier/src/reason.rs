//! Why a verdict is what it is: a closed list. Each reason has a stable code, belongs to one step,
//! leads to one outcome, and is worded with what to do next (`messages/*.json`). None names a person.

use crate::messages::text;
use crate::{Language, Outcome, Step};

/// What a reason says to people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wording {
    /// What is the matter, in one line.
    pub title: &'static str,
    /// What to do next.
    pub action: &'static str,
}

/// Declares the reasons: code, step and outcome. None can be added without a title and an action under its code.
macro_rules! reasons {
    // The code is passed on as a token, for a macro sees no text in what another one took for a literal.
    ($($(#[$doc:meta])* $name:ident $code:tt $step:ident $outcome:ident;)*) => {
        /// Why a step did not simply pass.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable kebab-case code used in reports.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The step that it belongs to.
            #[must_use]
            pub fn step(self) -> Step {
                match self { $(Self::$name => Step::$step,)* }
            }

            /// The outcome that it leads to.
            #[must_use]
            pub fn outcome(self) -> Outcome {
                match self { $(Self::$name => Outcome::$outcome,)* }
            }

            /// What it says to people.
            #[must_use]
            pub fn wording(self, language: Language) -> Wording {
                let (ja, en) = match self {
                    $(Self::$name => (
                        Wording { title: text!(ja reason $code title), action: text!(ja reason $code action) },
                        Wording { title: text!(en reason $code title), action: text!(en reason $code action) },
                    ),)*
                };
                match language { Language::Ja => ja, Language::En => en }
            }
        }
    };
}

reasons! {
    /// The file is not a picture of a kind that is read.
    NotAPicture "not-a-picture" Read NotChecked;
    /// The picture is larger than is read.
    PictureTooLarge "picture-too-large" Read NotChecked;
    /// The picture's file is cut off or damaged.
    DamagedPicture "damaged-picture" Read NotChecked;
    /// No code in the picture.
    NoCode "no-code" Read NotChecked;
    /// A code is there but cannot be read.
    UnreadableCode "unreadable-code" Read NotChecked;
    /// Not a certificate of a family known here.
    NotACertificate "not-a-certificate" Read NotChecked;
    /// A family that is recognised and not checked here.
    FamilyNotChecked "family-not-checked" Read NotChecked;
    /// One or more of the codes that make up a certificate are missing.
    MissingQrChunk "missing-qr-chunk" Read NotChecked;
    /// The text is longer than any certificate.
    TooLong "too-long" Decode NotChecked;
    /// The text is not what its family writes: characters, compression, structure.
    Damaged "damaged" Decode NotChecked;
    /// The text has lost the blanks that belong to the code.
    BlanksLost "blanks-lost" Decode NotChecked;
    /// No listed key has the message's key identifier.
    UnknownIssuer "unknown-issuer" Issuer NotValid;
    /// The signer's certificate names a listed authority that did not issue it.
    SignerNotIssued "signer-not-issued" Issuer NotValid;
    /// The authority that issued the signer's certificate is not valid yet.
    AuthorityNotYetValid "authority-not-yet-valid" Issuer NotValid;
    /// The authority that issued the signer's certificate has expired.
    AuthorityExpired "authority-expired" Issuer NotValid;
    /// The signature does not hold.
    SignatureInvalid "signature-invalid" Signature NotValid;
    /// The message names another algorithm than the listed key's, or none that is signed.
    AlgorithmMismatch "algorithm-mismatch" Signature NotValid;
    /// Signed, but not a certificate of its family.
    MalformedPayload "malformed-payload" Signature NotValid;
    /// An authentic card that holds no vaccination, test or recovery that counts.
    NothingRecorded "nothing-recorded" Signature ValidCheck;
    /// The key may not sign this family.
    FormatOutOfScope "format-out-of-scope" Scope NotValid;
    /// The key may not sign for this country.
    CountryOutOfScope "country-out-of-scope" Scope NotValid;
    /// The key may not sign this kind of event.
    KindOutOfScope "kind-out-of-scope" Scope NotValid;
    /// The key may not sign for this disease.
    DiseaseOutOfScope "disease-out-of-scope" Scope NotValid;
    /// No issue time, so the key's window cannot be judged.
    IssueTimeMissing "issue-time-missing" Scope NotValid;
    /// Issued outside the time in which the key signs.
    OutsideSigningWindow "outside-signing-window" Scope NotValid;
    /// Longer in force than the key may grant.
    LifeTooLong "life-too-long" Scope NotValid;
    /// The key has left service.
    KeyExpired "key-expired" Scope NotValid;
    /// The signer's certificate does not allow signing seals.
    SignerUnsuitable "signer-unsuitable" Scope NotValid;
    /// The signer's certificate is not valid yet.
    KeyNotYetValid "key-not-yet-valid" Scope NotValid;
    /// The key was withdrawn.
    KeyRevoked "key-revoked" Scope NotValid;
    /// It ends before it begins.
    TimesContradict "times-contradict" Time NotValid;
    /// Not in force yet.
    NotYetValid "not-yet-valid" Time NotValid;
    /// No longer in force.
    Expired "expired" Time NotValid;
    /// Its place in the status list is not one of its key's.
    StatusOutOfRange "status-out-of-range" Status NotValid;
    /// It was withdrawn.
    Revoked "revoked" Status NotValid;
    /// The signer's certificate was revoked by the authority that issued it.
    SignerRevoked "signer-revoked" Status NotValid;
    /// The list of what the signer's authority has revoked is past its date.
    RevocationListStale "revocation-list-stale" Status ValidCheck;
    /// It was issued after the newest status list that is here, and may have been withdrawn since.
    StatusNotCovered "status-not-covered" Status ValidCheck;
    /// A test in it detected the agent.
    TestDetected "test-detected" Rules ValidCheck;
    /// The vaccination does not count yet (IHR Annex 7).
    DoseTooRecent "dose-too-recent" Rules ValidCheck;
    /// The product is not on the WHO's list as it is known here.
    ProductNotListed "product-not-listed" Rules ValidCheck;
    /// The day of vaccination is missing.
    DoseUndated "dose-undated" Rules ValidCheck;
    /// A rule of the purpose is not met.
    RuleNotMet "rule-not-met" Rules NotValid;
    /// Certificates of this kind are not accepted for the purpose.
    KindNotAccepted "kind-not-accepted" Rules NotValid;
    /// No rule is broken, and one could not be decided.
    RuleOpen "rule-open" Rules ValidCheck;
    /// No rule of the purpose says anything of this kind of certificate.
    NoRuleForKind "no-rule-for-kind" Rules ValidCheck;
    /// The rules are past their date, within grace.
    RulesStale "rules-stale" Rules ValidCheck;
    /// The rules are past their date and its grace.
    RulesExpired "rules-expired" Rules NotChecked;
    /// The lists have no rules for the purpose that was chosen.
    PurposeMissing "purpose-missing" Rules NotChecked;
    /// The document shown is another person's.
    HolderMismatch "holder-mismatch" Holder NotValid;
    /// The same person by name and birth date, but the certificate names another document.
    DifferentDocument "different-document" Holder ValidCheck;
    /// The certificate and the document have too little in common to be compared.
    HolderNotComparable "holder-not-comparable" Holder ValidCheck;
    /// The trust list is past its date, within grace.
    ListStale "list-stale" Issuer ValidCheck;
    /// The trust list is past its date and its grace.
    ListExpired "list-expired" Issuer NotChecked;
    /// The device's clock is behind a time that was signed.
    ClockBehind "clock-behind" Issuer NotChecked;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_has_its_own_code_and_words_in_both_languages() {
        let mut seen = HashSet::new();
        for reason in Reason::ALL {
            assert!(seen.insert(reason.code()));
            assert!(reason.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", reason.code());
            let (ja, en) = (reason.wording(Language::Ja), reason.wording(Language::En));
            assert!(!ja.title.is_ascii() && !ja.action.is_ascii(), "{}", reason.code());
            assert!(en.title.is_ascii() && en.action.is_ascii(), "{}", reason.code());
            assert_ne!(reason.outcome(), Outcome::Valid);
        }
    }
}
