//! Latin letters as a machine-readable zone spells them (ICAO Doc 9303-3 section 6.A).
//!
//! Several spellings of one letter are in use: which one a passport has is its issuer's choice, so all of them count.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// The letters that are spelled otherwise than by dropping their marks, each with its spellings, the first the
/// one that Doc 9303 recommends.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("Ää", &["AE", "A"]),
    ("Åå", &["AA", "A"]),
    ("Ææ", &["AE"]),
    ("Ðð", &["D"]),
    ("Ññ", &["N", "NXX"]),
    ("Öö", &["OE", "O"]),
    ("Øø", &["OE", "O"]),
    ("Üü", &["UE", "UXX", "U"]),
    ("Þþ", &["TH"]),
    ("ẞß", &["SS"]),
    ("Đđ", &["D"]),
    ("Ħħ", &["H"]),
    ("ı", &["I"]),
    ("Ĳĳ", &["IJ"]),
    ("ĸ", &["Q"]),
    ("Ŀŀ", &["L"]),
    ("Łł", &["L"]),
    ("ŉ", &["N"]),
    ("Ŋŋ", &["N"]),
    ("Œœ", &["OE"]),
    ("Ŧŧ", &["T"]),
    ("ſ", &["S"]),
];

const ALPHABET: [&str; 26] = [
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W",
    "X", "Y", "Z",
];

/// A letter as it may be spelled in a machine-readable zone, each spelling A-Z.
pub type Spellings = &'static [&'static str];

/// The words of a name in Latin letters, each a row of letters with their spellings. Apostrophes are dropped
/// (Doc 9303-3 section 4.6); anything else that is no letter parts two words. `None` where a letter of another
/// script stands, which is not to be guessed at.
#[must_use]
pub fn words(name: &str) -> Option<Vec<Vec<Spellings>>> {
    let mut words = vec![Vec::new()];
    // Composed, so that a letter and its mark are one, whichever way they were written.
    for c in name.nfc().filter(|&c| !is_apostrophe(c) && !is_combining_mark(c)) {
        match spellings(c) {
            Some(letter) => words.last_mut()?.push(letter),
            None if c.is_alphanumeric() => return None,
            None => words.push(Vec::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    Some(words)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '‘' | '’' | '‛' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ʾ' | 'ʿ' | '′')
}

fn spellings(c: char) -> Option<Spellings> {
    if let Some((_, spellings)) = SPELLINGS.iter().find(|(letters, _)| letters.contains(c)) {
        return Some(spellings);
    }
    let mut base = None;
    decompose_canonical(c, |part| {
        base.get_or_insert(part);
    });
    let letter = base?.to_ascii_uppercase();
    let place = usize::try_from(u32::from(letter).checked_sub(u32::from('A'))?).ok()?;
    ALPHABET.get(place..=place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recommended(name: &str) -> Option<String> {
        let words = words(name)?;
        let word = |word: &Vec<Spellings>| word.iter().filter_map(|letter| letter.first()).copied().collect::<String>();
        Some(words.iter().map(word).collect::<Vec<_>>().join("<"))
    }

    #[test]
    fn letters_of_every_latin_alphabet_are_spelled_as_doc_9303_recommends() {
        for (name, spelled) in [
            ("Müller Jürgen", "MUELLER<JUERGEN"),
            ("O'Brien  Sinéad", "OBRIEN<SINEAD"),
            ("D’Angelo", "DANGELO"),
            ("Strauß", "STRAUSS"),
            ("ÅSE ØRSTED", "AASE<OERSTED"),
            ("Þórður", "THORDUR"),
            ("Nuñez-Ibáñez", "NUNEZ<IBANEZ"),
            ("Łukasz Żółć", "LUKASZ<ZOLC"),
            ("Işık İnönü", "ISIK<INOENUE"),
            ("Nguyễn Thị Ước", "NGUYEN<THI<UOC"),
            ("Ștefan Țepeș", "STEFAN<TEPES"),
            ("Ĳsbrand van der Œuvre", "IJSBRAND<VAN<DER<OEUVRE"),
            ("U\u{308}nal", "UENAL"),
            ("  -- ", ""),
        ] {
            assert_eq!(recommended(name).as_deref(), Some(spelled), "{name}");
        }
    }

    #[test]
    fn other_scripts_are_not_guessed_at() {
        for name in ["手形 花子", "Иванов", "Παπαδόπουλος", "محمد", "TANAKA 花子", "タナカ", "X Æ A-12"]
        {
            assert_eq!(words(name), None, "{name}");
        }
    }

    #[test]
    fn every_spelling_is_made_of_letters() {
        for (letters, spellings) in SPELLINGS {
            assert!((1..=2).contains(&letters.chars().count()) && !spellings.is_empty());
            assert!(spellings.iter().all(|spelling| spelling.bytes().all(|b| b.is_ascii_uppercase())), "{letters}");
        }
    }
}
