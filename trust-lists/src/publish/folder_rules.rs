//! The rule sets in a repository's folder, a file each.

use crate::publish::draft_rules::DraftRuleSet;
use crate::publish::folder::{Folder, FolderError, write_atomically};
use crate::rules::is_set_id;
use std::fs;
use std::path::PathBuf;

impl Folder {
    fn rules_path(&self) -> PathBuf {
        self.path().join("rules")
    }

    /// The rule sets that the next publication has, by their ids.
    ///
    /// # Errors
    /// [`FolderError::Rules`] or [`FolderError::Io`].
    pub fn rule_sets(&self) -> Result<Vec<DraftRuleSet>, FolderError> {
        let folder = self.rules_path();
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut sets = Vec::new();
        for entry in fs::read_dir(&folder).map_err(FolderError::io(&folder))? {
            let path = entry.map_err(FolderError::io(&folder))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(FolderError::io(&path))?;
            let set: DraftRuleSet = serde_json::from_str(&text)
                .map_err(|error| FolderError::Rules { path: path.clone(), error: error.to_string() })?;
            if path.file_stem().is_none_or(|stem| stem != set.id.as_str()) {
                return Err(FolderError::Rules { path, error: format!("its set is called `{}`", set.id) });
            }
            sets.push(set);
        }
        sets.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(sets)
    }

    /// Keeps a rule set: the old one or the new one is there, never a part.
    ///
    /// # Errors
    /// [`FolderError::Rules`] for an id that is none, or [`FolderError::Io`].
    pub fn save_rule_set(&self, set: &DraftRuleSet) -> Result<(), FolderError> {
        let folder = self.rules_path();
        if !is_set_id(&set.id) {
            return Err(FolderError::Rules { path: folder, error: format!("`{}` is no id of a rule set", set.id) });
        }
        fs::create_dir_all(&folder).map_err(FolderError::io(&folder))?;
        let path = folder.join(format!("{}.json", set.id));
        let text = serde_json::to_string_pretty(set)
            .map_err(|error| FolderError::Rules { path: path.clone(), error: error.to_string() })?;
        write_atomically(&path, format!("{text}\n").as_bytes())
    }

    /// Takes a rule set out of the next publication. Whether it was there.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn drop_rule_set(&self, id: &str) -> Result<bool, FolderError> {
        let path = self.rules_path().join(format!("{id}.json"));
        if !is_set_id(id) || !path.is_file() {
            return Ok(false);
        }
        fs::remove_file(&path).map_err(FolderError::io(&path))?;
        Ok(true)
    }
}
