//! `init`: a repository from nothing.

use super::cli::{InitArgs, RoleSize};
use super::failure::Failure;
use super::signers::{as_signers, store, unlock};
use std::io::Write;
use tegata_certificate::UnixTime;
use tegata_keys::{KeyStore, KeyType, Passphrase, Purpose};
use tegata_trust_lists::publish::{Draft, Folder, Lifetimes, Repository, Roles};
use tegata_trust_lists::{Role, RoleKeys, is_repository_id};

pub fn run(args: &InitArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    check_id(&args.repository_id, args.demo)?;
    let folder = Folder::create(&args.repository.dir)?;
    let store = store(&args.role_keys, &args.repository.dir);
    let passphrase = args.role_keys.passphrase.source().read_new("the role keys")?;
    let roles = Roles {
        root: role_keys(args, Role::Root, &store, &passphrase, now)?,
        trust: role_keys(args, Role::Trust, &store, &passphrase, now)?,
        status: Some(role_keys(args, Role::Status, &store, &passphrase, now)?),
        head: role_keys(args, Role::Head, &store, &passphrase, now)?,
        rules: Some(role_keys(args, Role::Rules, &store, &passphrase, now)?),
    };
    let lifetimes = Lifetimes::default();
    let mut keyring = args.role_keys.passphrase.keyring(&store).with_passphrase(passphrase);
    let signers = unlock(&store, &[(Role::Root, &roles.root)], &mut keyring)?;
    let repository = Repository::init(&args.repository_id, roles, lifetimes, &as_signers(&signers), now)?;
    // The root last: with it there is a repository, and it is never made anew.
    folder.save_draft(&Draft::new(&args.repository_id))?;
    folder.write(&repository)?;

    let dir = args.repository.dir.display();
    writeln!(out, "Made repository {} in {dir}.", args.repository_id)?;
    writeln!(
        out,
        "Root version 1 expires {}. Keys are in {}.",
        repository.root().header.expires_at,
        store.folder().display()
    )?;
    writeln!(out, "Verifiers pin this root; publish its hash by a way of its own:")?;
    writeln!(out, "{}", repository.pin())?;
    Ok(())
}

pub fn check_id(id: &str, demo: bool) -> Result<(), Failure> {
    if !is_repository_id(id) {
        return Err(Failure::RepositoryId(id.chars().filter(|c| !c.is_control()).take(120).collect()));
    }
    match (id.starts_with("DEMO/"), demo) {
        (true, false) => Err(Failure::DemoId(id.to_owned())),
        (false, true) => Err(Failure::NoDemoId(id.to_owned())),
        _ => Ok(()),
    }
}

/// How many keys a role gets: what was asked for, else what trust-list operators usually have.
fn size_of(args: &InitArgs, role: Role) -> RoleSize {
    let asked = match role {
        Role::Root => args.root,
        Role::Trust => args.trust,
        Role::Status => args.status,
        Role::Head => args.head,
        Role::Rules => args.rules,
        // No role of a root: issuers make these keys.
        Role::Request => None,
    };
    asked.unwrap_or(match (args.demo, role) {
        (true, _) => RoleSize { threshold: 1, keys: 1 },
        (false, Role::Root | Role::Trust) => RoleSize { threshold: 2, keys: 3 },
        (false, Role::Status | Role::Head | Role::Rules | Role::Request) => RoleSize { threshold: 1, keys: 2 },
    })
}

/// The public keys of a role: those that are in the store under their names, and new ones.
fn role_keys(
    args: &InitArgs,
    role: Role,
    store: &KeyStore,
    passphrase: &Passphrase,
    now: UnixTime,
) -> Result<RoleKeys, Failure> {
    let size = size_of(args, role);
    let purpose = if args.demo { Purpose::Demo } else { Purpose::Production };
    let mut keys = Vec::new();
    for number in 1..=size.keys {
        let name = format!("{role}-{number}");
        let record = if store.record_path(&name).exists() {
            store.record(&name)?
        } else {
            store.create(&name, KeyType::Ed25519, passphrase, purpose, now)?
        };
        if record.demo && !args.demo {
            return Err(Failure::DemoRoleKey { role: role.name(), name });
        }
        keys.push(record.key);
    }
    Ok(RoleKeys { threshold: size.threshold, keys })
}
