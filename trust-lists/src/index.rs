//! From a short key identifier to the listed keys that answer to it.

use crate::entry::{Authority, KeyEntry};
use crate::error::TrustError;
use crate::order::{SortKey, place, placed, same_hash, sort};
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
    let all = [Frame::Compact, Frame::Hc1, Frame::Shc, Frame::VdsNc];
    let signs = |frame: &Frame| entry.formats.iter().any(|format| Frame::of(*format) == *frame);
    all.into_iter().filter(signs).map(|frame| (frame, frame.hint(entry)))
}

/// Places of entries, for each frame sorted by identifier.
#[derive(Clone, Debug, Default)]
pub(crate) struct HintIndex([Vec<SortKey>; 4]);

impl HintIndex {
    /// Indexes entries; refuses more than [`MAX_CANDIDATES`] for one identifier, since some of
    /// them would never be tried.
    pub fn new(entries: &[KeyEntry]) -> Result<Self, TrustError> {
        let mut index = Self::default();
        for (place, entry) in entries.iter().enumerate() {
            for (frame, hint) in hints(entry) {
                index.places_mut(frame).push(placed(&hint, place));
            }
        }
        for places in &mut index.0 {
            sort(places);
            let crowd = places.windows(MAX_CANDIDATES + 1).find_map(|run| match run {
                [first, .., last] if same_hash(first, last) => Some(place(last)),
                _ => None,
            });
            if let Some(entry) = crowd {
                return Err(TrustError::CrowdedHint { entry });
            }
        }
        Ok(index)
    }

    fn places_mut(&mut self, frame: Frame) -> &mut Vec<SortKey> {
        let [compact, hc1, shc, vds_nc] = &mut self.0;
        match frame {
            Frame::Compact => compact,
            Frame::Hc1 => hc1,
            Frame::Shc => shc,
            Frame::VdsNc => vds_nc,
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
        let (frame, hint) = wanted.unwrap_or((Frame::Compact, [0; 32]));
        let places = self.0.get(frame as usize).filter(|_| wanted.is_some()).map(Vec::as_slice).unwrap_or_default();
        let wanted = placed(&hint, 0);
        let first = places.partition_point(|key| *key < wanted);
        let run = places.get(first..).unwrap_or_default().iter().take_while(move |key| same_hash(key, &wanted));
        run.filter_map(|key| entries.get(place(key)))
    }
}
