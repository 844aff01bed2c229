//! Logging in to a token. The PIN is kept, wiped when dropped, because a token that was unplugged asks for it again;
//! one that was refused is never tried again.

use super::error::{Fault, TokenError};
use super::module::{Module, Running};
use super::uri::TokenUri;
use crate::passphrase::Passphrase;
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::RawAuthPin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use zeroize::Zeroizing;

/// The logins of this process: a token's is one for all keys in it.
static LOGINS: Mutex<Vec<Weak<Login>>> = Mutex::new(Vec::new());

/// A login to one token.
pub(super) struct Login {
    pub(super) module: Arc<Module>,
    /// The token, by label and serial number.
    pub(super) token: TokenUri,
    pin: Zeroizing<Vec<u8>>,
    /// Why the PIN is of no use any more.
    refused: Mutex<Option<TokenError>>,
}

impl Login {
    /// The login to a token, by whoever uses it first. A PIN that differs from the one that opened it is wrong, and the
    /// token does not even hear of it.
    pub(super) fn of(module: &Arc<Module>, token: TokenUri, pin: &Passphrase) -> Result<Arc<Self>, TokenError> {
        let mut logins = LOGINS.lock().unwrap_or_else(PoisonError::into_inner);
        logins.retain(|login| login.strong_count() > 0);
        let same = |login: &Arc<Self>| Arc::ptr_eq(&login.module, module) && login.token == token;
        if let Some(login) = logins.iter().filter_map(Weak::upgrade).find(same) {
            let usable = login.refused.lock().unwrap_or_else(PoisonError::into_inner).is_none();
            match (usable, login.pin.as_slice() == pin.as_bytes()) {
                (true, true) => return Ok(login),
                (true, false) => return Err(TokenError::WrongPin),
                // Somebody looked up the right one.
                (false, _) => logins.retain(|other| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(&login))),
            }
        }
        let pin = Zeroizing::new(pin.as_bytes().to_vec());
        let login = Arc::new(Self { module: module.clone(), token, pin, refused: Mutex::default() });
        logins.push(Arc::downgrade(&login));
        Ok(login)
    }

    /// Logs a session in, unless this process is.
    pub(super) fn enter(&self, running: &Running, slot: Slot, session: &Session) -> Result<(), Fault> {
        // One at a time: of many threads whose token came back, one asks with the PIN.
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = &*refused {
            return Err(error.clone().into());
        }
        let state = session.get_session_info().map_err(|error| Fault::of(&error, &self.token))?.session_state();
        if matches!(state, SessionState::RoUser | SessionState::RwUser) {
            return Ok(());
        }
        let info = running.api.get_token_info(slot).map_err(|error| Fault::of(&error, &self.token))?;
        if info.user_pin_locked() {
            return Err(TokenError::PinLocked.into());
        }
        if info.user_pin_final_try() {
            return Err(TokenError::PinLastTry.into());
        }
        let pin = RawAuthPin::new(Box::new(self.pin.to_vec()));
        match session.login_with_raw(UserType::User, &pin) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => {
                let fault = Fault::of(&error, &self.token);
                if let Fault::Refused(error) = &fault
                    && error.is_about_pin()
                {
                    *refused = Some(error.clone());
                }
                Err(fault)
            }
        }
    }
}
