//! Makes the words of `messages/ja.json` and `messages/en.json` known to the compiler: the macro `text!` has one arm
//! for each key, so that a key that is not there is no error at work but one of the build.

use serde_json::{Map, Value};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// The languages that are compiled in. The others are the page's, which loads them when they are chosen.
const LANGUAGES: [&str; 2] = ["ja", "en"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut arms = String::new();
    for language in LANGUAGES {
        let file = format!("messages/{language}.json");
        println!("cargo::rerun-if-changed={file}");
        let messages: Map<String, Value> = serde_json::from_str(&fs::read_to_string(&file)?)?;
        // What only the page says stays out.
        for (key, text) in messages.iter().filter(|(key, _)| !key.starts_with("page.")) {
            let text = text.as_str().ok_or_else(|| format!("{file}: {key} is no text"))?;
            writeln!(arms, "    ({language} {}) => {{ {text:?} }};", tokens(key))?;
        }
    }
    let macros = format!("macro_rules! text {{\n{arms}}}\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("text.rs"), macros)?;
    Ok(())
}

/// How the macro is asked for a key. The code in a reason's key stands by itself: it is what the list of reasons has.
fn tokens(key: &str) -> String {
    match key.split('.').collect::<Vec<_>>()[..] {
        ["reason", code, part] => format!("reason {code:?} {part}"),
        _ => format!("{key:?}"),
    }
}
