//! Certificates, signed messages and documents of nobody, made here: what the targets begin with, and what
//! tests change.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use tegata_certificate::x509::der::{Elements, element, tag};

/// Contents of object identifiers.
pub mod oid {
    #![allow(missing_docs, reason = "the names say it")]
    pub const COUNTRY: &[u8] = b"\x55\x04\x06";
    pub const COMMON_NAME: &[u8] = b"\x55\x04\x03";
    pub const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
    pub const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
    pub const ECDSA_SHA256: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";
    pub const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
    pub const SUBJECT_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x0e";
    pub const KEY_USAGE: &[u8] = b"\x55\x1d\x0f";
    pub const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1d\x13";
    pub const AUTHORITY_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x23";
    pub const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
    pub const MASTER_LIST: &[u8] = b"\x67\x81\x08\x01\x01\x02";
    pub const MASTER_LIST_SIGNER: &[u8] = b"\x67\x81\x08\x01\x01\x03";
    pub const BARCODE_SIGNER: &[u8] = b"\x67\x81\x08\x01\x01\x0e\x02";
    pub const DOCUMENT_TYPES: &[u8] = b"\x67\x81\x08\x01\x01\x06\x02";
    pub const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    pub const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    pub const CONTENT_TYPE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
    pub const MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
}

/// Who is certified, or certifies: country, name, and a secret that everybody knows.
#[derive(Clone, Copy)]
pub struct Party {
    /// Two letters.
    pub country: &'static str,
    /// The common name.
    pub name: &'static str,
    /// Every byte of the secret.
    pub secret: u8,
}

impl Party {
    fn key(self) -> SigningKey {
        SigningKey::from_slice(&[self.secret; 32]).expect("a scalar")
    }

    /// A signature in fixed width, r‖s.
    #[must_use]
    pub fn sign_fixed(self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key().sign(message);
        signature.to_bytes().to_vec()
    }

    /// A signature in DER.
    #[must_use]
    pub fn sign(self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.key().sign(message);
        signature.as_bytes().to_vec()
    }

    /// The subject.
    #[must_use]
    pub fn subject(self) -> Vec<u8> {
        let attribute = |kind: &[u8], text: &str| {
            let pair = [oid(kind), element(0x13, &[text.as_bytes()])].concat();
            element(tag::SET, &[&element(tag::SEQUENCE, &[&pair])])
        };
        let attributes = [attribute(oid::COUNTRY, self.country), attribute(oid::COMMON_NAME, self.name)].concat();
        element(tag::SEQUENCE, &[&attributes])
    }

    /// The key, its curve by name.
    #[must_use]
    pub fn spki(self) -> Vec<u8> {
        let point = self.key().verifying_key().to_sec1_point(false);
        let algorithm = element(tag::SEQUENCE, &[&oid(oid::EC_PUBLIC_KEY), &oid(oid::P256)]);
        element(tag::SEQUENCE, &[&algorithm, &element(tag::BIT_STRING, &[&[0], point.as_bytes()])])
    }

    /// The identifier of the key.
    #[must_use]
    pub fn key_identifier(self) -> [u8; 20] {
        [self.secret; 20]
    }
}

fn oid(content: &[u8]) -> Vec<u8> {
    element(tag::OBJECT_IDENTIFIER, &[content])
}

/// A certificate in the making; change what it says, then sign it.
#[derive(Clone)]
pub struct Made {
    /// Its serial number's content.
    pub serial: Vec<u8>,
    /// The issuer's name.
    pub issuer: Vec<u8>,
    /// Validity as `UTCTime`.
    pub validity: [&'static str; 2],
    /// The subject's name.
    pub subject: Vec<u8>,
    /// The subject's key.
    pub spki: Vec<u8>,
    /// Extensions: identifier, content.
    pub extensions: Vec<(&'static [u8], Vec<u8>)>,
}

impl Made {
    /// A certificate of `subject` by `issuer` for the years 2025 to 2034, with both key identifiers.
    #[must_use]
    pub fn of(subject: Party, issuer: Party) -> Self {
        let authority = element(tag::SEQUENCE, &[&element(tag::primitive(0), &[&issuer.key_identifier()])]);
        Self {
            serial: vec![subject.secret],
            issuer: issuer.subject(),
            validity: ["250101000000Z", "350101000000Z"],
            subject: subject.subject(),
            spki: subject.spki(),
            extensions: vec![
                (oid::SUBJECT_KEY_IDENTIFIER, element(tag::OCTET_STRING, &[&subject.key_identifier()])),
                (oid::AUTHORITY_KEY_IDENTIFIER, authority),
            ],
        }
    }

    /// Also an authority, by its basic constraints.
    #[must_use]
    pub fn authority(self) -> Self {
        self.with(oid::BASIC_CONSTRAINTS, element(tag::SEQUENCE, &[&element(tag::BOOLEAN, &[&[0xff]])]))
    }

    /// Also for that use alone.
    #[must_use]
    pub fn usage(self, usage: &[u8]) -> Self {
        self.with(oid::EXTENDED_KEY_USAGE, element(tag::SEQUENCE, &[&oid(usage)]))
    }

    /// Also a signer of seals about these types of documents (`NV`, `NT`).
    #[must_use]
    pub fn barcode_signer(self, types: &[&str]) -> Self {
        let types: Vec<u8> = types.iter().flat_map(|name| element(0x13, &[name.as_bytes()])).collect();
        let list = element(tag::SEQUENCE, &[&element(tag::INTEGER, &[&[0]]), &element(tag::SET, &[&types])]);
        self.usage(oid::BARCODE_SIGNER).with(oid::DOCUMENT_TYPES, list)
    }

    /// What a request (PKCS#10) asks for, as an authority answers it that gives seals about vaccinations.
    ///
    /// # Panics
    /// If it is no request.
    #[must_use]
    pub fn answering(request: &[u8], serial: u8, issuer: Party) -> Self {
        let mut parts = Elements::only(request, tag::SEQUENCE).expect("a request");
        let mut info = parts.take(tag::SEQUENCE).expect("its information").inside();
        info.take(tag::INTEGER).expect("its version");
        let (subject, spki) = (info.take(tag::SEQUENCE).expect("a subject"), info.take(tag::SEQUENCE).expect("a key"));
        let party = Party { secret: serial, ..issuer };
        let made = Self { subject: subject.raw.to_vec(), spki: spki.raw.to_vec(), ..Self::of(party, issuer) };
        made.barcode_signer(&["NV"])
    }

    /// With one more extension.
    #[must_use]
    pub fn with(mut self, extension: &'static [u8], content: Vec<u8>) -> Self {
        self.extensions.push((extension, content));
        self
    }

    /// The certificate, signed by whoever it is.
    #[must_use]
    pub fn signed_by(&self, issuer: Party) -> Vec<u8> {
        let algorithm = element(tag::SEQUENCE, &[&oid(oid::ECDSA_SHA256)]);
        let time = |text: &str| element(tag::UTC_TIME, &[text.as_bytes()]);
        let extension = |(identifier, content): &(&'static [u8], Vec<u8>)| {
            element(tag::SEQUENCE, &[&oid(identifier), &element(tag::OCTET_STRING, &[content])])
        };
        let extensions: Vec<u8> = self.extensions.iter().flat_map(extension).collect();
        let tbs = element(
            tag::SEQUENCE,
            &[
                &element(tag::constructed(0), &[&element(tag::INTEGER, &[&[2]])]),
                &element(tag::INTEGER, &[&self.serial]),
                &algorithm,
                &self.issuer,
                &element(tag::SEQUENCE, &[&time(self.validity[0]), &time(self.validity[1])]),
                &self.subject,
                &self.spki,
                &element(tag::constructed(3), &[&element(tag::SEQUENCE, &[&extensions])]),
            ],
        );
        let signature = issuer.sign(&tbs);
        element(tag::SEQUENCE, &[&tbs, &algorithm, &element(tag::BIT_STRING, &[&[0], &signature])])
    }
}

/// A list of revoked certificates in the making.
#[derive(Clone)]
pub struct MadeCrl {
    /// Whose it says it is.
    pub issuer: Party,
    /// This update and the next, as `UTCTime`.
    pub updates: [&'static str; 2],
    /// The serial numbers' contents.
    pub serials: Vec<Vec<u8>>,
}

impl MadeCrl {
    /// The list, signed by whoever it is.
    #[must_use]
    pub fn signed_by(&self, signer: Party) -> Vec<u8> {
        let algorithm = element(tag::SEQUENCE, &[&oid(oid::ECDSA_SHA256)]);
        let time = |text: &str| element(tag::UTC_TIME, &[text.as_bytes()]);
        let entry =
            |serial: &Vec<u8>| element(tag::SEQUENCE, &[&element(tag::INTEGER, &[serial]), &time(self.updates[0])]);
        let entries: Vec<u8> = self.serials.iter().flat_map(entry).collect();
        let entries = if entries.is_empty() { entries } else { element(tag::SEQUENCE, &[&entries]) };
        let authority = element(tag::SEQUENCE, &[&element(tag::primitive(0), &[&self.issuer.key_identifier()])]);
        let extension =
            element(tag::SEQUENCE, &[&oid(oid::AUTHORITY_KEY_IDENTIFIER), &element(tag::OCTET_STRING, &[&authority])]);
        let tbs = element(
            tag::SEQUENCE,
            &[
                &element(tag::INTEGER, &[&[1]]),
                &algorithm,
                &self.issuer.subject(),
                &time(self.updates[0]),
                &time(self.updates[1]),
                &entries,
                &element(tag::constructed(0), &[&element(tag::SEQUENCE, &[&extension])]),
            ],
        );
        let signature = signer.sign(&tbs);
        element(tag::SEQUENCE, &[&tbs, &algorithm, &element(tag::BIT_STRING, &[&[0], &signature])])
    }
}

/// A signed message in the making.
#[derive(Clone)]
pub struct Message {
    /// The type of the content.
    pub content_type: &'static [u8],
    /// The content.
    pub content: Vec<u8>,
    /// Signed attributes: identifier, value. Empty: none.
    pub attributes: Vec<(&'static [u8], Vec<u8>)>,
    /// The certificates beside it.
    pub certificates: Vec<Vec<u8>>,
}

impl Message {
    /// A content with its two attributes.
    #[must_use]
    pub fn of(content_type: &'static [u8], content: &[u8], certificates: &[Vec<u8>]) -> Self {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(content);
        Self {
            content_type,
            content: content.to_vec(),
            attributes: vec![
                (oid::CONTENT_TYPE, oid(content_type)),
                (oid::MESSAGE_DIGEST, element(tag::OCTET_STRING, &[&digest])),
            ],
            certificates: certificates.to_vec(),
        }
    }

    /// The message, signed by the party of that serial number.
    #[must_use]
    pub fn signed_by(&self, signer: Party) -> Vec<u8> {
        let attribute = |(identifier, value): &(&'static [u8], Vec<u8>)| {
            element(tag::SEQUENCE, &[&oid(identifier), &element(tag::SET, &[value])])
        };
        let attributes: Vec<u8> = self.attributes.iter().flat_map(attribute).collect();
        let (signed, attributes) = match attributes.as_slice() {
            [] => (self.content.clone(), Vec::new()),
            some => (element(tag::SET, &[some]), element(tag::constructed(0), &[some])),
        };
        let identifier = element(tag::SEQUENCE, &[&signer.subject(), &element(tag::INTEGER, &[&[signer.secret]])]);
        let digest = element(tag::SEQUENCE, &[&oid(oid::SHA256)]);
        let version = element(tag::INTEGER, &[&[1]]);
        let info = element(
            tag::SEQUENCE,
            &[
                &version,
                &identifier,
                &digest,
                &attributes,
                &element(tag::SEQUENCE, &[&oid(oid::ECDSA_SHA256)]),
                &element(tag::OCTET_STRING, &[&signer.sign(&signed)]),
            ],
        );
        let content = element(tag::constructed(0), &[&element(tag::OCTET_STRING, &[&self.content])]);
        let data = element(
            tag::SEQUENCE,
            &[
                &version,
                &element(tag::SET, &[&digest]),
                &element(tag::SEQUENCE, &[&oid(self.content_type), &content]),
                &element(tag::constructed(0), &[&self.certificates.concat()]),
                &element(tag::SET, &[&info]),
            ],
        );
        element(tag::SEQUENCE, &[&oid(oid::SIGNED_DATA), &element(tag::constructed(0), &[&data])])
    }
}

/// The content of a master list.
#[must_use]
pub fn master_list(certificates: &[Vec<u8>]) -> Vec<u8> {
    element(tag::SEQUENCE, &[&element(tag::INTEGER, &[&[0]]), &element(tag::SET, &[&certificates.concat()])])
}
