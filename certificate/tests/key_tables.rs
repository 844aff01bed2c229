//! Keys with tables and keys without accept the same signatures, and tables stay within their bound.
//!
//! One process of its own, as the bound is the process's, and its tests in turns.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::CompressedEdwardsY;
use p256::ecdsa::signature::Verifier as _;
use sha2::{Digest as _, Sha256};
use std::sync::Mutex;
use tegata_certificate::{VerifyingKey, key_tables};

static IN_TURNS: Mutex<()> = Mutex::new(());

/// The order of P-256's group, and of Ed25519's.
const N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const L: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

fn hex(text: &str) -> [u8; 32] {
    let digits = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hexadecimal");
    std::array::from_fn(digits)
}

/// `a` + `b` or `a` − `b` modulo 2²⁵⁶, big-endian.
fn combine(a: [u8; 32], b: [u8; 32], minus: bool) -> [u8; 32] {
    let (mut result, mut carry) = ([0; 32], i16::from(false));
    for at in (0..32).rev() {
        let b = i16::from(b[at]);
        let sum = i16::from(a[at]) + if minus { -b } else { b } + carry;
        result[at] = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    result
}

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    fn bytes(&mut self) -> [u8; 32] {
        self.0 += 1;
        Sha256::digest(self.0.to_be_bytes()).into()
    }

    fn below(&mut self, bound: usize) -> usize {
        let bytes = self.bytes();
        usize::from_be_bytes(bytes[..8].try_into().expect("eight")) % bound
    }
}

/// Whether a check of that message and signature holds.
type Plain = Box<dyn Fn(&[u8], &[u8; 64]) -> bool + Send + Sync>;

/// Makes a signature to be checked of a message's genuine one, and tells whether it must hold.
type Case = fn(&mut Chance, &mut [u8; 32], [u8; 64]) -> ([u8; 64], bool);

/// A key with a table, the plain crate's own check, and a few messages that the key signed.
struct Signed {
    prepared: VerifyingKey,
    plain: Plain,
    messages: Vec<([u8; 32], [u8; 64])>,
}

impl Signed {
    fn p256(chance: &mut Chance) -> Self {
        use p256::ecdsa::signature::Signer as _;
        let mut secret = chance.bytes();
        secret[0] &= 0x7f;
        let signing = p256::ecdsa::SigningKey::from_slice(&secret).expect("a scalar");
        let verifying = *signing.verifying_key();
        let sign = |message: [u8; 32]| {
            let signature: p256::ecdsa::Signature = signing.sign(&message);
            (message, signature.to_bytes().into())
        };
        Self {
            prepared: VerifyingKey::p256(verifying.to_sec1_point(false).as_bytes()).expect("a key"),
            plain: Box::new(move |message, signature| {
                p256::ecdsa::Signature::from_slice(signature).is_ok_and(|s| verifying.verify(message, &s).is_ok())
            }),
            messages: (0..3).map(|_| sign(chance.bytes())).collect(),
        }
    }

    fn ed25519(chance: &mut Chance) -> Self {
        use ed25519_dalek::Signer as _;
        let signing = ed25519_dalek::SigningKey::from_bytes(&chance.bytes());
        let verifying = signing.verifying_key();
        let sign = |message: [u8; 32]| (message, signing.sign(&message).to_bytes());
        Self {
            prepared: VerifyingKey::ed25519(verifying.as_bytes()).expect("a strong key"),
            plain: Box::new(move |message, signature| {
                let signature = ed25519_dalek::Signature::from_bytes(signature);
                verifying.verify_strict(message, &signature).is_ok()
            }),
            messages: (0..3).map(|_| sign(chance.bytes())).collect(),
        }
    }
}

fn halves(signature: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (first, second) = signature.split_at(32);
    (first.try_into().expect("32"), second.try_into().expect("32"))
}

fn joined(first: [u8; 32], second: [u8; 32]) -> [u8; 64] {
    std::array::from_fn(|at| if at < 32 { first[at] } else { second[at - 32] })
}

fn reversed(mut bytes: [u8; 32]) -> [u8; 32] {
    bytes.reverse();
    bytes
}

/// A signature like a genuine one, or nothing like it, and whether it must hold.
fn es256_case(chance: &mut Chance, message: &mut [u8; 32], genuine: [u8; 64]) -> ([u8; 64], bool) {
    let (r, s) = halves(&genuine);
    let edges = [[0; 32], combine([0; 32], one(), false), hex(N), combine(hex(N), one(), true), [0xff; 32]];
    match chance.below(9) {
        0 => (genuine, true),
        // Its twin: −s signs as well as s.
        1 => (joined(r, combine(hex(N), s, true)), true),
        2 => (joined(chance.bytes(), chance.bytes()), false),
        3 => (joined(s, r), false),
        4 => (joined(combine(hex(N), r, true), s), false),
        5 => (joined(edges[chance.below(5)], s), false),
        6 => (joined(r, edges[chance.below(5)]), false),
        7 => {
            message[chance.below(32)] ^= 1 << chance.below(8);
            (genuine, false)
        }
        _ => (flipped(chance, genuine), false),
    }
}

fn eddsa_case(chance: &mut Chance, message: &mut [u8; 32], genuine: [u8; 64]) -> ([u8; 64], bool) {
    let (r, s) = halves(&genuine);
    let moved = |torsion: usize| {
        let point = CompressedEdwardsY(r).decompress().expect("a point") + EIGHT_TORSION[torsion];
        point.compress().to_bytes()
    };
    match chance.below(9) {
        0 | 1 => (genuine, true),
        2 => (joined(chance.bytes(), chance.bytes()), false),
        // The same number modulo the order, as a verifier that does not look would take it.
        3 => (joined(r, reversed(combine(reversed(s), hex(L), false))), false),
        4 => (joined(r, reversed(combine(hex(L), reversed(s), true))), false),
        5 => (joined(moved(1 + chance.below(7)), s), false),
        6 => (joined(EIGHT_TORSION[chance.below(8)].compress().to_bytes(), s), false),
        7 => {
            message[chance.below(32)] ^= 1 << chance.below(8);
            (genuine, false)
        }
        _ => (flipped(chance, genuine), false),
    }
}

fn one() -> [u8; 32] {
    std::array::from_fn(|at| u8::from(at == 31))
}

fn flipped(chance: &mut Chance, mut signature: [u8; 64]) -> [u8; 64] {
    signature[chance.below(64)] ^= 1 << chance.below(8);
    signature
}

/// Each case is made so that it is known whether it holds; every 16th is put to the plain crate too.
fn compare(seed: u64, cases: usize, keys: &[Signed], case: Case) {
    let mut chance = Chance(seed);
    for number in 0..cases {
        let key = &keys[chance.below(keys.len())];
        let (mut message, genuine) = key.messages[chance.below(key.messages.len())];
        let (signature, wanted) = case(&mut chance, &mut message, genuine);
        let held = key.prepared.verify(&message, &signature).is_ok();
        assert_eq!(held, wanted, "{message:x?} {signature:x?}");
        if number % 16 == 0 {
            assert_eq!((key.plain)(&message, &signature), wanted, "the plain crate: {message:x?} {signature:x?}");
        }
    }
}

#[test]
fn a_million_random_and_near_miss_signatures_get_the_same_answer_with_tables() {
    let _turn = IN_TURNS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    const CASES: usize = 500_000;
    const THREADS: usize = 4;
    let mut chance = Chance(1 << 40);
    let es256: Vec<_> = (0..8).map(|_| Signed::p256(&mut chance)).collect();
    let eddsa: Vec<_> = (0..8).map(|_| Signed::ed25519(&mut chance)).collect();
    es256.iter().chain(&eddsa).for_each(|key| key.prepared.prepare());
    assert!(key_tables::held() > 16 * 50_000, "every key has its table");
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (es256, eddsa) = (&es256, &eddsa);
            scope.spawn(move || {
                compare((thread as u64) << 32, CASES / THREADS, es256, es256_case);
                compare(((thread + THREADS) as u64) << 32, CASES / THREADS, eddsa, eddsa_case);
            });
        }
    });
}

#[test]
fn five_hundred_listed_keys_stay_within_forty_megabytes() {
    let _turn = IN_TURNS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // The base points' tables, which all keys share.
    const SHARED: usize = 1_000_000;
    let mut chance = Chance(1 << 41);
    let meet = |keys: &[Signed]| {
        for key in keys {
            for (message, signature) in &key.messages {
                key.prepared.verify(message, signature).expect("holds");
            }
            assert!(key_tables::held() + SHARED <= 40_000_000);
        }
    };
    let es256: Vec<_> = (0..500).map(|_| Signed::p256(&mut chance)).collect();
    meet(&es256);
    let all = key_tables::held();
    assert!(all > 500 * 53_000, "each has a table, the first ones a wide one: {all}");
    for key in &es256 {
        key.prepared.prepare();
    }
    assert_eq!(key_tables::held(), all, "there was room for all");
    // 500 more, whose tables are larger.
    let eddsa: Vec<_> = (0..500).map(|_| Signed::ed25519(&mut chance)).collect();
    meet(&eddsa);
    assert!(key_tables::held() > key_tables::LIMIT - 400_000, "{}", key_tables::held());
    key_tables::limit_to(0);
    assert_eq!(key_tables::held(), 0);
    for key in es256.iter().chain(&eddsa).step_by(9) {
        let (message, signature) = &key.messages[0];
        key.prepared.verify(message, signature).expect("holds without");
        assert!(key.prepared.verify(&[0; 32], signature).is_err());
    }
    assert_eq!(key_tables::held(), 0, "off is off");
    key_tables::limit_to(key_tables::LIMIT);
}
