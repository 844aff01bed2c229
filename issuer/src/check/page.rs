//! The page of each code: what `tegata-issuer explain` shows and `docs/diagnostics.md` lists.

use super::pages::TEXTS;
use super::{Code, Language, Level};
use std::fmt::Write;

/// What is to be known of a code, in one language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Which code.
    pub code: Code,
    /// What is wrong, in one sentence.
    pub title: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// A row, or the cells of one, that has it.
    pub example: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Whether, and how, the finding can be confirmed.
    pub confirmation: &'static str,
}

/// The texts of a page, beside those of its code: an example, then meaning and reason in Japanese and English.
pub(super) struct Texts {
    pub(super) code: Code,
    pub(super) example: &'static str,
    pub(super) ja: (&'static str, &'static str),
    pub(super) en: (&'static str, &'static str),
}

impl Page {
    /// The page of a code.
    #[must_use]
    pub fn of(code: Code, language: Language) -> Self {
        let texts = TEXTS.iter().copied().flatten().find(|texts| texts.code == code);
        let (example, (meaning, why)) = texts.map_or(("", ("", "")), |texts| {
            (texts.example, if language == Language::Ja { texts.ja } else { texts.en })
        });
        let (title, remedy) = (code.title(language), code.remedy(language));
        Self { code, title, meaning, why, example, remedy, confirmation: confirmation(code.level(), language) }
    }
}

impl Level {
    /// What the level means for a row, in a few words.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Block, Language::Ja) => "拒否: 行を直すまで取り込まれません",
            (Self::Eye, Language::Ja) => "要確認: 取り込みますが、確認されるまで証明書を発行しません",
            (Self::Info, Language::Ja) => "お知らせ: 取り込みました",
            (Self::Block, Language::En) => "refused: the row waits for its correction",
            (Self::Eye, Language::En) => "held: taken, but no certificate until somebody confirms it",
            (Self::Info, Language::En) => "to know: the row is taken",
        }
    }

    /// The level's name as people read it.
    #[must_use]
    pub fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Block, Language::Ja) => "拒否",
            (Self::Eye, Language::Ja) => "要確認",
            (Self::Info, Language::Ja) => "情報",
            (_, Language::En) => self.name(),
        }
    }
}

fn confirmation(level: Level, language: Language) -> &'static str {
    match (level, language) {
        (Level::Block, Language::Ja) => "確認で済ませることはできません。直した行をもう一度取り込んでください。",
        (Level::Eye, Language::Ja) => {
            "正しいと確かめたら tegata-issuer confirm で確認します。一括なら import --accept にこの番号を付けます。内容が変わると確認は無効になります。"
        }
        (Level::Info, Language::Ja) => "確認は要りません。",
        (Level::Block, Language::En) => "It cannot be confirmed: import the corrected row again.",
        (Level::Eye, Language::En) => {
            "If it is right, confirm it with tegata-issuer confirm, or all of an import at once with import --accept and this number. A confirmation falls when the facts change."
        }
        (Level::Info, Language::En) => "Nothing needs to be confirmed.",
    }
}

/// All pages as one Markdown document, English and Japanese side by side: the text of `docs/diagnostics.md`.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Findings of an import\n\n\
         <!-- Do not edit: tegata-issuer explain --markdown > docs/diagnostics.md -->\n\n\
         What `tegata-issuer import` tells of a row. Numbers and names never change. `E`: the row is refused and waits for its\n\
         correction. `W`: the row is taken, but the person gets no certificate until somebody confirms it (`tegata-issuer confirm`,\n\
         or `import --accept` with the number). `I`: the row is taken. One page alone: `tegata-issuer explain E012`.\n",
    );
    for level in Level::ALL {
        let (en, ja) = (level.title(Language::En), level.title(Language::Ja));
        // Writing into a text cannot fail.
        let _ = write!(text, "\n## {}\n\n{ja}\n", capital(en));
        for code in Code::ALL.iter().copied().filter(|code| code.level() == level) {
            let (en, ja) = (Page::of(code, Language::En), Page::of(code, Language::Ja));
            let _ = write!(
                text,
                "\n### {}\n\n**{}.** {} {}\n*To do:* {}.\n\n```text\n{}\n```\n\n**{}。** {}{}\n*対処:* {}。\n",
                code.label(),
                capital(en.title),
                en.meaning,
                en.why,
                en.remedy,
                en.example,
                ja.title,
                ja.meaning,
                ja.why,
                ja.remedy
            );
        }
    }
    text
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_has_its_own_number_name_and_texts_in_each_language() {
        let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        let numbers: BTreeSet<&str> = Code::ALL.iter().map(|code| code.number()).collect();
        assert_eq!((names.len(), numbers.len()), (Code::ALL.len(), Code::ALL.len()));
        for code in Code::ALL.iter().copied() {
            let letter = match code.level() {
                Level::Block => 'E',
                Level::Eye => 'W',
                Level::Info => 'I',
            };
            assert!(code.number().starts_with(letter) && code.number().len() == 4, "{code:?}");
            assert!(code.title(Language::En).is_ascii() && !code.title(Language::Ja).is_ascii(), "{code:?}");
            assert!(!code.remedy(Language::En).is_empty() && !code.remedy(Language::Ja).is_ascii(), "{code:?}");
            assert_eq!(Code::find(&code.number().to_lowercase()), Some(code));
            assert_eq!(Code::find(&code.name().to_uppercase()), Some(code));
        }
    }

    #[test]
    fn every_code_has_one_page_with_all_its_parts_in_each_language() {
        assert_eq!(TEXTS.iter().map(|texts| texts.len()).sum::<usize>(), Code::ALL.len());
        for code in Code::ALL.iter().copied() {
            let (en, ja) = (Page::of(code, Language::En), Page::of(code, Language::Ja));
            for text in [en.meaning, en.why] {
                assert!(text.is_ascii() && text.ends_with('.') && text.len() > 20, "{code:?} {text}");
            }
            for text in [ja.meaning, ja.why] {
                assert!(!text.is_ascii() && text.ends_with('。'), "{code:?} {text}");
            }
            assert!(!en.example.is_empty() && en.example == ja.example, "{code:?}");
        }
    }

    /// Whoever has a number in a letter, a manual or a program must find the same finding under it for ever.
    #[test]
    fn no_number_or_name_ever_changes() {
        let codes: Vec<String> = Code::ALL.iter().map(|code| code.label()).collect();
        let golden: Vec<&str> = include_str!("golden.txt").lines().collect();
        assert_eq!(codes, golden);
    }
}
