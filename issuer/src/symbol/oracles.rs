//! The same symbols as two other encoders, module for module; and masks weighed as a plain reading of the standard does.

use super::*;
use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::optimize::Segment as TheirSegment;
use qrcode::types::Mode as TheirMode;
use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};
use segment::Mode;

const LEVELS: [EcLevel; 4] = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H];

/// Texts of all modes that fill that version at that level, or nearly.
fn texts(version: u8, level: EcLevel) -> Vec<String> {
    let filled = |make: &dyn Fn(usize) -> String| {
        let fit = |length: &usize| fits(&segment::segments(make(*length).as_bytes()), version, level);
        // The longest that fits, found by halving.
        let (mut fitting, mut too_long) = (0_usize, 8_000);
        while too_long - fitting > 1 {
            let middle = fitting.midpoint(too_long);
            if fit(&middle) { fitting = middle } else { too_long = middle }
        }
        make(fitting)
    };
    let mut state = u64::from(version) << 8 | level as u64 | 1 << 40;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(8_000)
    .collect();
    let of = |alphabet: &'static [u8]| {
        let noise = noise.clone();
        move |length: usize| {
            let character = |byte: &u8| char::from(alphabet[usize::from(*byte) % alphabet.len()]);
            noise[..length].iter().map(character).collect::<String>()
        }
    };
    let alphanumeric = of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:");
    let mut texts = vec![
        filled(&of(b"0123456789")),
        filled(&alphanumeric),
        filled(&of(b"abcdefghijklmnopqrstuvwxyz{}\"")),
        // Light and dark fields: masks and padding have much to do.
        filled(&|length| "0".repeat(length)),
    ];
    // Room for a terminator of less than four bits, and for padding.
    texts.extend([1, 2, 3].map(|short| texts[1][..texts[1].len().saturating_sub(short)].to_owned()));
    if version >= 5 {
        texts.push(filled(&|length| format!("shc:/{}", "56".repeat(length.div_ceil(2)))));
    }
    texts.retain(|text| !text.is_empty());
    texts
}

/// The mask that a symbol tells in its format information.
fn mask_of(symbol: &Symbol) -> u8 {
    let bit = |column: usize| symbol.rows[8][0] >> column & 1;
    // Bits 12, 11 and 10 of the information, which is turned over by 101 there.
    (bit(2) << 2 | bit(3) << 1 | bit(4)) as u8 ^ 0b101
}

fn modules(symbol: &Symbol) -> Vec<bool> {
    let side = symbol.modules();
    (0..side * side).map(|at| symbol.is_dark(at % side + QUIET_ZONE, at / side + QUIET_ZONE)).collect()
}

#[test]
fn every_version_level_and_mode_is_module_for_module_as_qrcodegen_draws_it() {
    for (version, level) in (1..=40).flat_map(|version| LEVELS.map(|level| (version, level))) {
        let theirs = [QrCodeEcc::Low, QrCodeEcc::Medium, QrCodeEcc::Quartile, QrCodeEcc::High][level as usize];
        for text in texts(version, level) {
            let symbol = Symbol::encode(&text, level).expect("fits");
            let segments: Vec<QrSegment> = segment::segments(text.as_bytes())
                .iter()
                .map(|segment| match (segment.mode, String::from_utf8_lossy(segment.bytes)) {
                    (Mode::Numeric, text) => QrSegment::make_numeric(&text),
                    (Mode::Alphanumeric, text) => QrSegment::make_alphanumeric(&text),
                    (Mode::Byte, text) => QrSegment::make_bytes(text.as_bytes()),
                })
                .collect();
            let number = Version::new(symbol.version());
            let mask = Some(Mask::new(mask_of(&symbol)));
            let code = QrCode::encode_segments_advanced(&segments, theirs, number, number, mask, false).expect("fits");
            let side = code.size();
            let drawn: Vec<bool> = (0..side * side).map(|at| code.get_module(at % side, at / side)).collect();
            assert!(modules(&symbol) == drawn, "version {version} {level}, {} characters", text.len());
        }
    }
}

#[test]
fn every_version_level_and_mode_is_module_for_module_as_qrcode_draws_it() {
    const MASKS: [MaskPattern; 8] = [
        MaskPattern::Checkerboard,
        MaskPattern::HorizontalLines,
        MaskPattern::VerticalLines,
        MaskPattern::DiagonalLines,
        MaskPattern::LargeCheckerboard,
        MaskPattern::Fields,
        MaskPattern::Diamonds,
        MaskPattern::Meadow,
    ];
    for (version, level) in (1..=40).flat_map(|version| LEVELS.map(|level| (version, level))) {
        let theirs = [qrcode::EcLevel::L, qrcode::EcLevel::M, qrcode::EcLevel::Q, qrcode::EcLevel::H][level as usize];
        for text in texts(version, level) {
            let symbol = Symbol::encode(&text, level).expect("fits");
            let number = qrcode::Version::Normal(i16::from(symbol.version()));
            let mut end = 0;
            let segments = segment::segments(text.as_bytes()).into_iter().map(|segment| {
                let begin = end;
                end += segment.bytes.len();
                let mode = match segment.mode {
                    Mode::Numeric => TheirMode::Numeric,
                    Mode::Alphanumeric => TheirMode::Alphanumeric,
                    Mode::Byte => TheirMode::Byte,
                };
                TheirSegment { mode, begin, end }
            });
            let mut bits = Bits::new(number);
            bits.push_segments(text.as_bytes(), segments).expect("fits");
            bits.push_terminator(theirs).expect("fits");
            let (data, correction) =
                qrcode::ec::construct_codewords(&bits.into_bytes(), number, theirs).expect("encodes");
            let mut canvas = Canvas::new(number, theirs);
            canvas.draw_all_functional_patterns();
            canvas.draw_data(&data, &correction);
            canvas.apply_mask(MASKS[usize::from(mask_of(&symbol))]);
            assert!(
                modules(&symbol)
                    == canvas.into_colors().iter().map(|color| *color == qrcode::Color::Dark).collect::<Vec<_>>(),
                "version {version} {level}, {} characters",
                text.len()
            );
        }
    }
}

/// The points of a symbol, module by module, as ISO/IEC 18004, 7.8.3 words it.
fn plainly(grid: &Grid) -> u32 {
    let side = grid.rows.len();
    let at = |row: usize, column: usize| grid.is_dark(row, column);
    let mut points = 0;
    for turned in [false, true] {
        for line in 0..side {
            let dark = |place: usize| if turned { at(place, line) } else { at(line, place) };
            let mut run = 0;
            for place in 0..side {
                run = if place > 0 && dark(place) == dark(place - 1) { run + 1 } else { 1 };
                points += match run {
                    5 => 3,
                    6.. => 1,
                    _ => 0,
                };
            }
            for place in 0..side - 6 {
                let finder = [true, false, true, true, true, false, true];
                let light = |mut places: std::ops::Range<isize>| {
                    places.all(|place| {
                        usize::try_from(place).is_ok_and(|place| place >= side || !dark(place)) || place < 0
                    })
                };
                let (begin, end) = (place as isize, place as isize + 7);
                let alike = finder.iter().enumerate().all(|(offset, expected)| dark(place + offset) == *expected);
                if alike && (light(begin - 4..begin) || light(end..end + 4)) {
                    points += 40;
                }
            }
        }
    }
    for (row, column) in (1..side).flat_map(|row| (1..side).map(move |column| (row, column))) {
        let colour = at(row, column);
        if [at(row - 1, column), at(row, column - 1), at(row - 1, column - 1)].iter().all(|other| *other == colour) {
            points += 3;
        }
    }
    let dark = (0..side).map(|row| (0..side).filter(|column| at(row, *column)).count()).sum::<usize>();
    let percent = dark as f64 * 100.0 / (side * side) as f64;
    points + ((percent - 50.0).abs() / 5.0).floor() as u32 * 10
}

#[test]
fn masks_are_weighed_as_the_standard_words_it_and_the_best_is_taken() {
    for version in 1..=40 {
        let level = LEVELS[usize::from(version) % 4];
        for text in texts(version, level) {
            let symbol = Symbol::encode(&text, level).expect("fits");
            let segments = segment::segments(text.as_bytes());
            let grid = place(symbol.version(), &codewords(&segments, symbol.version(), level));
            let points: Vec<u32> =
                (0..MASKS).map(|mask| plainly(&masked(&grid, symbol.version(), level, mask))).collect();
            for (mask, plain) in points.iter().enumerate() {
                assert_eq!(penalty::points(&masked(&grid, symbol.version(), level, mask)), *plain, "version {version}");
            }
            assert_eq!(points[usize::from(mask_of(&symbol))], *points.iter().min().expect("masks"), "{points:?}");
        }
    }
}
