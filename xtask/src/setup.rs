//! Installs what is missing, or says the line that does.
//!
//! Nothing here is needed to build or to run the demo. What cannot be installed (no network, no
//! rights) leaves a test out, loudly; it never fails one.

use crate::cargo::{command, succeeds, target, works, workspace};
use std::fs;
use std::path::{Path, PathBuf};

/// The target that venues' browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Something that is missing: what is left out for it, and the line that installs it.
pub struct Missing {
    /// What cannot be done.
    pub leaves_out: &'static str,
    /// The line to run.
    pub line: String,
}

/// The standard library for WebAssembly.
///
/// # Errors
/// [`Missing`] if it cannot be installed.
pub fn wasm_target() -> Result<(), Missing> {
    let installed = || {
        let list = command("rustup").args(["target", "list", "--installed"]).output();
        list.is_ok_and(|list| String::from_utf8_lossy(&list.stdout).lines().any(|line| line == WASM))
    };
    if !installed() {
        println!("Installing the target {WASM} …");
        succeeds(command("rustup").args(["target", "add", WASM]));
    }
    if installed() {
        return Ok(());
    }
    Err(Missing { leaves_out: "the WebAssembly check", line: format!("rustup target add {WASM}") })
}

/// The programs of Debian packages that are not there get installed, where the rights are.
///
/// # Errors
/// [`Missing`] if they cannot be.
fn debian(program: &str, probe: &[&str], package: &'static str, leaves_out: &'static str) -> Result<(), Missing> {
    let there = || works(command(program).args(probe));
    if there() {
        return Ok(());
    }
    let root = command("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if root && works(command("apt-get").arg("--version")) {
        println!("Installing {package} …");
        let quiet = ["-qq", "-o", "Dpkg::Use-Pty=0"];
        // The lists of a fresh container are empty, and those of an old one name what is gone.
        let _ = works(command("apt-get").args(quiet).arg("update"));
        let mut install = command("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive").args(quiet);
        let _ = works(install.args(["install", "--yes", "--no-install-recommends", package]));
    }
    if there() {
        return Ok(());
    }
    Err(Missing { leaves_out, line: format!("sudo apt-get update && sudo apt-get install {package}") })
}

/// `zbarimg`, a reader of codes that is not ours.
///
/// # Errors
/// [`Missing`] if it cannot be installed.
pub fn zbar() -> Result<(), Missing> {
    debian("zbarimg", &["--version"], "zbar-tools", "reading our pictures with zbarimg")
}

/// Poppler's programs, which look at our pages: `pdfinfo`, `pdffonts`, `pdftotext`, `pdftoppm`.
///
/// # Errors
/// [`Missing`] if they cannot be installed.
pub fn poppler() -> Result<(), Missing> {
    debian("pdftoppm", &["-v"], "poppler-utils", "looking at our pages with poppler")
}

/// Fonts for Japanese, which pages are set in.
///
/// # Errors
/// [`Missing`] if they cannot be installed.
pub fn japanese_fonts() -> Result<(), Missing> {
    let probe = ["-c", "ls /usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"];
    debian("sh", &probe, "fonts-ipaexfont", "printing pages in Japanese")
}

/// A PostgreSQL server, which the tests start for themselves. Packages put it where no path leads.
///
/// # Errors
/// [`Missing`] if it cannot be installed.
pub fn postgres() -> Result<(), Missing> {
    let probe = ["-c", "command -v initdb || ls /usr/lib/postgresql/*/bin/initdb"];
    debian("sh", &probe, "postgresql", "the register on PostgreSQL")
}

/// SoftHSM2, whose tokens the tests make for themselves.
///
/// # Errors
/// [`Missing`] if it cannot be installed.
pub fn soft_token() -> Result<(), Missing> {
    debian("softhsm2-util", &["--version"], "softhsm2", "keys in a PKCS#11 token")
}

/// The npm packages of readers that are not ours, pinned, in the build folder.
///
/// # Errors
/// [`Missing`] if they cannot be installed.
pub fn readers_of_cards() -> Result<PathBuf, Missing> {
    const LEAVES_OUT: &str = "reading our SMART Health Cards with the npm package shc-protocol";
    node("readers-node", "tests/readers", LEAVES_OUT)
}

/// The npm packages that the reader of codes is measured beside, pinned, in the build folder.
///
/// # Errors
/// [`Missing`] if they cannot be installed.
pub fn scanning_node() -> Result<PathBuf, Missing> {
    node("scanning/node", "tests/scanning", "measuring the reader of codes beside zxing-wasm")
}

/// The npm packages that build the page.
///
/// # Errors
/// [`Missing`] if they cannot be installed.
pub fn page_packages() -> Result<(), Missing> {
    const LEAVES_OUT: &str = "the page for browsers";
    debian("npm", &["--version"], "npm", LEAVES_OUT)?;
    npm_packages(&workspace().join("wasm-verifier"), LEAVES_OUT)
}

/// The browser, and the npm packages that drive it.
///
/// # Errors
/// [`Missing`] if they cannot be installed.
pub fn browser() -> Result<(), Missing> {
    const LEAVES_OUT: &str = "the page in a real browser";
    debian("chromium", &["--version"], "chromium", LEAVES_OUT)?;
    debian("npm", &["--version"], "npm", LEAVES_OUT)?;
    npm_packages(&workspace().join("tests/browser"), LEAVES_OUT)
}

/// A folder in the build folder with the npm packages that are pinned in `pins`.
fn node(folder: &str, pins: &str, leaves_out: &'static str) -> Result<PathBuf, Missing> {
    debian("npm", &["--version"], "npm", leaves_out)?;
    let folder = target().join(folder);
    let copied = fs::create_dir_all(&folder).is_ok()
        && ["package.json", "package-lock.json"]
            .iter()
            .all(|name| fs::copy(workspace().join(pins).join(name), folder.join(name)).is_ok());
    if copied { npm_packages(&folder, leaves_out).map(|()| folder) } else { Err(npm_missing(&folder, leaves_out)) }
}

/// The npm packages that the lock file of a folder names. Their install scripts are not run.
fn npm_packages(folder: &Path, leaves_out: &'static str) -> Result<(), Missing> {
    let wanted = folder.join("package-lock.json");
    // What was installed, so that a change of the pins installs anew and nothing else does.
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).ok().is_some_and(|stamp| fs::read(&wanted).ok() == Some(stamp)) {
        return Ok(());
    }
    println!("Installing the npm packages of {} …", folder.strip_prefix(workspace()).unwrap_or(folder).display());
    let mut install = command("npm");
    install.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    if succeeds(&mut install) && fs::copy(&wanted, &stamp).is_ok() {
        Ok(())
    } else {
        Err(npm_missing(folder, leaves_out))
    }
}

fn npm_missing(folder: &Path, leaves_out: &'static str) -> Missing {
    Missing { leaves_out, line: format!("cd {} && npm ci --ignore-scripts", folder.display()) }
}

/// A Python with the pinned readers and verifiers that are not ours, in the build folder.
///
/// # Errors
/// [`Missing`] if it cannot be made.
pub fn readers() -> Result<PathBuf, Missing> {
    const LEAVES_OUT: &str = "reading and verifying our pictures with zxing-cpp, cbor2 and cryptography";
    python("readers", &workspace().join("tests/readers/requirements.txt"), LEAVES_OUT)
}

/// A Python with what draws and distorts codes, and with zxing-cpp, in the build folder.
///
/// # Errors
/// [`Missing`] if it cannot be made.
pub fn scanning_python(requirements: &Path) -> Result<PathBuf, Missing> {
    python("scanning/python", requirements, "measuring the reader of codes beside zxing-cpp")
}

/// A Python in a folder of the build folder, with what `requirements` names.
fn python(folder: &str, requirements: &Path, leaves_out: &'static str) -> Result<PathBuf, Missing> {
    debian("python3", &["-c", "import venv, ensurepip"], "python3-venv", leaves_out)?;

    let folder = target().join(folder);
    let python = folder.join("bin/python");
    // What was installed, so that a change of the pins installs anew and nothing else does.
    let stamp = folder.join("installed.txt");
    let installed = || fs::read(&stamp).ok().is_some_and(|stamp| fs::read(requirements).ok() == Some(stamp));
    if installed() && works(command(&python).arg("--version")) {
        return Ok(python);
    }
    println!("Installing the packages of {} …", requirements.display());
    let done = succeeds(command("python3").args(["-m", "venv"]).arg(&folder))
        && succeeds(
            command(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(requirements),
        )
        && fs::copy(requirements, &stamp).is_ok();
    if done {
        return Ok(python);
    }
    let (folder, python, requirements) = (folder.display(), python.display(), requirements.display());
    let line = format!("python3 -m venv {folder} && {python} -m pip install --requirement {requirements}");
    Err(Missing { leaves_out, line })
}

/// schemathesis, which tries the office's interface by its description, pinned, in the build folder.
///
/// # Errors
/// [`Missing`] if it cannot be installed.
pub fn schemathesis() -> Result<PathBuf, Missing> {
    const LEAVES_OUT: &str = "the office's interface by schemathesis";
    let python = python("schemathesis", &workspace().join("tests/schemathesis/requirements.txt"), LEAVES_OUT)?;
    Ok(python.with_file_name("schemathesis"))
}

/// `sqlite3`, which backups of a register in a file are made with.
///
/// # Errors
/// [`Missing`] if it cannot be installed.
pub fn sqlite() -> Result<(), Missing> {
    debian("sqlite3", &["--version"], "sqlite3", "backups of a register in a file")
}
