//! Takes the files that `cargo xtask page` built into the program, if they are there.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    // The mark is written last, so that no half of a page is taken in.
    let mark = dist.join(".built");
    println!("cargo::rerun-if-changed={}", mark.display());
    let mut list = String::from("&[\n");
    if mark.is_file() {
        for path in files(&dist)? {
            let name = path.strip_prefix(&dist)?.to_str().ok_or("a name that is no text")?.replace('\\', "/");
            if name != ".built" {
                writeln!(list, "    ({name:?}, include_bytes!({:?})),", path.canonicalize()?)?;
            }
        }
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("files.rs"), list)?;
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
