//! BER with definite lengths instead of indefinite ones (X.690 section 8.1.3.6), and octet strings in one
//! piece: what else BER allows, a reader of DER refuses.

use tegata_certificate::x509::der::{self, NotDer, tag};

/// Nesting of elements. A master list's certificates reach 12.
const MAX_DEPTH: usize = 32;

/// An octet string that is made of others.
const CONSTRUCTED_OCTET_STRING: u8 = 0x24;
const CONSTRUCTED: u8 = 0x20;
const INDEFINITE: u8 = 0x80;
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// Exactly one element, as DER would have its lengths.
pub(super) fn definite(bytes: &[u8]) -> Result<Vec<u8>, NotDer> {
    let mut rest = bytes;
    let mut out = Vec::with_capacity(bytes.len());
    copy_element(&mut rest, &mut out, MAX_DEPTH)?;
    if rest.is_empty() { Ok(out) } else { Err(NotDer) }
}

fn copy_element(rest: &mut &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(), NotDer> {
    let depth = depth.checked_sub(1).ok_or(NotDer)?;
    let (tag, length) = take_header(rest)?;
    let mut content = Vec::new();
    match length {
        None if tag & CONSTRUCTED == 0 => return Err(NotDer),
        None => {
            while !rest.starts_with(&END_OF_CONTENTS) {
                copy_part(tag, rest, &mut content, depth)?;
            }
            take(rest, END_OF_CONTENTS.len())?;
        }
        Some(length) => {
            let mut inside = take(rest, length)?;
            if tag & CONSTRUCTED == 0 {
                out.extend(der::element(tag, &[inside]));
                return Ok(());
            }
            while !inside.is_empty() {
                copy_part(tag, &mut inside, &mut content, depth)?;
            }
        }
    }
    let tag = if tag == CONSTRUCTED_OCTET_STRING { tag::OCTET_STRING } else { tag };
    out.extend(der::element(tag, &[&content]));
    Ok(())
}

/// One element inside another; of the parts of an octet string the contents only.
fn copy_part(outer: u8, rest: &mut &[u8], content: &mut Vec<u8>, depth: usize) -> Result<(), NotDer> {
    if outer != CONSTRUCTED_OCTET_STRING {
        return copy_element(rest, content, depth);
    }
    let mut part = Vec::new();
    copy_element(rest, &mut part, depth)?;
    content.extend_from_slice(der::Elements::new(&part).take(tag::OCTET_STRING)?.value);
    Ok(())
}

/// The tag, and the length if it is definite.
fn take_header(rest: &mut &[u8]) -> Result<(u8, Option<usize>), NotDer> {
    let (tag, first) = match take(rest, 2)? {
        [tag, first] if tag & 0x1f != 0x1f => (*tag, *first),
        _ => return Err(NotDer),
    };
    if first < INDEFINITE {
        return Ok((tag, Some(usize::from(first))));
    }
    if first == INDEFINITE {
        return Ok((tag, None));
    }
    let digits = der::without_leading_zeros(take(rest, usize::from(first & 0x7f))?);
    if digits.len() > 4 {
        return Err(NotDer);
    }
    let length =
        digits.iter().try_fold(0_usize, |length, digit| length.checked_mul(256)?.checked_add(usize::from(*digit)));
    length.map(|length| (tag, Some(length))).ok_or(NotDer)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], NotDer> {
    let (taken, after) = rest.split_at_checked(count).ok_or(NotDer)?;
    *rest = after;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_stays_as_it_is() {
        let long = der::element(tag::SEQUENCE, &[&der::element(tag::OCTET_STRING, &[&[7; 300]]), &[5, 0]]);
        assert_eq!(definite(&long), Ok(long.clone()));
    }

    #[test]
    fn indefinite_lengths_and_strings_in_pieces_become_one() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 1, 0x24, 3, 4, 1, 2, 0, 0, 5, 0, 0, 0];
        assert_eq!(definite(&ber), Ok(vec![0x30, 6, 4, 2, 1, 2, 5, 0]));
        assert_eq!(definite(&[4, 0x82, 0, 1, 9]), Ok(vec![4, 1, 9]), "a longer length than need be");
    }

    #[test]
    fn what_does_not_end_or_is_too_deep_is_refused() {
        for bad in
            [&[0x30, 0x80][..], &[0x30, 0x80, 0], &[4, 0x80, 0, 0], &[0x24, 3, 2, 1, 1], &[0x1f, 1, 0], &[5, 0, 0]]
        {
            assert_eq!(definite(bad), Err(NotDer), "{bad:02x?}");
        }
        assert_eq!(definite(&[0x30, 0x80].repeat(100_000)), Err(NotDer));
        assert_eq!(definite(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), Err(NotDer));
        assert_eq!(definite(&[0x30, 0xff]), Err(NotDer));
    }
}
