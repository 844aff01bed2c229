//! `tegata-verifier trust`: the pinned root, and the lists under it.

use crate::cli::{ListArgs, TrustCommand};
use crate::error::{Exit, ToolError};
use crate::{device_time, pin_file, state_folder, verifier};
use serde_json::json;
use std::io::{self, Write};
use tegata_trust_lists::RootPin;
use tegata_verifier::Verifier;
use tegata_verifier::tool::{ListSource, PinFile, StateError, lists_json, write_lists};

/// Pins, forgets or shows.
pub fn trust(command: &TrustCommand) -> Result<Exit, ToolError> {
    let pin_file = pin_file()?;
    let mut out = io::stdout().lock();
    match command {
        TrustCommand::Pin { root, replace } => {
            // First: a pin in force with another root's lists would only be an error at every start.
            if pin_file.would_store(*root, *replace)? && drop_lists_of_others(*root)? {
                eprintln!(
                    "warning: the kept lists were of another root and are dropped\n  remedy: get the lists of this one: tegata-verifier update --from URL"
                );
            }
            pin_file.store(*root, *replace)?;
            writeln!(out, "pinned {root}")?;
        }
        TrustCommand::Unpin => {
            let was = pin_file.forget()?;
            writeln!(out, "{}", if was { "the pin is forgotten" } else { "no root was pinned" })?;
        }
        TrustCommand::Show { lists, json } => show(&mut out, &pin_file, lists, *json)?,
    }
    Ok(Exit::Valid)
}

/// Drops kept lists that are not of that root. Whether there were any.
fn drop_lists_of_others(root: RootPin) -> Result<bool, StateError> {
    let folder = match state_folder() {
        Err(StateError::NoFolder) => return Ok(false),
        folder => folder?,
    };
    match folder.load(&root) {
        Err(StateError::OtherRoot(_)) => folder.lock()?.drop_lists(),
        // Damaged lists stay, to be complained of by whoever wants to use them.
        Ok(_) | Err(StateError::Damaged { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn show(out: &mut dyn Write, pin_file: &PinFile, lists: &ListArgs, json: bool) -> Result<(), ToolError> {
    let now = device_time();
    let pin = match lists.root {
        Some(pin) => Some(pin),
        None => pin_file.load()?,
    };
    let folder = match state_folder() {
        Err(StateError::NoFolder) => None,
        folder => Some(folder?),
    };
    let source = folder.as_ref().map(|folder| folder.source()).transpose()?.flatten();
    let kept = folder.as_ref().map(|folder| folder.holds_lists()).transpose()?.unwrap_or(false);
    let any = lists.trust.is_some() || (kept && pin.is_some());
    let path = folder.map(|folder| folder.lists_path().display().to_string());
    if json {
        let loaded = any.then(|| verifier(lists, now)).transpose()?;
        let report = json!({
            "pin": pin.map(|pin| pin.to_string()),
            "state": path,
            "from": source.as_ref().map(ListSource::place),
            "list": loaded.as_ref().map(|verifier| lists_json(verifier.state(), now)),
        });
        writeln!(out, "{report}")?;
        return Ok(());
    }
    match pin {
        Some(pin) => writeln!(out, "Pinned root: {pin}")?,
        None => writeln!(out, "Pinned root: none (tegata-verifier trust pin SHA256)")?,
    }
    if let Some(path) = path.filter(|_| lists.trust.is_none()) {
        let none = if kept { "" } else { " (none yet: tegata-verifier update --from URL)" };
        writeln!(out, "Kept lists:  {path}{none}")?;
    }
    if let Some(source) = source {
        writeln!(out, "Source:      {}", source.place())?;
    }
    if any {
        let loaded = verifier(lists, now)?;
        write_lists(out, Verifier::state(&loaded), now)?;
    }
    Ok(())
}
