//! Objects in a token, made by its own interface: what `key new` would never make.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use tegata_keys::{KeyStore, KeyType, Passphrase, Purpose, Signer, TokenPlace};
use tegata_tests::soft_token::{PIN, Tokens};
use tegata_tests::specimen::NOW;

/// P-256, as `CKA_EC_PARAMS`.
const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";

/// Somebody else who works with the token.
pub struct Bystander {
    pub session: Session,
}

impl Bystander {
    /// Logged in to the first token, for as long as it lives.
    pub fn at(tokens: &Tokens) -> Self {
        let api = Pkcs11::new(&tokens.module).expect("loads");
        match api.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => panic!("{error}"),
        }
        let slot = api.get_slots_with_initialized_token().expect("slots").first().copied().expect("a token");
        let session = api.open_rw_session(slot).expect("a session");
        match session.login(UserType::User, Some(&AuthPin::from(PIN.to_owned()))) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => panic!("{error}"),
        }
        Self { session }
    }

    /// Makes a key pair on P-256; `change` what the private half may do.
    pub fn make(&self, label: &str, change: &[Attribute]) {
        let public = [
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::EcParams(P256.to_vec()),
            Attribute::Id(label.as_bytes().to_vec()),
            Attribute::Label(label.as_bytes().to_vec()),
        ];
        let mut private = vec![
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Decrypt(false),
            Attribute::Unwrap(false),
            Attribute::Derive(false),
            Attribute::SignRecover(false),
            Attribute::Id(label.as_bytes().to_vec()),
            Attribute::Label(label.as_bytes().to_vec()),
        ];
        for wanted in change {
            private.retain(|attribute| attribute.attribute_type() != wanted.attribute_type());
            private.push(wanted.clone());
        }
        self.session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private).expect("makes a key");
    }
}

/// A place in the token `office`.
pub fn place(tokens: &Tokens, key: &str) -> TokenPlace {
    let uri = format!("pkcs11:token=office{key}").parse().expect("a URI");
    TokenPlace { uri, module: Some(tokens.module.clone()) }
}

/// The key store of the test.
pub fn store(tokens: &Tokens) -> KeyStore {
    KeyStore::new(tokens.folder().join("keys"))
}

/// What opens every token here.
pub fn pin() -> Passphrase {
    Passphrase::new(PIN)
}

/// Makes a key in the token `office`, and opens it.
pub fn new_key(tokens: &Tokens, name: &str, kind: KeyType) -> Box<dyn Signer> {
    let store = store(tokens);
    store.create_in_token(name, kind, &place(tokens, ""), &pin(), Purpose::Demo, NOW).expect("makes a key");
    store.unlock(name, &pin()).expect("opens")
}
