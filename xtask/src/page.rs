//! `cargo xtask page`: the WebAssembly modules, the npm package and the app that venues open.

use crate::cargo::{cargo, command, run as cargo_run, succeeds, target, workspace};
use crate::setup::{self, Missing, WASM};
use std::path::PathBuf;

/// A package that becomes a module, and the folder that its JavaScript goes to.
const MODULES: [(&str, &str); 2] =
    [("tegata-wasm-verifier", "wasm-verifier/npm/wasm"), ("tegata-wasm-reader", "wasm-verifier/web/src/reader/wasm")];

/// What of it becomes JavaScript, in order: the app uses the package.
const WORKSPACES: [&str; 2] = ["npm", "web"];

/// `cargo xtask page`.
pub fn run() -> bool {
    build().unwrap_or_else(|missing| {
        eprintln!("cannot build {}\n  install what it needs by: {}", missing.leaves_out, missing.line);
        false
    })
}

/// Builds all of it.
///
/// # Errors
/// [`Missing`] if something that it needs cannot be installed; `Ok(false)` if a build fails or something is too
/// heavy, which has been said.
pub fn build() -> Result<bool, Missing> {
    setup::page_packages()?;
    Ok(build_modules()? && WORKSPACES.iter().all(|name| npm_run(name, "build")) && finish())
}

/// Builds the WebAssembly modules and the JavaScript that loads them.
///
/// # Errors
/// As [`build`].
pub fn build_modules() -> Result<bool, Missing> {
    build_each(&MODULES.map(|(package, folder)| (package, workspace().join(folder))))
}

/// Builds the module that only tests load, into a folder of the target.
///
/// # Errors
/// As [`build`].
pub fn build_checks() -> Result<Option<PathBuf>, Missing> {
    let folder = target().join("wasm-checks");
    let built = build_each(&[("tegata-wasm-checks", folder.clone())])?;
    Ok(built.then(|| folder.join("tegata_wasm_checks.js")))
}

fn build_each(modules: &[(&str, PathBuf)]) -> Result<bool, Missing> {
    setup::wasm_target()?;
    let mut build = cargo();
    build.args(["build", "--quiet", "--profile", "wasm", "--target", WASM]);
    build.args(modules.iter().flat_map(|(package, _)| ["--package", package]));
    Ok(succeeds(&mut build) && bindgen(modules))
}

fn bindgen(modules: &[(&str, PathBuf)]) -> bool {
    let tool = target().join("debug/bindgen");
    let there = tool.is_file() || cargo_run(["build", "--quiet", "--workspace", "--bin", "bindgen"]);
    there
        && modules.iter().all(|(package, folder)| {
            let module = target().join(WASM).join("wasm").join(package.replace('-', "_")).with_extension("wasm");
            succeeds(command(&tool).arg(module).arg(folder))
        })
}

/// What needs no browser: types, the package's form, and the page's own logic.
pub fn check() -> bool {
    [("npm", "check"), ("web", "check"), ("web", "test")].iter().all(|(name, script)| npm_run(name, script))
}

fn npm_run(name: &str, script: &str) -> bool {
    let folder = workspace().join("wasm-verifier");
    succeeds(command("npm").current_dir(folder).args(["run", "--silent", script, "--workspace", name]))
}

/// Compresses and weighs.
fn finish() -> bool {
    succeeds(command("node").arg("wasm-verifier/finish.mjs"))
}
