//! Whether a romanised name is how the kana are read.
//!
//! Passports spell in Hepburn, in the government's other spellings, in long vowels with H, U or not at all, and foreign
//! names as in their own language. So both sides are brought into one coarse form (consonants that any spelling keeps
//! apart, vowels without length), and only what is far from alike is told: another person's passport, or family and
//! given name exchanged. Most names are alike to the letter and cost one comparison.

/// What a comparison found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Likeness {
    /// They can be the same name.
    Alike,
    /// Family and given name stand the wrong way round.
    Swapped,
    /// They are different names.
    Unlike,
}

/// Below this, halves of a name are not the same; out of a thousand. サトウ and SUZUKI have 333.
const UNLIKE: u32 = 340;
/// From this on, halves that stand the wrong way round are the same name.
const SURELY: u32 = 750;

/// Compares a reading (family and given name apart by a blank, or in one) with a romanised name's two halves, in which `<`
/// stands between words.
pub(crate) fn compare(kana: &str, family: &str, given: &str) -> Likeness {
    let mut words = kana.split(|c: char| c.is_whitespace() || c == '・').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let mut rest = Form::default();
    let mut halves = false;
    for word in words {
        halves = true;
        rest.read_kana(word);
    }
    let mut kana_family = Form::default();
    kana_family.read_kana(first);
    let (letters_family, letters_given) = (Form::of_letters(family, false), Form::of_letters(given, false));
    if kana_family == letters_family && rest == letters_given {
        return Likeness::Alike;
    }
    if !halves || family.is_empty() || given.is_empty() {
        kana_family.append(&rest);
        let whole = format!("{family}<{given}");
        let alike = kana_family.is_empty() || kana_family.likeness_to(&whole) >= UNLIKE;
        return if alike { Likeness::Alike } else { Likeness::Unlike };
    }
    let likeness = |family: &str, given: &str| kana_family.likeness_to(family).min(rest.likeness_to(given));
    let (straight, swapped) = (likeness(family, given), likeness(given, family));
    if kana_family.is_empty() || rest.is_empty() {
        Likeness::Alike
    } else if swapped >= SURELY && straight < SURELY {
        Likeness::Swapped
    } else if straight < UNLIKE {
        Likeness::Unlike
    } else {
        Likeness::Alike
    }
}

/// The longest form, in letters.
const LENGTH: usize = 64;

/// A name in the coarse form.
#[derive(Clone, Copy)]
struct Form {
    letters: [u8; LENGTH],
    length: usize,
}

impl Default for Form {
    fn default() -> Self {
        Self { letters: [0; LENGTH], length: 0 }
    }
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'A' | b'I' | b'U' | b'E' | b'O')
}

impl Form {
    fn text(&self) -> &[u8] {
        self.letters.get(..self.length).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn last(&self) -> u8 {
        self.text().last().copied().unwrap_or_default()
    }

    /// Adds a letter; what repeats, and the U that makes an O long, are left out.
    fn push(&mut self, letter: u8) {
        let last = self.last();
        if letter == last || (letter == b'U' && last == b'O') {
            return;
        }
        // N is written M before B, M and P.
        if matches!(letter, b'B' | b'M' | b'P')
            && last == b'M'
            && let Some(place) = self.letters.get_mut(self.length - 1)
        {
            *place = b'N';
        }
        if let Some(place) = self.letters.get_mut(self.length) {
            *place = letter;
            self.length += 1;
        }
    }

    fn pop_vowel(&mut self) {
        if is_vowel(self.last()) {
            self.length -= 1;
        }
    }

    fn append(&mut self, other: &Self) {
        other.text().iter().for_each(|&letter| self.push(letter));
    }

    /// Reads kana of either kind; other characters are passed over.
    fn read_kana(&mut self, kana: &str) {
        for c in kana.chars() {
            let c = match c {
                'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
                c => c,
            };
            match c {
                'ャ' | 'ュ' | 'ョ' => {
                    if self.last() == b'I' {
                        self.pop_vowel();
                    }
                    self.push(b'Y');
                    self.push(match c {
                        'ャ' => b'A',
                        'ュ' => b'U',
                        _ => b'O',
                    });
                }
                'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' => {
                    if self.last() != b'A' {
                        self.pop_vowel();
                    }
                    // ディ is spelled as ヂ is.
                    if matches!(c, 'ィ' | 'ゥ') && self.last() == b'D' {
                        self.length -= 1;
                        self.push(b'Z');
                    }
                    self.push(match c {
                        'ァ' => b'A',
                        'ィ' => b'I',
                        'ゥ' => b'U',
                        'ェ' => b'E',
                        _ => b'O',
                    });
                }
                c => mora(c).iter().for_each(|&letter| self.push(letter)),
            }
        }
    }

    /// The form of a name in letters; `foreign` reads G and J as languages do whose names Japanese writes otherwise
    /// (ジョージ for GEORGE, ホルヘ for JORGE).
    fn of_letters(text: &str, foreign: bool) -> Self {
        let mut form = Self::default();
        for word in text.split('<') {
            form.read_letters(word.as_bytes(), foreign);
        }
        form
    }

    fn read_letters(&mut self, word: &[u8], foreign: bool) {
        let at = |place: usize| word.get(place).copied().unwrap_or_default();
        let mut place = 0;
        while place < word.len() {
            let (letter, next) = (at(place), at(place + 1));
            let vowel_after = |from: usize| is_vowel(at(from));
            let mut take = 1;
            match (letter, next) {
                (b'S' | b'C', b'H') => {
                    take = 2;
                    let soft = letter == b'S' || vowel_after(place + 2);
                    self.push(if letter == b'S' {
                        b'S'
                    } else if soft {
                        b'T'
                    } else {
                        b'K'
                    });
                    if soft && vowel_after(place + 2) && at(place + 2) != b'I' {
                        self.push(b'Y');
                    }
                }
                (b'T', b'C') => {}
                (b'T', b'S') if at(place + 2) == b'U' => {
                    take = 2;
                    self.push(b'T');
                }
                (b'T', b'H') => {
                    take = 2;
                    self.push(b'T');
                }
                (b'P', b'H') => {
                    take = 2;
                    self.push(b'H');
                }
                (b'C', b'K') => {}
                (b'D', b'Z') => {}
                (b'D', b'I' | b'U') => self.push(b'Z'),
                (b'C', b'E' | b'I' | b'Y') => self.push(b'S'),
                (b'C' | b'Q', _) => self.push(b'K'),
                (b'G', b'E' | b'I' | b'Y') if foreign => self.push(b'Z'),
                (b'J', _) if foreign => self.push(b'H'),
                (b'J', _) => {
                    self.push(b'Z');
                    if is_vowel(next) && next != b'I' {
                        self.push(b'Y');
                    }
                }
                (b'X', _) => {
                    self.push(b'K');
                    self.push(b'S');
                }
                (b'L', _) => self.push(b'R'),
                (b'V', _) => self.push(b'B'),
                (b'F', _) => self.push(b'H'),
                // An H that makes a vowel long, or that nobody reads.
                (b'H', _) if !is_vowel(next) && next != b'Y' => {}
                (b'W', b'O') => {}
                (b'Y', _) if !is_vowel(next) => self.push(b'I'),
                _ => self.push(letter),
            }
            place += take;
        }
    }

    /// How alike a name in letters is, in whichever way of reading it is more so.
    fn likeness_to(&self, letters: &str) -> u32 {
        let native = self.likeness(&Self::of_letters(letters, false));
        if native >= UNLIKE { native } else { native.max(self.likeness(&Self::of_letters(letters, true))) }
    }

    /// How alike two forms are, in thousandths: by letters, or by consonants alone where both have some.
    fn likeness(&self, other: &Self) -> u32 {
        let letters = alike(self.text(), other.text());
        let (own, others) = (self.consonants(), other.consonants());
        if own.is_empty() || others.is_empty() { letters } else { letters.max(alike(own.text(), others.text())) }
    }

    fn consonants(&self) -> Self {
        let mut form = Self::default();
        for &letter in self.text().iter().filter(|&&letter| !is_vowel(letter) && letter != b'Y') {
            if let Some(place) = form.letters.get_mut(form.length) {
                *place = letter;
                form.length += 1;
            }
        }
        form
    }
}

/// The letters that two texts share, in thousandths of the longer: one less its edit distance.
fn alike(a: &[u8], b: &[u8]) -> u32 {
    let longest = a.len().max(b.len());
    if longest == 0 {
        return 1000;
    }
    let mut row = [0_u32; LENGTH + 1];
    for (at, place) in row.iter_mut().enumerate() {
        *place = at as u32;
    }
    for (at, letter) in a.iter().enumerate() {
        let mut corner = at as u32;
        let mut left = corner + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (other, above) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = corner + u32::from(letter != other);
            corner = *above;
            left = changed.min(left + 1).min(*above + 1);
            *above = left;
        }
    }
    let distance = row.get(b.len()).copied().unwrap_or_default();
    1000 - 1000 * distance / longest as u32
}

/// The letters of one kana, in the coarse form; none for what has no sound of its own.
fn mora(c: char) -> &'static [u8] {
    /// Kana that are a consonant and a vowel, and their letters in the same order.
    const KANA: &str = "カキクケコガギグゲゴサシスセソザジズゼゾタチツテトダヂヅデドナニヌネノハヒフヘホバビブベボパピプペポマミムメモラリルレロヤユヨワヴ";
    const LETTERS: &[u8] = b"KAKIKUKEKOGAGIGUGEGOSASISUSESOZAZIZUZEZOTATITUTETODAZIZUDEDO\
        NANINUNENOHAHIHUHEHOBABIBUBEBOPAPIPUPEPOMAMIMUMEMORARIRUREROYAYUYOWABU";
    match c {
        'ア' => b"A",
        'イ' | 'ヰ' => b"I",
        'ウ' => b"U",
        'エ' | 'ヱ' => b"E",
        'オ' | 'ヲ' => b"O",
        'ン' => b"N",
        c => {
            let place = KANA.chars().position(|kana| kana == c);
            place.and_then(|place| LETTERS.get(place * 2..place * 2 + 2)).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(kana: &str, letters: &str) -> Likeness {
        let (family, given) = letters.split_once("<<").unwrap_or((letters, ""));
        compare(kana, family, given)
    }

    #[test]
    fn every_usual_spelling_of_a_name_is_alike() {
        for (kana, spellings) in [
            ("オオノ　ユウコ", ["ONO<<YUKO", "OHNO<<YUUKO", "OONO<<YUHKO", "OUNO<<YUKO"]),
            ("サトウ ショウタ", ["SATO<<SHOTA", "SATOU<<SHOUTA", "SATOH<<SYOTA", "SATO<<SHOHTA"]),
            ("ホンマ ジュンイチ", ["HOMMA<<JUNICHI", "HONMA<<JUNITI", "HONMA<<ZYUNITI", "HOMMA<<JUNICHI"]),
            ("ハットリ ツトム", ["HATTORI<<TSUTOMU", "HATTORI<<TUTOMU", "HATORI<<TSUTOMU", "HATTORI<<TSUTOMU"]),
            ("ホッチ チヅル", ["HOTCHI<<CHIZURU", "HOCCHI<<CHIDURU", "HOTTI<<TIZURU", "HOTCHI<<CHIDZURU"]),
            ("なんば しんぺい", ["NAMBA<<SHIMPEI", "NANBA<<SHINPEI", "NANBA<<SINPEI", "NAMBA<<SHINPEI"]),
            ("クドウ イッキ", ["KUDO<<IKKI", "KUDOU<<IKKI", "KUDOH<<IKKI", "CUDO<<IKKI"]),
        ] {
            for letters in spellings {
                assert_eq!(compared(kana, letters), Likeness::Alike, "{kana} {letters}");
            }
        }
    }

    #[test]
    fn foreign_names_in_kana_are_not_doubted() {
        for (kana, letters) in [
            ("スミス ジョージ", "SMITH<<GEORGE"),
            ("ブラウン マイケル", "BROWN<<MICHAEL"),
            ("タナカ リサ", "TANAKA<<LISA"),
            ("サトウ クリスティーナ", "SATO<<CHRISTINA"),
            ("ウィリアムズ キャサリン", "WILLIAMS<<CATHERINE"),
            ("ロドリゲス ホルヘ", "RODRIGUEZ<<JORGE"),
            ("グエン チャン", "NGUYEN<<TRAN"),
            ("シン ブライアン", "SINGH<<BRYAN"),
            ("キム ジス", "KIM<<JISOO"),
            ("ワン シャオミン", "WANG<<XIAOMING"),
            ("デシルヴァ ヴィヴィアン", "DE<SILVA<<VIVIAN"),
            ("トンプソン フィリップ", "THOMPSON<<PHILIP"),
            ("ヤマダ ジェームズ", "YAMADA<<JAMES"),
            ("ヤマダハナコ", "YAMADA<<HANAKO"),
            ("アオイ アイ", "AOI<<AI"),
            ("ヤマダ", "YAMADA<<HANAKO<MARIA"),
            ("", "YAMADA<<HANAKO"),
        ] {
            assert_eq!(compared(kana, letters), Likeness::Alike, "{kana} {letters}");
        }
    }

    #[test]
    fn another_person_s_name_is_told_and_so_is_one_the_wrong_way_round() {
        for (kana, letters) in [
            ("サトウ ハナコ", "SUZUKI<<HANAKO"),
            ("ヤマダ ハナコ", "YAMADA<<TARO"),
            ("ワタナベ ケンイチ", "ITO<<MIDORI"),
            ("ワタナベケンイチ", "ITO<<MIDORI"),
        ] {
            assert_eq!(compared(kana, letters), Likeness::Unlike, "{kana} {letters}");
        }
        for (kana, letters) in
            [("ヤマダ ハナコ", "HANAKO<<YAMADA"), ("オオノ ユウコ", "YUUKO<<OHNO"), ("モリ アイ", "AI<<MORI")]
        {
            assert_eq!(compared(kana, letters), Likeness::Swapped, "{kana} {letters}");
        }
    }
}
