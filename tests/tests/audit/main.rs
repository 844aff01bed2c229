//! The audit on both databases: whatever is done to the chain without the key is found, and what it tells is right.

#[allow(dead_code, reason = "the register's own tests use the rest of it")]
#[path = "../register/stores.rs"]
mod stores;

mod cost;
mod killed;
mod personal;
mod rekeying;
mod reports;
mod retention;
mod stations;
mod tampering;

use stores::Store;
use tegata_certificate::UnixTime;
use tegata_issuer::{Actor, Register, RegisterNumber};

/// Somebody at a station, at a time.
pub fn open(store: &Store, name: &str, station: &str, time: UnixTime) -> Register {
    let mut register = Register::open_or_create(store.location()).expect("opens");
    register.act_for(Actor::new(name, station).expect("an actor"));
    register.act_at(time);
    register
}

/// A register number.
pub fn number(text: &str) -> RegisterNumber {
    RegisterNumber::parse(text).expect("a number")
}

/// Runs statements without our own code.
pub fn run(store: &Store, sql: &str) {
    use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
    match store {
        Store::Server { server, database, .. } => drop(server.ask(database, sql)),
        Store::File(folder) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            let ran = runtime.block_on(async {
                let file = folder.path().join("register.sqlite");
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
                connection.close().await
            });
            ran.expect("runs");
        }
    }
}

/// Bytes as the database writes them.
pub fn bytes(store: &Store, hex: &str) -> String {
    match store {
        Store::Server { .. } => format!("decode('{hex}', 'hex')"),
        Store::File(_) => format!("x'{hex}'"),
    }
}
