//! One file a command.

pub mod account;
pub mod approvals;
pub mod audit;
pub mod breach_report;
pub mod confirm;
pub mod correct;
pub mod csr;
pub mod explain;
pub mod export;
pub mod health_cards;
pub mod import;
pub mod issue;
pub mod jobs;
pub mod letters;
pub mod lint_print;
mod lists;
pub mod print;
mod progress;
pub mod register;
mod register_arguments;
pub mod retention;
pub mod review;
pub mod sample;
pub mod serve;
mod signing;
pub mod station;
pub mod status;
mod terminal;
mod times;
pub mod withdraw;

use crate::error::CommandError;
use clap::ValueEnum;
use std::io::{BufWriter, Write};
use std::path::Path;
use tegata_issuer::check::{Code, Language};
use tegata_issuer::{Encoding, RegisterNumber};

/// The device's time.
pub fn now() -> tegata_certificate::UnixTime {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    tegata_certificate::UnixTime(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
}

/// Today in Japan, where the registers are kept.
pub fn today() -> tegata_certificate::Date {
    const JAPAN: i64 = 9 * 3600;
    // A clock beyond year 9999 is no clock; the last day then refuses nothing wrongly.
    now()
        .plus(JAPAN)
        .date()
        .or_else(|| tegata_certificate::UnixTime::MAX.date())
        .unwrap_or_else(|| unreachable!("year 9999 has a last day"))
}

/// Reads a finding's number or name as an argument.
fn parse_code(text: &str) -> Result<Code, String> {
    Code::find(text).ok_or_else(|| "not a finding's number or name, such as E012; `explain` lists them".to_owned())
}

/// Writes a file that only its owner may read, and which is there only once it is whole.
fn whole_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<(), CommandError>) -> Result<(), CommandError> {
    let failed = |error| CommandError::Write { file: path.display().to_string(), error };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let file = tempfile::Builder::new().prefix(".part-").tempfile_in(folder).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 18, file);
    write(&mut out)?;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Reads a person's number as an argument.
fn parse_number(text: &str) -> Result<RegisterNumber, String> {
    RegisterNumber::parse(text)
        .ok_or_else(|| "a number in the register has 1 to 20 letters, digits and hyphens".to_owned())
}

/// Names of encodings.
#[derive(Clone, Copy, ValueEnum)]
pub enum EncodingName {
    /// UTF-8 without a byte order mark
    #[value(name = "utf-8")]
    Utf8,
    /// UTF-8 with a byte order mark
    #[value(name = "utf-8-bom")]
    Utf8Bom,
    /// Windows code page 932 (Shift_JIS)
    Cp932,
    /// EUC-JP
    EucJp,
}

impl From<EncodingName> for Encoding {
    fn from(name: EncodingName) -> Self {
        match name {
            EncodingName::Utf8 => Self::Utf8,
            EncodingName::Utf8Bom => Self::Utf8Bom,
            EncodingName::Cp932 => Self::Cp932,
            EncodingName::EucJp => Self::EucJp,
        }
    }
}

/// Names of languages.
#[derive(Clone, Copy, ValueEnum)]
pub enum LanguageName {
    /// Japanese
    Ja,
    /// English
    En,
}

impl LanguageName {
    /// The language asked for, otherwise the locale's: Japanese for `ja…`, English for any other.
    pub fn or_locale(name: Option<Self>) -> Language {
        let locale = || {
            ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|locale| !locale.is_empty()))
        };
        match name {
            Some(Self::Ja) => Language::Ja,
            Some(Self::En) => Language::En,
            None if locale().is_some_and(|locale| locale.starts_with("ja")) => Language::Ja,
            None => Language::En,
        }
    }
}
