//! Signatures of keys that give another one each time. They are kept before a certificate is handed out, so that whoever
//! asks for it again gets the same bytes.
//!
//! A signature alone tells nothing of a person, but whoever holds a printed code could find its row by it: it is sealed,
//! and bound to the identifier of its certificate.

use super::database::{Database, Isolation, values};
use super::read::text;
use super::seal::{Nonces, Place, Seals};
use super::statements::{insert, select_in};
use super::{Register, RegisterError, Undone};
use std::collections::HashMap;

/// The signature of a certificate, by its reservation's identifier.
pub(crate) type Signatures = HashMap<String, Vec<u8>>;

fn place(identifier: &str) -> Place<'_> {
    Place { table: "kept_signature", number: identifier, column: "sealed" }
}

impl Register {
    /// The signatures that are kept of these certificates.
    pub(crate) fn kept_signatures(&mut self, identifiers: &[&str]) -> Result<Signatures, RegisterError> {
        let seals = self.seals();
        self.run(|database| kept(database, &seals, identifiers))
    }

    /// Keeps the signatures of certificates, in one transaction, and gives those that are kept from now on: where another
    /// process was faster, its. When this returns they are there to stay.
    pub(crate) fn keep_signatures(&mut self, mut new: Vec<(&str, Vec<u8>)>) -> Result<Signatures, RegisterError> {
        // In one order: two transactions that wait for each other would be undone.
        new.sort_unstable();
        let seals = self.seals();
        self.transaction(Isolation::Statement, |database| -> Result<Signatures, Undone<RegisterError>> {
            Ok(keep(database, &seals, &new)?)
        })
    }
}

/// Keeps signatures in a transaction that is open, and gives those that are kept.
pub(super) fn keep(
    database: &mut dyn Database,
    seals: &Seals,
    new: &[(&str, Vec<u8>)],
) -> Result<Signatures, sqlx::Error> {
    let mut nonces = Nonces::for_values(new.len());
    let sealed = new
        .iter()
        .map(|(identifier, signature)| Ok((*identifier, seals.seal(place(identifier), signature, &mut nonces)?)));
    let sealed = sealed.collect::<Result<Vec<_>, sqlx::Error>>()?;
    let head = "INSERT INTO kept_signature (identifier, sealed)";
    let tail = "ON CONFLICT (identifier) DO NOTHING";
    let written = insert(database, head, 2, tail, &sealed, |to, (identifier, sealed)| {
        to.extend(values![*identifier, sealed.as_slice()]);
    })?;
    if written == new.len() as u64 {
        return Ok(new.iter().map(|(of, signature)| ((*of).to_owned(), signature.clone())).collect());
    }
    let identifiers: Vec<&str> = new.iter().map(|(identifier, _)| *identifier).collect();
    kept(database, seals, &identifiers)
}

/// The signatures that are kept of these certificates, in a transaction that may be open.
pub(super) fn kept(
    database: &mut dyn Database,
    seals: &Seals,
    identifiers: &[&str],
) -> Result<Signatures, sqlx::Error> {
    let head = "SELECT identifier, sealed FROM kept_signature WHERE";
    let rows = select_in(database, head, &[], "identifier", identifiers, |identifier| (*identifier).into())?;
    let read = rows.iter().map(|row| {
        let identifier = text(row, 0)?;
        let sealed = row.bytes(1)?.unwrap_or_default();
        Ok((identifier.to_owned(), seals.open(place(identifier), sealed)?.to_vec()))
    });
    read.collect()
}
