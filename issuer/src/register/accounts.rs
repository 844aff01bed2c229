//! Accounts of the office's service: who may sign in, in which roles, at which station.
//!
//! Each change is an entry of the audit, in the same transaction.

use super::act::{Act, ActKind};
use super::audit::append;
use super::database::{Database, Isolation, Row, values};
use super::read::{count, damaged, text};
use super::{Register, RegisterError, Undone};
use std::fmt;
use tegata_certificate::UnixTime;

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// What is typed to sign in: 1 to 64 characters.
    pub name: String,
    /// How the person is called on pages.
    pub display: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// The station.
    pub station: String,
    /// The argon2id hash of its password, in PHC form.
    pub password: Option<String>,
    /// SHA-256 of its token, if it is another system's.
    pub token: Option<[u8; 32]>,
    /// Whether it may not sign in.
    pub is_disabled: bool,
    /// When it was last changed.
    pub changed_at: UnixTime,
}

impl fmt::Debug for AccountEntry {
    /// Without what guards it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, roles, station, is_disabled, .. } = self;
        write!(f, "AccountEntry({name}, {roles:?} at {station}, disabled: {is_disabled})")
    }
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// There is one of that name.
    #[error("there is an account of that name already: choose another name; nothing was changed")]
    Exists,
    /// There is none.
    #[error("there is no account of that name: tegata-issuer account list shows them; nothing was changed")]
    Unknown,
    /// Nobody would be left who does that.
    #[error(
        "this is the last account of the role {role} that can sign in: give the role to another first; nothing was changed"
    )]
    Last {
        /// The role.
        role: &'static str,
    },
}

const COLUMNS: &str = "name, display, roles, station, password, token, disabled, changed_at";

impl Register {
    /// Adds an account.
    ///
    /// # Errors
    /// [`AccountError::Exists`], or if the register cannot be written.
    pub fn add_account(&mut self, account: &AccountEntry) -> Result<(), AccountError> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let sql = "INSERT INTO account (name, display, roles, station, password, token, disabled, changed_at) \
                       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING";
            let values = values![
                &account.name,
                &account.display,
                account.roles.join(" "),
                &account.station,
                account.password.as_deref(),
                account.token.map(Vec::from),
                i64::from(account.is_disabled),
                account.changed_at.0
            ];
            if database.execute(sql, values)? == 0 {
                return Err(Undone::Refused(AccountError::Exists));
            }
            append(database, &journal, &[Act::new(ActKind::AccountChanged).with("change", "added")])
        })
    }

    /// Changes an account: what `change` makes of it is what is kept, but for its name.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], or if the register cannot be written.
    pub fn change_account(
        &mut self,
        name: &str,
        what: &'static str,
        change: &dyn Fn(&mut AccountEntry),
        now: UnixTime,
    ) -> Result<AccountEntry, AccountError> {
        self.change(name, what, change, None, now)
    }

    /// The same, unless nobody of that role could sign in with a password afterwards.
    ///
    /// # Errors
    /// [`AccountError::Last`] too.
    pub fn change_account_keeping(
        &mut self,
        role: &'static str,
        name: &str,
        what: &'static str,
        change: &dyn Fn(&mut AccountEntry),
        now: UnixTime,
    ) -> Result<AccountEntry, AccountError> {
        self.change(name, what, change, Some(role), now)
    }

    fn change(
        &mut self,
        name: &str,
        what: &'static str,
        change: &dyn Fn(&mut AccountEntry),
        keeping: Option<&'static str>,
        now: UnixTime,
    ) -> Result<AccountEntry, AccountError> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let mut account = find(database, name)?.ok_or(Undone::Refused(AccountError::Unknown))?;
            let before = account.clone();
            change(&mut account);
            // Looked at in the transaction: of two who disable each other at once, one is refused.
            if let Some(role) = keeping
                && before.is_of(role)
                && !account.is_of(role)
                && !all(database)?.iter().any(|other| other.name != name && other.is_of(role))
            {
                return Err(Undone::Refused(AccountError::Last { role }));
            }
            account.changed_at = now;
            let sql = "UPDATE account SET display = ?, roles = ?, station = ?, password = ?, token = ?, disabled = ?, \
                       changed_at = ? WHERE name = ?";
            let values = values![
                &account.display,
                account.roles.join(" "),
                &account.station,
                account.password.as_deref(),
                account.token.map(Vec::from),
                i64::from(account.is_disabled),
                now.0,
                name
            ];
            database.execute(sql, values)?;
            append::<AccountError>(database, &journal, &[Act::new(ActKind::AccountChanged).with("change", what)])?;
            Ok(account)
        })
    }

    /// The accounts, by name.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn accounts(&mut self) -> Result<Vec<AccountEntry>, RegisterError> {
        self.run(all)
    }

    /// The account of that name, if there is one.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn account(&mut self, name: &str) -> Result<Option<AccountEntry>, RegisterError> {
        self.run(|database| find(database, name))
    }

    /// The account whose token has that hash, if there is one.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn account_of_token(&mut self, hash: &[u8; 32]) -> Result<Option<AccountEntry>, RegisterError> {
        self.run(|database| {
            let rows = database.query(&format!("SELECT {COLUMNS} FROM account WHERE token = ?"), values![hash])?;
            rows.first().map(account).transpose()
        })
    }

    /// Whether its database answers.
    ///
    /// # Errors
    /// If it does not.
    pub fn ping(&mut self) -> Result<(), RegisterError> {
        self.run(|database| database.query("SELECT id FROM register_key", Vec::new()).map(drop))
    }
}

impl AccountEntry {
    /// Whether somebody can sign in with it and has that role.
    fn is_of(&self, role: &str) -> bool {
        !self.is_disabled && self.password.is_some() && self.roles.iter().any(|own| own == role)
    }
}

fn all(database: &mut dyn Database) -> Result<Vec<AccountEntry>, sqlx::Error> {
    let rows = database.query(&format!("SELECT {COLUMNS} FROM account ORDER BY name"), Vec::new())?;
    rows.iter().map(account).collect()
}

fn find(database: &mut dyn Database, name: &str) -> Result<Option<AccountEntry>, sqlx::Error> {
    let rows = database.query(&format!("SELECT {COLUMNS} FROM account WHERE name = ?"), values![name])?;
    rows.first().map(account).transpose()
}

fn account(row: &Row) -> Result<AccountEntry, sqlx::Error> {
    let token = row.bytes(5)?.map(|token| token.try_into().map_err(|_| damaged())).transpose()?;
    Ok(AccountEntry {
        name: text(row, 0)?.to_owned(),
        display: text(row, 1)?.to_owned(),
        roles: text(row, 2)?.split(' ').filter(|role| !role.is_empty()).map(str::to_owned).collect(),
        station: text(row, 3)?.to_owned(),
        password: row.text(4)?.map(str::to_owned),
        token,
        is_disabled: count(row, 6)? != 0,
        changed_at: row.integer(7)?.map(UnixTime).ok_or_else(damaged)?,
    })
}
