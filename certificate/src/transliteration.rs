//! Latin letters as a machine-readable zone spells them (ICAO Doc 9303-3 section 6.A).
//!
//! Several spellings of one letter are in use: which one a passport has is its issuer's choice, so all of them count.

/// The letters that are spelled otherwise than by dropping their marks, each with its spellings, the first the
/// one that Doc 9303 recommends.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("Ää", &["AE", "A"]),
    ("Åå\u{212b}", &["AA", "A"]),
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

/// The letters that are spelled by dropping their marks, by what is left (their canonical decompositions).
/// The tables of a whole normaliser would weigh much more in a page.
#[rustfmt::skip]
const MARKED: [&str; 26] = [
    "ÀÁÂÃàáâãĀāĂăĄąǍǎǞǟǠǡǺǻȀȁȂȃȦȧḀḁẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặ",
    "ḂḃḄḅḆḇ",
    "ÇçĆćĈĉĊċČčḈḉ",
    "ĎďḊḋḌḍḎḏḐḑḒḓ",
    "ÈÉÊËèéêëĒēĔĕĖėĘęĚěȄȅȆȇȨȩḔḕḖḗḘḙḚḛḜḝẸẹẺẻẼẽẾếỀềỂểỄễỆệ",
    "Ḟḟ",
    "ĜĝĞğĠġĢģǦǧǴǵḠḡ",
    "ĤĥȞȟḢḣḤḥḦḧḨḩḪḫẖ",
    "ÌÍÎÏìíîïĨĩĪīĬĭĮįİǏǐȈȉȊȋḬḭḮḯỈỉỊị",
    "Ĵĵǰ",
    "ĶķǨǩḰḱḲḳḴḵK",
    "ĹĺĻļĽľḶḷḸḹḺḻḼḽ",
    "ḾḿṀṁṂṃ",
    "ŃńŅņŇňǸǹṄṅṆṇṈṉṊṋ",
    "ÒÓÔÕòóôõŌōŎŏŐőƠơǑǒǪǫǬǭȌȍȎȏȪȫȬȭȮȯȰȱṌṍṎṏṐṑṒṓỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợ",
    "ṔṕṖṗ",
    "",
    "ŔŕŖŗŘřȐȑȒȓṘṙṚṛṜṝṞṟ",
    "ŚśŜŝŞşŠšȘșṠṡṢṣṤṥṦṧṨṩ",
    "ŢţŤťȚțṪṫṬṭṮṯṰṱẗ",
    "ÙÚÛùúûŨũŪūŬŭŮůŰűŲųƯưǓǔǕǖǗǘǙǚǛǜȔȕȖȗṲṳṴṵṶṷṸṹṺṻỤụỦủỨứỪừỬửỮữỰự",
    "ṼṽṾṿ",
    "ŴŵẀẁẂẃẄẅẆẇẈẉẘ",
    "ẊẋẌẍ",
    "ÝýÿŶŷŸȲȳẎẏẙỲỳỴỵỶỷỸỹ",
    "ŹźŻżŽžẐẑẒẓẔẕ",
];

/// A letter as it may be spelled in a machine-readable zone, each spelling A-Z.
pub type Spellings = &'static [&'static str];

/// The words of a name in Latin letters, each a row of letters with their spellings. Apostrophes are dropped
/// (Doc 9303-3 section 4.6); anything else that is no letter parts two words. `None` where a letter of another
/// script stands, which is not to be guessed at.
#[must_use]
pub fn words(name: &str) -> Option<Vec<Vec<Spellings>>> {
    let mut words = vec![Vec::new()];
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        if is_apostrophe(c) || is_mark(c) {
            continue;
        }
        match spellings(composed(c, rest.peek())) {
            Some(letter) => words.last_mut()?.push(letter),
            None if parts_words(c) => words.push(Vec::new()),
            None => return None,
        }
    }
    words.retain(|word| !word.is_empty());
    Some(words)
}

/// Whether it is a blank or a sign that stands between words: of ASCII, Latin-1, the general punctuation, and the
/// Japanese signs that names are written with. Anything else may be a letter or a digit of a script unknown here.
fn parts_words(c: char) -> bool {
    match c {
        '\0'..='\x7f' => !c.is_ascii_alphanumeric(),
        '\u{80}'..='\u{bf}' => !matches!(c, 'ª' | 'º' | 'µ' | '²' | '³' | '¹' | '¼'..='¾'),
        _ => {
            matches!(c, '\u{d7}' | '\u{f7}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3003}' | '\u{30fb}' | '\u{ff0d}' | '\u{ff65}')
        }
    }
}

/// A letter and the mark behind it as one, where both together are spelled otherwise than the letter alone.
fn composed(c: char, mark: Option<&char>) -> char {
    match (c, mark) {
        ('A' | 'a', Some('\u{308}')) => 'Ä',
        ('A' | 'a', Some('\u{30a}')) => 'Å',
        ('N' | 'n', Some('\u{303}')) => 'Ñ',
        ('O' | 'o', Some('\u{308}')) => 'Ö',
        ('U' | 'u', Some('\u{308}')) => 'Ü',
        _ => c,
    }
}

/// Whether it is a mark that stands with letters of any script.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '‘' | '’' | '‛' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ʾ' | 'ʿ' | '′')
}

fn spellings(c: char) -> Option<Spellings> {
    if let Some((_, spellings)) = SPELLINGS.iter().find(|(letters, _)| letters.contains(c)) {
        return Some(spellings);
    }
    let letter = c.to_ascii_uppercase();
    let place = match u32::from(letter).checked_sub(u32::from('A')) {
        Some(place @ 0..26) => place as usize,
        _ if c.is_ascii() => return None,
        _ => MARKED.iter().position(|letters| letters.contains(c))?,
    };
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

    /// Of letters alone and of letters with a mark behind them, by the tables of Unicode.
    #[test]
    fn marks_are_dropped_and_letters_composed_as_a_normaliser_does() {
        use unicode_normalization::UnicodeNormalization;
        use unicode_normalization::char::{decompose_canonical, is_combining_mark};

        let by_tables = |text: &str| -> Option<Vec<Spellings>> {
            let letter = |c: char| {
                if let Some((_, spellings)) = SPELLINGS.iter().find(|(letters, _)| letters.contains(c)) {
                    return Some(*spellings);
                }
                let mut base = None;
                decompose_canonical(c, |part| {
                    base.get_or_insert(part);
                });
                let base = base.map(|base| base.to_ascii_uppercase().to_string())?;
                let place = ALPHABET.iter().position(|letter| *letter == base)?;
                ALPHABET.get(place..=place)
            };
            text.nfc().filter(|c| !is_combining_mark(*c) && !is_apostrophe(*c)).map(letter).collect()
        };
        let ours = |text: &str| words(text).map(|words| words.concat());
        // The Greek numeral sign is replaced by an apostrophe: no letter of a name either way. Marks of other scripts
        // belong to letters that are not to be guessed at.
        let letter = |c: &char| c.is_alphanumeric() && !is_combining_mark(*c) && *c != '\u{374}';
        for c in ('\0'..=char::MAX).filter(letter) {
            let text = c.to_string();
            assert_eq!(ours(&text), by_tables(&text), "{c} U+{:04X}", u32::from(c));
        }
        for letter in ('A'..='Z').chain('a'..='z') {
            // But for the Greek mark that is two in one.
            for mark in ('\u{300}'..='\u{36f}').filter(|mark| *mark != '\u{344}') {
                let text = format!("{letter}{mark}");
                assert_eq!(ours(&text), by_tables(&text), "{text}");
            }
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
            assert!((1..=3).contains(&letters.chars().count()) && !spellings.is_empty());
            assert!(spellings.iter().all(|spelling| spelling.bytes().all(|b| b.is_ascii_uppercase())), "{letters}");
        }
    }
}
