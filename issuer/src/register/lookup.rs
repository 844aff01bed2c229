//! How kana is spelled for looking a person up: the same name, the same letters, however a clerk wrote it.
//!
//! Full width, katakana, small kana large, without the long mark, blanks and middle dots; voiced marks are kept,
//! because ハナダ and ハナタ are two names.

use unicode_normalization::UnicodeNormalization;

/// A name as it is looked up, built without allocating for each.
#[derive(Default)]
pub(super) struct Spelling {
    text: String,
}

impl Spelling {
    /// Spells a name; says whether anything is left of it.
    pub(super) fn spell(&mut self, kana: &str) -> bool {
        self.text.clear();
        // Nearly every name is full-width kana already, which NFKC leaves as it is.
        if kana.chars().all(is_plain) {
            self.text.extend(kana.chars().filter_map(letter));
        } else {
            self.text.extend(kana.nfkc().filter_map(letter));
        }
        !self.text.is_empty()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// Letters that NFKC does not change, alone or behind one another: kana without the combining voiced marks, and
/// the ideographic blank, which goes anyway.
fn is_plain(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '・' | '\u{3000}' | ' ')
}

/// The letter that stands for it; none for what only separates.
fn letter(c: char) -> Option<char> {
    let katakana = match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(c as u32 + 0x60)?,
        _ => c,
    };
    Some(match katakana {
        'ー' | '-' | '‐' | '‑' | '–' | '—' | '―' | '−' | '・' | '·' | '.' | '=' | '゠' => return None,
        c if c.is_whitespace() => return None,
        'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' => {
            char::from_u32(katakana as u32 + 1)?
        }
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        c => c.to_uppercase().next().unwrap_or(c),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(kana: &str) -> String {
        let mut spelling = Spelling::default();
        spelling.spell(kana);
        spelling.text
    }

    #[test]
    fn one_name_has_one_spelling() {
        for kana in ["ショウジ ユウキ", "ｼｮｳｼﾞ ﾕｳｷ", "しょうじ　ゆうき", "シヨウジユウキ", "ショウシ\u{3099}・ユウキ"]
        {
            assert_eq!(spelled(kana), "シヨウジユウキ", "{kana}");
        }
        assert_eq!(spelled("オーノ　ジョー"), spelled("おの じょ"));
        assert_eq!(spelled("ﾌﾞｯｼｭ＝ﾎﾜｲﾄ"), "ブツシユホワイト");
        assert_eq!(spelled("ヴァン"), "ヴアン");
        assert_eq!(spelled("㌔"), "キロ");
        assert_eq!(spelled("Ｔａｎ"), "TAN");
        assert_eq!(spelled(" ー・　"), "");
    }

    #[test]
    fn voiced_marks_tell_names_apart() {
        assert_ne!(spelled("ハナダ"), spelled("ハナタ"));
        assert_ne!(spelled("ハハ"), spelled("パパ"));
        assert_eq!(spelled("ﾊﾟﾊﾟ"), spelled("パパ"));
    }

    /// The shortcut for plain kana must not differ from the long way.
    #[test]
    fn plain_letters_are_those_that_nfkc_leaves_alone() {
        let plain: Vec<char> = ('\0'..=char::MAX).filter(|c| is_plain(*c)).collect();
        assert!(plain.len() > 150);
        for c in &plain {
            assert_eq!(spelled(&c.to_string()), c.to_string().nfkc().filter_map(letter).collect::<String>(), "{c}");
        }
        let all: String = plain.iter().collect();
        assert_eq!(spelled(&all), all.nfkc().filter_map(letter).collect::<String>());
    }

    #[test]
    fn small_kana_are_the_letter_before_their_large_one() {
        for (small, large) in "ァィゥェォッャュョヮヵヶ".chars().zip("アイウエオツヤユヨワカケ".chars())
        {
            assert_eq!(letter(small), Some(large));
        }
    }
}
