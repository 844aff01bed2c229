//! Where a register is: a file, or a server by URL.

use super::error::Place;
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where a register is, and where its key file lies. Shown without a password.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterLocation {
    pub(super) store: Store,
    pub(super) key: Option<PathBuf>,
    /// Whether it is opened to give it another key.
    pub(super) rekeying: bool,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Store {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL server and database, by URL.
    Server(String),
}

impl RegisterLocation {
    /// Names the key file. Unnamed it lies beside a register's file; a server's register needs it named.
    #[must_use]
    pub fn with_key(mut self, key: Option<PathBuf>) -> Self {
        self.key = key;
        self
    }

    pub(super) fn place(&self) -> Place {
        match &self.store {
            Store::File(path) => Place::from(path.as_path()),
            Store::Server(url) => Place::named(&without_password(url)),
        }
    }
}

/// The URL's scheme, user, server and database. A password may stand in the place for it or in the query, and hold
/// letters that it should not.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (user, server) = match rest.rsplit_once('@') {
        Some((user, server)) => (user.split([':', '?', '#']).next(), server),
        None => (None, rest),
    };
    let server = server.split(['?', '#', '&']).next().unwrap_or_default();
    match user.filter(|user| !user.is_empty()) {
        Some(user) => format!("{scheme}://{user}@{server}"),
        None => format!("{scheme}://{server}"),
    }
}

impl FromStr for RegisterLocation {
    type Err = Infallible;

    /// A URL `postgres://…` or `postgresql://…` is a server, anything else a file.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_server = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        let store = if is_server { Store::Server(text.to_owned()) } else { Store::File(PathBuf::from(text)) };
        Ok(Self { store, key: None, rekeying: false })
    }
}

impl From<PathBuf> for RegisterLocation {
    fn from(path: PathBuf) -> Self {
        Self { store: Store::File(path), key: None, rekeying: false }
    }
}

impl From<&PathBuf> for RegisterLocation {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.clone())
    }
}

impl From<&Path> for RegisterLocation {
    fn from(path: &Path) -> Self {
        Self::from(path.to_path_buf())
    }
}

impl From<&Self> for RegisterLocation {
    fn from(location: &Self) -> Self {
        location.clone()
    }
}

impl fmt::Display for RegisterLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place().fmt(f)
    }
}

impl fmt::Debug for RegisterLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegisterLocation({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_shown_without_its_password_wherever_that_stands() {
        let shown = |url: &str| RegisterLocation::from_str(url).expect("a location").to_string();
        assert_eq!(shown("postgres://clerk:geheim@db.example:5432/tegata"), "postgres://clerk@db.example:5432/tegata");
        assert_eq!(shown("postgresql://db.example/tegata?sslmode=require"), "postgresql://db.example/tegata");
        for url in [
            "postgres://clerk:geheim@db.example/tegata",
            "postgres://clerk:ge@heim?geheim@db.example/tegata",
            "postgres://clerk:geheim/x@db.example/tegata",
            "postgres://db.example/tegata?user=clerk&password=geheim",
            "postgres://db.example/tegata?user=clerk@office&password=geheim",
            "postgres://:geheim@/tegata",
        ] {
            assert!(!shown(url).contains("heim"), "{}", shown(url));
            assert!(!format!("{:?}", RegisterLocation::from_str(url)).contains("heim"));
        }
        assert_eq!(shown("register.sqlite"), "register.sqlite");
        assert_eq!(shown("a/postgres:x"), "a/postgres:x");
    }
}
