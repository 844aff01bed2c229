//! Which encoding and separator a file is in.
//!
//! Municipal systems write CP932, EUC-JP or UTF-8 and say so nowhere. The first megabyte is read in
//! each; the one with the fewest contradictions wins. All three keep separators, quotation marks and
//! line ends apart from the bytes of longer characters, so rows are split before anything is decoded.

use serde::Serialize;
use std::borrow::Cow;

/// An encoding that registers come in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// Windows code page 932, the WHATWG encoding `shift_jis`.
    Cp932,
    /// EUC-JP.
    EucJp,
}

/// The byte order mark in UTF-8.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Utf8Bom, Self::Cp932, Self::EucJp];

    /// The stable name used in reports and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf8Bom => "utf-8-bom",
            Self::Cp932 => "cp932",
            Self::EucJp => "euc-jp",
        }
    }

    /// The encoding with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.name() == name)
    }

    pub(crate) fn codec(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 | Self::Utf8Bom => encoding_rs::UTF_8,
            Self::Cp932 => encoding_rs::SHIFT_JIS,
            Self::EucJp => encoding_rs::EUC_JP,
        }
    }

    /// The text of a cell, or `None` if a byte of it is no character here.
    pub(crate) fn decode(self, cell: &[u8]) -> Option<Cow<'_, str>> {
        self.codec().decode_without_bom_handling_and_without_replacement(cell)
    }

    /// The text of a cell with `�` where a byte is no character.
    pub(crate) fn decode_lossy(self, cell: &[u8]) -> Cow<'_, str> {
        self.codec().decode_without_bom_handling(cell).0
    }

    /// A text in this encoding, or `None` if a character of it is not in it.
    pub(crate) fn encode(self, text: &str) -> Option<Vec<u8>> {
        let (bytes, _, unmappable) = self.codec().encode(text);
        (!unmappable).then(|| bytes.into_owned())
    }

    /// The encoding that the beginning of a file is most likely in.
    pub(crate) fn detect(sample: &[u8]) -> Self {
        if sample.starts_with(BOM) {
            return Self::Utf8Bom;
        }
        // Ties go to the earlier: plain ASCII is UTF-8.
        [Self::Utf8, Self::Cp932, Self::EucJp]
            .into_iter()
            .min_by_key(|encoding| encoding.contradictions(sample))
            .unwrap_or(Self::Utf8)
    }

    /// How much speaks against the sample being in this encoding.
    fn contradictions(self, sample: &[u8]) -> usize {
        let (text, _) = self.codec().decode_without_bom_handling(sample);
        text.chars()
            .map(|c| match c {
                // The sample may end inside a character, which costs every encoding at most one.
                '\u{FFFD}' => 50,
                // EUC-JP kanji read as CP932 become half-width kana, which real files hold rarely outside readings.
                '\u{FF61}'..='\u{FF9F}' if self == Self::Cp932 => 1,
                // CP932 half-width kana read as EUC-JP become rare kanji; a real file's kanji are mostly
                // in the first level, its kana in the kana rows.
                '\u{4E00}'..='\u{9FFF}' if self == Self::EucJp && second_level(c) => 3,
                _ => 0,
            })
            .sum()
    }
}

/// Whether JIS X 0208 puts the kanji into its second level (rows 48 to 84).
fn second_level(c: char) -> bool {
    let mut utf8 = [0; 4];
    let (bytes, _, unmappable) = encoding_rs::EUC_JP.encode(c.encode_utf8(&mut utf8));
    !unmappable && bytes.len() == 2 && bytes.first().is_some_and(|&lead| lead >= 0xD0)
}

/// The separator of a file: the likeliest of comma, semicolon and tab in its first line.
pub(crate) fn detect_separator(sample: &[u8]) -> u8 {
    let line = sample.split(|&b| b == b'\n').next().unwrap_or_default();
    // The last of equals wins, so the comma stands last.
    [b';', b'\t', b','].into_iter().max_by_key(|&mark| line.iter().filter(|&&b| b == mark).count()).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_told_from_the_others_even_with_damage() {
        let text = "個別宛名番号,氏名,カナ氏名\r\n1001,髙橋　花子,ﾀｶﾊｼ ﾊﾅｺ\r\n1002,山﨑　太郎,ヤマサキ タロウ\r\n";
        for (encoding, expected) in
            [("utf-8", Encoding::Utf8), ("shift_jis", Encoding::Cp932), ("euc-jp", Encoding::EucJp)]
        {
            let codec = encoding_rs::Encoding::for_label(encoding.as_bytes()).expect("known");
            let mut bytes = codec.encode(text).0.into_owned();
            assert_eq!(Encoding::detect(&bytes), expected);
            bytes.extend_from_slice(b"1003,\x81\xFF,\x80\r\n");
            assert_eq!(Encoding::detect(&bytes), expected, "{encoding} with damage");
        }
        assert_eq!(Encoding::detect(b"1001,YAMADA"), Encoding::Utf8);
        assert_eq!(Encoding::detect(b"\xEF\xBB\xBF1001"), Encoding::Utf8Bom);
    }

    #[test]
    fn half_width_kana_alone_are_still_cp932() {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode("1001,ﾔﾏﾀﾞ ﾀﾛｳ\r\n1002,ｻﾄｳ ﾊﾅｺ\r\n");
        assert_eq!(Encoding::detect(&bytes), Encoding::Cp932);
    }

    #[test]
    fn the_separator_is_the_one_that_the_first_line_uses() {
        assert_eq!(detect_separator(b"a;b;c,d\n1,2,3,4,5"), b';');
        assert_eq!(detect_separator(b"a\tb"), b'\t');
        assert_eq!(detect_separator(b"a,b"), b',');
        assert_eq!(detect_separator(b""), b',');
    }
}
