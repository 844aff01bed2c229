//! What is recognised and not read: codes that people hold beside certificates, so that a verifier
//! can say what was shown instead of calling it damaged.

/// A kind of code that is recognised and not read here. None of them is ever fetched from anywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Recognised {
    /// A SMART Health Link (`shlink:/`), bare or behind a viewer's address: an address and a key, no certificate.
    SmartHealthLink,
    /// An IHE Verifiable Health Link (`vhlink:/`, or claim −260/5 of an `HC1:` message).
    VerifiableHealthLink,
    /// A legacy WHO DDCC document: its claims lie flat at the root of the `HC1:` message.
    Ddcc,
    /// An identity (MOSIP claim 169) in an `HC1:` message: no health certificate.
    Identity,
    /// An `HC1:` message of which only the signature could be checked: its content is of no kind known here.
    OtherHcert,
    /// A later version of the EU's envelope: `HC2:` and on.
    LaterHcert,
    /// India's DIVOC: a ZIP archive with a JSON-LD credential.
    Divoc,
    /// The domestic codes of the Netherlands: `NL1:`, `NL2:` and on.
    NetherlandsDomestic,
    /// The domestic codes of Austria: `AT1:`.
    AustriaDomestic,
    /// The domestic codes of Lithuania: `LT1:`.
    LithuaniaDomestic,
}

impl Recognised {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::SmartHealthLink,
        Self::VerifiableHealthLink,
        Self::Ddcc,
        Self::Identity,
        Self::OtherHcert,
        Self::LaterHcert,
        Self::Divoc,
        Self::NetherlandsDomestic,
        Self::AustriaDomestic,
        Self::LithuaniaDomestic,
    ];

    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SmartHealthLink => "smart-health-link",
            Self::VerifiableHealthLink => "verifiable-health-link",
            Self::Ddcc => "ddcc",
            Self::Identity => "identity",
            Self::OtherHcert => "other-hcert",
            Self::LaterHcert => "later-hcert",
            Self::Divoc => "divoc",
            Self::NetherlandsDomestic => "nl-domestic",
            Self::AustriaDomestic => "at-domestic",
            Self::LithuaniaDomestic => "lt-domestic",
        }
    }

    /// What a text announces itself as by its first characters.
    pub(crate) fn of(text: &str) -> Option<Self> {
        const PREFIXES: [(&str, Recognised); 5] = [
            ("shlink:/", Recognised::SmartHealthLink),
            ("vhlink:/", Recognised::VerifiableHealthLink),
            ("AT1:", Recognised::AustriaDomestic),
            ("LT1:", Recognised::LithuaniaDomestic),
            ("PK\u{3}\u{4}", Recognised::Divoc),
        ];
        if let Some((_, kind)) = PREFIXES.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            return Some(*kind);
        }
        // A version digit or letter follows.
        let versioned = |prefix| {
            text.strip_prefix(prefix)
                .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9' | b'A'..=b'Z', b':', ..]))
        };
        if versioned("HC") {
            return Some(Self::LaterHcert);
        }
        if versioned("NL") {
            return Some(Self::NetherlandsDomestic);
        }
        // Behind a viewer's address: https://viewer.example/#shlink:/…
        let behind = text.starts_with("https://").then(|| text.split_once('#')).flatten();
        behind.filter(|(_, fragment)| fragment.starts_with("shlink:/")).map(|_| Self::SmartHealthLink)
    }
}
