//! Sets the stage for the browser tests: certificates that our own offices really issue now, the lists that stand for
//! them, what the library says of each, and clips for a camera that is a file.
//!
//! `browser_stage DIR` writes `stage.json`, which names everything else in the folder. All of it is good for about a
//! day: the page asks the real clock, as in use.

mod clips;
mod codes;
mod display;
mod lists;

use codes::Codes;
use data_encoding::HEXLOWER;
use lists::Lists;
use serde_json::json;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use tegata_certificate::UnixTime;
use tegata_keys::Signer;
use tegata_tests::travel_office::TravelOffice;

/// How many people the office has.
const PEOPLE: u64 = 8;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: browser_stage DIR");
        return ExitCode::from(2);
    };
    match set(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn set(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let now = clock();
    // Issued two hours ago, listed one hour ago: what was issued after its status list is no plain "valid".
    let mut office = TravelOffice::at(PEOPLE, 77, now.plus(-7_200));
    let mut codes = Codes::issue(&mut office, now);
    let display = display::cases(&office, now);
    let lists = Lists::publish(&mut office, &codes, now);
    codes.judge(&lists, now);
    lists.write(folder, now)?;
    let clips = clips::write(folder, &codes)?;
    let stage = json!({
        "now": now.0,
        "root": lists.pin.to_string(),
        "other_root": lists.other.1.to_string(),
        "old_root": lists.old.pin.to_string(),
        "compact_key": HEXLOWER.encode(&office.keys[0].verifying_key().to_cose_key()),
        "eu_key": HEXLOWER.encode(&office.keys[1].verifying_key().to_cose_key()),
        "cases": codes.to_json(folder)?,
        "display": display.iter().map(|case| case.to_json(&lists, now)).collect::<Vec<_>>(),
        "clips": clips,
    });
    fs::write(folder.join("stage.json"), serde_json::to_vec_pretty(&stage)?)
}

fn clock() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    UnixTime(i64::try_from(since).unwrap_or(i64::MAX))
}
