//! Files that are no pictures, no codes, or traps; and Aztec codes, which nothing here writes.

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{GrayImage, ImageFormat, Luma, imageops};

use super::*;

/// An Aztec code of 27 × 27 modules, made by zxing-cpp 3.1.1.
const AZTEC: &str = "\
.##...#.#...##.##...##.##..
..######...####...#...#####
#..#####.#.###...###.##..##
.###..##.######.#.##..#.#..
..##..###.##.##.##.#...##.#
###..#......#.....####.####
###...##.#.##..##..#...##.#
..###.#.##.###.#.#.####....
.##.##########.#..##...##.#
#..####.###########.##.###.
....#..###.......#..#......
.####...##.#####.##.#..#.#.
.###..####.#...#.##.##.#.#.
.###.....#.#.#.#.#.##.#..##
#..#..#.##.#...#.###...###.
...##.#..#.#####.#####..#..
##.#.#.#.#.......#.#...###.
#.###..#.##########.#...###
..##.........####.....#..##
.#.###..#...#.#.###.#..###.
#.###..#..#.#.#..#..####..#
.#...##.###.#######.###.#..
##..#..#.##...###..##.####.
#..####.#..#...#..##..##..#
..#.###...####.#..##.##....
#.###...#####...#..#..###..
.#..##.......##.##...#..#.#";
const AZTEC_TEXT: &str = "HC1:6BFOXN%TSMAHN-H6SKJPT.-7G2TZ971IV.P0PO36F0WS5RP25M5.-S$6QX0";

/// The Aztec code on white paper, `scale` pixels a module.
fn aztec(scale: u32) -> GrayImage {
    let rows: Vec<&[u8]> = AZTEC.lines().map(str::as_bytes).collect();
    let side = (rows.len() as u32 + 8) * scale;
    GrayImage::from_fn(side, side, |x, y| {
        let module = |at: u32| (at / scale).checked_sub(4).map_or(usize::MAX, |at| at as usize);
        let dark = rows.get(module(y)).and_then(|row| row.get(module(x))) == Some(&b'#');
        Luma([if dark { 20 } else { 230 }])
    })
}

fn file(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("a PNG file");
    bytes.into_inner()
}

fn error(bytes: &[u8]) -> PictureError {
    read_codes(bytes, &Limits::default()).expect_err("a refusal")
}

/// A PNG file that declares `side` × `side` pixels of eight bits and holds hardly any.
fn declared(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9C, 0x63, 0x60]).expect("some data");
    drop(writer);
    bytes
}

#[test]
fn an_aztec_code_is_read_turned_mirrored_and_inverted() {
    let upright = aztec(4);
    let mut inverted = upright.clone();
    imageops::invert(&mut inverted);
    let variants = [
        imageops::rotate90(&upright),
        imageops::rotate180(&upright),
        imageops::flip_horizontal(&upright),
        inverted,
        aztec(3),
        upright,
    ];
    for (at, variant) in variants.iter().enumerate() {
        let codes = read_codes(&file(variant), &Limits::default()).expect("a code");
        let expected = Code { text: AZTEC_TEXT.to_owned(), symbology: Symbology::Aztec, version: None };
        assert_eq!(codes, [expected], "variant {at}");
    }
}

#[test]
fn what_is_no_picture_is_called_so() {
    for bytes in [&b""[..], b"TG1:NOT A PICTURE", b"%PDF-1.7\n", b"GIF89a\x01\0\x01\0", &[0; 64]] {
        assert!(matches!(error(bytes), PictureError::NotAPicture));
    }
}

#[test]
fn a_cut_off_picture_is_called_damaged() {
    let whole = file(&aztec(4));
    for length in [20, 60, whole.len() / 2, whole.len() - 20] {
        assert!(matches!(error(&whole[..length]), PictureError::Damaged), "{length} bytes");
    }
}

#[test]
fn a_picture_of_one_pixel_or_one_row_has_no_code() {
    for (width, height) in [(1, 1), (1, 5000), (5000, 1), (7, 7), (30_000, 3)] {
        let picture = GrayImage::from_pixel(width, height, Luma([0]));
        assert!(matches!(error(&file(&picture)), PictureError::NoCode), "{width} x {height}");
    }
}

#[test]
fn a_picture_that_declares_too_much_is_refused_before_it_is_unpacked() {
    let begun = Instant::now();
    for side in [60_000, 2_000_000_000] {
        assert!(matches!(error(&declared(side)), PictureError::TooLarge), "{side} pixels a side");
    }
    assert!(begun.elapsed() < Duration::from_millis(50));
}

#[test]
fn each_limit_holds_by_itself() {
    let bytes = file(&aztec(4));
    let refused = |limits: Limits| matches!(read_codes(&bytes, &limits), Err(PictureError::TooLarge));
    let usual = Limits::default();
    assert!(!refused(usual));
    assert!(refused(Limits { bytes: bytes.len() - 1, ..usual }));
    assert!(refused(Limits { pixels: 140 * 140 - 1, ..usual }));
    assert!(refused(Limits { memory: 1000, ..usual }));
    assert!(!refused(Limits { bytes: bytes.len(), pixels: 140 * 140, ..usual }));
}

#[test]
fn no_time_is_no_code() {
    let limits = Limits { time: Duration::ZERO, ..Limits::default() };
    assert!(matches!(read_codes(&file(&aztec(4)), &limits), Err(PictureError::NoCode)));
}

#[test]
fn a_sheet_tiled_with_finder_patterns_is_left_at_the_deadline() {
    let ring = |at: u32| (at % 9).min(8 - at % 9);
    let trap = GrayImage::from_fn(3000, 3000, |x, y| {
        let dark = matches!(ring(x).min(ring(y)), 1 | 3 | 4);
        Luma([if dark { 0 } else { 255 }])
    });
    let bytes = file(&trap);
    let begun = Instant::now();
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    assert!(matches!(read_codes(&bytes, &limits), Err(PictureError::Unreadable | PictureError::NoCode)));
    // Unpacking and scaling are not charged to the deadline, and test machines are slow.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_file_that_cannot_be_opened_or_is_too_long_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = read_codes_in_file(&folder.path().join("missing.png"), &Limits::default());
    assert!(matches!(missing, Err(PictureError::File(_))));
    let path = folder.path().join("code.png");
    std::fs::write(&path, file(&aztec(4))).expect("a file");
    assert_eq!(read_codes_in_file(&path, &Limits::default()).expect("a code").len(), 1);
    let limits = Limits { bytes: 100, ..Limits::default() };
    assert!(matches!(read_codes_in_file(&path, &limits), Err(PictureError::TooLarge)));
}

#[test]
fn debug_output_does_not_tell_the_text() {
    let codes = read_codes(&file(&aztec(4)), &Limits::default()).expect("a code");
    assert_eq!(format!("{codes:?}"), "[Code { symbology: Aztec, .. }]");
}
