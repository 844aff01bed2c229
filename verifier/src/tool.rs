//! What the command line adds to the library: files and pictures.

mod picture;

pub use picture::{Code, Limits, PictureError, Symbology, read_codes, read_codes_in_file};
