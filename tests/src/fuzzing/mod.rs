//! What each fuzz target does with its input, and the inputs that it begins with.
//!
//! The targets in `fuzz/` need a nightly compiler. Their bodies are here, so that the stable tests
//! run the committed corpora through the same code (`tests/fuzz_corpora.rs`). A body panics where
//! something does not hold that must hold for every input.

mod cards;
mod documents;
mod imports;
pub mod maker;
mod mrz;
mod rules;
mod seals;
mod seeds;
mod signatures;
mod status;
mod update;

use ciborium::Value;
use coset::{CborSerializable, CoseSign1, TaggedCborSerializable, iana};
use std::sync::LazyLock;
use tegata_certificate::cbor::{self, Head, Limits, Profile, Reader};
use tegata_certificate::{
    Algorithm, Certificate, ClaimedAlgorithm, Format, KeyIdentity, KidPlace, RegisteredName, Sealed, UnixTime,
    WriteError, base45, deflate,
};
use tegata_keys::{PrivateKey, Signer};
use tegata_trust_lists::publish::sign_list;
use tegata_trust_lists::{Bundle, Head as HeadList, MAX_CANDIDATES, NamedFile, Role, RootPin, TrustState};
use unicode_normalization::UnicodeNormalization;

pub use cards::{cards, health_card};
pub use documents::{messages, network, x509};
pub use imports::imports;
pub use mrz::mrz;
pub use rules::rules;
pub use seals::{jcs, seals};
pub use seeds::seeds;
pub use signatures::signatures;
pub use status::status;
pub use update::update;

/// A target: its name, which is its corpus' too, and its body, which says whether the input got through.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// Every target.
pub const TARGETS: &[Target] = &[
    ("text", text),
    ("frame", frame),
    ("cbor", cbor),
    ("cose", cose),
    ("claims", claims),
    ("cards", cards),
    ("health_card", health_card),
    ("list", list),
    ("status", status),
    ("jcs", jcs),
    ("seal", seals),
    ("x509", x509),
    ("cms", messages),
    ("who", network),
    ("update", update),
    ("imports", imports),
    ("mrz", mrz),
    ("rules", rules),
    ("signatures", signatures),
];

/// The time of every list in the corpora: 2026-01-01.
const NOW: UnixTime = UnixTime(1_767_225_600);

/// The repository of every list in the corpora.
const REPOSITORY: &str = "DEMO/fuzzing";

/// Signs the certificates in the corpora. Its secret, as those of [`ROLES`], is known to everybody.
static KEY: LazyLock<PrivateKey> = LazyLock::new(|| key(7));

/// Sign the lists in the corpora: root, trust, status, head.
static ROLES: LazyLock<[PrivateKey; 4]> = LazyLock::new(|| [1, 2, 3, 4].map(key));

fn key(byte: u8) -> PrivateKey {
    // PKCS#8 (RFC 8410 section 7) around the 32 bytes of the seed.
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([byte; 32]);
    PrivateKey::from_pkcs8(&der).expect("an Ed25519 key")
}

/// The key of a role; requests have none of their own here.
fn role_key(role: Role) -> &'static PrivateKey {
    let [root, trust, status, head] = &*ROLES;
    match role {
        Role::Root => root,
        Role::Trust => trust,
        Role::Status => status,
        Role::Head | Role::Rules | Role::Request => head,
    }
}

fn identity() -> KeyIdentity<'static> {
    KeyIdentity { algorithm: Algorithm::EdDsa, kid: KEY.verifying_key().thumbprint(), certificate: None }
}

/// A scanned text: decoded, opened and read without a panic, within the bounds.
///
/// # Panics
/// Where a bound does not hold.
pub fn text(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(sealed) = Sealed::decode(text) else { return false };
    // A card without its code may be longer than any symbol: `cards` has its bounds.
    let longest = if sealed.format() == Format::Shc { 64 * 1024 } else { tegata_certificate::QR_CHARACTERS_MAX };
    assert!(text.trim().len() <= longest, "a longer text than any symbol holds");
    assert!(sealed.message().len() <= deflate::INFLATED_MAX, "a longer message than any text may hold");
    // Two families share a prefix; which of them it is, the claims say.
    let announced = Format::recognise(text).expect("decoded");
    assert!(announced == sealed.format() || (announced, sealed.format()) == (Format::EuDcc, Format::Icvp));
    read_if_signed(&sealed);
    true
}

fn read_if_signed(sealed: &Sealed) {
    if let Ok(authentic) = sealed.open(KEY.verifying_key()) {
        drop(authentic.read());
    }
}

/// Base45 and zlib: one text for each byte string, and no output beyond the cap.
///
/// # Panics
/// Where that does not hold.
pub fn frame(input: &[u8]) -> bool {
    let decoded = std::str::from_utf8(input).ok().and_then(|text| Some((text, base45::decode(text).ok()?)));
    if let Some((text, bytes)) = &decoded {
        assert_eq!(base45::encode(bytes), *text, "two texts for the same bytes");
    }
    let inflated = deflate::inflate(input).ok();
    if let Some(inflated) = &inflated {
        assert!(inflated.len() <= deflate::INFLATED_MAX, "the cap does not hold");
        let again = deflate::deflate(inflated).expect("within the cap");
        assert_eq!(deflate::inflate(&again).as_ref(), Ok(inflated));
    }
    decoded.is_some() || inflated.is_some()
}

/// The CBOR scan against another reader: what is accepted here, `ciborium` reads too, and in the
/// deterministic profile it writes the same bytes again.
///
/// # Panics
/// Where the two disagree.
pub fn cbor(input: &[u8]) -> bool {
    let lenient = cbor::scan(input, Profile::Lenient, Limits::CERTIFICATE);
    let deterministic = cbor::scan(input, Profile::Deterministic, Limits::CERTIFICATE);
    if lenient.is_err() {
        assert!(deterministic.is_err(), "the strict profile accepts what the lenient one refuses");
        return false;
    }
    if !is_known_to_ciborium(input) {
        return true;
    }
    let mut rest = input;
    let value: Value = ciborium::from_reader(&mut rest).expect("ciborium reads it too");
    assert!(rest.is_empty(), "ciborium finds an earlier end");
    if deterministic.is_ok() {
        let mut written = Vec::new();
        ciborium::into_writer(&value, &mut written).expect("writes to memory");
        assert_eq!(written, input, "not the deterministic form");
    }
    true
}

/// Whether `ciborium` has a value for every item: it has none for simple values without a meaning,
/// reads the tags of large numbers (2, 3) as numbers, and refuses a character that is split
/// between the chunks of a text.
fn is_known_to_ciborium(scanned: &[u8]) -> bool {
    let mut reader = Reader::new(scanned);
    while !reader.at_end() {
        let known = match reader.head() {
            Ok(Head::Simple(number)) => (20..=23).contains(&number),
            Ok(Head::Tag(2 | 3)) => false,
            Ok(Head::Bytes(Some(length)) | Head::Text(Some(length))) => reader.advance(length).is_ok(),
            Ok(_) => true,
            Err(_) => false,
        };
        if !known {
            return false;
        }
    }
    true
}

/// COSE_Sign1 against another reader: where `coset` accepts a message too, both find the same parts.
///
/// # Panics
/// Where the two disagree.
pub fn cose(input: &[u8]) -> bool {
    let mut accepted = false;
    let oracle = CoseSign1::from_tagged_slice(input).or_else(|_| CoseSign1::from_slice(input));
    for format in [Format::Compact, Format::EuDcc] {
        for profile in [Profile::Deterministic, Profile::Lenient] {
            let Ok(sealed) = Sealed::from_message(input.to_vec(), format, profile) else { continue };
            accepted = true;
            assert_eq!(sealed.message(), input, "the bytes as received");
            if let Ok(oracle) = &oracle {
                assert_same_parts(&sealed, oracle);
            }
            read_if_signed(&sealed);
        }
    }
    accepted
}

fn assert_same_parts(sealed: &Sealed, oracle: &CoseSign1) {
    assert_eq!(Some(sealed.unverified_payload()), oracle.payload.as_deref());
    let kid = |header: &coset::Header| Some(header.key_id.clone()).filter(|kid| !kid.is_empty());
    let header = match sealed.kid_place() {
        Some(KidPlace::Unprotected) => &oracle.unprotected,
        _ => &oracle.protected.header,
    };
    assert_eq!(sealed.kid().filter(|kid| !kid.is_empty()).map(<[u8]>::to_vec), kid(header));
    let number = |header: &coset::Header| match &header.alg {
        Some(coset::RegisteredLabelWithPrivate::Assigned(algorithm)) => Some(iana::EnumI64::to_i64(algorithm)),
        Some(coset::RegisteredLabelWithPrivate::PrivateUse(number)) => Some(*number),
        _ => None,
    };
    match sealed.claimed_algorithm() {
        ClaimedAlgorithm::Protected(algorithm) => assert_eq!(Some(algorithm), number(&oracle.protected.header)),
        ClaimedAlgorithm::Unprotected(algorithm) => assert_eq!(Some(algorithm), number(&oracle.unprotected)),
        ClaimedAlgorithm::Absent => {}
    }
}

/// Signed claims: the first byte chooses the family, the rest is the payload, which our key signs.
/// What reads as a compact certificate is written the same way again, its names in normal form.
///
/// # Panics
/// Where that does not hold.
pub fn claims(input: &[u8]) -> bool {
    let Some((choice, payload)) = input.split_first() else { return false };
    let format = match choice % 3 {
        0 => Format::Compact,
        1 => Format::EuDcc,
        _ => Format::Icvp,
    };
    let message = sign1(payload, format.kid_length());
    let Ok(sealed) = Sealed::from_message(message, format, format.profile()) else { return false };
    let authentic = sealed.open(KEY.verifying_key()).expect("our key signed it");
    let Ok(certificate) = authentic.read() else { return false };
    // One that ends before it begins is read, for the verdict to refuse it, and is never written.
    if format == Format::Compact && certificate.issued_at <= certificate.expires_at {
        assert_written_again(certificate);
    }
    true
}

fn assert_written_again(mut certificate: Certificate) {
    let written = certificate.format.write(&certificate, &identity());
    let holder = &mut certificate.holder;
    let mut longest = 0;
    let registered = holder.registered.as_mut().map(|name| match name {
        RegisteredName::Whole(name) => name,
        RegisteredName::Parts { .. } => unreachable!("the family has whole names"),
    });
    for name in registered.into_iter().chain(&mut holder.kana) {
        *name = name.cjk_compat_variants().nfc().collect();
        longest = longest.max(name.chars().count());
    }
    // The normal form of a few characters is longer than they are.
    if longest > 80 {
        assert_eq!(written.err(), Some(WriteError::Text));
        return;
    }
    let unsigned = written.expect("what was read can be written");
    let format = certificate.format;
    let message = sign1(unsigned.payload(), format.kid_length());
    let sealed = Sealed::from_message(message, format, format.profile()).expect("our own form");
    let again = sealed.open(KEY.verifying_key()).expect("our key signed it").read();
    assert!(again == Ok(certificate), "read and written, it is another certificate");
}

/// A message of our key around any payload.
fn sign1(payload: &[u8], kid_length: usize) -> Vec<u8> {
    let mut protected = cbor::Writer::default();
    protected.map(2);
    protected.int(1);
    protected.int(Algorithm::EdDsa.cose());
    protected.int(4);
    protected.bytes(&identity().kid[..kid_length]);
    let protected = protected.into_bytes();

    let mut input = cbor::Writer::default();
    input.array(4);
    input.text("Signature1");
    input.bytes(&protected);
    input.bytes(&[]);
    input.bytes(payload);
    let signature = KEY.sign(&input.into_bytes()).expect("signs");

    let mut message = cbor::Writer::default();
    message.tag(18);
    message.array(4);
    message.bytes(&protected);
    message.map(0);
    message.bytes(payload);
    message.bytes(&signature);
    message.into_bytes()
}

/// Lists: the first byte chooses whether the rest is a bundle, or the payload of a trust list, a head or
/// a root, which the role's key then signs, with good lists around it.
///
/// # Panics
/// Where a bundle is not the same after writing, or more keys than allowed answer to one identifier.
pub fn list(input: &[u8]) -> bool {
    let Some((choice, rest)) = input.split_first() else { return false };
    let bundle = match choice % 4 {
        0 => match Bundle::parse(rest) {
            Ok(bundle) => {
                assert_eq!(Bundle::parse(&bundle.encode()), Ok(bundle.clone()));
                bundle
            }
            Err(_) => return false,
        },
        1 => around(&seeds::root(), rest),
        2 => {
            let (root, trust) = (signed(Role::Root, &seeds::root()), signed(Role::Trust, &seeds::trust()));
            Bundle { roots: vec![root], trust, head: signed(Role::Head, rest), ..Bundle::default() }
        }
        _ => around(rest, &seeds::trust()),
    };
    let Some(first) = bundle.roots.first() else { return false };
    let Ok(state) = TrustState::load(&bundle, &RootPin::of(first), NOW) else { return false };
    for entry in &state.trust().keys {
        for format in Format::ALL {
            let hint = entry.kid.get(..format.kid_length()).unwrap_or_default();
            assert!(state.candidates(format, hint).count() <= MAX_CANDIDATES, "too many keys for one identifier");
        }
        assert!(state.issuer(entry).is_some(), "a key without an issuer");
    }
    true
}

/// A bundle of these payloads and the head that names them.
fn around(root: &[u8], trust: &[u8]) -> Bundle {
    let (root, trust) = (signed(Role::Root, root), signed(Role::Trust, trust));
    let head = HeadList {
        header: seeds::header(7),
        roots: vec![NamedFile::of(&root, 1)],
        trust: NamedFile::of(&trust, 1),
        status: Default::default(),
        withdrawals: Default::default(),
        rules: None,
    };
    let head = signed(Role::Head, &head.encode());
    Bundle { roots: vec![root], trust, head, ..Bundle::default() }
}

fn signed(role: Role, payload: &[u8]) -> Vec<u8> {
    sign_list(role, REPOSITORY, payload, &[role_key(role)]).expect("signs")
}
