//! Fonts: found once, held for all pages, and asked beforehand whether they have every character of a page.

use super::PaperError;
use std::path::{Path, PathBuf};
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// Families that are taken from the system's folders, in lower case without blanks and hyphens: what Japanese offices
/// have. A folder that is named is taken whole.
const FAMILIES: [&str; 10] = [
    "ipaexgothic",
    "ipaexmincho",
    "ipamjmincho",
    "ipagothic",
    "ipamincho",
    "notosanscjkjp",
    "notoserifcjkjp",
    "notosansjp",
    "notoserifjp",
    "bizudgothic",
];

/// Where systems keep fonts.
const SYSTEM: [&str; 3] = ["/usr/local/share/fonts", "/usr/share/fonts", "/Library/Fonts"];

/// Files of a larger size are no fonts for text.
const LARGEST: u64 = 64 << 20;
/// Folders in each other.
const DEPTH: usize = 6;
/// Files that are looked at.
const FILES: usize = 20_000;

/// The fonts that pages are set in. Its clones share them.
#[derive(Clone)]
pub struct Fonts {
    pub(super) book: std::sync::Arc<LazyHash<FontBook>>,
    pub(super) fonts: std::sync::Arc<[Font]>,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.fonts.iter().map(|font| &font.info().family)).finish()
    }
}

impl Fonts {
    /// All fonts of these folders, in their order, and behind them those for Japanese in the system's folders: where two
    /// have the same family and style, or both have a character that no named family has, the first is taken.
    ///
    /// # Errors
    /// [`PaperError::Read`], [`PaperError::NoFontsIn`] if a folder has none, and [`PaperError::NoFonts`] if none has kana.
    pub fn find(folders: &[PathBuf]) -> Result<Self, PaperError> {
        let mut fonts: Vec<Font> = Vec::new();
        for folder in folders {
            let mut files = Vec::new();
            collect(folder, DEPTH, &mut files).map_err(|error| PaperError::Read { path: folder.clone(), error })?;
            if add(&mut fonts, files, |_| true, |_| true)? == 0 {
                return Err(PaperError::NoFontsIn(folder.clone()));
            }
        }
        let mut files = Vec::new();
        // What is not there, or not readable, is no place for fonts.
        SYSTEM.iter().for_each(|folder| drop(collect(Path::new(folder), DEPTH, &mut files)));
        let is_known = |font: &Font| FAMILIES.contains(&plain(&font.info().family).as_str());
        add(&mut fonts, files, may_be_known, is_known)?;
        if !fonts.iter().any(|font| font.info().coverage.contains('あ'.into())) {
            return Err(PaperError::NoFonts(PathBuf::from("/usr/share/fonts")));
        }
        let book = std::sync::Arc::new(LazyHash::new(FontBook::from_fonts(&fonts)));
        Ok(Self { book, fonts: fonts.into() })
    }

    /// The characters that no font has, each once. A form of a character that is asked for with a variation selector
    /// counts as missing: nobody's name is printed in another form than the register's.
    pub(super) fn missing<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<char> {
        let mut missing = Vec::new();
        for character in texts.flat_map(str::chars) {
            let has = |font: &Font| font.info().coverage.contains(character.into());
            let drawn = !character.is_whitespace() && (is_selector(character) || !self.fonts.iter().any(has));
            if drawn && !missing.contains(&character) {
                missing.push(character);
            }
        }
        missing
    }
}

/// Adds the fonts of files that may be meant and are, but for those that are there already; says how many are meant.
fn add(
    fonts: &mut Vec<Font>,
    mut files: Vec<PathBuf>,
    may_be_meant: impl Fn(&Path) -> bool,
    is_meant: impl Fn(&Font) -> bool,
) -> Result<usize, PaperError> {
    // One order on every machine: the first of two equals is taken.
    files.sort();
    let mut meant = 0;
    // A system's file is opened only if its name may be that of a family we know.
    for path in files.iter().filter(|path| may_be_meant(path)) {
        let bytes = std::fs::read(path).map_err(|error| PaperError::Read { path: path.clone(), error })?;
        for font in Font::iter(Bytes::new(bytes)).filter(&is_meant) {
            meant += 1;
            let info = font.info();
            if !fonts.iter().any(|other| other.info().family == info.family && other.info().variant == info.variant) {
                fonts.push(font);
            }
        }
    }
    Ok(meant)
}

/// Variation selectors (Unicode 23.4), which fonts need not list among their characters.
fn is_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// Names of files of the families that are known: `ipaexg.ttf`, `NotoSansCJK-Regular.ttc`, `ipamjm.ttf`.
fn may_be_known(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).map(plain).unwrap_or_default();
    ["ipa", "notosanscjk", "notoserifcjk", "notosansjp", "notoserifjp", "bizud", "fontsjapanese"]
        .iter()
        .any(|begin| stem.starts_with(begin))
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Ok(what) = std::fs::metadata(&path) else { continue };
        if what.is_dir() && depth > 0 {
            collect(&path, depth - 1, files)?;
        } else if what.is_file() && what.len() <= LARGEST && is_font(&path) && files.len() < FILES {
            files.push(path);
        }
    }
    Ok(())
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    ["ttf", "otf", "ttc", "otc"].contains(&extension.as_str())
}
