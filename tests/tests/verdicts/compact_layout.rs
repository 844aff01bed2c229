//! What is written as `compact` is what its CDDL says.

use crate::desk::{Office, compact};
use tegata_certificate::{BirthDate, RomanisedName, Sealed, Sex, StatusIndex, TravelDocument};
use tegata_keys::KeyType;

const CDDL: &str = include_str!("../../../certificate/src/format/compact.cddl");

#[test]
fn written_messages_fit_the_cddl_and_changed_ones_do_not() {
    let office = Office::new(KeyType::Ed25519);
    let plain = compact(StatusIndex { shard: 3, index: 9 });
    let mut full = plain.clone();
    full.holder.romanised = RomanisedName::new("YAMADA", "HANAKO");
    full.holder.kana = Some("ヤマダ ハナコ".into());
    full.holder.sex = Some(Sex::Female);
    full.holder.nationality = Some("JPN".into());
    full.holder.document = Some(TravelDocument { passport: true, number: "TK1234567".into() });
    full.doses[0].total = Some(2);
    full.doses[1].centre = Some("架空市民会館".into());
    let mut year = plain.clone();
    year.holder.birth = BirthDate::Year(1950);
    let mut month = plain.clone();
    month.holder.birth = BirthDate::Month(1950, 7);
    for certificate in [plain, full, year, month] {
        let text = office.sign(&certificate);
        let message = Sealed::decode(&text).expect("decodes").message().to_vec();
        cddl::validate_cbor_from_slice(CDDL, &message, None).unwrap_or_else(|error| panic!("{error}"));
        // The first byte of the signature's length, the tag, the map of claims: each is part of the layout.
        for (place, change) in [(0, 0xd1), (1, 0x83), (message.len() - 66, 0x57)] {
            let mut changed = message.clone();
            changed[place] = change;
            assert!(cddl::validate_cbor_from_slice(CDDL, &changed, None).is_err());
        }
    }
}
