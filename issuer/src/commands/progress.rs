//! The bar that shows how far a long command is: on a terminal, and only there.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// A bar of so many records; none is drawn for a single one.
pub fn progress_bar(total: u64) -> ProgressBar {
    if total < 2 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} records, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}
