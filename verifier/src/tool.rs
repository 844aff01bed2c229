//! What the command line adds to the library: files, pictures, the pin, and the verdict in words.

mod http;
mod human;
mod input;
mod lists;
mod picture;
mod pin;

pub use http::{Http, HttpError};
pub use human::{Style, write_verdict};
pub use input::{InputError, Scan, scan_argument, scan_lines};
pub use lists::{ListError, load_verifier};
pub use picture::{Code, Limits, PictureError, Symbology, read_codes, read_codes_in_file};
pub use pin::{PinFile, PinFileError};
