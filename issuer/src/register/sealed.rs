//! Which values of which tables are sealed: the one list, for everything that goes through all of them.
//!
//! Whoever adds a table with sealed values adds a line here, or the register cannot get another key. Tables that only an
//! import's transaction fills (`waiting`, `dispersed`) are empty otherwise.

use super::database::{Row, Value};
use super::read::damaged;
use serde::{Deserialize, Serialize};

/// A table with sealed values.
pub(super) struct SealedTable {
    pub(super) table: &'static str,
    /// The columns of its primary key, in their order.
    pub(super) key: &'static [(&'static str, KeyKind)],
    /// To which of them its values are bound ([`Place::number`](super::seal::Place)).
    pub(super) bound: usize,
    /// The columns that are sealed, each bound to its name; NULL stays NULL.
    pub(super) columns: &'static [&'static str],
    /// Whether `lookup` is a keyed hash of what is sealed in the first of them.
    pub(super) lookup: bool,
}

/// What a column of a key holds.
#[derive(Clone, Copy)]
pub(super) enum KeyKind {
    Integer,
    Text,
    Bytes,
}

/// A value of a key's column; written down while a register gets another key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum KeyValue {
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

use KeyKind::{Bytes, Integer, Text};

/// Every table with sealed values. The order is written down while a register gets another key: add at the end.
pub(super) const SEALED: &[SealedTable] = &[
    SealedTable { table: "person", key: &[("number", Text)], bound: 0, columns: &["sealed"], lookup: true },
    SealedTable {
        table: "record_version",
        key: &[("number", Text), ("content", Bytes)],
        bound: 0,
        columns: &["sealed"],
        lookup: false,
    },
    SealedTable {
        table: "merger",
        key: &[("number", Text)],
        bound: 0,
        columns: &["from_sealed", "into_sealed"],
        lookup: false,
    },
    SealedTable { table: "pseudonym_key", key: &[("year", Integer)], bound: 0, columns: &["sealed"], lookup: false },
    SealedTable {
        table: "approval",
        key: &[("id", Integer)],
        bound: 0,
        columns: &["subject_sealed", "why_sealed", "decided_why_sealed"],
        lookup: false,
    },
    SealedTable {
        table: "kept_signature",
        key: &[("identifier", Text)],
        bound: 0,
        columns: &["sealed"],
        lookup: false,
    },
];

impl KeyValue {
    pub(super) fn read(row: &Row, at: usize, kind: KeyKind) -> Result<Self, sqlx::Error> {
        Ok(match kind {
            Integer => Self::Integer(row.integer(at)?.ok_or_else(damaged)?),
            Text => Self::Text(row.text(at)?.ok_or_else(damaged)?.to_owned()),
            Bytes => Self::Bytes(row.bytes(at)?.ok_or_else(damaged)?.to_vec()),
        })
    }

    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Integer(number) => Value::from(*number),
            Self::Text(text) => Value::from(text),
            Self::Bytes(bytes) => Value::from(bytes.as_slice()),
        }
    }

    /// As values are bound to it.
    pub(super) fn number(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => base16ct::lower::encode_string(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Columns of that name, or with that end, hold sealed values; whoever adds one has to list it.
    #[test]
    fn every_sealed_column_of_the_migrations_is_listed() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/register/migrations/postgres");
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(folder).expect("migrations") {
            let sql = std::fs::read_to_string(entry.expect("a file").path()).expect("reads");
            let mut table = String::new();
            for line in sql.lines() {
                let mut words = line.split_whitespace();
                match (words.next(), words.next(), words.next()) {
                    (Some("CREATE"), Some("TABLE"), Some(name)) => table = name.to_owned(),
                    (Some(column), Some("BYTEA"), _) if column.ends_with("sealed") => {
                        found.insert((table.clone(), column.to_owned()));
                    }
                    _ => {}
                }
            }
        }
        let elsewhere = ["waiting", "dispersed", "audit_key"];
        found.retain(|(table, _)| !elsewhere.contains(&table.as_str()));
        let listed = SEALED.iter().flat_map(|table| table.columns.iter().map(|column| (table.table, *column)));
        let listed: BTreeSet<_> = listed.map(|(table, column)| (table.to_owned(), column.to_owned())).collect();
        assert_eq!(found.difference(&listed).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    }
}
