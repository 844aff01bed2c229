//! What the issuer draws, the verifier reads.

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use proptest::prelude::*;
use std::io::Cursor;
use tegata_issuer::{EcLevel, Palette, Symbol};
use tegata_verifier::tool::{Limits, Symbology, read_codes};

/// The Base45 alphabet (RFC 9285), which is the alphanumeric set of QR codes.
pub const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// A certificate-like text of `length` characters that differs with `seed`.
pub fn text(length: usize, seed: u64) -> String {
    let alphabet: Vec<char> = ALPHABET.chars().collect();
    let mut noise = Noise(seed);
    let body = std::iter::repeat_with(|| alphabet[noise.below(45)]);
    "TG1:".chars().chain(body).take(length).collect()
}

/// A small deterministic generator (SplitMix64): the same pictures on every machine.
pub struct Noise(pub u64);

impl Noise {
    pub fn below(&mut self, bound: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound) as usize
    }
}

/// The texts read from a picture file.
pub fn read(picture: &[u8]) -> Vec<String> {
    let codes = read_codes(picture, &Limits::default()).unwrap_or_default();
    assert!(codes.iter().all(|code| code.symbology == Symbology::Qr));
    codes.into_iter().map(|code| code.text).collect()
}

/// A picture as a PNG file.
pub fn file(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.into().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).expect("a PNG file");
    bytes
}

/// For each version up to `last` a text that fills it at level M, all but a few characters.
fn filled(last: u8) -> Vec<(String, Symbol)> {
    let mut filled: Vec<(String, Symbol)> = Vec::new();
    for length in (10..).step_by(7) {
        let text = text(length, length as u64);
        let symbol = Symbol::encode(&text, EcLevel::M).expect("a symbol");
        if symbol.version() > last {
            break;
        }
        if filled.last().is_some_and(|(_, before)| before.version() == symbol.version()) {
            filled.pop();
        }
        filled.push((text, symbol));
    }
    filled
}

#[test]
fn every_version_up_to_25_is_read_back_from_its_picture() {
    let filled = filled(25);
    assert!(filled.iter().map(|(_, symbol)| symbol.version()).eq(1..=25));
    for (text, symbol) in filled {
        for scale in [1, 2, 3, Symbol::DEFAULT_PIXELS_PER_MODULE] {
            let picture = symbol.png(scale).expect("a picture");
            assert_eq!(read(&picture), [text.as_str()], "version {} at {scale} pixels", symbol.version());
        }
    }
}

#[test]
fn every_level_and_every_kind_of_text_is_read_back() {
    let digits = format!("shc:/{}", "1234567890".repeat(40));
    let json = r#"{"data":{"hdr":{"is":"UTO","t":"icao.vacc"},"msg":{"pid":{"n":"手形 さくら"}}}}"#;
    for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
        for text in [digits.as_str(), json, "31415926535", &text(500, 1)] {
            let symbol = Symbol::encode(text, level).expect("a symbol");
            assert_eq!(read(&symbol.png(4).expect("a picture")), [text], "level {level}");
        }
    }
}

#[test]
fn the_svg_rasterised_at_150_dots_per_inch_is_read_back() {
    for (length, seed) in [(260, 1), (300, 2), (520, 3), (1200, 4)] {
        let text = text(length, seed);
        let symbol = Symbol::encode(&text, EcLevel::M).expect("a symbol");
        assert_eq!(read(&rasterised(&symbol.svg(), 150.0)), [text]);
    }
}

/// An SVG document drawn at its own size in print, with `dots` a inch.
pub fn rasterised(svg: &str, dots: f32) -> Vec<u8> {
    let options = resvg::usvg::Options { dpi: dots, ..Default::default() };
    let tree = resvg::usvg::Tree::from_str(svg, &options).expect("an SVG document");
    let size = tree.size().to_int_size();
    let mut canvas = resvg::tiny_skia::Pixmap::new(size.width(), size.height()).expect("a size");
    resvg::render(&tree, resvg::tiny_skia::Transform::identity(), &mut canvas.as_mut());
    canvas.encode_png().expect("a PNG file")
}

#[test]
fn the_terminal_drawing_is_read_back_in_either_palette() {
    for palette in [Palette::BlackOnWhite, Palette::Plain] {
        let text = text(290, 5);
        let drawing = Symbol::encode(&text, EcLevel::M).expect("a symbol").terminal(palette);
        assert_eq!(read(&file(screen(&drawing, palette))), [text], "{palette:?}");
    }
}

/// A terminal that shows `drawing` in cells of 8 × 16 pixels, light text on a dark ground.
fn screen(drawing: &str, palette: Palette) -> GrayImage {
    let bare = drawing.replace("\u{1b}[38;5;16;48;5;231m", "").replace("\u{1b}[0m", "");
    let lines: Vec<Vec<char>> = bare.lines().map(|line| line.chars().collect()).collect();
    let (ink, ground) = match palette {
        Palette::BlackOnWhite => (0, 255),
        Palette::Plain => (230, 20),
    };
    let (width, height) = (lines[0].len() as u32 * 8, lines.len() as u32 * 16);
    GrayImage::from_fn(width + 80, height + 80, |x, y| {
        let (Some(x), Some(y)) = (x.checked_sub(40), y.checked_sub(40)) else { return Luma([20]) };
        let cell = lines.get(y as usize / 16).and_then(|line| line.get(x as usize / 8));
        let upper = y % 16 < 8;
        Luma([match cell {
            Some('█') => ink,
            Some('▀') if upper => ink,
            Some('▄') if !upper => ink,
            Some(_) => ground,
            None => 20,
        }])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_back_from_a_screenshot(text in "[0-9A-Z $%*+./:-]{1,400}|[ -~]{1,200}|\\PC{1,80}") {
        let symbol = Symbol::encode(&text, EcLevel::M).expect("a symbol");
        prop_assert_eq!(read(&symbol.png(3).expect("a picture")), [text]);
    }
}
