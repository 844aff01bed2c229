//! Making a key inside a token.

use super::TokenPlace;
use super::attributes::{ED25519, ED25519_NAME, P256};
use super::error::{Fault, TokenError};
use super::login::Login;
use super::module::Module;
use super::token_key::token_of;
use super::uri::TokenUri;
use crate::passphrase::Passphrase;
use crate::private_key::KeyType;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::Session;

/// Bytes of an id: nobody else's, whoever writes to the token.
const ID: usize = 16;

/// Makes a key that never leaves the token and does nothing but sign; says where it is.
pub(crate) fn generate(
    place: &TokenPlace,
    kind: KeyType,
    label: &str,
    pin: &Passphrase,
) -> Result<TokenUri, TokenError> {
    let mut id = vec![0; ID];
    getrandom::fill(&mut id)
        .map_err(|_| TokenError::Failed { call: "random".to_owned(), code: "no randomness".to_owned() })?;
    let token = token_of(place)?;
    let uri = TokenUri { object: Some(label.to_owned()), id: Some(id.clone()), ..token.clone() };
    writing(place, token, pin, |session| {
        let (mechanism, curves): (_, &[&[u8]]) = match kind {
            KeyType::P256 => (Mechanism::EccKeyPairGen, &[P256]),
            // Which of the two a token understands is a matter of its age.
            KeyType::Ed25519 => (Mechanism::EccEdwardsKeyPairGen, &[ED25519, ED25519_NAME]),
        };
        let mut refused = None;
        for curve in curves {
            let (public, private) = (public_template(curve, &id, label), private_template(&id, label));
            match session.generate_key_pair(&mechanism, &public, &private) {
                Ok(_) => return Ok(()),
                Err(error) => refused = Some(error),
            }
        }
        Err(match refused {
            Some(Error::Pkcs11(RvError::MechanismInvalid | RvError::CurveNotSupported, _)) | None => {
                TokenError::Mechanism(match kind {
                    KeyType::P256 => "keys on P-256 (CKM_EC_KEY_PAIR_GEN)",
                    KeyType::Ed25519 => "keys on Ed25519 (CKM_EC_EDWARDS_KEY_PAIR_GEN)",
                })
                .into()
            }
            Some(error) => Fault::of(&error, &uri),
        })
    })?;
    Ok(uri)
}

/// Removes both halves of a key that was made a moment ago and that nobody has seen.
pub(crate) fn destroy(place: &TokenPlace, pin: &Passphrase) -> Result<(), TokenError> {
    let Some(id) = place.uri.id.clone() else { return Ok(()) };
    writing(place, token_of(place)?, pin, |session| {
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            let template = [Attribute::Class(class), Attribute::Token(true), Attribute::Id(id.clone())];
            for object in session.find_objects(&template).map_err(|error| Fault::of(&error, &place.uri))? {
                session.destroy_object(object).map_err(|error| Fault::of(&error, &place.uri))?;
            }
        }
        Ok(())
    })
}

/// Does something in a session that may write.
fn writing(
    place: &TokenPlace,
    token: TokenUri,
    pin: &Passphrase,
    act: impl FnOnce(&Session) -> Result<(), Fault>,
) -> Result<(), TokenError> {
    let module = Module::load(&place.module()?)?;
    let login = Login::of(&module, token, pin)?;
    let running = module.running();
    let done = running.slot(&login.token).and_then(|slot| {
        let session = running.api.open_rw_session_no_drop(slot).map_err(|error| Fault::of(&error, &login.token))?;
        let done = login.enter(&running, slot, &session).and_then(|()| act(&session));
        let _ = session.close();
        done
    });
    done.map_err(Fault::into_error)
}

fn public_template(curve: &[u8], id: &[u8], label: &str) -> Vec<Attribute> {
    vec![
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::Encrypt(false),
        Attribute::Wrap(false),
        Attribute::VerifyRecover(false),
        Attribute::EcParams(curve.to_vec()),
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
    ]
}

fn private_template(id: &[u8], label: &str) -> Vec<Attribute> {
    vec![
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
        Attribute::SignRecover(false),
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
    ]
}
