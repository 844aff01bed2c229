//! What the command line is given, as scanned texts.

use super::picture::{Limits, PictureError, read_codes};
use crate::Reason;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;
use tegata_certificate::shc::{CarrierError, cards_in};
use tegata_certificate::{DecodeError, Format, Sealed};

/// The longest line that is read whole, in bytes. The longest text that is judged, a health card without its code,
/// has half of that: one just over the limit is still called too long.
const LINE_MAX: u64 = 128 * 1024;

/// One scan: a text, or the reason why there is none.
#[derive(Clone, PartialEq, Eq)]
pub enum Scan {
    /// The text of a code.
    Text(String),
    /// No text came out of it.
    Unreadable(Reason),
}

/// Why an argument could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Neither the text of a certificate nor a file that is there.
    #[error(
        "there is no file {0:?}, and it is not the text of a certificate\n  remedy: check the name; to check texts, give them one a line on standard input: tegata-verifier verify -"
    )]
    NoSuchFile(String),
    /// The file cannot be read.
    #[error("cannot read {0:?}: {1}\n  remedy: check the name and who may read it")]
    File(String, #[source] io::Error),
    /// Standard input cannot be read.
    #[error("cannot read standard input: {0}\n  remedy: check what sends the texts")]
    Stdin(#[source] io::Error),
}

/// The scans of one argument: the text of a certificate, a picture, a file of texts, or a file of health cards.
///
/// # Errors
/// [`InputError`] if there is no such file, or it cannot be read.
pub fn scan_argument(argument: &str, limits: &Limits) -> Result<Vec<Scan>, InputError> {
    if announces_a_certificate(argument) {
        return Ok(vec![Scan::Text(argument.to_owned())]);
    }
    if let Some(cards) = scan_cards(argument.as_bytes()) {
        return Ok(cards);
    }
    if !Path::new(argument).exists() {
        return Err(InputError::NoSuchFile(argument.to_owned()));
    }
    let fail = |error| InputError::File(argument.to_owned(), error);
    let mut bytes = Vec::new();
    let cap = limits.bytes as u64 + 1;
    File::open(argument).and_then(|file| file.take(cap).read_to_end(&mut bytes)).map_err(fail)?;
    match read_codes(&bytes, limits) {
        Ok(codes) => Ok(codes.into_iter().map(|code| Scan::Text(code.text)).collect()),
        Err(PictureError::NotAPicture) if let Some(cards) = scan_cards(&bytes) => Ok(cards),
        Err(PictureError::NotAPicture) if let Some(text) = text_over_lines(&bytes) => Ok(vec![Scan::Text(text)]),
        Err(PictureError::NotAPicture) if is_file_of_texts(&bytes) => {
            let mut scans = Vec::new();
            scan_lines(&mut bytes.as_slice(), |scan| {
                scans.push(scan);
                Ok(())
            })
            .map_err(fail)?;
            Ok(scans)
        }
        Err(PictureError::File(error)) => Err(fail(error)),
        Err(PictureError::NotAPicture) => Ok(vec![Scan::Unreadable(Reason::NotAPicture)]),
        Err(PictureError::Damaged) => Ok(vec![Scan::Unreadable(Reason::DamagedPicture)]),
        Err(PictureError::TooLarge) => Ok(vec![Scan::Unreadable(Reason::PictureTooLarge)]),
        Err(PictureError::NoCode) => Ok(vec![Scan::Unreadable(Reason::NoCode)]),
        Err(PictureError::Unreadable) => Ok(vec![Scan::Unreadable(Reason::UnreadableCode)]),
    }
}

/// Whether a text begins as a family that is known.
fn announces_a_certificate(text: &str) -> bool {
    !matches!(Format::recognise(text), Err(DecodeError::UnknownPrefix))
}

/// The cards of a `.smart-health-card` file or a `$health-cards-issue` answer; `None` for anything else.
fn scan_cards(bytes: &[u8]) -> Option<Vec<Scan>> {
    match cards_in(bytes) {
        Ok(cards) => Some(cards.into_iter().map(Scan::Text).collect()),
        Err(CarrierError::Form) => None,
        Err(CarrierError::TooLarge) if !bytes.trim_ascii_start().starts_with(b"{") => None,
        Err(_) => Some(vec![Scan::Unreadable(Reason::NotACertificate)]),
    }
}

/// The text of one certificate that is written over many lines, as collectors of seals keep them.
fn text_over_lines(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end_matches(['\r', '\n']);
    let whole = bytes.len() as u64 <= LINE_MAX && text.contains('\n') && Sealed::decode(text).is_ok();
    whole.then(|| text.to_owned())
}

fn is_file_of_texts(bytes: &[u8]) -> bool {
    let first = bytes.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    std::str::from_utf8(first).is_ok_and(announces_a_certificate)
}

/// Hands on one text a line as it comes, in bounded memory. Line ends are cut off, and nothing else:
/// a blank is data in base45. Lines without anything else are passed over. A line that is a file of health cards
/// gives each of them.
///
/// # Errors
/// What reading gives, or `each`.
pub fn scan_lines(reader: &mut impl BufRead, mut each: impl FnMut(Scan) -> io::Result<()>) -> io::Result<()> {
    let cap = LINE_MAX;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.by_ref().take(cap).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let complete = line.last() == Some(&b'\n');
        if !complete && line.len() as u64 == cap {
            reader.skip_until(b'\n')?;
        }
        let end = line.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |last| last + 1);
        line.truncate(end);
        if line.trim_ascii().is_empty() {
            continue;
        }
        if line.starts_with(b"{")
            && let Some(cards) = scan_cards(&line)
        {
            cards.into_iter().try_for_each(&mut each)?;
            continue;
        }
        each(match std::str::from_utf8(&line) {
            Ok(text) => Scan::Text(text.to_owned()),
            Err(_) => Scan::Unreadable(Reason::NotACertificate),
        })?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Scan> {
        let mut scans = Vec::new();
        scan_lines(&mut io::BufReader::new(bytes), |scan| {
            scans.push(scan);
            Ok(())
        })
        .unwrap();
        scans
    }

    #[test]
    fn line_ends_are_cut_and_blanks_are_kept() {
        let text = |text: &str| Scan::Text(text.to_owned());
        assert!(lines(b"HC1: A \r\n\nTG1:B") == [text("HC1: A "), text("TG1:B")]);
        assert!(lines(b" \t\n shc:/56\n") == [text(" shc:/56")]);
        assert!(lines(b"\xff\xfe\n") == [Scan::Unreadable(Reason::NotACertificate)]);
        assert!(lines(b"{\"verifiableCredential\":[\"a.b.c\",\"d.e.f\"]}\n") == [text("a.b.c"), text("d.e.f")]);
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory_and_one_verdict() {
        let mut long = vec![b'A'; 1 << 20];
        long.extend(b"\nTG1:B\n");
        let scans = lines(&long);
        assert_eq!(scans.len(), 2);
        assert!(matches!(&scans[0], Scan::Text(text) if text.len() as u64 == LINE_MAX));
    }
}
