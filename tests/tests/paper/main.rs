//! Paper: what stands on it, what is read back from it, and what is never printed. Without Japanese fonts, or without
//! the readers that are not ours, nothing is shown, loudly.

mod commands;
mod due;
mod pages;
mod press;
mod runs;
