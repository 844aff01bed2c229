//! The target over machine-readable zones.

use tegata_certificate::mrz::{Mrz, MrzLayout};
use tegata_certificate::transliteration::words;
use tegata_certificate::{Date, RomanisedName};

/// Texts as machine-readable zones and as names: whatever is taken has the bounds of its layout, is the same
/// when its lines are joined, and agrees with itself.
///
/// # Panics
/// Where that does not hold.
pub fn mrz(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    for word in words(text).into_iter().flatten() {
        assert!(!word.is_empty() && word.iter().all(|letter| !letter.is_empty()), "a word without letters");
    }
    let zone = match Mrz::read(text) {
        Ok(zone) => zone,
        Err(error) => {
            assert!(!error.faults().is_empty(), "refused without a reason");
            return false;
        }
    };
    let joined: String = text.split_ascii_whitespace().collect();
    assert!(Mrz::read(&joined) == Ok(zone.clone()), "joined, it is another zone");
    assert!(MrzLayout::ALL.contains(&zone.layout));
    assert!((1..=22).contains(&zone.number.len()) && zone.name.to_mrz().len() <= 39, "longer than its places");
    assert!(
        RomanisedName::parse_mrz(&zone.name.to_mrz()).as_ref() == Some(&zone.name),
        "a name that no certificate holds"
    );
    let today = Date::from_ymd(2026, 1, 1).expect("a day");
    let birth = zone.birth.birth(today);
    assert!(zone.birth.compare(birth) != tegata_certificate::mrz::DateAgreement::Different, "another birth date");
    let _ = zone.expiry.expiry(today);
    true
}

/// Zones of each layout; those of Doc 9303 and ones that nobody has.
pub(super) fn mrz_seeds() -> Vec<(&'static str, Vec<u8>)> {
    [
        ("td1", "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
        ("td1-long", "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<<<<<<<<<<<<<<"),
        ("td2", "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"),
        ("td2-long", "I<UTOSTEVENSON<<PETER<<<<<<<<<<<<<<<\nD23145890<UTO3407127M95071227349<<<8"),
        ("td3", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"),
        ("mrv-a", "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<"),
        ("mrv-b", "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<<<<<<<<"),
    ]
    .map(|(name, text)| (name, text.as_bytes().to_vec()))
    .into()
}
