//! What a symbol promises to its readers.

use super::*;

/// A Base45-like text of `length` characters, every character of the alphanumeric set among them.
fn alphanumeric(length: usize) -> String {
    "TG1:".chars().chain("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".chars().cycle()).take(length).collect()
}

/// The picture's rows of pixels, `true` black, as another decoder sees them.
fn pixels(file: &[u8]) -> (png::Info<'static>, Vec<Vec<bool>>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG file");
    let info = reader.info().clone();
    let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut bytes).expect("pixels");
    let rows = bytes
        .chunks(bytes.len() / info.height as usize)
        .map(|row| (0..info.width as usize).map(|x| row[x / 8] & (0x80 >> (x % 8)) == 0).collect())
        .collect();
    (info, rows)
}

#[test]
fn an_alphanumeric_text_takes_the_version_that_the_standard_tabulates() {
    // ISO/IEC 18004, table 7: capacity of alphanumeric mode at level M.
    let capacity = [(1, 20), (5, 122), (9, 262), (10, 311), (14, 528), (26, 1542), (27, 1637), (40, 3391)];
    for (version, characters) in capacity {
        let symbol = Symbol::encode(&alphanumeric(characters), EcLevel::M).expect("a symbol");
        assert_eq!(symbol.version(), version);
        assert_eq!(symbol.modules(), 17 + 4 * usize::from(version));
        if version < 40 {
            let next = Symbol::encode(&alphanumeric(characters + 1), EcLevel::M).expect("a symbol");
            assert_eq!(next.version(), version + 1, "{characters} characters fill version {version}");
        }
    }
}

#[test]
fn a_text_too_long_for_version_40_is_refused_by_its_length_alone() {
    for (level, capacity) in [(EcLevel::L, 4296), (EcLevel::M, 3391), (EcLevel::Q, 2420), (EcLevel::H, 1852)] {
        assert!(Symbol::encode(&alphanumeric(capacity), level).is_ok());
        let refused = Symbol::encode(&alphanumeric(capacity + 1), level);
        assert!(matches!(refused, Err(SymbolError::TooLong { bytes, .. }) if bytes == capacity + 1));
    }
    assert!(matches!(Symbol::encode("", EcLevel::M), Err(SymbolError::Empty)));
}

#[test]
fn a_health_card_is_one_byte_and_one_numeric_segment() {
    // Version 22 at level L holds 8,048 bits: 60 for five bytes with their header, 16 for the
    // header of the digits, and ten for every three digits.
    let version = |digits: usize| {
        let text = format!("shc:/{}", "5".repeat(digits));
        Symbol::encode(&text, EcLevel::L).expect("a symbol").version()
    };
    assert_eq!(version(2391), 22);
    assert_eq!(version(2392), 23);
}

#[test]
fn a_health_card_takes_a_lower_level_rather_than_a_larger_symbol() {
    use segment::Mode;
    // Characters of a JWS that version 22 holds at each level (SMART Health Cards 1.4.0), two digits each.
    for (level, characters) in [(EcLevel::L, 1195), (EcLevel::M, 927), (EcLevel::Q, 670), (EcLevel::H, 519)] {
        let text = format!("shc:/{}", "56".repeat(characters));
        let modes: Vec<_> = segment::segments(text.as_bytes()).iter().map(|s| (s.mode, s.bytes.len())).collect();
        assert_eq!(modes, [(Mode::Byte, 5), (Mode::Numeric, text.len() - 5)]);
        let symbol = Symbol::encode_within(&text, EcLevel::H, 22).expect("a symbol");
        assert_eq!((symbol.version(), symbol.level()), (22, level));
        let longer = Symbol::encode_within(&format!("{text}56"), level, 22);
        match level {
            EcLevel::L => assert!(matches!(longer, Err(SymbolError::TooLong { .. }))),
            _ => assert!(longer.is_ok_and(|symbol| symbol.level() < level && symbol.version() <= 22)),
        }
    }
    let small = Symbol::encode_within("TG1:", EcLevel::M, 40).expect("a symbol");
    assert_eq!((small.version(), small.level()), (1, EcLevel::M));
}

#[test]
fn every_drawing_has_a_quiet_zone_of_four_white_modules_and_the_finder_pattern_after_it() {
    let symbol = Symbol::encode(&alphanumeric(300), EcLevel::M).expect("a symbol");
    let (_, rows) = pixels(&symbol.png(3).expect("a picture"));
    let side = (symbol.modules() + 8) * 3;
    assert_eq!((rows.len(), rows[0].len()), (side, side));
    let margin = 12;
    for (y, row) in rows.iter().enumerate() {
        for (x, black) in row.iter().enumerate() {
            let outside = [x, y].into_iter().any(|at| at < margin || at >= side - margin);
            assert!(!(outside && *black), "black in the quiet zone at {x}, {y}");
        }
    }
    let ring: Vec<bool> = (0..8).map(|module| rows[margin + 9][margin + 3 * module]).collect();
    assert_eq!(ring, [true, false, true, true, true, false, true, false]);
}

#[test]
fn the_picture_is_one_bit_grey_and_tells_its_print_size() {
    for length in [20, 300, 1000, 3391] {
        let symbol = Symbol::encode(&alphanumeric(length), EcLevel::M).expect("a symbol");
        let (info, _) = pixels(&symbol.png(Symbol::DEFAULT_PIXELS_PER_MODULE).expect("a picture"));
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
        let dims = info.pixel_dims.expect("a print size");
        assert_eq!((dims.xppu, dims.unit), (dims.yppu, png::Unit::Meter));
        let scale = f64::from(Symbol::DEFAULT_PIXELS_PER_MODULE);
        let module_mm = scale / f64::from(dims.xppu) * 1000.0;
        assert!(module_mm > 0.4999, "a module of {module_mm} mm");
        assert!(module_mm * symbol.modules() as f64 > 59.99, "a code of less than 60 mm");
        assert!(f64::from(dims.xppu) * 0.0254 >= 200.0 || length < 100, "crisp at 200 dots an inch");
    }
}

#[test]
fn a_module_is_1_to_64_pixels_wide() {
    let symbol = Symbol::encode("TG1:", EcLevel::M).expect("a symbol");
    assert!(symbol.png(1).is_ok() && symbol.png(64).is_ok());
    for refused in [0, 65, u32::MAX] {
        assert!(matches!(symbol.png(refused), Err(SymbolError::ModuleWidth(width)) if width == refused));
    }
}

#[test]
fn the_svg_draws_the_same_modules_as_the_picture_and_keeps_the_text_to_itself() {
    let text = alphanumeric(300);
    let symbol = Symbol::encode(&text, EcLevel::M).expect("a symbol");
    let svg = symbol.svg();
    assert!(!svg.contains(&text[4..20]));
    let document = roxmltree::Document::parse(&svg).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let side = symbol.modules() + 8;
    assert_eq!(root.attribute("viewBox"), Some(format!("0 0 {side} {side}").as_str()));
    let named = |name: &str| root.children().find(|node| node.has_tag_name(name)).expect("an element");
    assert_eq!(named("title").text(), Some("QR code"));
    assert_eq!(named("rect").attribute("fill"), Some("#fff"));
    let mut drawn = vec![vec![false; side]; side];
    for run in named("path").attribute("d").expect("a path").split_terminator('z') {
        let numbers: Vec<usize> =
            run.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        let [column, row, width, 1, back] = numbers[..] else { panic!("an unexpected run {run}") };
        assert_eq!(width, back);
        drawn[row][column..column + width].fill(true);
    }
    assert_eq!(drawn, pixels(&symbol.png(1).expect("a picture")).1);
}

#[test]
fn the_svg_is_at_least_60_millimetres_wide() {
    for length in [20, 300, 3391] {
        let symbol = Symbol::encode(&alphanumeric(length), EcLevel::M).expect("a symbol");
        let svg = symbol.svg();
        let document = roxmltree::Document::parse(&svg).expect("well-formed XML");
        let width = document.root_element().attribute("width").and_then(|width| width.strip_suffix("mm"));
        let width: f64 = width.and_then(|width| width.parse().ok()).expect("millimetres");
        let module = width / (symbol.modules() + 8) as f64;
        assert!(module >= 0.499 && module * symbol.modules() as f64 >= 59.9, "{width} mm");
    }
}

#[test]
fn the_terminal_drawing_is_black_on_white_whatever_the_terminal() {
    let symbol = Symbol::encode(&alphanumeric(100), EcLevel::M).expect("a symbol");
    let drawing = symbol.terminal(Palette::BlackOnWhite);
    let side = symbol.modules() + 8;
    assert_eq!(drawing.lines().count(), side.div_ceil(2));
    let mut rows = Vec::new();
    for line in drawing.lines() {
        let inner = line.strip_prefix("\u{1b}[38;5;16;48;5;231m").and_then(|line| line.strip_suffix("\u{1b}[0m"));
        let cells = inner.expect("colours that begin and end on the line");
        assert_eq!(cells.chars().count(), side);
        rows.push(cells.chars().map(|cell| matches!(cell, '█' | '▀')).collect::<Vec<_>>());
        rows.push(cells.chars().map(|cell| matches!(cell, '█' | '▄')).collect());
    }
    assert!(rows[side..].iter().flatten().all(|dark| !dark), "what is below the quiet zone is white");
    rows.truncate(side);
    assert_eq!(rows, pixels(&symbol.png(1).expect("a picture")).1);
}

#[test]
fn the_plain_drawing_is_the_negative_without_escape_sequences() {
    let symbol = Symbol::encode(&alphanumeric(100), EcLevel::M).expect("a symbol");
    let (plain, coloured) = (symbol.terminal(Palette::Plain), symbol.terminal(Palette::BlackOnWhite));
    assert!(!plain.contains('\u{1b}'));
    let negative: String = plain
        .chars()
        .map(|cell| match cell {
            '█' => ' ',
            ' ' => '█',
            '▀' => '▄',
            '▄' => '▀',
            other => other,
        })
        .collect();
    let bare = coloured.replace("\u{1b}[38;5;16;48;5;231m", "").replace("\u{1b}[0m", "");
    assert_eq!(negative, bare);
}

#[test]
fn debug_output_does_not_spell_the_certificate() {
    let symbol = Symbol::encode("TG1:", EcLevel::M).expect("a symbol");
    assert_eq!(format!("{symbol:?}"), "Symbol { version: 1, level: M, .. }");
}
