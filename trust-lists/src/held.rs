//! What a verifier keeps between two updates.

use crate::bundle::{Bundle, MAX_BUNDLE};
use crate::error::TrustError;
use crate::pin::RootPin;
use crate::state::TrustState;
use sha2::{Digest, Sha256};
use tegata_certificate::UnixTime;
use tegata_certificate::cbor::{self, Head, Limits, Profile, Reader, Writer};

/// The first field of a held set.
const MARK: &str = "vc-trust-held/1";

/// Labels.
const SPEC: u64 = 1;
const FLOOR: u64 = 2;
const FILES: u64 = 3;
const CHECK: u64 = 4;

/// The signed files that a verifier holds, what they say, and the newest moment that any list it
/// ever verified was issued at.
///
/// It is kept as bytes ([`encode`](Self::encode)) and checked again at every start
/// ([`open`](Self::open)): whoever can write to the place where it lies can take it away, and can
/// change nothing in it.
#[derive(Clone, Debug)]
pub struct Held {
    bundle: Bundle,
    pin: RootPin,
    state: TrustState,
}

impl Held {
    pub(crate) fn new(bundle: Bundle, pin: RootPin, state: TrustState) -> Self {
        Self { bundle, pin, state }
    }

    /// Opens what [`encode`](Self::encode) gave and checks every signature and rule again.
    ///
    /// Lists that have expired open too: without them an older set could be taken for a new one.
    /// What they are worth now, [`TrustState::freshness`] and [`TrustState::clock`] say.
    ///
    /// # Errors
    /// [`TrustError::HeldMalformed`] if it is not what was encoded, or the first thing that does
    /// not hold.
    pub fn open(bytes: &[u8], pin: &RootPin) -> Result<Self, TrustError> {
        let (floor, files) = read(bytes).ok_or(TrustError::HeldMalformed)?;
        let bundle = Bundle::parse(files)?;
        let mut state = TrustState::open(&bundle, pin)?;
        state.raise_clock_floor(floor);
        Ok(Self::new(bundle, *pin, state))
    }

    /// Its bytes: `{1: "vc-trust-held/1", 2: clock floor, 3: bundle, 4: SHA-256 over 2 and 3}`.
    /// The same set always gives the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let files = self.bundle.encode();
        let floor = self.state.clock_floor();
        let mut writer = Writer::with_capacity(files.len() + 100);
        writer.map(4);
        writer.uint(SPEC);
        writer.text(MARK);
        writer.uint(FLOOR);
        writer.int(floor.0);
        writer.uint(FILES);
        writer.bytes(&files);
        writer.uint(CHECK);
        writer.bytes(&check(floor, &files));
        writer.into_bytes()
    }

    /// What the files say.
    #[must_use]
    pub fn state(&self) -> &TrustState {
        &self.state
    }

    /// What the files say, for a verifier to keep.
    #[must_use]
    pub fn into_state(self) -> TrustState {
        self.state
    }

    /// The files as they were signed.
    #[must_use]
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The pin that its first root answers to.
    #[must_use]
    pub fn pin(&self) -> &RootPin {
        &self.pin
    }
}

/// Notices a damaged floor, which no signature covers: one that lies far ahead would call every
/// clock wrong.
fn check(floor: UnixTime, files: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(floor.0.to_be_bytes()).chain_update(files).finalize().into()
}

/// The clock floor and the bundle's bytes.
fn read(bytes: &[u8]) -> Option<(UnixTime, &[u8])> {
    if bytes.len() > MAX_BUNDLE + 200 {
        return None;
    }
    cbor::scan(bytes, Profile::Deterministic, Limits { depth: 2, items: 16 }).ok()?;
    let mut reader = Reader::new(bytes);
    let uint = |reader: &mut Reader<'_>| match reader.head() {
        Ok(Head::Unsigned(n)) => Some(n),
        _ => None,
    };
    let framed = reader.head() == Ok(Head::Map(Some(4)))
        && uint(&mut reader)? == SPEC
        && reader.text().ok()? == MARK
        && uint(&mut reader)? == FLOOR;
    let floor = UnixTime(i64::try_from(uint(&mut reader)?).ok()?);
    let framed = framed && floor <= UnixTime::MAX && uint(&mut reader)? == FILES;
    let files = reader.bytes().ok()?;
    let framed = framed && uint(&mut reader)? == CHECK && reader.bytes().ok()? == check(floor, files);
    framed.then_some((floor, files))
}
