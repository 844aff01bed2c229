//! What the command line adds to the library: files, pictures, the pin, the kept lists and their
//! update, the page and its server, and the verdict in words.

mod disk;
mod fetched;
mod http;
mod human;
mod input;
mod inspect;
mod list_source;
mod lists;
mod page;
mod parallel;
mod picture;
mod pin;
mod serve;
mod shown;
mod shown_document;
mod state_folder;
mod update;

pub use disk::{Disk, LocalDisk};
pub use fetched::Fetched;
pub use http::{Http, HttpError};
pub use human::{Style, write_verdict};
pub use input::{InputError, Scan, scan_argument, scan_lines};
pub use inspect::Inspection;
pub use list_source::{BundleSource, FolderSource, ListSource, SourceError};
pub use lists::{ListError, load_verifier, pinned};
pub use page::{CONTENT_SECURITY_POLICY, HEADERS, Page, PageError, PageFile, PageLists, Site};
pub use parallel::in_order;
pub use picture::{Code, Limits, PictureError, Symbology, read_codes, read_codes_in_file};
pub use pin::{PinFile, PinFileError};
pub use serve::{Listening, listen, serve};
pub use shown::{changes, changes_json, lists_json, write_changes, write_lists};
pub use shown_document::{ShownDocumentError, shown_document};
pub use state_folder::{LockedState, StateError, StateFolder};
pub use update::{UpdateFailure, UpdateOutcome, replace_kept, update_kept};
