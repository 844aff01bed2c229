//! `add-issuer`: a key of an issuer, with its scope.

use super::cli::AddIssuerArgs;
use super::failure::Failure;
use super::public_key::{self, PublicKey};
use std::io::Write;
use tegata_certificate::{Algorithm, Date, Format, Kind, UnixTime};
use tegata_trust_lists::publish::{Draft, Folder};
use tegata_trust_lists::{Authority, KeyEntry, KeyState};

const DAY: i64 = 86_400;

/// Ten years with their leap days: paper outlives apps.
const COMPACT_LIFE_DAYS: u32 = 3653;
const OTHER_LIFE_DAYS: u32 = 366;

pub fn run(args: &AddIssuerArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let public = args.key.as_deref().map(public_key::read).transpose()?;
    let status_keys: Vec<_> = args.status_keys.iter().map(|path| public_key::read(path)).collect::<Result<_, _>>()?;
    let folder = Folder::open(&args.repository.dir)?;
    let mut draft = folder.draft()?;
    let repository = folder.repository()?;
    match &args.iss {
        None if args.formats.iter().any(|format| format.names_exact_issuer()) => return Err(Failure::NoIss),
        Some(_) if !args.formats.iter().all(|format| format.names_exact_issuer()) => {
            return Err(Failure::IssOfCountries);
        }
        _ => {}
    }
    let fits = |public: &PublicKey| !public.demo || repository.root().header.is_demo();
    let entry = match (public, &args.key) {
        (Some(public), Some(path)) if !fits(&public) => return Err(Failure::DemoDocumentKey(path.clone())),
        (Some(public), _) => {
            for format in &args.formats {
                check_algorithm(*format, public.key.algorithm())?;
            }
            let entry = entry(args, public, &mut draft, now)?;
            draft.add_key(&entry);
            Some(entry)
        }
        (None, _) => None,
    };
    let issuer = draft.issuer(&args.name_ja, &args.name_en, args.country);
    let mut request_keys = Vec::new();
    for (public, path) in status_keys.iter().zip(&args.status_keys) {
        if !fits(public) {
            return Err(Failure::DemoDocumentKey(path.clone()));
        }
        if repository.root().speaks(&public.key) {
            return Err(Failure::RoleKey(path.clone()));
        }
        draft.add_status_key(issuer, &public.key)?;
        request_keys.push(base16ct::lower::encode_string(&public.key.thumbprint()));
    }
    repository.check(draft.lists()?, now)?;
    folder.save_draft(&draft)?;

    if let Some(entry) = entry {
        let kid = base16ct::lower::encode_string(&entry.kid);
        writeln!(out, "Listed {} key {kid} of {} ({}).", entry.key.algorithm().name(), args.name_en, args.name_ja)?;
        writeln!(out, "It may sign from {} until {}.", entry.sign_from, entry.sign_until)?;
        for range in &entry.ranges {
            writeln!(out, "Its status indices: {} to {} of shard {}.", range.from, range.to - 1, range.shard)?;
        }
        writeln!(
            out,
            "Verifiers will know it once it is published: tegata-trust publish --dir {}",
            args.repository.dir.display()
        )?;
    }
    for kid in request_keys {
        writeln!(out, "Key {kid} may sign status requests of {} ({}) from now on.", args.name_en, args.name_ja)?;
    }
    Ok(())
}

/// The entry that the arguments describe. A certificate's own validity and usage narrow it.
fn entry(args: &AddIssuerArgs, public: PublicKey, draft: &mut Draft, now: UnixTime) -> Result<KeyEntry, Failure> {
    let compact = args.formats.contains(&Format::Compact);
    let cards = args.iss.is_some();
    let life_days = args.max_life_days.unwrap_or(if compact { COMPACT_LIFE_DAYS } else { OTHER_LIFE_DAYS });
    let life = i64::from(life_days) * DAY;
    let today = now.date().map_or(now, Date::start);
    let (mut from, mut kinds) = (args.from.unwrap_or(today), args.kinds.clone());
    let mut until = args.until.unwrap_or_else(|| from.plus(365 * DAY));
    let mut valid_until = until.plus(life);
    if let Some(certified) = &public.certified {
        from = from.max(certified.not_before);
        until = until.min(certified.not_after);
        valid_until = valid_until.min(certified.not_after);
        kinds.retain(|kind: &Kind| certified.kinds.contains(kind));
    }
    // What is named by its thumbprint is so even if it came in a certificate.
    let kid = if compact || cards { public.key.thumbprint() } else { public.kid };
    let ranges = if compact { vec![draft.allot(valid_until, args.indices)?] } else { Vec::new() };
    let authority = match &args.iss {
        Some(iss) => Authority::Iss(iss.clone()),
        None if args.countries.is_empty() => Authority::Countries(vec![args.country]),
        None => Authority::Countries(args.countries.clone()),
    };
    Ok(KeyEntry {
        kid,
        key: public.key,
        issuer: draft.issuer(&args.name_ja, &args.name_en, args.country),
        formats: args.formats.clone(),
        authority,
        kinds,
        diseases: args.diseases.clone(),
        sign_from: from,
        sign_until: until,
        valid_until,
        max_life: Some(life),
        ranges,
        state: KeyState::Active,
        hint: None,
        source: None,
    })
}

/// Refuses a key that no certificate of the format could be signed with.
fn check_algorithm(format: Format, algorithm: Algorithm) -> Result<(), Failure> {
    let (allowed, needed): (&[Algorithm], _) = match format {
        Format::Compact => (&[Algorithm::EdDsa, Algorithm::Es256], "ed25519 or p256"),
        Format::EuDcc | Format::Icvp => (&[Algorithm::Es256, Algorithm::Ps256], "p256, or RSA for imported keys"),
        Format::Shc => (&[Algorithm::Es256], "p256"),
        Format::VdsNc => (&[Algorithm::Es256, Algorithm::Es384], "p256 or p384"),
    };
    if allowed.contains(&algorithm) {
        return Ok(());
    }
    Err(Failure::Algorithm { format: format.name(), algorithm: algorithm.name(), needed })
}
