//! Weighs a file as a page would load it: compressed by brotli at its highest level.
//!
//! `weigh FILE MAX` prints the weight and ends with 1 if it is above MAX bytes.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, max] = arguments.as_slice() else {
        eprintln!("usage: weigh FILE MAX-BYTES");
        return ExitCode::from(2);
    };
    let (bytes, max) = match (std::fs::read(file), max.parse::<usize>()) {
        (Ok(bytes), Ok(max)) => (bytes, max),
        (Err(error), _) => return complain(&format!("{file}: {error}")),
        (_, Err(error)) => return complain(&format!("{max}: {error}")),
    };
    let mut compressed = Vec::new();
    let best = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    if let Err(error) = brotli::BrotliCompress(&mut bytes.as_slice(), &mut compressed, &best) {
        return complain(&error.to_string());
    }
    let weight = compressed.len();
    println!("the verifier's core as WebAssembly: {} bytes, {weight} compressed (at most {max})", bytes.len());
    if weight > max { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn complain(why: &str) -> ExitCode {
    eprintln!("error: {why}");
    ExitCode::from(2)
}
