//! zlib (RFC 1950) and raw DEFLATE streams (RFC 1951), with the output capped while it grows, so that a code
//! of four thousand characters cannot become four million bytes.

use super::FrameError;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::cell::RefCell;

/// The most that any text may inflate to, in bytes. The largest published certificate has 870.
pub const INFLATED_MAX: usize = 64 * 1024;

/// The first byte of a zlib stream as every issuer writes it: deflate, 32 KiB window.
pub const ZLIB_HEADER: u8 = 0x78;

/// Inflates one whole zlib stream.
///
/// # Errors
/// [`FrameError::Inflate`] if it is not exactly one intact stream without a preset dictionary;
/// [`FrameError::TooLarge`] beyond [`INFLATED_MAX`] bytes.
pub fn inflate(bytes: &[u8]) -> Result<Vec<u8>, FrameError> {
    // Signatures do not compress: twice the input holds nearly every certificate without growing.
    unpack(true, bytes, bytes.len() * 2 + 64)
}

/// Inflates one whole raw DEFLATE stream, without header or checksum.
///
/// # Errors
/// As [`inflate`].
pub fn inflate_raw(bytes: &[u8]) -> Result<Vec<u8>, FrameError> {
    // Health cards are FHIR: four times the input holds nearly all of them.
    unpack(false, bytes, bytes.len() * 4 + 64)
}

thread_local! {
    /// An inflater for all streams of a thread: a new one takes as long as a third of a certificate.
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(true));
}

fn unpack(zlib: bool, bytes: &[u8], room: usize) -> Result<Vec<u8>, FrameError> {
    INFLATER.with_borrow_mut(|state| unpack_by(state, zlib, bytes, room))
}

fn unpack_by(state: &mut Decompress, zlib: bool, bytes: &[u8], mut room: usize) -> Result<Vec<u8>, FrameError> {
    loop {
        room = room.min(INFLATED_MAX);
        let mut out = Vec::with_capacity(room);
        state.reset(zlib);
        let status = state.decompress_vec(bytes, &mut out, FlushDecompress::Finish).map_err(|_| FrameError::Inflate)?;
        if status == Status::StreamEnd {
            let whole = usize::try_from(state.total_in()) == Ok(bytes.len());
            return if whole { Ok(out) } else { Err(FrameError::Inflate) };
        }
        // With room to spare: the stream stops short.
        if out.len() < out.capacity() {
            return Err(FrameError::Inflate);
        }
        if out.len() >= INFLATED_MAX {
            return Err(FrameError::TooLarge);
        }
        // From the beginning: an inflater that was told to finish and had no room goes on in zlib-rs, and fails in
        // miniz_oxide, which pages have.
        room = out.capacity() * 2;
    }
}

/// Deflates into a zlib stream at the highest level.
///
/// # Errors
/// [`FrameError::TooLarge`] for more than [`INFLATED_MAX`] bytes, which no reader would take back.
pub fn deflate(bytes: &[u8]) -> Result<Vec<u8>, FrameError> {
    pack(Compress::new(Compression::best(), true), bytes)
}

/// Deflates into a raw stream at the highest level.
///
/// # Errors
/// As [`deflate`].
pub fn deflate_raw(bytes: &[u8]) -> Result<Vec<u8>, FrameError> {
    pack(Compress::new(Compression::best(), false), bytes)
}

fn pack(mut state: Compress, bytes: &[u8]) -> Result<Vec<u8>, FrameError> {
    if bytes.len() > INFLATED_MAX {
        return Err(FrameError::TooLarge);
    }
    // Stored blocks bound the growth: 5 bytes for each 16 KiB, and header and checksum.
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 64);
    match state.compress_vec(bytes, &mut out, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => Ok(out),
        _ => Err(FrameError::Inflate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deflated_inflates_to_itself() {
        for length in [0usize, 1, 63, 400, 5_000, INFLATED_MAX] {
            let bytes: Vec<u8> = (0..length).map(|i| (i * i % 251) as u8).collect();
            assert_eq!(inflate(&deflate(&bytes).expect("small")).as_deref(), Ok(&bytes[..]));
            assert_eq!(inflate_raw(&deflate_raw(&bytes).expect("small")).as_deref(), Ok(&bytes[..]));
        }
        assert_eq!(deflate(&vec![0; INFLATED_MAX + 1]), Err(FrameError::TooLarge));
    }

    #[test]
    fn a_stream_one_byte_too_long_is_refused_at_the_cap() {
        let mut state = Compress::new(Compression::best(), true);
        let mut bomb = Vec::with_capacity(10_000);
        state.compress_vec(&vec![0; INFLATED_MAX + 1], &mut bomb, FlushCompress::Finish).expect("compresses");
        assert_eq!(inflate(&bomb), Err(FrameError::TooLarge));
        // Without its header of two bytes it is a raw stream, with a checksum too many that is not come to.
        assert_eq!(inflate_raw(&bomb[2..]), Err(FrameError::TooLarge));
    }

    #[test]
    fn a_stream_with_anything_missing_changed_or_added_is_refused() {
        let stream = deflate(b"the same text, the same text, the same text").expect("small");
        for end in 0..stream.len() {
            assert_eq!(inflate(&stream[..end]), Err(FrameError::Inflate), "cut at {end}");
        }
        let raw = deflate_raw(b"the same text, the same text, the same text").expect("small");
        for end in 0..raw.len() {
            assert_eq!(inflate_raw(&raw[..end]), Err(FrameError::Inflate), "raw, cut at {end}");
        }
        assert_eq!(inflate_raw(&[raw.as_slice(), &[0]].concat()), Err(FrameError::Inflate));
        assert_eq!(inflate_raw(&stream), Err(FrameError::Inflate), "a zlib stream is no raw one");
        let mut longer = stream.clone();
        longer.push(0);
        assert_eq!(inflate(&longer), Err(FrameError::Inflate));
        let mut wrong_checksum = stream.clone();
        *wrong_checksum.last_mut().expect("not empty") ^= 1;
        assert_eq!(inflate(&wrong_checksum), Err(FrameError::Inflate));
    }
}
