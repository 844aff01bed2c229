//! The catalogue of messages: what holds between its languages, and between it and the code.

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tegata_verifier::Reason;
use tegata_verifier::display::is_hazard;

const LANGUAGES: [&str; 7] = ["ja", "en", "zh-Hans", "ko", "vi", "pt", "ja-easy"];

/// The one key outside `page.` that no code here says: the page's headline where old lists are the reason.
const SAID_BY_THE_PAGE: &str = "outcome.list-old";

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Keys and texts of a language in the order of its file, which has one a line.
fn messages(language: &str) -> Vec<(String, String)> {
    let file = fs::read_to_string(here("messages").join(format!("{language}.json"))).expect("a catalogue");
    let lines = file.lines().filter(|line| !matches!(*line, "{" | "}"));
    let messages: Vec<(String, String)> = lines
        .map(|line| {
            let one: Map<String, Value> = serde_json::from_str(&format!("{{{}}}", line.trim_end_matches(',')))
                .expect("one key and its text a line");
            let (key, text) = one.into_iter().next().expect("a key");
            (key, text.as_str().expect("a text").to_owned())
        })
        .collect();
    let whole: Map<String, Value> = serde_json::from_str(&file).expect("JSON");
    assert_eq!(whole.len(), messages.len(), "{language}: each key once");
    messages
}

fn every_language() -> impl Iterator<Item = (&'static str, Vec<(String, String)>)> {
    LANGUAGES.into_iter().map(|language| (language, messages(language)))
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|rest| rest.split_once('}').expect("closed").0).collect()
}

#[test]
fn every_language_says_the_same_in_the_same_order() {
    let keys = |messages: Vec<(String, String)>| messages.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    let ours = keys(messages("ja"));
    for (language, messages) in every_language() {
        let theirs = keys(messages);
        let missing: Vec<_> = ours.iter().filter(|key| !theirs.contains(key)).collect();
        let more: Vec<_> = theirs.iter().filter(|key| !ours.contains(key)).collect();
        assert!(missing.is_empty() && more.is_empty(), "{language} lacks {missing:?} and has {more:?}");
        assert_eq!(ours, theirs, "{language}");
    }
    let catalogues = fs::read_dir(here("messages")).expect("the catalogues").count();
    assert_eq!(catalogues, LANGUAGES.len(), "no other file is there");
}

#[test]
fn every_language_fills_in_the_same() {
    let ours = messages("ja");
    for (language, messages) in every_language() {
        for ((key, text), (_, own)) in messages.iter().zip(&ours) {
            assert_eq!(placeholders(text), placeholders(own), "{language}: {key}");
        }
    }
}

#[test]
fn every_text_says_something_and_can_be_shown() {
    for (language, messages) in every_language() {
        for (key, text) in messages {
            assert!(!text.trim().is_empty(), "{language}: {key}");
            assert!(key.starts_with("punctuation.") || text.trim() == text, "{language}: {key} has blanks around it");
            assert!(!text.chars().any(is_hazard), "{language}: {key} has an invisible character");
        }
    }
}

#[test]
fn every_reason_has_a_title_and_an_action_in_every_language() {
    for (language, messages) in every_language() {
        let has = |key: String| messages.iter().any(|(own, _)| *own == key);
        for reason in Reason::ALL {
            assert!(has(format!("reason.{}.title", reason.code())), "{language}: {}", reason.code());
            assert!(has(format!("reason.{}.action", reason.code())), "{language}: {}", reason.code());
        }
    }
}

#[test]
fn nothing_stands_in_the_catalogue_that_is_never_said() {
    let mut sources = String::new();
    read_sources(&here("src"), &mut sources);
    for (key, _) in messages("ja") {
        let said = match key.split('.').collect::<Vec<_>>()[..] {
            ["page", ..] => true,
            ["reason", code, "title" | "action"] => Reason::ALL.iter().any(|reason| reason.code() == code),
            _ => sources.contains(&format!("{key:?}")) || key == SAID_BY_THE_PAGE,
        };
        assert!(said, "{key} is said nowhere");
    }
}

fn read_sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(&path).expect("a source"));
        }
    }
}
