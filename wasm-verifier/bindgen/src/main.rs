//! `bindgen IN.wasm OUTDIR`: a module that was built for WebAssembly to an ES module that loads it.
//!
//! The same as the command `wasm-bindgen --target web`, as a part of this workspace: its version is that of the
//! lock file, and nothing needs installing.

use std::path::PathBuf;
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "\
Writes NAME.js, NAME.d.ts and NAME_bg.wasm of a module, for browsers and Node.

Usage: bindgen IN.wasm OUTDIR

NAME is that of IN.wasm. The module wants optimising (wasm-opt) afterwards.
Exit status: 0 written, 1 not written, 2 usage.
";

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [input, folder] = paths.as_slice() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    // Names and producers help nobody in a page. The features that the module needs stay named: wasm-opt reads them.
    bindgen.input_path(input).typescript(true).remove_name_section(true).remove_producers_section(true);
    bindgen.keep_debug(false);
    // Bundlers find the module by the address that stands in the file.
    bindgen.omit_default_module_path(false);
    match bindgen.web(true).and_then(|bindgen| bindgen.generate(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}: {error:#}", input.display());
            ExitCode::FAILURE
        }
    }
}
