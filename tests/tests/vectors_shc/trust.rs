//! The lists of a case, as an authority would publish them: imported, signed, loaded.

use crate::Case;
use serde_json::Value;
use std::collections::BTreeSet;
use tegata_certificate::UnixTime;
use tegata_tests::published::{Published, published};
use tegata_trust_lists::import::{ImportError, Imported, Input, InputFile, ListKind, Policy};

/// What a verifier holds when the case is judged.
pub fn lists(case: &Case<'_>) -> Published {
    let at = case.at();
    let admitted = case.option("directory").map(|name| issuers(&case.read(name)));
    let mut imports = Vec::new();
    // A list that is refused is not published, and what it says of withdrawals is not known.
    for mut imported in case.trust().iter().flat_map(|source| of_source(case, source)).flatten() {
        if let Some(admitted) = &admitted {
            imported.keys.retain(|key| key.entry.iss().is_some_and(|iss| admitted.contains(iss)));
        }
        imports.push(imported);
    }
    published(imports, at)
}

/// The lists of one source: a directory, or a key set with its withdrawal lists.
fn of_source(case: &Case<'_>, source: &Value) -> Vec<Result<Imported, ImportError>> {
    let text = |name: &str| source[name].as_str();
    if let Some(directory) = text("vci") {
        let file = case.read(directory);
        // A directory may be from after the moment of judging; to the importer it is from now.
        let made = serde_json::from_slice::<Value>(&file).ok();
        let made = made.and_then(|directory| UnixTime::parse(directory["time"].as_str()?));
        return vec![read(ListKind::Vci, vec![file], None, made.map_or(case.at(), |made| made.max(case.at())))];
    }
    let iss = text("iss");
    let keys = text("jwks").map(|name| read(ListKind::Jwks, vec![case.read(name)], iss, case.at()));
    let lists = source["crls"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let lists = lists.map(|name| read(ListKind::ShcCrl, vec![case.read(name)], iss, case.at()));
    keys.into_iter().chain(lists).collect()
}

fn read(kind: ListKind, files: Vec<Vec<u8>>, iss: Option<&str>, now: UnixTime) -> Result<Imported, ImportError> {
    let policy = Policy { unsigned_ok: true, ..Policy::new(now) };
    let files: Vec<_> = files.into_iter().map(|bytes| InputFile { name: "list.json".to_owned(), bytes }).collect();
    kind.read(&Input { files: &files, signer: None, country: None, iss, anchors: &[], policy: &policy })
}

/// The issuers that a directory admits, whatever keys they have.
fn issuers(directory: &[u8]) -> BTreeSet<String> {
    let directory: Value = serde_json::from_slice(directory).expect("a directory");
    let infos = directory["issuerInfo"].as_array().expect("issuers").iter();
    infos.filter_map(|info| info["issuer"]["iss"].as_str().map(str::to_owned)).collect()
}
