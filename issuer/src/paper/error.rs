//! Why there is no paper.

use std::io;
use std::path::PathBuf;

/// Why nothing is printed. No message tells of a person.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// No font was found.
    #[error(
        "no font for Japanese was found in {}: install one (Debian: apt-get install fonts-ipaexfont), or name a folder of fonts with --fonts",
        .0.display()
    )]
    NoFonts(PathBuf),
    /// A folder of fonts has none.
    #[error("no font was found in {}: name a folder with files that end in .ttf, .otf, .ttc or .otc", .0.display())]
    NoFontsIn(PathBuf),
    /// A file or folder cannot be read.
    #[error("cannot read {}: {error}; look at its name and rights", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// A folder of templates that is none.
    #[error("the templates in {}: {problem}; begin with those that tegata-issuer print-templates DIR writes", folder.display())]
    Template {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A template that cannot be written out.
    #[error("cannot write the template {}: {error}; name a folder that is empty or not there", path.display())]
    WriteTemplate {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The template does not compile.
    #[error("the template does not compile: {0}; mend it, or print without --templates")]
    Compile(String),
    /// What the template makes is no PDF for archives and for everybody.
    #[error("the pages are not PDF/A-3a and PDF/UA-1: {0}; mend the template, or print without --templates")]
    Standard(String),
    /// The template does not make one page of each sheet.
    #[error(
        "the template makes {pages} pages of {sheets} sheets: it must make one page of each; mend it, or print without --templates"
    )]
    Pages {
        /// Pages.
        pages: usize,
        /// Sheets.
        sheets: usize,
    },
    /// A letter goes nowhere.
    #[error(
        "a letter needs an address: give the person one in the file of --addresses, or print a kiosk sheet or a card"
    )]
    NoAddress,
    /// The modules would be too small on a card.
    #[error("the code has too many modules for a card: print a letter or a kiosk sheet, or issue compact")]
    Dense,
    /// No font has some characters.
    #[error("no font has {}: add one that has (IPAmj Mincho has the characters of the family registers) with --fonts", spelled(.0))]
    Characters(Vec<char>),
    /// There is no symbol of the text.
    #[error(transparent)]
    Symbol(#[from] crate::SymbolError),
    /// What was printed is not read back.
    #[error(
        "the code on the page is not read back as it was issued: the page is not given out; look at the template (size, colours, what lies over the code)"
    )]
    NotReadBack,
    /// A file that is no manifest.
    #[error("{} is no manifest of a print run: name the manifest.csv that tegata-issuer print wrote", .0.display())]
    Manifest(PathBuf),
    /// A file that is no PDF.
    #[error("{} is no PDF that can be read: give the file as it was printed", .0.display())]
    NotPdf(PathBuf),
}

/// Characters as messages name them: by their numbers, because the terminal may have no font for them either.
fn spelled(characters: &[char]) -> String {
    let all: Vec<String> = characters.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect();
    all.join(", ")
}
