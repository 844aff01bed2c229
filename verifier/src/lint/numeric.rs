//! The texts of a card's codes.

use super::{IssueCode, Issues, trimmed};
use tegata_certificate::shc::{CHUNKS_MAX, Chunk, NumericError, SCHEME, SINGLE_MAX};

/// The most characters of a JWS in one of several codes.
const CHUNK_MAX: usize = 1_191;

/// The card that the codes make up, if they do.
pub(super) fn join(codes: &[&str], issues: &mut Issues) -> Option<String> {
    let texts: Vec<&str> = codes
        .iter()
        .map(|code| std::str::from_utf8(trimmed(code.as_bytes(), "code", issues)).unwrap_or_default())
        .collect();
    if codes.len() > 1 {
        issues.error(IssueCode::QrChunkingDeprecated, "code");
    }
    let mut chunks = Vec::with_capacity(texts.len());
    for (place, text) in texts.iter().enumerate() {
        let place = format!("code {}", place + 1);
        match Chunk::parse(text) {
            Ok(chunk) => chunks.push(chunk),
            Err(NumericError::TooLong) => issues.error(IssueCode::InvalidNumericQr, place),
            Err(_) => issues.error(IssueCode::InvalidNumericQrHeader, place),
        }
        if text.starts_with("SHC") {
            // Upper case is read; the specification writes it small.
            issues.warning(IssueCode::InvalidNumericQrHeader, SCHEME);
        }
    }
    if codes.is_empty() {
        issues.error(IssueCode::CriticalDataMissing, "code");
    }
    let first = chunks.first()?;
    if chunks.len() < codes.len() {
        return None;
    }
    if first.numbered && first.of == 1 {
        issues.warning(IssueCode::InvalidNumericQrHeader, "1/1");
    }
    if chunks.iter().any(|chunk| chunk.of != first.of) || first.of > CHUNKS_MAX {
        issues.error(IssueCode::InvalidNumericQrHeader, "code");
        return None;
    }
    put_in_order(&chunks, first.of, issues)
}

fn put_in_order(chunks: &[Chunk<'_>], of: usize, issues: &mut Issues) -> Option<String> {
    let mut parts: Vec<Option<String>> = vec![None; of];
    for chunk in chunks {
        let place = format!("code {}", chunk.index);
        let Ok(characters) = chunk.characters() else {
            issues.error(IssueCode::InvalidNumericQr, place);
            return None;
        };
        let most = if of > 1 { CHUNK_MAX } else { SINGLE_MAX };
        if characters.len() > most {
            issues.error(IssueCode::InvalidNumericQr, place.as_str());
        }
        let Some(part) = parts.get_mut(chunk.index.saturating_sub(1)) else { continue };
        if part.as_ref().is_some_and(|there| *there != characters) {
            issues.error(IssueCode::InvalidNumericQrHeader, place);
            return None;
        }
        *part = Some(characters);
    }
    let Some(jws) = parts.into_iter().collect::<Option<String>>() else {
        issues.error(IssueCode::MissingQrChunk, "code");
        return None;
    };
    if of > 1 && jws.len() <= SINGLE_MAX {
        issues.warning(IssueCode::InvalidQr, "code");
    }
    Some(jws)
}
