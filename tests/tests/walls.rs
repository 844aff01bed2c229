//! The walls between the rooms: which package may use which, and what the verifying ones never hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The packages of this workspace that each package's product names. What only its tests name is no arrow.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().current_dir(workspace()).no_deps().exec().expect("cargo metadata");
    let members: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let named = |package: &Package| {
        let product = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
        product.map(|dependency| dependency.name.clone()).filter(|name| members.contains(name)).collect()
    };
    metadata.packages.iter().map(|package| (package.name.to_string(), named(package))).collect()
}

#[test]
fn an_arrow_never_points_the_other_way() {
    let allowed: [(&str, &[&str]); 13] = [
        ("tegata-certificate", &[]),
        ("tegata-keys", &["tegata-certificate"]),
        ("tegata-trust-lists", &["tegata-certificate", "tegata-keys"]),
        // The reader too: what is printed is read back before it is given out, and the reader knows no other room.
        ("tegata-issuer", &["tegata-certificate", "tegata-keys", "tegata-reader", "tegata-trust-lists"]),
        ("tegata-reader", &[]),
        ("tegata-verifier", &["tegata-certificate", "tegata-page", "tegata-reader", "tegata-trust-lists"]),
        (
            "tegata-tests",
            &["tegata-certificate", "tegata-issuer", "tegata-keys", "tegata-trust-lists", "tegata-verifier"],
        ),
        ("tegata-wasm-checks", &["tegata-certificate"]),
        ("tegata-wasm-verifier", &["tegata-certificate", "tegata-trust-lists", "tegata-verifier"]),
        ("tegata-wasm-reader", &["tegata-reader"]),
        ("tegata-bindgen", &[]),
        ("tegata-page", &[]),
        ("xtask", &[]),
    ];
    let arrows = arrows();
    let rooms: Vec<&str> = arrows.keys().map(String::as_str).collect();
    for room in &rooms {
        assert!(allowed.iter().any(|(name, _)| name == room), "{room} has no wall: add it here");
    }
    for (room, allowed) in allowed {
        for used in &arrows[room] {
            assert!(allowed.contains(&used.as_str()), "{room} must not use {used}");
        }
    }
}

/// Every package that is built into a library without its tool, as cargo resolves its features.
fn built_into(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = Command::new(cargo)
        .current_dir(workspace())
        .args(["tree", "--locked", "--package", package, "--no-default-features"])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let names = String::from_utf8(tree.stdout).expect("a text");
    names.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn verifying_needs_no_private_key_no_socket_and_no_terminal() {
    // Prefixes: a crate and those that belong to it.
    const FORBIDDEN: [&str; 33] = [
        "tegata-keys",
        "tegata-issuer",
        "pkcs8",
        "rpassword",
        "cryptoki",
        "libloading",
        "getrandom",
        "tempfile", // keys and files
        "tokio",
        "async-std",
        "mio",
        "socket2",
        "sqlx",
        "libsqlite3-sys", // machines
        "reqwest",
        "hyper",
        "axum",
        "ureq",
        "curl",
        "rustls",
        "native-tls",
        "openssl",
        "ring",
        "webpki",
        "http",
        "httparse", // networks
        "tegata-page",
        "clap",
        "indicatif",
        "image",
        "tegata-reader",
        "rxing",
        "qrcode", // the tool
    ];
    for package in ["tegata-certificate", "tegata-trust-lists", "tegata-verifier"] {
        let built = built_into(package);
        assert!(built.contains("tegata-certificate"), "cargo tree lists the packages");
        let held: Vec<_> = built.iter().filter(|name| FORBIDDEN.iter().any(|prefix| is_of(name, prefix))).collect();
        assert!(held.is_empty(), "{package} without its tool holds {held:?}");
    }
}

fn is_of(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

/// The files of a library's part without I/O: all that `lib.rs` declares but what stands behind the feature
/// `tool`, and but what only `main.rs` declares.
fn sans_io(package: &str) -> Vec<PathBuf> {
    let source = workspace().join(package).join("src");
    let lib = std::fs::read_to_string(source.join("lib.rs")).expect("lib.rs");
    let mut files = vec![source.join("lib.rs")];
    let mut before = "";
    for line in lib.lines() {
        let module = line.trim_start_matches("pub ").strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        if let Some(module) = module
            && before != "#[cfg(feature = \"tool\")]"
        {
            files.push(source.join(module).with_extension("rs"));
            files.extend(rust_files(&source.join(module)));
        }
        before = line;
    }
    files
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                vec![path]
            } else {
                Vec::new()
            }
        })
        .collect()
}

#[test]
fn what_verifies_or_reads_codes_reads_no_clock_no_file_and_no_network() {
    const FORBIDDEN: [&str; 11] = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant",
        "TcpStream",
        "println!",
        "eprintln!",
        "unsafe",
    ];
    let mut faults = Vec::new();
    for package in ["certificate", "trust-lists", "verifier", "reader"] {
        let files = sans_io(package);
        assert!(files.len() > 5, "{package}: the files of the library are found");
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            // Tests may use threads.
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                if let Some(word) = FORBIDDEN.iter().find(|word| line.contains(**word)) {
                    faults.push(format!("{}:{}: {word}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What stands in a file before its tests.
fn product(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

#[test]
fn the_issuer_signs_certificates_in_one_place_and_from_nothing_but_records() {
    let source = workspace().join("issuer/src");
    let name = |file: &Path| file.strip_prefix(&source).expect("below it").to_string_lossy().into_owned();
    let files: Vec<PathBuf> = rust_files(&source).into_iter().collect();
    assert!(files.len() > 100, "the issuer's files are found");
    let with = |word: &str| -> Vec<String> {
        let says = |line: &str| !line.trim_start().starts_with("//") && line.contains(word);
        let found = files.iter().filter(|file| product(file).lines().any(says));
        found.map(|file| name(file)).collect()
    };
    // Whoever signs a certificate asks it what is to be signed.
    assert_eq!(with("to_be_signed("), ["issue.rs"], "certificates are signed in another place, too");
    let issue = product(&source.join("issue.rs"));
    // Once to sign it, once to see that a signature that was kept is its own.
    assert_eq!(issue.matches("to_be_signed(").count(), 2);
    assert_eq!(with("Laid {"), ["issue.rs"], "what is signed is made in another place, too");
    let laying = "fn lay<'p>(\n    record: &Record,\n";
    assert!(issue.contains(laying) && !issue.contains(&format!("pub {laying}")), "its one function takes a record");
    assert_eq!(issue.matches("Laid {").count(), 1);
    // A key gives its signer to that function alone, and a record is made by the register alone.
    assert!(product(&source.join("issue/key.rs")).contains("pub(super) fn signer(&self)"));
    let mut callers = with(".signer()");
    callers.sort_unstable();
    assert_eq!(callers, ["issue.rs"]);
    let public = files.iter().flat_map(|file| {
        let lines: Vec<String> = product(file).lines().map(str::to_owned).collect();
        lines.into_iter().filter(|line| line.trim_start().starts_with("pub fn ")).collect::<Vec<_>>()
    });
    for line in public {
        let takes = line.split_once("->").map_or(line.as_str(), |(takes, _)| takes);
        for word in [": &Certificate", ": Certificate,", ": &Record,", ": Record,"] {
            assert!(!takes.contains(word), "a public function takes what could be signed: {line}");
        }
    }
}
