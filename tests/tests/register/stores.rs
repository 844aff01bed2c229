//! The databases that a register may be in.

use std::path::{Path, PathBuf};
use tegata_issuer::{RegisterLocation, make_key_file};
use tegata_tests::office::Office;
use tegata_tests::postgres::{Server, server};

/// An empty place for a register.
pub enum Store {
    /// A file.
    File(tempfile::TempDir),
    /// A database of a server, with the folder of the key.
    Server { server: &'static Server, database: String, folder: tempfile::TempDir },
}

/// Runs a test on a file, and on a server where one can be started.
pub fn on_every_store(test: impl Fn(&Store)) {
    println!("on SQLite");
    test(&Store::File(tempfile::tempdir().expect("a folder")));
    if let Some(store) = Store::server() {
        println!("on PostgreSQL");
        test(&store);
    }
}

impl Store {
    /// A new database of a server, where one can be started.
    pub fn server() -> Option<Self> {
        let server = server()?;
        let folder = tempfile::tempdir().expect("a folder");
        make_key_file(&folder.path().join("register.key")).expect("makes a key");
        Some(Self::Server { server, database: server.database(), folder })
    }

    pub fn folder(&self) -> &Path {
        match self {
            Self::File(folder) | Self::Server { folder, .. } => folder.path(),
        }
    }

    pub fn key(&self) -> PathBuf {
        match self {
            Self::File(folder) => folder.path().join("register.sqlite.key"),
            Self::Server { folder, .. } => folder.path().join("register.key"),
        }
    }

    pub fn location(&self) -> RegisterLocation {
        match self {
            Self::File(folder) => RegisterLocation::from(folder.path().join("register.sqlite")),
            Self::Server { server, database, .. } => {
                let location: RegisterLocation = server.url(database).parse().expect("a location");
                location.with_key(Some(self.key()))
            }
        }
    }

    /// An office with a register of its own there.
    pub fn office(&self, people: u64, seed: u64) -> Office {
        match self {
            Self::File(_) => Office::new(people, seed),
            Self::Server { server, .. } => Office::on_server(&server.url(&server.database()), people, seed),
        }
    }
}

/// Runs a statement on a register's file without our own code.
pub fn run_sqlite(file: &Path, sql: &'static str) {
    use sqlx::{Connection, SqliteConnection};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let ran = runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        sqlx::query(sql).execute(&mut connection).await?;
        connection.close().await
    });
    ran.expect("runs");
}
