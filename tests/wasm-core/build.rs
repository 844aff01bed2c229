//! How the linker is to lay out what a page loads.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_PROFILE_WASM_STRIP");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|own| own == value);
    // Whoever wants names of functions in it, to see what weighs how much, cannot have this.
    let bare = is("OPT_LEVEL", "s") && env::var("CARGO_PROFILE_WASM_STRIP").is_err();
    if is("CARGO_CFG_TARGET_ARCH", "wasm32") && bare {
        // Addresses of as many bytes as they need, not of five each: 2 KB, compressed.
        println!("cargo::rustc-link-arg=--compress-relocations");
    }
}
