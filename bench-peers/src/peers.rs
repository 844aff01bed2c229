//! What others check and read with.

use crate::scene::Scene;
use p256::ecdsa::signature::Verifier as _;

/// The check of that scene's message, its key parsed before.
pub fn aws_es256(scene: &Scene) -> impl FnMut() + '_ {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, scene.raw_key()).expect("a key");
    move || key.verify_sig(scene.message(), scene.signature()).expect("holds")
}

/// The check of that scene's message, its key parsed before. Not strict: it takes more than `verify_strict` does.
pub fn aws_ed25519(scene: &Scene) -> impl FnMut() + '_ {
    use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
    let key = ParsedPublicKey::new(&ED25519, scene.raw_key()).expect("a key");
    move || key.verify_sig(scene.message(), scene.signature()).expect("holds")
}

/// The check of that scene's message. This crate parses keys anew each time.
pub fn ring_es256(scene: &Scene) -> impl FnMut() + '_ {
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_FIXED, scene.raw_key());
    move || key.verify(scene.message(), scene.signature()).expect("holds")
}

/// The check of that scene's message. This crate parses keys anew each time; it is not strict.
pub fn ring_ed25519(scene: &Scene) -> impl FnMut() + '_ {
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, scene.raw_key());
    move || key.verify(scene.message(), scene.signature()).expect("holds")
}

/// The check of that scene's message by the crate that checks keys without a table here.
pub fn p256_es256(scene: &Scene) -> impl FnMut() + '_ {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&scene.raw_key()).expect("a key");
    let signature = p256::ecdsa::Signature::from_slice(scene.signature()).expect("64 bytes");
    move || key.verify(scene.message(), &signature).expect("holds")
}

/// The check of that scene's message by the rules that hold here.
pub fn strict(scene: &Scene) -> impl FnMut() + '_ {
    let key = scene.raw_key().try_into().expect("32 bytes");
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).expect("a key");
    let signature = ed25519_dalek::Signature::from_slice(scene.signature()).expect("64 bytes");
    move || key.verify_strict(scene.message(), &signature).expect("holds")
}

/// The whole way by the crate `dgc`, which knows EU certificates under ES256.
pub struct Dgc<'a> {
    scene: &'a Scene,
    keys: dgc::TrustList,
}

/// A list of that scene's key.
pub fn dgc(scene: &Scene) -> Dgc<'_> {
    let mut keys = dgc::TrustList::new();
    keys.add(scene.kid(), scene.raw_key());
    Dgc { scene, keys }
}

impl Dgc<'_> {
    /// From the text to its record.
    pub fn validate(&self) -> dgc::DgcContainer {
        let (container, validity) = dgc::validate(self.scene.text(), &self.keys).expect("reads");
        assert!(validity.is_valid(), "{validity}");
        container
    }
}
