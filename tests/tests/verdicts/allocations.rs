//! The way to a held signature allocates little: at most 20 times from the text to `Authentic`.

use crate::desk::{Office, compact, eu_dcc};
use allocation_counter::measure;
use tegata_certificate::{Sealed, StatusIndex};
use tegata_keys::{KeyType, Signer};

#[test]
fn a_text_becomes_authentic_in_twenty_allocations() {
    let (ed, ec) = (Office::new(KeyType::Ed25519), Office::new(KeyType::P256));
    let compact = compact(StatusIndex { shard: 1, index: 77 });
    for (office, text) in [(&ed, ed.sign(&compact)), (&ec, ec.sign(&compact)), (&ec, ec.sign(&eu_dcc()))] {
        let key = office.key.verifying_key();
        // A key that is met again keeps a table; it is made once, and no code after it pays.
        key.prepare();
        // So does a thread that has inflated: it keeps what it inflates with.
        Sealed::decode(&text).expect("decodes");
        let measured = measure(|| {
            let sealed = Sealed::decode(&text).expect("decodes");
            sealed.open(key).expect("opens");
        });
        println!("{}: {} allocations, {} bytes at most", &text[..4], measured.count_total, measured.bytes_max);
        assert!(measured.count_total <= 20, "{} allocations for {}", measured.count_total, &text[..4]);
        assert_eq!(measured.count_current, 0);
    }
}
