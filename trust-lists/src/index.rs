//! From a short key identifier to the listed keys that answer to it.

use crate::entry::{Authority, KeyEntry};
use crate::error::TrustError;
use sha2::{Digest, Sha256};
use tegata_certificate::Format;

/// The most keys that are tried for one message.
pub const MAX_CANDIDATES: usize = 4;

/// Formats whose messages cannot be told apart before their signature is checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Frame {
    Compact,
    /// `eu-dcc` and `icvp`.
    Hc1,
    Shc,
    VdsNc,
}

impl Frame {
    fn of(format: Format) -> Self {
        match format {
            Format::Compact => Self::Compact,
            Format::EuDcc | Format::Icvp => Self::Hc1,
            Format::Shc => Self::Shc,
            Format::VdsNc => Self::VdsNc,
        }
    }

    /// Bytes of the identifier in messages of this frame; `None` where it takes more than bytes.
    fn hint_length(self) -> Option<usize> {
        match self {
            Self::Compact => Some(4),
            Self::Hc1 => Some(8),
            Self::Shc => None,
            Self::VdsNc => Some(32),
        }
    }

    /// The identifier that an entry answers to, padded with zeros.
    fn hint(self, entry: &KeyEntry) -> [u8; 32] {
        match (self, entry.hint, &entry.authority) {
            (Self::Shc, _, Authority::Iss(iss)) => shc_hint(iss, &entry.shc_kid()),
            (Self::Hc1, Some(hint), _) => padded(&hint),
            (frame, ..) => padded(frame.hint_length().and_then(|length| entry.kid.get(..length)).unwrap_or_default()),
        }
    }
}

/// SMART Health Cards name a key by exact issuer and kid together: hundreds of issuers share one key, and a
/// key found by its kid alone would speak for all of them.
fn shc_hint(iss: &str, kid: &[u8; 32]) -> [u8; 32] {
    // The kid first: it has one length, so no issuer can pretend to be another's beginning.
    Sha256::new().chain_update(kid).chain_update(iss).finalize().into()
}

fn padded(hint: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(hint) {
        *to = *from;
    }
    key
}

/// The frames whose messages an entry may have signed, each with the identifier that it answers to there.
pub(crate) fn hints(entry: &KeyEntry) -> impl Iterator<Item = (Frame, [u8; 32])> + use<'_> {
    let mut frames: Vec<_> = entry.formats.iter().map(|format| Frame::of(*format)).collect();
    frames.sort_unstable();
    frames.dedup();
    frames.into_iter().map(|frame| (frame, frame.hint(entry)))
}

/// Places of entries, sorted by frame and identifier.
#[derive(Clone, Debug)]
pub(crate) struct HintIndex(Vec<(Frame, [u8; 32], usize)>);

impl HintIndex {
    /// Indexes entries; refuses more than [`MAX_CANDIDATES`] for one identifier, since some of
    /// them would never be tried.
    pub fn new(entries: &[KeyEntry]) -> Result<Self, TrustError> {
        let mut places = Vec::with_capacity(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            places.extend(hints(entry).map(|(frame, hint)| (frame, hint, place)));
        }
        places.sort_unstable();
        let crowd = places.windows(MAX_CANDIDATES + 1).find_map(|run| match run {
            [(frame, hint, _), .., (last_frame, last_hint, entry)] if frame == last_frame && hint == last_hint => {
                Some(*entry)
            }
            _ => None,
        });
        match crowd {
            Some(entry) => Err(TrustError::CrowdedHint { entry }),
            None => Ok(Self(places)),
        }
    }

    /// The entries that answer to an identifier of any family but SMART Health Cards.
    pub fn find<'a>(
        &'a self,
        format: Format,
        hint: &[u8],
        entries: &'a [KeyEntry],
    ) -> impl Iterator<Item = &'a KeyEntry> + use<'a> {
        let frame = Frame::of(format);
        self.look_up((frame.hint_length() == Some(hint.len())).then(|| (frame, padded(hint))), entries)
    }

    /// The entries that answer to an issuer of SMART Health Cards and its kid.
    pub fn find_shc<'a>(
        &'a self,
        iss: &str,
        kid: &[u8; 32],
        entries: &'a [KeyEntry],
    ) -> impl Iterator<Item = &'a KeyEntry> + use<'a> {
        self.look_up(Some((Frame::Shc, shc_hint(iss, kid))), entries)
    }

    fn look_up<'a>(
        &'a self,
        wanted: Option<(Frame, [u8; 32])>,
        entries: &'a [KeyEntry],
    ) -> impl Iterator<Item = &'a KeyEntry> + use<'a> {
        let first =
            wanted.map_or(self.0.len(), |wanted| self.0.partition_point(|(frame, hint, _)| (*frame, *hint) < wanted));
        self.0
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(move |(frame, hint, _)| Some((*frame, *hint)) == wanted)
            .filter_map(|(_, _, place)| entries.get(*place))
    }
}
