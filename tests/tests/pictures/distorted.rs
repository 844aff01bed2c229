//! Codes as people send them: turned, mirrored, inverted, scaled, enlarged, two on a sheet.

use image::{DynamicImage, GrayImage, Luma, Rgba, RgbaImage, imageops};
use tegata_issuer::{EcLevel, Symbol};
use tegata_verifier::tool::{Limits, PictureError, read_codes};

use crate::drawn::{Noise, file, read, text};

/// A certificate's code, `scale` pixels a module, and its text.
fn code(seed: u64, scale: u32) -> (GrayImage, String) {
    let text = text(290, seed);
    let symbol = Symbol::encode(&text, EcLevel::M).expect("a symbol");
    let picture = image::load_from_memory(&symbol.png(scale).expect("a picture")).expect("pixels");
    (picture.into_luma8(), text)
}

#[test]
fn a_turned_mirrored_or_inverted_code_is_read() {
    let (picture, text) = code(1, 4);
    let mut inverted = picture.clone();
    imageops::invert(&mut inverted);
    let mirrored = imageops::flip_horizontal(&picture);
    let variants = [
        ("90 degrees", imageops::rotate90(&picture)),
        ("180 degrees", imageops::rotate180(&picture)),
        ("270 degrees", imageops::rotate270(&picture)),
        ("mirrored and turned", imageops::rotate90(&mirrored)),
        ("mirrored and inverted", imageops::flip_vertical(&inverted)),
        ("mirrored", mirrored),
        ("inverted", inverted),
    ];
    for (name, variant) in variants {
        assert_eq!(read(&file(variant)), [text.as_str()], "{name}");
    }
}

#[test]
fn a_code_scaled_to_90_percent_is_read() {
    for seed in 0..20 {
        let (picture, text) = code(seed, 4);
        let (width, height) = (picture.width() * 9 / 10, picture.height() * 9 / 10);
        for filter in [imageops::FilterType::Nearest, imageops::FilterType::Triangle] {
            let scaled = imageops::resize(&picture, width, height, filter);
            assert_eq!(read(&file(scaled)), [text.as_str()], "{filter:?}");
        }
    }
}

#[test]
fn a_noisy_enlargement_of_nine_megapixels_is_read() {
    for seed in 0..6 {
        let (picture, text) = code(seed, 8);
        let mut large = imageops::resize(&picture, 3000, 3000, imageops::FilterType::Triangle);
        let mut noise = Noise(seed);
        for pixel in large.pixels_mut() {
            let grey = 60 + i32::from(pixel.0[0]) / 2 + noise.below(121) as i32 - 60;
            pixel.0 = [grey.clamp(0, 255) as u8];
        }
        assert_eq!(read(&file(large)), [text]);
    }
}

#[test]
fn two_codes_in_one_picture_are_both_read() {
    let ((first, one), (second, two)) = (code(1, 4), code(2, 3));
    let mut sheet = GrayImage::from_pixel(900, 600, Luma([235]));
    imageops::overlay(&mut sheet, &first, 30, 40);
    imageops::overlay(&mut sheet, &second, 520, 300);
    let mut found = read(&file(sheet.clone()));
    found.sort();
    let mut expected = [one, two];
    expected.sort();
    assert_eq!(found, expected);
    // One of them in dark mode: the other must not hide it.
    let mut dark = second;
    imageops::invert(&mut dark);
    imageops::overlay(&mut sheet, &dark, 520, 300);
    let mut found = read(&file(sheet));
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_same_code_twice_is_one_text() {
    let (picture, text) = code(3, 3);
    let mut sheet = GrayImage::from_pixel(900, 400, Luma([255]));
    imageops::overlay(&mut sheet, &picture, 20, 20);
    imageops::overlay(&mut sheet, &picture, 500, 100);
    assert_eq!(read(&file(sheet)), [text]);
}

#[test]
fn black_modules_on_nothing_are_black_on_white() {
    let (picture, text) = code(4, 4);
    let transparent = RgbaImage::from_fn(picture.width(), picture.height(), |x, y| {
        let dark = picture.get_pixel(x, y).0[0] == 0;
        Rgba([0, 0, 0, if dark { 255 } else { 0 }])
    });
    assert_eq!(read(&file(transparent)), [text]);
}

#[test]
fn jpeg_and_webp_files_are_read() {
    let (picture, text) = code(5, 4);
    for format in [image::ImageFormat::Jpeg, image::ImageFormat::WebP] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let colour = DynamicImage::from(picture.clone()).into_rgb8();
        colour.write_to(&mut bytes, format).expect("a picture file");
        assert_eq!(read(bytes.get_ref()), [text.as_str()], "{format:?}");
    }
}

#[test]
fn a_code_too_blurred_to_read_is_told_from_no_code() {
    let (picture, _) = code(6, 4);
    // The corners stay; what is between them is smeared.
    let (side, margin, finder) = (picture.width(), 16, 32);
    let smeared = GrayImage::from_fn(side, side, |x, y| {
        let near = |at: u32| at < margin + finder;
        let far = |at: u32| at >= side - margin - finder;
        let corner = (near(x) && (near(y) || far(y))) || (far(x) && near(y));
        let quiet = [x, y].into_iter().any(|at| at < margin || at >= side - margin);
        if corner || quiet { *picture.get_pixel(x, y) } else { Luma([120]) }
    });
    let unreadable = read_codes(&file(smeared), &Limits::default());
    assert!(matches!(unreadable, Err(PictureError::Unreadable)));
    let blank = read_codes(&file(GrayImage::from_pixel(600, 400, Luma([200]))), &Limits::default());
    assert!(matches!(blank, Err(PictureError::NoCode)));
}

#[test]
fn a_cut_off_or_damaged_file_is_an_error_and_never_a_panic() {
    let (picture, text) = code(7, 3);
    let whole = file(picture);
    let mut noise = Noise(7);
    for _ in 0..200 {
        let cut = &whole[..noise.below(whole.len() as u64)];
        let error = read_codes(cut, &Limits::default()).expect_err("half a picture");
        assert!(matches!(error, PictureError::Damaged | PictureError::NotAPicture));
        let mut damaged = whole.clone();
        let at = noise.below(whole.len() as u64);
        damaged[at] ^= 1 << noise.below(8);
        if let Ok(codes) = read_codes(&damaged, &Limits::default()) {
            assert!(codes.iter().all(|code| code.text == text), "a misread at byte {at}");
        }
    }
}
