//! Says what a file weighs as a web server sends it, compressed by brotli as well as it can be, and fails beyond a
//! bound: `tegata-weigh FILE MAX_BYTES`.

use brotli::enc::BrotliEncoderParams;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, max] = arguments.as_slice() else {
        eprintln!("usage: tegata-weigh FILE MAX_BYTES");
        return ExitCode::from(2);
    };
    let Ok(max) = max.parse::<usize>() else {
        eprintln!("{max}: not a number of bytes");
        return ExitCode::from(2);
    };
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{file}: {error}");
            return ExitCode::from(2);
        }
    };
    let compressed = compressed_length(&bytes);
    println!("{} bytes, {compressed} compressed, of at most {max}", bytes.len());
    if compressed <= max { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The length of a file after brotli of the highest quality, with its largest window.
fn compressed_length(bytes: &[u8]) -> usize {
    let parameters = BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
    let mut compressed = Vec::new();
    // From memory to memory: nothing can fail to be read or written.
    let written = brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &parameters);
    written.unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::compressed_length;

    #[test]
    fn what_repeats_weighs_little_and_what_does_not_all_of_it() {
        assert!(compressed_length(&[7; 100_000]) < 100);
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(100_000)
        .collect();
        assert!((99_000..101_000).contains(&compressed_length(&noise)));
    }
}
