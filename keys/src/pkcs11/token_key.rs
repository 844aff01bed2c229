//! A key in a token, as a signer.

use super::TokenPlace;
use super::attributes::{check, find, id_of, public_key};
use super::error::{Fault, TokenError};
use super::login::Login;
use super::module::{Module, Running};
use super::uri::TokenUri;
use crate::passphrase::Passphrase;
use crate::private_key::KeyType;
use crate::signer::{SignError, Signer};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tegata_certificate::VerifyingKey;

/// How often a signature is tried: with the session that was there, and after beginning anew.
const TRIES: usize = 3;
/// How long a session of a token that gives no more is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Signed when a key is opened. It begins like nothing that a certificate, list or request begins with.
const CHECK: &[u8] = b"tegata key check/1: this signature certifies nothing";
/// Bytes of a signature.
const SIGNATURE: usize = 64;

/// A key that a token keeps. Any number of threads may sign with it, each in a session of its own.
pub(crate) struct TokenKey {
    login: Arc<Login>,
    /// Token and key, exactly.
    uri: TokenUri,
    kind: KeyType,
    public: VerifyingKey,
    deterministic: bool,
    /// What its record says of it, where it was opened by one.
    demo: Option<bool>,
    pool: Mutex<Pool>,
    given_back: Condvar,
}

/// Sessions that nobody uses.
#[derive(Default)]
struct Pool {
    generation: u64,
    idle: Vec<Seat>,
}

/// A session, logged in, and the key in it.
struct Seat {
    session: Session,
    key: ObjectHandle,
}

/// The token that a URI names, exactly: its label and serial number. Asks for no PIN.
pub(crate) fn token_of(place: &TokenPlace) -> Result<TokenUri, TokenError> {
    let module = Module::load(&place.module()?)?;
    let look = || -> (u64, Result<TokenUri, Fault>) {
        let running = module.running();
        let named = running.slot(&place.uri).and_then(|slot| {
            let info = running.api.get_token_info(slot).map_err(|error| Fault::of(&error, &place.uri))?;
            let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            Ok(TokenUri { token: text(info.label()), serial: text(info.serial_number()), ..TokenUri::default() })
        });
        (running.generation, named)
    };
    match look() {
        // It may have come since the library began.
        (seen, Err(Fault::Lost(_))) => {
            module.restart(seen);
            look().1.map_err(Fault::into_error)
        }
        (_, named) => named.map_err(Fault::into_error),
    }
}

impl TokenKey {
    /// Opens a key: logs in, looks at what the key may do, and verifies a signature of it.
    ///
    /// # Errors
    /// [`TokenError`].
    pub(crate) fn open(
        place: &TokenPlace,
        pin: &Passphrase,
        recorded: Option<&VerifyingKey>,
    ) -> Result<Self, TokenError> {
        let token = token_of(place)?;
        let module = Module::load(&place.module()?)?;
        let login = Login::of(&module, token.clone(), pin)?;
        let wished = TokenUri { object: place.uri.object.clone(), id: place.uri.id.clone(), ..token.clone() };
        let (uri, kind, public, seat, generation) = {
            let running = module.running();
            let session = session(&login, &running).map_err(SessionFault::into_error)?;
            let looked = || -> Result<_, Fault> {
                let key = find(&session, &wished)?;
                let kind = check(&session, key, &wished)?;
                let id = id_of(&session, key, &wished)?;
                let public = public_key(&session, kind, &id, &wished)?;
                Ok((TokenUri { id: Some(id), ..wished.clone() }, kind, public, key))
            };
            match looked() {
                Ok((uri, kind, public, key)) => (uri, kind, public, Seat { session, key }, running.generation),
                Err(fault) => {
                    let _ = session.close();
                    return Err(fault.into_error());
                }
            }
        };
        if recorded.is_some_and(|recorded| *recorded != public) {
            return Err(TokenError::OtherKey);
        }
        let pool = Mutex::new(Pool { generation, idle: vec![seat] });
        let mut key =
            Self { login, uri, kind, public, deterministic: false, demo: None, pool, given_back: Condvar::new() };
        let first = key.signature(CHECK)?;
        key.public.verify(CHECK, &first).map_err(|_| TokenError::CheckSignature)?;
        // Ed25519 is deterministic, but a token may hedge it; whether this one does, it shows.
        key.deterministic = kind == KeyType::Ed25519 && key.signature(CHECK)? == first;
        Ok(key)
    }

    /// Token and key, exactly.
    pub(crate) fn uri(&self) -> &TokenUri {
        &self.uri
    }

    /// Signs, and where the token went away under it begins anew, a bounded number of times.
    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let mut last = TokenError::Away(Box::new(self.uri.of_token()));
        for _ in 0..TRIES {
            let (seen, signed) = {
                let running = self.login.module.running();
                (running.generation, self.once(&running, message))
            };
            match signed {
                Ok(signature) => return Ok(signature),
                Err(Fault::Refused(error)) => return Err(error),
                Err(Fault::Lost(error)) => last = error,
            }
            self.login.module.restart(seen);
        }
        Err(last)
    }

    fn once(&self, running: &Running, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let seat = match self.idle(running) {
            Some(seat) => seat,
            None => self.seat(running)?,
        };
        match self.sign_in(&seat, message) {
            Ok(signature) => {
                let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
                pool.idle.push(seat);
                self.given_back.notify_one();
                Ok(signature)
            }
            Err(fault) => {
                let _ = seat.session.close();
                Err(fault)
            }
        }
    }

    /// A session that nobody uses. Those of an earlier generation are forgotten, not closed: their numbers may by now be
    /// those of others.
    fn idle(&self, running: &Running) -> Option<Seat> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.generation != running.generation {
            pool.idle.clear();
            pool.generation = running.generation;
        }
        pool.idle.pop()
    }

    /// One more session with the key in it, looked at as at the first time: what comes back need not be what went.
    fn seat(&self, running: &Running) -> Result<Seat, Fault> {
        let session = match session(&self.login, running) {
            Ok(session) => session,
            // The token gives no more: somebody will give one back.
            Err(SessionFault::Full(error)) => return self.wait().ok_or_else(|| error.into()),
            Err(SessionFault::Other(fault)) => return Err(fault),
        };
        let looked = || -> Result<ObjectHandle, Fault> {
            let key = find(&session, &self.uri)?;
            match check(&session, key, &self.uri)? {
                kind if kind == self.kind => Ok(key),
                _ => Err(TokenError::OtherKey.into()),
            }
        };
        let key = match looked() {
            Ok(key) => key,
            Err(fault) => {
                let _ = session.close();
                return Err(match fault {
                    // A token that goes right now loses its objects first.
                    Fault::Refused(error @ (TokenError::NoKey(_) | TokenError::Attribute { found: None, .. })) => {
                        Fault::Lost(error)
                    }
                    fault => fault,
                });
            }
        };
        let seat = Seat { session, key };
        match self.sign_in(&seat, CHECK) {
            Ok(signature) if self.public.verify(CHECK, &signature).is_ok() => Ok(seat),
            signed => {
                let _ = seat.session.close();
                Err(signed.err().unwrap_or(Fault::Refused(TokenError::OtherKey)))
            }
        }
    }

    fn wait(&self) -> Option<Seat> {
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.given_back.wait_timeout_while(pool, PATIENCE, |pool| pool.idle.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.idle.pop()
    }

    fn sign_in(&self, seat: &Seat, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signed = match self.kind {
            KeyType::P256 => seat.session.sign(&Mechanism::Ecdsa, seat.key, &Sha256::digest(message)),
            KeyType::Ed25519 => {
                let pure = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519));
                seat.session.sign(&pure, seat.key, message)
            }
        };
        match signed {
            Ok(signature) if signature.len() == SIGNATURE => Ok(signature),
            Ok(_) => Err(TokenError::CheckSignature.into()),
            Err(Error::Pkcs11(RvError::MechanismInvalid | RvError::MechanismParamInvalid, _)) => {
                Err(TokenError::Mechanism(mechanism_name(self.kind)).into())
            }
            Err(error) => Err(Fault::of(&error, &self.uri)),
        }
    }
}

impl TokenKey {
    /// The key as its record has it: made for demonstrations, or not.
    #[must_use]
    pub(crate) fn marked(mut self, demo: bool) -> Self {
        self.demo = Some(demo);
        self
    }
}

impl Signer for TokenKey {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn is_deterministic(&self) -> bool {
        self.deterministic
    }

    fn is_demo(&self) -> Option<bool> {
        self.demo
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.signature(message).map_err(|error| error.as_sign_error())
    }
}

impl Drop for TokenKey {
    fn drop(&mut self) {
        let running = self.login.module.running();
        let pool = self.pool.get_mut().unwrap_or_else(PoisonError::into_inner);
        if pool.generation == running.generation {
            for seat in pool.idle.drain(..) {
                let _ = seat.session.close();
            }
        }
    }
}

fn mechanism_name(kind: KeyType) -> &'static str {
    match kind {
        KeyType::P256 => "CKM_ECDSA",
        KeyType::Ed25519 => "CKM_EDDSA",
    }
}

/// Why there is no session.
enum SessionFault {
    /// The token gives no more.
    Full(TokenError),
    Other(Fault),
}

impl SessionFault {
    fn into_error(self) -> TokenError {
        match self {
            Self::Full(error) => error,
            Self::Other(fault) => fault.into_error(),
        }
    }
}

/// A session, logged in. It is not closed by itself, because by then its number may be another's.
fn session(login: &Login, running: &Running) -> Result<Session, SessionFault> {
    let slot = running.slot(&login.token).map_err(SessionFault::Other)?;
    let session = running.api.open_ro_session_no_drop(slot).map_err(|error| match &error {
        Error::Pkcs11(RvError::SessionCount, _) => SessionFault::Full(Fault::of(&error, &login.token).into_error()),
        _ => SessionFault::Other(Fault::of(&error, &login.token)),
    })?;
    match login.enter(running, slot, &session) {
        Ok(()) => Ok(session),
        Err(fault) => {
            let _ = session.close();
            Err(SessionFault::Other(fault))
        }
    }
}
