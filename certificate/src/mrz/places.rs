//! Where each layout has its fields.

/// The layouts of machine-readable zones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MrzLayout {
    /// Cards: three lines of 30 (Doc 9303-5).
    Td1,
    /// Larger cards: two lines of 36 (Doc 9303-6).
    Td2,
    /// Passports: two lines of 44 (Doc 9303-4).
    Td3,
    /// Visas: two lines of 44 (Doc 9303-7).
    MrvA,
    /// Smaller visas: two lines of 36 (Doc 9303-7).
    MrvB,
}

/// Where a field begins in the joined lines, and where it ends; its check digit, if it has one, comes next.
pub(super) type Field = (usize, usize);

/// The fields of a layout.
pub(super) struct Places {
    pub(super) code: Field,
    pub(super) issuer: Field,
    pub(super) name: Field,
    pub(super) number: Field,
    /// Whether a longer number goes on in the optional data.
    pub(super) number_continues: bool,
    pub(super) nationality: Field,
    pub(super) birth: Field,
    pub(super) sex: usize,
    pub(super) expiry: Field,
    pub(super) optional: Field,
    pub(super) optional_is_checked: bool,
    pub(super) optional_second: Field,
    /// What the last check digit is computed over, and where it stands.
    pub(super) composite: Option<(&'static [Field], usize)>,
}

const TD1: Places = Places {
    code: (0, 2),
    issuer: (2, 5),
    name: (60, 90),
    number: (5, 14),
    number_continues: true,
    nationality: (45, 48),
    birth: (30, 36),
    sex: 37,
    expiry: (38, 44),
    optional: (15, 30),
    optional_is_checked: false,
    optional_second: (48, 59),
    composite: Some((&[(5, 30), (30, 37), (38, 45), (48, 59)], 59)),
};

const TD2: Places = Places {
    code: (0, 2),
    issuer: (2, 5),
    name: (5, 36),
    number: (36, 45),
    number_continues: true,
    nationality: (46, 49),
    birth: (49, 55),
    sex: 56,
    expiry: (57, 63),
    optional: (64, 71),
    optional_is_checked: false,
    optional_second: (72, 72),
    composite: Some((&[(36, 46), (49, 56), (57, 71)], 71)),
};

const TD3: Places = Places {
    code: (0, 2),
    issuer: (2, 5),
    name: (5, 44),
    number: (44, 53),
    number_continues: false,
    nationality: (54, 57),
    birth: (57, 63),
    sex: 64,
    expiry: (65, 71),
    optional: (72, 86),
    optional_is_checked: true,
    optional_second: (88, 88),
    composite: Some((&[(44, 54), (57, 64), (65, 87)], 87)),
};

/// As TD3, but the optional data goes to the end.
const MRV_A: Places = Places { optional: (72, 88), optional_is_checked: false, composite: None, ..TD3 };

/// As TD2, but the optional data goes to the end.
const MRV_B: Places = Places { optional: (64, 72), number_continues: false, composite: None, ..TD2 };

impl MrzLayout {
    /// Every layout.
    pub const ALL: [Self; 5] = [Self::Td1, Self::Td2, Self::Td3, Self::MrvA, Self::MrvB];

    /// What Doc 9303 calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Td1 => "TD1",
            Self::Td2 => "TD2",
            Self::Td3 => "TD3",
            Self::MrvA => "MRV-A",
            Self::MrvB => "MRV-B",
        }
    }

    /// The layout of lines as printed, or of the one line that they were joined to.
    pub(super) fn of(lines: &[&str], is_visa: bool) -> Option<Self> {
        let lengths: Vec<usize> = lines.iter().map(|line| line.len()).collect();
        match (lengths.as_slice(), is_visa) {
            ([30, 30, 30] | [90], _) => Some(Self::Td1),
            ([36, 36] | [72], false) => Some(Self::Td2),
            ([44, 44] | [88], false) => Some(Self::Td3),
            ([36, 36] | [72], true) => Some(Self::MrvB),
            ([44, 44] | [88], true) => Some(Self::MrvA),
            _ => None,
        }
    }

    pub(super) fn places(self) -> &'static Places {
        match self {
            Self::Td1 => &TD1,
            Self::Td2 => &TD2,
            Self::Td3 => &TD3,
            Self::MrvA => &MRV_A,
            Self::MrvB => &MRV_B,
        }
    }
}
