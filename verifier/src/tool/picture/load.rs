//! Picture file to grey pixels, within limits.

use std::io::Cursor;

use image::{DynamicImage, ImageError, ImageFormat, ImageReader};

use tegata_reader::{Luma, Malformed};

use super::{Limits, PictureError};

/// Longest side in pixels.
const LONGEST_SIDE: u32 = Luma::LONGEST_SIDE as u32;

/// Decodes a PNG, JPEG or WebP file. What is transparent counts as white paper.
pub(super) fn luma(bytes: &[u8], limits: &Limits) -> Result<Luma<'static>, PictureError> {
    if bytes.len() > limits.bytes {
        return Err(PictureError::TooLarge);
    }
    let format = image::guess_format(bytes).map_err(|_| PictureError::NotAPicture)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(PictureError::NotAPicture);
    }
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions().map_err(refusal)?;
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(PictureError::TooLarge);
    }
    let mut decoder = reader();
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(LONGEST_SIDE);
    bounds.max_image_height = Some(LONGEST_SIDE);
    bounds.max_alloc = Some(limits.memory);
    decoder.limits(bounds);
    grey(decoder.decode().map_err(refusal)?)
}

/// The format is known by now, so whatever else fails is damage.
fn refusal(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        ImageError::Unsupported(_) => PictureError::NotAPicture,
        _ => PictureError::Damaged,
    }
}

fn grey(picture: DynamicImage) -> Result<Luma<'static>, PictureError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = if picture.color().has_alpha() {
        let shades = picture.into_luma_alpha8();
        shades.pixels().map(|shade| over_white(shade.0)).collect::<Vec<u8>>()
    } else {
        picture.into_luma8().into_raw()
    };
    Luma::new(width, height, pixels).map_err(|malformed| match malformed {
        Malformed::TooLarge => PictureError::TooLarge,
        Malformed::Empty | Malformed::Length => PictureError::Damaged,
    })
}

/// A shade of the given opacity on white paper.
fn over_white([shade, alpha]: [u8; 2]) -> u8 {
    let (shade, alpha) = (u16::from(shade), u16::from(alpha));
    ((shade * alpha + 255 * (255 - alpha)) / 255) as u8
}
