//! The language of a page. Both texts stand side by side wherever one is shown, so that none is missing.

use serde::{Deserialize, Serialize};

/// Japanese or English.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Tongue {
    /// Japanese.
    #[default]
    Ja,
    /// English.
    En,
}

impl Tongue {
    /// The text in this language.
    #[must_use]
    pub fn t<'a>(&self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }

    /// The code of the language, as HTML names it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.t("ja", "en")
    }

    /// The language of that code; Japanese for any other.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        if code.starts_with("en") { Self::En } else { Self::Ja }
    }
}
