//! `tegata-verifier serve`.

use crate::cli::ServeArgs;
use crate::error::{Exit, ToolError};
use crate::{device_time, pin_file, state_folder};
use std::io::{self, Write};
use tegata_verifier::tool::{Page, PageLists, Site, listen, pinned, serve as serve_site};

/// Serves the page, or writes it into a folder.
pub fn serve(args: &ServeArgs) -> Result<Exit, ToolError> {
    let pin = pinned(args.lists.root, &pin_file()?)?;
    let page = match &args.page {
        Some(folder) => Page::in_folder(folder)?,
        None => Page::built_in()?,
    };
    let lists = match &args.lists.trust {
        Some(bundle) => PageLists::Bundle(bundle.clone()),
        None => PageLists::Kept(state_folder()?),
    };
    let site = Site::new(page, lists, pin, args.lists.demo, device_time())?;
    let mut out = io::stdout().lock();
    if let Some(folder) = &args.export {
        let count = site.export(folder)?;
        writeln!(out, "{count} files in {}", folder.display())?;
        return Ok(Exit::Valid);
    }
    let listening = listen(args.listen).map_err(|error| ToolError::Listen { address: args.listen, error })?;
    writeln!(out, "http://{}/", listening.address)?;
    out.flush()?;
    drop(out);
    if !args.listen.ip().is_loopback() {
        eprintln!(
            "note: browsers give pages a camera only over https or on this machine itself: put a web server with a certificate before it"
        );
    }
    serve_site(site, listening, device_time, |error| eprintln!("the lists that came are not taken: {error}"))
        .map_err(|error| ToolError::Listen { address: args.listen, error })?;
    Ok(Exit::Valid)
}
