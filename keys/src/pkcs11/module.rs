//! A vendor's library in this process. PKCS#11 counts per process, not per user of it: it is initialised once, whoever
//! opens keys, and begun anew for all of them when a token was away.

use super::error::{Fault, TokenError};
use super::uri::TokenUri;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::Slot;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// The libraries of this process. They stay: a library that is unloaded while its threads run takes the process along.
static MODULES: Mutex<Vec<Arc<Module>>> = Mutex::new(Vec::new());

/// A library that was loaded.
pub(super) struct Module {
    path: PathBuf,
    running: RwLock<Running>,
}

/// The library at work. Who holds it can be sure that it is not begun anew meanwhile.
pub(super) struct Running {
    pub(super) api: Pkcs11,
    /// Counts how often it was begun: what an earlier one gave out (sessions, handles) is worth nothing.
    pub(super) generation: u64,
}

impl Module {
    /// The library at a path, loaded now or before.
    pub(super) fn load(path: &Path) -> Result<Arc<Self>, TokenError> {
        let unusable = |what| TokenError::Module { path: path.to_owned(), what };
        // By its real name: the same library must not be begun twice, and nothing is looked for along search paths.
        let path = path.canonicalize().map_err(|_| unusable("there is no such file"))?;
        let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.iter().find(|module| module.path == path) {
            return Ok(module.clone());
        }
        let api = Pkcs11::new(&path).map_err(|_| unusable("it is no library with C_GetFunctionList"))?;
        begin(&api).map_err(|_| unusable("it does not begin: C_Initialize failed"))?;
        let module = Arc::new(Self { path, running: RwLock::new(Running { api, generation: 0 }) });
        modules.push(module.clone());
        Ok(module)
    }

    /// The library at work.
    pub(super) fn running(&self) -> RwLockReadGuard<'_, Running> {
        self.running.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins it anew, because some module notices a token that came (back) only then. Of many who find the same
    /// generation at its end, one does it. A library that does not begin has lost what it works with: the next try
    /// begins it again.
    pub(super) fn restart(&self, seen: u64) {
        let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
        if running.generation != seen {
            return;
        }
        running.generation += 1;
        // A library that is not at work any more is what is wished for.
        let _ = running.api.clone().finalize();
        let _ = begin(&running.api);
    }
}

fn begin(api: &Pkcs11) -> Result<(), Error> {
    match api.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another part of the process was first.
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        begun => begun,
    }
}

impl Running {
    /// The slot that holds a token.
    pub(super) fn slot(&self, token: &TokenUri) -> Result<Slot, Fault> {
        let mut found = Vec::new();
        for slot in self.api.get_slots_with_token().map_err(|error| Fault::of(&error, token))? {
            // A token that goes while it is looked at is not there.
            let Ok(info) = self.api.get_token_info(slot) else { continue };
            let is = |wish: &Option<String>, told: &str| wish.as_deref().is_none_or(|wish| wish == told);
            if info.token_initialized()
                && is(&token.token, info.label())
                && is(&token.serial, info.serial_number())
                && is(&token.manufacturer, info.manufacturer_id())
                && is(&token.model, info.model())
            {
                found.push(slot);
            }
        }
        match found.as_slice() {
            [slot] => Ok(*slot),
            [] => Err(Fault::Lost(TokenError::Away(Box::new(token.of_token())))),
            _ => Err(TokenError::ManyTokens(Box::new(token.of_token())).into()),
        }
    }
}
