//! `tegata-issuer account`: who may sign in to the office's service.

use super::now;
use super::register_arguments::RegisterArguments;
use crate::error::{CommandError, Status};
use clap::{Args, Subcommand};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::Write;
use tegata_issuer::office::{Role, is_account_name, password};
use tegata_issuer::{AccountEntry, AccountError, Actor, Register};
use tegata_keys::{PassphraseArgs, PassphraseError};

const EXAMPLES: &str = "\
Examples:
  tegata-issuer account add hanako --role clerk --station counter-1 --name '山田　花子'
  tegata-issuer account add vendor --role system --station vendor      # prints a token, once
  tegata-issuer account password hanako --passphrase-fd 3 3< password.txt
  tegata-issuer account disable hanako
  tegata-issuer account list --json

Who approves must be another person than who asks: give each person an account of their own. The audit notes each change.";

/// Look after the accounts of the office's service
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    register: RegisterArguments,
    /// Answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Add an account; its password is asked for, and another system's token is printed once
    Add {
        /// What is typed to sign in: a-z, 0-9, `-`, `_`, `.`, `@`
        #[arg(value_parser = parse_name)]
        name: String,
        /// Its roles: clerk, approver, operator, auditor, admin, or system; may be given several times
        #[arg(long = "role", value_name = "ROLE", required = true, value_parser = parse_role)]
        roles: Vec<Role>,
        /// The station's id, as the office's file has it
        #[arg(long, value_name = "STATION", value_parser = parse_station)]
        station: String,
        /// How the person is called on pages [default: the account's name]
        #[arg(long = "name", value_name = "NAME")]
        display: Option<String>,
        /// A password for demonstrations: a short one will do
        #[arg(long)]
        demo: bool,
        #[command(flatten)]
        password: PassphraseArgs,
    },
    /// List the accounts
    List,
    /// Give an account another password, or another system another token
    Password {
        /// The account
        name: String,
        #[command(flatten)]
        password: PassphraseArgs,
    },
    /// Give an account other roles
    Roles {
        /// The account
        name: String,
        /// Its roles
        #[arg(long = "role", value_name = "ROLE", required = true, value_parser = parse_role)]
        roles: Vec<Role>,
        /// Another station
        #[arg(long, value_name = "STATION", value_parser = parse_station)]
        station: Option<String>,
    },
    /// Let an account sign in no more; sessions of it end with their next request
    Disable {
        /// The account
        name: String,
    },
    /// Let a disabled account sign in again
    Enable {
        /// The account
        name: String,
    },
}

fn parse_name(text: &str) -> Result<String, String> {
    if is_account_name(text) { Ok(text.to_owned()) } else { Err("1 to 32 of a-z, 0-9, `-`, `_`, `.`, `@`".to_owned()) }
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("the roles are {}", names.join(", "))
    })
}

fn parse_station(text: &str) -> Result<String, String> {
    Actor::new("name", text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountFailure {
    /// The register.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// No password.
    #[error(transparent)]
    Typed(#[from] PassphraseError),
    /// A password that is not taken.
    #[error(transparent)]
    Password(#[from] password::PasswordError),
    /// A system beside other roles.
    #[error("the role system is for programs, and goes with no other: make two accounts; nothing was changed")]
    Mixed,
    /// No randomness.
    #[error("the system gives no randomness: try again; nothing was changed")]
    Random,
    /// What was typed is no text.
    #[error("the password is not in UTF-8: choose another")]
    Encoding,
}

impl AccountFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::Typed(_) | Self::Password(_) | Self::Encoding => Status::NoPassphrase,
            Self::Account(AccountError::Register(_)) | Self::Random => Status::Failed,
            Self::Account(_) | Self::Mixed => Status::Unsuitable,
        }
    }
}

/// Does what was asked.
pub fn run(args: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(args.register.location())?;
    match &args.command {
        Command::List => list(args, &register.accounts()?, out)?,
        Command::Add { name, roles, station, display, demo, password } => {
            add(args, &mut register, (name, roles, station, display.as_deref()), *demo, password, out)?;
        }
        Command::Password { name, password } => change_password(args, &mut register, name, password, out)?,
        Command::Roles { name, roles, station } => {
            check_roles(roles)?;
            let names: Vec<String> = roles.iter().map(|role| role.name().to_owned()).collect();
            let change = |account: &mut AccountEntry| {
                account.roles.clone_from(&names);
                if let Some(station) = station {
                    account.station.clone_from(station);
                }
            };
            register.change_account(name, "roles", &change, now()).map_err(AccountFailure::from)?;
            writeln!(out, "Account {name} has other roles from its next sign-in on.")?;
        }
        Command::Disable { name } => {
            register
                .change_account(name, "disabled", &|account| account.is_disabled = true, now())
                .map_err(AccountFailure::from)?;
            writeln!(out, "Account {name} signs in no more.")?;
        }
        Command::Enable { name } => {
            register
                .change_account(name, "enabled", &|account| account.is_disabled = false, now())
                .map_err(AccountFailure::from)?;
            writeln!(out, "Account {name} may sign in again.")?;
        }
    }
    register.close()?;
    Ok(Status::Done)
}

fn check_roles(roles: &[Role]) -> Result<(), AccountFailure> {
    if roles.contains(&Role::System) && roles.len() > 1 { Err(AccountFailure::Mixed) } else { Ok(()) }
}

fn add(
    args: &Arguments,
    register: &mut Register,
    (name, roles, station, display): (&str, &[Role], &str, Option<&str>),
    demo: bool,
    source: &PassphraseArgs,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    check_roles(roles)?;
    let is_system = roles == [Role::System];
    let token = if is_system { Some(new_token()?) } else { None };
    let password = if is_system { None } else { Some(read_password(name, source, demo)?) };
    let account = AccountEntry {
        name: name.to_owned(),
        display: display.unwrap_or(name).to_owned(),
        roles: roles.iter().map(|role| role.name().to_owned()).collect(),
        station: station.to_owned(),
        password,
        token: token.as_ref().map(|token| Sha256::digest(token).into()),
        is_disabled: false,
        changed_at: now(),
    };
    register.add_account(&account).map_err(AccountFailure::from)?;
    told(args, name, token.as_deref(), out)
}

fn change_password(
    args: &Arguments,
    register: &mut Register,
    name: &str,
    source: &PassphraseArgs,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let known = register.account(name)?.ok_or(AccountError::Unknown).map_err(AccountFailure::from)?;
    // By the role: an account that became a system's gets its first token so.
    let is_system = known.roles == [Role::System.name()];
    let token = if is_system { Some(new_token()?) } else { None };
    let password = if token.is_some() { None } else { Some(read_password(name, source, false)?) };
    let hash: Option<[u8; 32]> = token.as_ref().map(|token| Sha256::digest(token).into());
    let change = |account: &mut AccountEntry| {
        account.password.clone_from(&password);
        account.token = hash;
    };
    register.change_account(name, "password", &change, now()).map_err(AccountFailure::from)?;
    told(args, name, token.as_deref(), out)
}

fn told(args: &Arguments, name: &str, token: Option<&str>, out: &mut dyn Write) -> Result<(), CommandError> {
    if args.json {
        writeln!(out, "{}", json!({ "account": name, "token": token }))?;
        return Ok(());
    }
    match token {
        Some(token) => writeln!(out, "Account {name}. Its token, which is shown this once: {token}")?,
        None => writeln!(out, "Account {name} may sign in.")?,
    }
    Ok(())
}

fn read_password(name: &str, source: &PassphraseArgs, demo: bool) -> Result<String, AccountFailure> {
    let typed = source.source().read_new(name)?;
    let text = std::str::from_utf8(typed.as_bytes()).map_err(|_| AccountFailure::Encoding)?;
    Ok(password::hash(text, demo)?)
}

fn new_token() -> Result<String, AccountFailure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| AccountFailure::Random)?;
    Ok(format!("tegata_{}", base16ct::lower::encode_string(&bytes)))
}

fn list(args: &Arguments, accounts: &[AccountEntry], out: &mut dyn Write) -> Result<(), CommandError> {
    if args.json {
        let accounts: Vec<_> = accounts
            .iter()
            .map(|account| {
                json!({
                    "account": account.name, "name": account.display, "roles": account.roles,
                    "station": account.station, "disabled": account.is_disabled,
                    "changed_at": account.changed_at.to_string(),
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::Value::from(accounts))?;
        return Ok(());
    }
    for account in accounts {
        let state = if account.is_disabled { "  disabled" } else { "" };
        writeln!(out, "{:<20}  {:<24}  {}{state}", account.name, account.roles.join(" "), account.station)?;
    }
    Ok(())
}
