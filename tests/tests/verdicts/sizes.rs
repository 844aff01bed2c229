//! The codes stay as small as the format promises.

use tegata_tests::office::Office;
use tegata_tests::sizes::sizes;

#[test]
fn compact_codes_fit_the_symbols_that_old_phones_read_from_paper() {
    let sizes = sizes(&Office::new(500, 77));
    println!("{sizes:?}");
    assert!(sizes.people >= 400);
    assert!(sizes.two_doses_median <= 10 && sizes.two_doses_p99 <= 12, "{sizes:?}");
    assert!(sizes.median <= 10 && sizes.p99 <= 12, "{sizes:?}");
    assert!(sizes.modules_ratio <= 0.65, "{sizes:?}");
}
