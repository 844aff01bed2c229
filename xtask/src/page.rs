//! `cargo xtask page`: the WebAssembly modules, the npm package and the app that venues open.

use crate::cargo::{cargo, command, run as cargo_run, succeeds, target, workspace};
use crate::setup::{self, Missing, WASM};

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
    setup::wasm_target()?;
    let mut modules = cargo();
    modules.args(["build", "--quiet", "--profile", "wasm", "--target", WASM]);
    modules.args(MODULES.iter().flat_map(|(package, _)| ["--package", package]));
    Ok(succeeds(&mut modules) && bindgen())
}

fn bindgen() -> bool {
    let tool = target().join("debug/bindgen");
    let there = tool.is_file() || cargo_run(["build", "--quiet", "--workspace", "--bin", "bindgen"]);
    there
        && MODULES.iter().all(|(package, folder)| {
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
