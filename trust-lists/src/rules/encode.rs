//! The list of rule sets as deterministic CBOR.

use super::rule::{Rule, label as rule_label};
use super::rule_list::{RuleList, SETS};
use super::rule_set::{RuleSet, label};
use crate::entry::kind_number;
use crate::publish::write_header;
use crate::role::Role;
use tegata_certificate::cbor::Writer;
use tegata_certificate::json::Json;

impl RuleList {
    /// The list's payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(16 * 1024);
        write_header(&mut writer, Role::Rules, &self.header, 1);
        writer.uint(SETS);
        writer.array(self.sets.len());
        for set in &self.sets {
            write_set(&mut writer, set);
        }
        writer.into_bytes()
    }
}

fn write_set(writer: &mut Writer, set: &RuleSet) {
    let value_sets = set.value_sets().as_object();
    let optional = [set.country.is_some(), value_sets.is_some(), set.source.is_some(), set.zone != 0];
    writer.map(8 + optional.iter().filter(|there| **there).count());
    writer.uint(label::ID);
    writer.text(&set.id);
    writer.uint(label::VERSION);
    writer.uint(set.version);
    writer.uint(label::PURPOSE);
    writer.uint(set.purpose.number());
    writer.uint(label::NAMES);
    write_words(writer, &set.names);
    writer.uint(label::SHAPE);
    writer.uint(set.shape.number());
    writer.uint(label::DATED);
    writer.int(set.dated.0);
    if let Some(country) = &set.country {
        writer.uint(label::COUNTRY);
        writer.text(country);
    }
    writer.uint(label::KINDS);
    writer.array(set.kinds.len());
    for kind in &set.kinds {
        writer.uint(kind_number(*kind));
    }
    writer.uint(label::RULES);
    writer.array(set.rules.len());
    for rule in &set.rules {
        write_rule(writer, rule);
    }
    if let Some(sets) = value_sets {
        writer.uint(label::VALUE_SETS);
        writer.array(sets.members().count());
        for (name, codes) in sets.members() {
            write_value_set(writer, name, codes);
        }
    }
    if let Some(source) = &set.source {
        writer.uint(label::SOURCE);
        writer.text(source);
    }
    if set.zone != 0 {
        writer.uint(label::ZONE);
        writer.int(set.zone);
    }
}

fn write_value_set(writer: &mut Writer, name: &str, codes: &Json<'_>) {
    let codes: Vec<&str> = codes.as_list().unwrap_or_default().iter().filter_map(Json::as_text).collect();
    writer.array(2);
    writer.text(name);
    writer.array(codes.len());
    for code in codes {
        writer.text(code);
    }
}

fn write_words(writer: &mut Writer, words: &[(String, String)]) {
    writer.array(words.len());
    for (language, sentence) in words {
        writer.array(2);
        writer.text(language);
        writer.text(sentence);
    }
}

fn write_rule(writer: &mut Writer, rule: &Rule) {
    let optional = [rule.invalidation, rule.kind.is_some(), !rule.words.is_empty(), !rule.fields.is_empty()];
    writer.map(6 + optional.iter().filter(|there| **there).count());
    writer.uint(rule_label::IDENTIFIER);
    writer.text(&rule.identifier);
    if rule.invalidation {
        writer.uint(rule_label::INVALIDATION);
        writer.uint(1);
    }
    writer.uint(rule_label::COUNTRY);
    writer.text(&rule.country);
    writer.uint(rule_label::VERSION);
    writer.array(3);
    for part in [rule.version.0, rule.version.1, rule.version.2] {
        writer.uint(part.into());
    }
    if let Some(kind) = rule.kind {
        writer.uint(rule_label::KIND);
        writer.uint(kind_number(kind));
    }
    if !rule.words.is_empty() {
        writer.uint(rule_label::WORDS);
        write_words(writer, &rule.words);
    }
    writer.uint(rule_label::FROM);
    writer.int(rule.from.0);
    writer.uint(rule_label::UNTIL);
    writer.int(rule.until.0);
    if !rule.fields.is_empty() {
        writer.uint(rule_label::FIELDS);
        writer.array(rule.fields.len());
        for field in &rule.fields {
            writer.text(field);
        }
    }
    writer.uint(rule_label::LOGIC);
    writer.text(&rule.logic);
}
