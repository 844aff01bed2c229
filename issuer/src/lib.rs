//! Placeholder while the workspace is being raised.

mod symbol;

pub use symbol::{
    EcLevel, PRINT_MODULE_MM, PRINT_WIDTH_MM, Palette, QUIET_ZONE, Symbol, SymbolError,
};
