//! Showing texts of strangers: a certificate's names are signed, not harmless.

/// Whether a character may act on a terminal or a reader instead of being seen: controls, changes of
/// direction, and what is invisible.
#[must_use]
pub fn is_hazard(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e00ff}' | '\u{e0200}'..='\u{e0fff}')
}

/// The text with every hazard made visible as `⟨U+202E⟩`, cut after `max` characters with `…`.
#[must_use]
pub fn plain(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, c) in text.chars().enumerate() {
        if place == max {
            out.push('…');
            break;
        }
        if is_hazard(c) {
            out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a word of the text mixes Latin, Greek or Cyrillic letters, which look alike: then the
/// name that is seen may not be the name that is written.
#[must_use]
pub fn mixes_scripts(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).any(|word| {
        let has = |script: fn(char) -> bool| u8::from(word.chars().any(script));
        has(is_latin)
            + has(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}'))
            + has(|c| matches!(c, '\u{400}'..='\u{52f}'))
            > 1
    })
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || (c.is_alphabetic() && matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_instead_of_being_seen_is_made_visible() {
        assert_eq!(plain("abc\u{202e}txt.exe", 80), "abc⟨U+202E⟩txt.exe");
        assert_eq!(plain("\u{1b}[2JVALID\n", 80), "⟨U+001B⟩[2JVALID⟨U+000A⟩");
        assert_eq!(plain("A\u{e0041}", 80), "A⟨U+E0041⟩");
        assert_eq!(plain("髙橋 﨑", 80), "髙橋 﨑");
        assert_eq!(plain("神\u{fe00}", 80), "神\u{fe00}");
        assert_eq!(plain("AAAA", 3), "AAA…");
    }

    #[test]
    fn a_word_of_two_scripts_is_noticed_and_two_words_are_not() {
        assert!(mixes_scripts("\u{410}NNA"));
        assert!(!mixes_scripts("АННА ANNA"));
        assert!(!mixes_scripts("山田 Taro"));
    }
}
