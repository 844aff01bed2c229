//! What one authority's list of revoked certificates (CRL) says: `[made: time, next: time / null, [* serial]]`.

use crate::error::TrustError;
use crate::fields::ListReader;
use tegata_certificate::UnixTime;
use tegata_certificate::cbor::Head;

/// Bytes of a serial number, as CRLs are read.
const SERIAL_MAX: usize = 32;

/// The certificates of signers that one authority has revoked, as its newest list has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokedSerials {
    /// When the authority made its list.
    pub made: UnixTime,
    /// When its next one was to come at the latest; it may not have said so.
    pub next: Option<UnixTime>,
    /// The serial numbers, two's complement without needless bytes, ascending, none twice.
    pub serials: Vec<Vec<u8>>,
}

impl RevokedSerials {
    pub(super) fn parse(list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        if list.array()? != 3 {
            return Err(list.malformed());
        }
        let made = list.time()?;
        let next = if list.peek()? == Head::Simple(22) {
            list.raw()?;
            None
        } else {
            Some(list.time()?)
        };
        // Every serial takes bytes, so a false count ends with them; nothing is allocated by it.
        let mut serials: Vec<Vec<u8>> = Vec::new();
        for _ in 0..list.array()? {
            let serial = list.bytes()?;
            let ascends = serials.last().is_none_or(|last| last.as_slice() < serial);
            if !ascends || !is_serial(serial) {
                return Err(list.malformed());
            }
            serials.push(serial.to_vec());
        }
        Ok(Self { made, next, serials })
    }

    /// Whether a certificate of that serial number was revoked.
    #[must_use]
    pub fn holds(&self, serial: &[u8]) -> bool {
        self.serials.binary_search_by(|listed| listed.as_slice().cmp(serial)).is_ok()
    }

    /// Whether the authority's next list should be there at `now`.
    #[must_use]
    pub fn is_stale(&self, now: UnixTime) -> bool {
        self.next.is_some_and(|next| next <= now)
    }
}

fn is_serial(serial: &[u8]) -> bool {
    (1..=SERIAL_MAX).contains(&serial.len())
}

#[cfg(feature = "tool")]
mod write {
    use super::*;
    use tegata_certificate::cbor::Writer;

    impl RevokedSerials {
        pub(in crate::status) fn is_writable(&self) -> bool {
            let time = |time: UnixTime| (UnixTime(0)..=UnixTime::MAX).contains(&time);
            time(self.made) && self.next.is_none_or(time) && self.serials.iter().all(|serial| is_serial(serial))
        }

        pub(in crate::status) fn order(&mut self) {
            self.serials.sort_unstable();
            self.serials.dedup();
        }

        pub(in crate::status) fn write(&self, writer: &mut Writer) {
            writer.array(3);
            writer.int(self.made.0);
            match self.next {
                Some(next) => writer.int(next.0),
                None => writer.null(),
            }
            writer.array(self.serials.len());
            for serial in &self.serials {
                writer.bytes(serial);
            }
        }
    }
}
