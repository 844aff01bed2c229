//! A target over signatures: keys with their tables and the same keys without say the same.

use ed25519_dalek::{Signer as _, SigningKey};
use p256::elliptic_curve::ops::Reduce as _;
use p256::{NonZeroScalar, Scalar};
use std::sync::LazyLock;
use tegata_certificate::VerifyingKey;

/// Signs a message.
type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// A key that signs, and its public half with a table.
struct Pair {
    sign: Sign,
    prepared: VerifyingKey,
    /// To be read anew: a key that was just read has no table.
    cose: Vec<u8>,
}

impl Pair {
    fn new(prepared: VerifyingKey, sign: Sign) -> Self {
        prepared.prepare();
        let cose = prepared.to_cose_key();
        Self { sign, prepared, cose }
    }

    fn ed25519(seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = VerifyingKey::ed25519(key.verifying_key().as_bytes()).expect("a strong key");
        Self::new(public, Box::new(move |message| key.sign(message).to_bytes().to_vec()))
    }

    fn p256(secret: Scalar) -> Self {
        let secret = NonZeroScalar::new(secret).into_option().expect("not 0");
        let key = p256::ecdsa::SigningKey::from(secret);
        let public = VerifyingKey::p256(key.verifying_key().to_sec1_point(false).as_bytes()).expect("a point");
        let sign = move |message: &[u8]| {
            let signature: p256::ecdsa::Signature = key.sign(message);
            signature.to_bytes().to_vec()
        };
        Self::new(public, Box::new(sign))
    }
}

/// Of P-256 also multiples of the base point that meet its own on the way: 1, 2, 16, 256 and their opposites.
static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let small = [1_u64, 2, 16, 256].map(Scalar::from);
    let any = Scalar::reduce(&p256::U256::from_be_slice(&[0x5a; 32]));
    let scalars = small.into_iter().chain(small.map(|scalar| -scalar)).chain([any, -any]);
    scalars.map(Pair::p256).chain([3, 5].map(Pair::ed25519)).collect()
});

/// The first byte chooses a key, and whether the next 64 are a signature themselves or what is different from the
/// key's own; the rest is the message.
///
/// # Panics
/// Where a key with a table and one without do not say the same, or a genuine signature does not hold.
pub fn signatures(input: &[u8]) -> bool {
    let Some((choice, rest)) = input.split_first() else { return false };
    let Some((given, message)) = rest.split_first_chunk::<64>() else { return false };
    let pair = &PAIRS[usize::from(choice >> 1) % PAIRS.len()];
    let mut signature = given.to_vec();
    if choice % 2 == 1 {
        let genuine = (pair.sign)(message);
        signature.iter_mut().zip(genuine).for_each(|(byte, genuine)| *byte ^= genuine);
    }
    let plain = VerifyingKey::from_cose_key(&pair.cose).expect("a key");
    let held = pair.prepared.verify(message, &signature).is_ok();
    assert_eq!(plain.verify(message, &signature).is_ok(), held, "with a table and without");
    assert!(held || choice % 2 == 0 || given.iter().any(|byte| *byte != 0), "a genuine signature does not hold");
    held
}

/// A genuine signature of each key, and what is left of it as it is.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    const NAMES: [&str; 12] = [
        "g1",
        "g2",
        "g16",
        "g256",
        "minus-g1",
        "minus-g2",
        "minus-g16",
        "minus-g256",
        "p256",
        "minus-p256",
        "ed-3",
        "ed-5",
    ];
    let message = b"a message";
    let mut seeds: Vec<_> =
        (0_u8..).zip(NAMES).map(|(at, name)| (name, [&[at << 1 | 1][..], &[0; 64], message].concat())).collect();
    let raw = |at: u8| [&[at << 1][..], &(PAIRS[usize::from(at)].sign)(message), message].concat();
    seeds.extend([("raw-p256", raw(8)), ("raw-ed25519", raw(10))]);
    seeds
}
