//! The kinds of paper.

use super::PaperError;
use crate::symbol::{QUIET_ZONE, Symbol};

/// Least side of a module on a card, in millimetres: a card is held before the camera, not laid on a desk.
pub const CARD_MODULE_MM: f64 = 0.4;

/// Side of the code's place on a card in millimetres, quiet zone counted.
const CARD_PLACE_MM: f64 = 48.0;

/// Where a certificate is printed on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PaperKind {
    /// A4 in three folds, for an envelope with a window (長形3号).
    Letter,
    /// A4 without an address, for those who wait for it.
    Kiosk,
    /// A card to cut out and fold, as large as a bank card.
    Card,
}

impl PaperKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Letter, Self::Kiosk, Self::Card];

    /// The stable name used in arguments, manifests and of the template's file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Kiosk => "kiosk",
            Self::Card => "card",
        }
    }

    /// The main file in a folder of templates.
    pub(super) fn main_file(self) -> &'static str {
        match self {
            Self::Letter => "letter.typ",
            Self::Kiosk => "kiosk.typ",
            Self::Card => "card.typ",
        }
    }

    /// Side of a module of that symbol on this paper, in millimetres.
    ///
    /// # Errors
    /// [`PaperError::Dense`] if the modules would be too small to be read from a card.
    pub(super) fn module_mm(self, symbol: &Symbol) -> Result<f64, PaperError> {
        match self {
            Self::Letter | Self::Kiosk => Ok(symbol.module_mm()),
            Self::Card => {
                let module = CARD_PLACE_MM / (symbol.modules() + 2 * QUIET_ZONE) as f64;
                if module < CARD_MODULE_MM { Err(PaperError::Dense) } else { Ok(module) }
            }
        }
    }
}
