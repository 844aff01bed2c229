//! Register in, certificates out.

pub mod check;
mod import;
pub mod issue;
mod municipality;
mod record;
mod register;
mod sample;
mod symbol;

pub use import::{Encoding, FileSummary, ImportError, Input, Sink, Sources, Summary, import};
pub use municipality::MunicipalityCode;
pub use record::{Dose, Person, Record, RegisterNumber};
pub use register::{ImportEntry, Register, RegisterError, Status, Tally};
pub use sample::{Layout, SAMPLE_MANIFEST, SampleOptions, SampleSummary, write_sample};
pub use symbol::{EcLevel, PRINT_MODULE_MM, PRINT_WIDTH_MM, Palette, QUIET_ZONE, Symbol, SymbolError};
