//! `show`: what the lists say, for people and as JSON.

use super::cli::ShowArgs;
use super::failure::Failure;
use serde_json::{Value, json};
use std::io::Write;
use tegata_certificate::UnixTime;
use tegata_trust_lists::publish::{Folder, read_bundle};
use tegata_trust_lists::{Anchor, Authority, Freshness, KeyEntry, KeyState, Role, RootPin, TrustState};

pub fn run(args: &ShowArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let bundle = match &args.bundle {
        Some(path) => read_bundle(path)?,
        None => Folder::open(&args.repository.dir)?.repository()?.bundle().ok_or(Failure::NothingPublished)?,
    };
    let own = RootPin::of(bundle.roots.first().map(Vec::as_slice).unwrap_or_default());
    if args.root.is_some_and(|pin| pin != own) {
        return Err(Failure::OtherRoot(own));
    }
    let state = TrustState::load(&bundle, &own, now)?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&to_json(&state, own, now))?)?;
    } else {
        write_text(out, &state, own, args.root.is_some(), now)?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

fn freshness_name(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Fresh => "fresh",
        Freshness::Stale { .. } => "stale",
        Freshness::Expired { .. } => "expired",
    }
}

fn write_text(
    out: &mut dyn Write,
    state: &TrustState,
    pin: RootPin,
    pinned: bool,
    now: UnixTime,
) -> Result<(), Failure> {
    let demo = if state.is_demo() { " (a demonstration: believed only when told to)" } else { "" };
    writeln!(out, "Repository  {}{demo}", state.repository_id())?;
    let note = if pinned { "as named" } else { "compare it with the one that its operator made public" };
    writeln!(out, "First root  {pin} ({note})")?;
    writeln!(out, "Lists       {}", freshness_name(state.freshness(now)))?;
    let headers = [("root", &state.root().header), ("trust", &state.trust().header), ("head", &state.head().header)];
    for (name, header) in headers {
        writeln!(
            out,
            "  {name:6} version {:<4} issued {}  expires {}",
            header.version, header.issued_at, header.expires_at
        )?;
    }
    writeln!(out, "Roles")?;
    for role in Role::ALL {
        if let Some(keys) = state.root().role(role) {
            let kids: Vec<_> = keys.keys.iter().map(|key| short(&key.thumbprint())).collect();
            writeln!(out, "  {:6} {} of {}: {}", role.name(), keys.threshold, keys.keys.len(), kids.join(" "))?;
        }
    }
    writeln!(out, "Issuers     {}", state.trust().issuers.len())?;
    for (place, issuer) in state.trust().issuers.iter().enumerate() {
        writeln!(out, "  {} / {} ({})", issuer.name_ja, issuer.name_en, issuer.country)?;
        for key in state.trust().keys.iter().filter(|key| key.issuer == place) {
            write_key(out, key)?;
        }
    }
    if !state.trust().anchors.is_empty() {
        writeln!(out, "Anchors     {}", state.trust().anchors.len())?;
    }
    for anchor in &state.trust().anchors {
        write_anchor(out, anchor)?;
    }
    Ok(())
}

fn short(kid: &[u8]) -> String {
    hex(kid.get(..8).unwrap_or(kid))
}

fn write_key(out: &mut dyn Write, key: &KeyEntry) -> Result<(), Failure> {
    let names = |names: Vec<String>| names.join(",");
    let formats = names(key.formats.iter().map(|format| format.name().to_owned()).collect());
    let kinds = names(key.kinds.iter().map(|kind| kind.name().to_owned()).collect());
    let authority = match &key.authority {
        Authority::Countries(countries) => names(countries.iter().map(ToString::to_string).collect()),
        Authority::Iss(iss) => iss.clone(),
    };
    let state = match key.state {
        KeyState::Revoked { at, reason } => format!("revoked {at} ({})", reason.name()),
        state => state.name().to_owned(),
    };
    writeln!(out, "    {} {:5} {formats}  {kinds}  {authority}  {state}", short(&key.kid), key.key.algorithm().name())?;
    writeln!(out, "      signs {} to {}, valid until {}", key.sign_from, key.sign_until, key.valid_until)?;
    for range in &key.ranges {
        writeln!(out, "      status shard {}: {} to {}", range.shard, range.from, range.to - 1)?;
    }
    Ok(())
}

fn write_anchor(out: &mut dyn Write, anchor: &Anchor) -> Result<(), Failure> {
    let state = anchor
        .revoked
        .map_or_else(|| "active".to_owned(), |revoked| format!("revoked {} ({})", revoked.at, revoked.reason.name()));
    writeln!(out, "    {} {}  {} to {}  {state}", short(&anchor.sha256), anchor.country, anchor.from, anchor.until)?;
    Ok(())
}

fn anchor_json(anchor: &Anchor) -> Value {
    json!({
        "sha256": hex(&anchor.sha256),
        "country": anchor.country.as_str(),
        "subject": hex(&anchor.subject),
        "key_identifier": anchor.key_identifier.as_deref().map(hex),
        "from": anchor.from.to_string(),
        "until": anchor.until.to_string(),
        "revoked": anchor.revoked.map(|revoked| json!({ "at": revoked.at.to_string(), "reason": revoked.reason.name() })),
        "source": anchor.source,
    })
}

fn to_json(state: &TrustState, pin: RootPin, now: UnixTime) -> Value {
    let header = |header: &tegata_trust_lists::Header| json!({ "version": header.version, "issued_at": header.issued_at.to_string(), "expires_at": header.expires_at.to_string() });
    let roles: serde_json::Map<_, _> = Role::ALL
        .into_iter()
        .filter_map(|role| {
            let keys = state.root().role(role)?;
            let kids: Vec<_> = keys.keys.iter().map(|key| hex(&key.thumbprint())).collect();
            Some((role.name().to_owned(), json!({ "threshold": keys.threshold, "kids": kids })))
        })
        .collect();
    let issuers = state.trust().issuers.iter().enumerate().map(|(place, issuer)| {
        let keys: Vec<_> = state.trust().keys.iter().filter(|key| key.issuer == place).map(key_json).collect();
        json!({ "name_ja": issuer.name_ja, "name_en": issuer.name_en, "country": issuer.country.as_str(), "keys": keys })
    });
    json!({
        "repository_id": state.repository_id(),
        "demo": state.is_demo(),
        "first_root": pin.to_string(),
        "freshness": freshness_name(state.freshness(now)),
        "root": header(&state.root().header),
        "trust": header(&state.trust().header),
        "head": header(&state.head().header),
        "roles": roles,
        "issuers": issuers.collect::<Vec<_>>(),
        "anchors": state.trust().anchors.iter().map(anchor_json).collect::<Vec<_>>(),
    })
}

fn key_json(key: &KeyEntry) -> Value {
    let (countries, iss) = match &key.authority {
        Authority::Countries(countries) => (Some(countries.iter().map(ToString::to_string).collect::<Vec<_>>()), None),
        Authority::Iss(iss) => (None, Some(iss)),
    };
    let revoked = match key.state {
        KeyState::Revoked { at, reason } => Some(json!({ "at": at.to_string(), "reason": reason.name() })),
        _ => None,
    };
    let ranges: Vec<_> =
        key.ranges.iter().map(|range| json!({ "shard": range.shard, "from": range.from, "to": range.to })).collect();
    json!({
        "kid": hex(&key.kid),
        "algorithm": key.key.algorithm().name(),
        "formats": key.formats.iter().map(|format| format.name()).collect::<Vec<_>>(),
        "countries": countries,
        "iss": iss,
        "kinds": key.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "diseases": key.diseases,
        "sign_from": key.sign_from.to_string(),
        "sign_until": key.sign_until.to_string(),
        "valid_until": key.valid_until.to_string(),
        "max_life_seconds": key.max_life,
        "status_ranges": ranges,
        "state": key.state.name(),
        "revoked": revoked,
        "source": key.source,
    })
}
