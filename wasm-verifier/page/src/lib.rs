//! The app that venues open in a browser, as files inside a program.
//!
//! `cargo xtask page` builds it; a program that was built before has none ([`files`] is empty) and says so.

/// What the build found.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The files of the app: path with `/` below the page's folder, and content. Beside a file `NAME` there may be
/// `NAME.br`, the same compressed. Ascending by path; none if the app was not built before this program.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static [u8])] {
    FILES
}
