//! The office's service: what a clerk does all day, in a browser on an isolated network.
//!
//! Pages are written on the server and need no script. Whoever signs in has roles at a station, and a station serves people
//! of its municipalities; every act is an entry of the register's audit. Other systems have a JSON interface of their own.
//!
//! ```text
//! request ─▶ headers, limits ─▶ session ─▶ guard (who, still there, whose duty) ─▶ handler ─▶ page
//!                                                                                  │
//!                                                         pool of registers, on threads that may block
//! ```

mod accounts;
mod api;
mod backoff;
mod bulk;
mod config;
mod connections;
mod correction;
mod findings;
mod guard;
mod jobs;
mod keys;
mod language;
mod ledger;
mod letters;
mod limits;
mod oidc;
mod page;
pub mod password;
mod people;
mod pool;
mod preview;
mod printing;
mod role;
mod routes;
mod search;
mod second_person;
mod sessions;
mod sign_in;
mod stations;
mod trouble;
mod uploads;
mod visit;
mod withdrawal;

pub use accounts::is_account_name;
pub use api::{CALLS, described};
pub use config::{Config, ConfigError};
pub use guard::Access;
pub use keys::{KeysError, OfficeKeys};
pub use oidc::ProviderError;
pub use role::{Duty, Role};
pub use routes::{ROUTES, Route};

use crate::paper::Press;
use crate::register::{RegisterError, RegisterLocation};
use limits::Limits;
use oidc::Provider;
use pool::Pool;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tegata_certificate::UnixTime;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_sessions::session_store::ExpiredDeletion;

/// Passwords that are hashed at once: each takes 19 MiB.
const HASHED_AT_ONCE: usize = 2;
/// Questions to the provider at once.
const ASKED_AT_ONCE: usize = 8;
/// Files of other systems that are in memory at once.
const IMPORTED_AT_ONCE: usize = 2;

/// An office that serves.
pub struct Office {
    config: Config,
    pool: Arc<Pool>,
    keys: OfficeKeys,
    limits: Limits,
    hashing: Semaphore,
    uploads: uploads::Uploads,
    /// Files of other systems that are taken in at once: an import has the register for itself.
    importing: Semaphore,
    bulk: bulk::Bulk,
    sessions: sessions::Sessions,
    /// What prints, or why nothing is printed here.
    press: Result<Press, String>,
    provider: Option<Provider>,
    asking: Arc<Semaphore>,
    /// Where it listens.
    own: OnceLock<SocketAddr>,
}

/// Where a request comes from: the browser's address, or the one that the proxy names.
#[derive(Clone, Debug)]
struct Peer(String);

/// Why the service did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The keys and lists.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The provider.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The address.
    #[error(
        "{address} is reached from elsewhere, and this service speaks plain HTTP: listen on 127.0.0.1 behind a proxy that does TLS"
    )]
    Exposed {
        /// Which.
        address: SocketAddr,
    },
    /// The network.
    #[error("the service cannot listen or serve: {0}; is another one at that address?")]
    Network(#[from] std::io::Error),
}

impl Office {
    /// An office with its keys opened.
    ///
    /// # Errors
    /// [`OfficeError`] if the register cannot be opened.
    pub fn open(config: Config, keys: OfficeKeys) -> Result<Arc<Self>, OfficeError> {
        let location: RegisterLocation = config
            .register
            .parse::<RegisterLocation>()
            .map_err(|_| OfficeError::Network(std::io::ErrorKind::InvalidInput.into()))?
            .with_key(config.register_key.clone());
        crate::Register::open(location.clone())?.close()?;
        let pool = Arc::new(Pool::new(location, config.workers, config.waiting));
        let hashing = Semaphore::new(HASHED_AT_ONCE);
        let provider = config.oidc.as_ref().map(Provider::new).transpose()?;
        let asking = Arc::new(Semaphore::new(ASKED_AT_ONCE));
        // Without fonts everything else is done all the same.
        let press = printing::press(&config).map_err(|error| error.to_string());
        let (limits, own, uploads) =
            (Limits::new(config.misses_a_minute), OnceLock::new(), uploads::Uploads::default());
        let importing = Semaphore::new(IMPORTED_AT_ONCE);
        let (bulk, sessions) = (bulk::Bulk::default(), sessions::Sessions::default());
        Ok(Arc::new(Self {
            config,
            pool,
            keys,
            limits,
            hashing,
            uploads,
            importing,
            bulk,
            sessions,
            press,
            provider,
            asking,
            own,
        }))
    }

    /// The address that browsers see, without a `/` at its end.
    fn address(&self) -> Result<String, trouble::Trouble> {
        let own = || self.own.get().map(|own| format!("http://{own}"));
        self.config.address.clone().or_else(own).ok_or_else(|| trouble::Trouble::own(&"it serves nowhere"))
    }

    /// Whether browsers reach it by a proxy that does TLS.
    fn is_behind_proxy(&self) -> bool {
        self.config.address.is_some()
    }

    /// Serves until `stop` is over, then ends the requests in hand.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), OfficeError> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(OfficeError::Exposed { address });
        }
        let _ = self.own.set(address);
        let tidying = tokio::spawn(tidy(self.clone()));
        connections::serve(listener, routes::router(&self), stop).await;
        tidying.abort();
        // The part in hand is finished; the job goes on when somebody lets it.
        let office = self.clone();
        let _ = tokio::task::spawn_blocking(move || office.bulk.end()).await;
        // An opening ends its connection by a runtime of its own: not on a thread that drives this one.
        let pool = self.pool.clone();
        let _ = tokio::task::spawn_blocking(move || pool.close()).await;
        Ok(())
    }
}

async fn tidy(office: Arc<Office>) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        office.limits.tidy();
        // In memory it cannot fail.
        let _ = office.sessions.delete_expired().await;
    }
}

/// The device's time.
fn now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(UnixTime::MAX.0)).min(UnixTime::MAX)
}

/// Today in Japan, where the registers are kept.
fn today() -> tegata_certificate::Date {
    let day = now().plus(9 * 3_600).date().or_else(|| UnixTime::MAX.date());
    day.unwrap_or_else(|| unreachable!("year 9999 has a last day"))
}
