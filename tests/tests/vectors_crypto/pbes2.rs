//! PBES2 (RFC 8018): encrypted key files, as `tegata-keys` opens them.

use serde_json::Value as Json;
use tegata_keys::{Passphrase, sealed_file};
use tegata_tests::vectors::Tally;

use crate::{bytes, wycheproof::tests};

const PBES2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 13];
const PBKDF2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 12];

/// One group of Wycheproof's `PbeTest`; the file names its functions.
pub fn group(tally: &mut Tally, file: &Json, group: &Json) {
    let Some((hmac, cipher)) = functions(file["algorithm"].as_str().unwrap_or_default()) else {
        let reason = format!("functions that key files here do not use: {}", file["algorithm"]);
        tally.skip_many(reason, tests(group).len() as u64);
        return;
    };
    for case in tests(group) {
        let container = encrypted_key_info(case, hmac, cipher);
        let passphrase = Passphrase::new(bytes(case, "password"));
        let opened = sealed_file::open_der(&container, &passphrase);
        let held = opened.is_ok_and(|plain| plain.as_slice() == bytes(case, "msg"));
        tally.check(format!("tcId {}", case["tcId"]), held == (case["result"] == "valid"));
    }
}

/// The object identifiers of a name such as `PbeWithHmacSha256AndAes_256`.
fn functions(name: &str) -> Option<(&'static [u64], &'static [u64])> {
    let (hmac, cipher) = name.strip_prefix("PbeWithHmac")?.split_once("And")?;
    let hmac: &[u64] = match hmac {
        "Sha256" => &[1, 2, 840, 113_549, 2, 9],
        "Sha384" => &[1, 2, 840, 113_549, 2, 10],
        "Sha512" => &[1, 2, 840, 113_549, 2, 11],
        _ => return None,
    };
    let cipher: &[u64] = match cipher {
        "Aes_128" => &[2, 16, 840, 1, 101, 3, 4, 1, 2],
        "Aes_192" => &[2, 16, 840, 1, 101, 3, 4, 1, 22],
        "Aes_256" => &[2, 16, 840, 1, 101, 3, 4, 1, 42],
        _ => return None,
    };
    Some((hmac, cipher))
}

/// The case as the `EncryptedPrivateKeyInfo` (RFC 5958 section 3) that a key file would be.
fn encrypted_key_info(case: &Json, hmac: &[u64], cipher: &[u64]) -> Vec<u8> {
    let iterations = case["iterationCount"].as_u64().expect("a count of iterations").to_be_bytes();
    let kdf = sequence(&[
        oid(PBKDF2),
        sequence(&[octets(&bytes(case, "salt")), integer(&iterations), sequence(&[oid(hmac), value(0x05, &[])])]),
    ]);
    let scheme = sequence(&[oid(cipher), octets(&bytes(case, "iv"))]);
    let algorithm = sequence(&[oid(PBES2), sequence(&[kdf, scheme])]);
    sequence(&[algorithm, octets(&bytes(case, "ct"))])
}

fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).expect("a short value").to_be_bytes();
    let head: &[u8] = match length {
        [0, short @ 0..0x80] => &[tag, short],
        [0, long] => &[tag, 0x81, long],
        [high, low] => &[tag, 0x82, high, low],
    };
    [head, contents].concat()
}

fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    value(0x30, &items.concat())
}

fn octets(contents: &[u8]) -> Vec<u8> {
    value(0x04, contents)
}

fn integer(big_endian: &[u8]) -> Vec<u8> {
    let start = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len() - 1);
    let digits = &big_endian[start..];
    let sign = if digits[0] < 0x80 { &[][..] } else { &[0][..] };
    value(0x02, &[sign, digits].concat())
}

fn oid(arcs: &[u64]) -> Vec<u8> {
    let mut contents = vec![u8::try_from(arcs[0] * 40 + arcs[1]).expect("two small arcs")];
    for arc in &arcs[2..] {
        let groups = (0..).take_while(|n| *n == 0 || arc >> (7 * n) != 0).count();
        for place in (0..groups).rev() {
            let digit = u8::try_from(arc >> (7 * place) & 0x7f).expect("seven bits");
            contents.push(if place == 0 { digit } else { digit | 0x80 });
        }
    }
    value(0x06, &contents)
}
