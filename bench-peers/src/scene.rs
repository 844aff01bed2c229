//! A certificate, the key that signed it, and what reading it takes.

use crate::specimen;
use tegata_certificate::{Algorithm, Certificate, Sealed, StatusIndex, VerifyingKey};
use tegata_keys::{KeyType, PrivateKey, Signer as _};

/// One of each kind.
pub struct Scene {
    name: &'static str,
    text: String,
    message: Vec<u8>,
    signature: Vec<u8>,
    key: VerifyingKey,
    cose_key: Vec<u8>,
    kid: [u8; 32],
}

impl Scene {
    /// An EU certificate, a compact one, a health card; each opens and reads.
    pub fn all() -> [Self; 3] {
        let status = StatusIndex { shard: 2, index: 7 };
        [
            Self::of("eu-dcc", KeyType::P256, &specimen::eu_dcc()),
            Self::of("compact", KeyType::Ed25519, &specimen::compact(status)),
            Self::of("health card", KeyType::P256, &specimen::health_card()),
        ]
    }

    fn of(name: &'static str, kind: KeyType, certificate: &Certificate) -> Self {
        let signer = PrivateKey::generate(kind).expect("randomness");
        let identity = match name {
            "health card" => specimen::card_identity(&signer),
            _ => specimen::identity(&signer),
        };
        let kid = identity.kid;
        let unsigned = certificate.format.write(certificate, &identity).expect("lays out");
        let message = unsigned.to_be_signed().to_vec();
        let signature = signer.sign(&message).expect("signs");
        let text = unsigned.seal(&signature).expect("seals").text().to_owned();
        let key = signer.verifying_key().clone();
        key.prepare();
        let scene = Self { name, text, message, signature, cose_key: key.to_cose_key(), key, kid };
        drop(scene.read());
        scene
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn message(&self) -> &[u8] {
        &self.message
    }

    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The identifier by which the text names the key.
    pub fn kid(&self) -> &[u8] {
        &self.kid[..8]
    }

    /// The key's point in SEC1 form, or the 32 bytes of an Ed25519 key.
    pub fn raw_key(&self) -> Vec<u8> {
        let cose = &self.cose_key;
        match self.key.algorithm() {
            // {1: 2, -1: 1, -2: x, -3: y}: x ends 35 bytes before the end, y is the end.
            Algorithm::Es256 => [&[4], &cose[cose.len() - 67..cose.len() - 35], &cose[cose.len() - 32..]].concat(),
            _ => cose[cose.len() - 32..].to_vec(),
        }
    }

    /// The text and the key, for readers in other languages.
    pub fn to_json(&self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        // Base45 and base64url need no escapes.
        format!(
            r#"{{"name":"{}","text":"{}","algorithm":"{}","kid":"{}","key":"{}"}}"#,
            self.name,
            self.text,
            self.key.algorithm().name(),
            hex(self.kid()),
            hex(&self.raw_key())
        )
    }

    /// From the text to the certificate.
    pub fn read(&self) -> Certificate {
        self.decode().open(&self.key).expect("opens").read().expect("reads")
    }

    /// From the text to what nobody believes yet.
    pub fn decode(&self) -> Sealed {
        Sealed::decode(&self.text).expect("decodes")
    }

    /// The signature alone.
    pub fn check(&self) {
        self.key.verify(&self.message, &self.signature).expect("holds");
    }

    /// The table of a key that has none yet. It is gone again with the key.
    pub fn prepare_anew(&self) {
        VerifyingKey::from_cose_key(&self.cose_key).expect("a key").prepare();
    }
}
