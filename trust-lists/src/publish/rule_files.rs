//! The member states' rule files: a folder a rule, with its tests beside it.

use super::draft_rules::{DraftRule, RuleFile, RuleTest};
use serde_json::Value as Any;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The largest file, in bytes: the longest test that states publish has a tenth of it.
const MAX_FILE: u64 = 1024 * 1024;

/// The most files of a folder.
const MAX_FILES: usize = 20_000;

/// What was found in a folder of rule files.
#[derive(Clone, Default, Debug)]
pub struct RuleFiles {
    /// The rules with their tests, by their identifiers.
    pub rules: Vec<DraftRule>,
    /// The value sets, where there is a file of them: names and codes.
    pub value_sets: BTreeMap<String, Vec<String>>,
    /// The files that could not be read, each with why.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl RuleFiles {
    /// Reads every JSON file below a folder, or one file. A rule is a file with an `Identifier` and a `Logic`; its tests
    /// are the files in a folder `tests` beside it. A file of value sets is an object of lists of codes, or one of the
    /// EU's with `valueSetId`. What is none of these is reported and left out.
    ///
    /// # Errors
    /// What the file system says, with the path; also for more files than are read.
    pub fn read(path: &Path) -> Result<Self, (PathBuf, io::Error)> {
        let mut found = Self::default();
        let mut tests: BTreeMap<PathBuf, Vec<RuleTest>> = BTreeMap::new();
        let mut rules: Vec<(PathBuf, RuleFile)> = Vec::new();
        for file in json_files(path)? {
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            let taken = parse(&file)?.and_then(|value| match folder.ends_with("tests") {
                true => serde_json::from_value(value)
                    .map(|test| tests.entry(folder.clone()).or_default().push(test))
                    .map_err(|error| error.to_string()),
                false if value.get("Identifier").is_some() => serde_json::from_value(value)
                    .map(|rule| rules.push((folder.clone(), rule)))
                    .map_err(|e| e.to_string()),
                false => found.take_value_sets(value),
            });
            if let Err(why) = taken {
                found.unreadable.push((file, why));
            }
        }
        // A state's folder may hold two versions of one rule: they share the tests beside them.
        for (folder, rule) in rules {
            let tests = tests.get(&folder.join("tests")).cloned().unwrap_or_default();
            found.rules.push(DraftRule { rule, tests });
        }
        found.rules.sort_by(|a, b| a.rule.identifier.cmp(&b.rule.identifier));
        Ok(found)
    }

    fn take_value_sets(&mut self, value: Any) -> Result<(), String> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Published {
            value_set_id: String,
            value_set_values: BTreeMap<String, Any>,
        }
        if value.get("valueSetId").is_some() {
            let one: Published = serde_json::from_value(value).map_err(|error| error.to_string())?;
            self.value_sets.insert(one.value_set_id, one.value_set_values.into_keys().collect());
            return Ok(());
        }
        let several: BTreeMap<String, Vec<String>> =
            serde_json::from_value(value).map_err(|_| "neither a rule nor value sets".to_owned())?;
        self.value_sets.extend(several);
        Ok(())
    }
}

/// The JSON of a file, or why it is none.
fn parse(file: &Path) -> Result<Result<Any, String>, (PathBuf, io::Error)> {
    let length = fs::metadata(file).map_err(|error| (file.to_owned(), error))?.len();
    if length > MAX_FILE {
        return Ok(Err("longer than any rule".to_owned()));
    }
    let bytes = fs::read(file).map_err(|error| (file.to_owned(), error))?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| format!("no JSON: {error}")))
}

/// A file itself, or every JSON file below a folder, in the order of their paths.
fn json_files(path: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(next) = waiting.pop() {
        if !next.is_dir() {
            if next == path || next.extension().is_some_and(|extension| extension == "json") {
                files.push(next);
            }
            continue;
        }
        let explain = |error| (next.clone(), error);
        for entry in fs::read_dir(&next).map_err(explain)? {
            let entry = entry.map_err(explain)?;
            // No links: a folder in itself has no end.
            if !entry.file_type().map_err(explain)?.is_symlink() {
                waiting.push(entry.path());
            }
        }
        if files.len() + waiting.len() > MAX_FILES {
            return Err((path.to_owned(), io::Error::other("more files than rules have")));
        }
    }
    files.sort();
    Ok(files)
}
