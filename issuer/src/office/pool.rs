//! Work with the register: on threads that may block, by a bounded number of openings, with a bounded queue.

use crate::register::{Actor, Register, RegisterError, RegisterLocation};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Openings of the register.
pub struct Pool {
    location: RegisterLocation,
    free: Mutex<Vec<Register>>,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// Too much is asked at once: nothing was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too much is asked of the office at once: try again in a few seconds; nothing was done")]
pub struct Busy;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Too much at once.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

impl Pool {
    /// Openings of that register: at most `workers`, with at most `most_waiting` requests waiting for one.
    #[must_use]
    pub fn new(location: RegisterLocation, workers: usize, most_waiting: usize) -> Self {
        let turns = Arc::new(Semaphore::new(workers));
        Self { location, free: Mutex::default(), turns, waiting: AtomicUsize::new(0), most_waiting }
    }

    /// Does something with the register, for that actor.
    ///
    /// # Errors
    /// [`WorkError`] if it was not done at all.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        actor: Actor,
        work: impl FnOnce(&mut Register) -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let turn = self.turn().await?;
        let pool = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut register = pool.take()?;
            register.act_for(actor);
            let done = work(&mut register);
            pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(register);
            Ok::<T, WorkError>(done)
        });
        // What panicked has dropped its opening; the next request gets a new one.
        done.await.unwrap_or(Err(WorkError::Busy(Busy)))
    }

    async fn turn(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Busy> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned() {
            return Ok(turn);
        }
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= self.most_waiting {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Busy);
        }
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        turn.map_err(|_| Busy)?.map_err(|_| Busy)
    }

    /// An opening that answers: one whose server was restarted meanwhile is replaced.
    fn take(&self) -> Result<Register, RegisterError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut register) = free
            && register.ping().is_ok()
        {
            return Ok(register);
        }
        Register::open(&self.location)
    }

    /// An opening beside those of requests, for work that goes on without one.
    ///
    /// # Errors
    /// If the register cannot be opened.
    pub fn another(&self) -> Result<Register, RegisterError> {
        Register::open(&self.location)
    }

    /// Closes all that are free.
    pub fn close(&self) {
        for register in self.free.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = register.close();
        }
    }
}
