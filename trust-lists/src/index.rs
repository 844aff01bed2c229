//! From a short key identifier to the listed keys that answer to it.

use crate::entry::KeyEntry;
use crate::error::TrustError;
use tegata_certificate::Format;

/// The most keys that are tried for one message.
pub const MAX_CANDIDATES: usize = 4;

/// Formats whose messages cannot be told apart before their signature is checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Frame {
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

    /// Bytes of the identifier in messages of this frame.
    fn hint_length(self) -> usize {
        match self {
            Self::Compact => 4,
            Self::Hc1 => 8,
            Self::Shc | Self::VdsNc => 32,
        }
    }

    /// The identifier that an entry answers to, padded with zeros.
    fn hint(self, entry: &KeyEntry) -> [u8; 32] {
        match (self, entry.hint) {
            (Self::Hc1, Some(hint)) => padded(&hint),
            _ => padded(entry.kid.get(..self.hint_length()).unwrap_or_default()),
        }
    }
}

fn padded(hint: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(hint) {
        *to = *from;
    }
    key
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
            let mut frames: Vec<_> = entry.formats.iter().map(|format| Frame::of(*format)).collect();
            frames.sort_unstable();
            frames.dedup();
            places.extend(frames.into_iter().map(|frame| (frame, frame.hint(entry), place)));
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

    /// The entries that answer to an identifier.
    pub fn find<'a>(
        &'a self,
        format: Format,
        hint: &[u8],
        entries: &'a [KeyEntry],
    ) -> impl Iterator<Item = &'a KeyEntry> + use<'a> {
        let frame = Frame::of(format);
        let wanted = (hint.len() == frame.hint_length()).then(|| (frame, padded(hint)));
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
