//! The texts of the pages, a file a level.

mod block;
mod eye;
mod info;

use super::page::Texts;

/// Every code's texts.
pub(super) static TEXTS: [&[Texts]; 3] = [block::TEXTS, eye::TEXTS, info::TEXTS];
