//! The families of certificates: one file each.

/// A family of certificates. The numbers are those of trust lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Format {
    /// Our own: `TG1:`, COSE, integer keys, a status index.
    Compact,
    /// EU Digital COVID Certificate: `HC1:`, claim −260/1.
    EuDcc,
    /// WHO International Certificate of Vaccination or Prophylaxis: `HC1:`, claim −260/−6.
    Icvp,
    /// SMART Health Card: `shc:/`.
    Shc,
    /// ICAO Visible Digital Seal for non-constrained environments.
    VdsNc,
}

impl Format {
    /// Every family, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Compact, Self::EuDcc, Self::Icvp, Self::Shc, Self::VdsNc];

    /// The number in trust lists, from 1.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Compact => 1,
            Self::EuDcc => 2,
            Self::Icvp => 3,
            Self::Shc => 4,
            Self::VdsNc => 5,
        }
    }

    /// The family with that number.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.number() == number)
    }

    /// The stable name used in reports, lists and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::EuDcc => "eu-dcc",
            Self::Icvp => "icvp",
            Self::Shc => "shc",
            Self::VdsNc => "vds-nc",
        }
    }

    /// The family with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}
