//! Published vectors: where they are, how they are counted, and how their values compare.

mod encoding;
mod folder;
mod index;
mod plain;
mod record;
mod tally;

pub use encoding::{base64, base64url, hex};
pub use folder::{ENVIRONMENT, Manifest, ManifestEntry, family, files_below, json, json_lines, rows};
pub use index::{Case, Index};
pub use plain::{Plain, Reading, as_read, cbor_of_json};
pub use record::{record, record_signature};
pub use tally::{Tally, finish};
