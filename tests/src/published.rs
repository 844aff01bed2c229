//! Published sets: made of imported lists, and as a web server has one, each file of a bundle at its path.

use std::fs;
use std::io;
use std::path::Path;
use tegata_certificate::UnixTime;
use tegata_trust_lists::import::Imported;
use tegata_trust_lists::publish::{DemoRepository, Draft, DraftImport, WithdrawalsContent};
use tegata_trust_lists::{Bundle, FileName, RootPin, Source, TrustState, update};

/// Lists as they are published, and what a verifier makes of them.
pub struct Published {
    /// The files.
    pub bundle: Bundle,
    /// The root to pin.
    pub pin: RootPin,
    /// Both, verified.
    pub state: TrustState,
}

/// What a verifier holds at that time when an operator merged these imports and published them as a demonstration.
///
/// # Panics
/// If they contradict each other.
#[must_use]
pub fn published(imports: impl IntoIterator<Item = Imported>, now: UnixTime) -> Published {
    const NAME: &str = "DEMO/vectors";
    let mut draft = Draft::new(NAME);
    let mut groups = Vec::new();
    for (place, mut imported) in imports.into_iter().enumerate() {
        groups.append(&mut imported.withdrawals);
        let name = place.to_string();
        let record = DraftImport::new(&name, &name, [].into_iter(), now);
        draft.merge(&mut imported, record, false, now).expect("merges");
    }
    let lists = draft.lists().expect("lists");
    let mut demo = DemoRepository::new(NAME, now).expect("a repository");
    (demo.issuers, demo.keys) = (lists.issuers, lists.keys);
    if !groups.is_empty() {
        demo.content.withdrawals.insert(1, WithdrawalsContent { source: NAME.to_owned(), groups });
    }
    let (bundle, pin) = demo.publish(now).expect("publishes");
    let state = TrustState::load(&bundle, &pin, now).expect("loads");
    Published { bundle, pin, state }
}

/// Writes each file that is read from a bundle.
struct Laying<'a> {
    bundle: &'a Bundle,
    folder: &'a Path,
}

impl Source for Laying<'_> {
    type Error = io::Error;

    fn read(&mut self, file: &FileName, cap: u64) -> io::Result<Option<Vec<u8>>> {
        let Ok(bytes) = (&mut &*self.bundle).read(file, cap);
        if let Some(bytes) = &bytes {
            let path = self.folder.join(file.path());
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(bytes)
    }
}

/// Lays out a bundle below a folder, as an update at that time reads it.
///
/// # Panics
/// If the bundle does not hold then, or the folder cannot be written.
pub fn lay_out(bundle: &Bundle, pin: &RootPin, folder: &Path, now: UnixTime) {
    update(None, pin, &mut Laying { bundle, folder }, now).expect("a bundle that holds");
}
