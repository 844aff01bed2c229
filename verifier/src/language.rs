//! The languages that verdicts are worded in.

/// A language of verdicts and messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// The language of a tag such as `ja`, `ja_JP.UTF-8` or `en-GB`; English for any other.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        if tag.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("ja")) { Self::Ja } else { Self::En }
    }

    /// The one of two texts that is in this language.
    #[must_use]
    pub fn choose<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }
}
