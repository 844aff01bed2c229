//! `bundle`: one file for a stick, an intranet or an app.

use super::cli::BundleArgs;
use super::failure::Failure;
use std::io::Write;
use tegata_certificate::UnixTime;
use tegata_trust_lists::publish::{Folder, write_atomically};
use tegata_trust_lists::{Freshness, RootPin};

pub fn run(args: &BundleArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let repository = Folder::open(&args.repository.dir)?.repository()?;
    let (Some(bundle), Some(state)) = (repository.bundle(), repository.state()) else {
        return Err(Failure::NothingPublished);
    };
    let bytes = bundle.encode();
    write_atomically(&args.out, &bytes)?;
    let pin: RootPin = repository.pin();
    writeln!(
        out,
        "Wrote {} ({} bytes), valid until {}.",
        args.out.display(),
        bytes.len(),
        state.head().header.expires_at
    )?;
    writeln!(out, "Its first root is {pin}")?;
    if state.freshness(now) != Freshness::Fresh {
        eprintln!("warning: these lists have expired; publish before you hand them out");
    }
    Ok(())
}
