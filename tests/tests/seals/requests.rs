//! The request of `tegata-issuer csr`, before OpenSSL, and the way back into the key's folder.

use crate::desk::{NOW, Office, STATE};
use std::process::Command;
use tegata_certificate::Country;
use tegata_keys::{
    KeyStore, KeyType, Passphrase, PrivateKey, Purpose, StoreError, barcode_signer_request, certificate_in, request_pem,
};
use tegata_tests::fuzzing::maker::Made;

#[test]
fn openssl_reads_a_request_and_its_signature_holds() {
    let key = PrivateKey::generate(KeyType::P256).expect("random");
    let japan = Country::parse("JP").expect("a country");
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["DA", "架空市"] {
        let pem = request_pem(&barcode_signer_request(&key, japan, name).expect("a request")).expect("PEM");
        let path = folder.path().join("request.pem");
        std::fs::write(&path, &pem).expect("a file");
        let openssl = Command::new("openssl")
            .args(["req", "-verify", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus", "-in"])
            .arg(&path)
            .output();
        let Ok(output) = openssl else {
            println!("SKIPPED: openssl is not installed; install it to have requests checked by another reader");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.to_lowercase().contains("verify ok"), "{text}");
        for part in [&*format!("C=JP,CN={name}"), "2.23.136.1.1.14.2", "2.23.136.1.1.6.2", "critical"] {
            assert!(text.replace(" = ", "=").contains(part), "no {part} in {text}");
        }
    }
}

#[test]
fn a_certificate_is_kept_beside_its_own_key_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = KeyStore::new(folder.path().join("keys"));
    let passphrase = Passphrase::new("demo");
    store.create("seals", KeyType::P256, &passphrase, Purpose::Demo, NOW).expect("a key");
    assert_eq!(store.certificate("seals").expect("no error"), None);
    let key = store.unlock("seals", &passphrase).expect("opens");
    let request = barcode_signer_request(&key, Country::parse("JP").expect("a country"), "DA").expect("a request");
    let certificate = Made::answering(&request, 61, STATE).signed_by(STATE);
    let others = Office::new(62).certificate;
    assert!(matches!(store.store_certificate("seals", &others), Err(StoreError::OtherKey { .. })));
    assert!(matches!(store.store_certificate("seals", b"nothing"), Err(StoreError::NoCertificate)));
    assert!(matches!(store.store_certificate("other", &certificate), Err(StoreError::Unknown { .. })));
    store.store_certificate("seals", &certificate).expect("stores");
    assert_eq!(store.certificate("seals").expect("no error"), Some(certificate.clone()));
    assert_eq!(store.list().expect("lists").len(), 1, "a certificate is no key");
    let renewed = Made::answering(&request, 63, STATE).signed_by(STATE);
    store.store_certificate("seals", &renewed).expect("replaces");
    assert_eq!(store.certificate("seals").expect("no error"), Some(renewed));
    std::fs::write(store.certificate_path("seals"), others).expect("a file");
    assert!(matches!(store.certificate("seals"), Err(StoreError::OtherKey { .. })));
}

#[test]
fn a_certificate_file_may_be_pem_or_der() {
    let der = Office::new(64).certificate;
    let pem = |label: &str| {
        let body = data_encoding::BASE64.encode(&der);
        let lines: Vec<String> =
            body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")).into_bytes()
    };
    assert_eq!(certificate_in(&der), Some(der.clone()));
    assert_eq!(certificate_in(&pem("CERTIFICATE")), Some(der.clone()));
    assert_eq!(certificate_in(&pem("CERTIFICATE REQUEST")), None);
}
