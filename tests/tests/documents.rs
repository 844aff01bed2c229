//! What the documents name is there: commands with their options, files, and where links lead.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TOOLS: [&str; 3] = ["tegata-issuer", "tegata-trust", "tegata-verifier"];

/// What is named and not there.
type Faults = BTreeSet<String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The pages for people.
fn documents() -> Vec<PathBuf> {
    let mut pages =
        ["README.md", "README.ja.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root().join(name)).to_vec();
    let docs = fs::read_dir(root().join("docs")).expect("the folder");
    pages.extend(
        docs.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|e| e == "md")),
    );
    pages.sort();
    pages
}

/// Each command, by its words from the tool on, with its options.
struct Tools(BTreeMap<String, BTreeSet<String>>);

impl Tools {
    fn ask() -> Self {
        let mut tools = Self(BTreeMap::new());
        for tool in TOOLS {
            tools.add(tool);
        }
        tools
    }

    fn add(&mut self, command: &str) {
        let program = std::env::current_exe().expect("this program");
        let folder = program.ancestors().nth(2).expect("the folder of the tools");
        let mut words = command.split(' ');
        let tool = folder.join(words.next().expect("a tool"));
        assert!(tool.is_file(), "{} is not built; run: cargo build --workspace --bins", tool.display());
        let output = Command::new(tool).args(words).arg("--help").output().expect("runs");
        assert!(output.status.success(), "{command} --help");
        let help = String::from_utf8(output.stdout).expect("a text");
        self.0.insert(command.to_owned(), options_of(&help));
        for below in commands_of(&help) {
            self.add(&format!("{command} {below}"));
        }
    }

    fn has_commands(&self, command: &str) -> bool {
        let start = format!("{command} ");
        self.0.keys().any(|other| other.starts_with(&start))
    }

    /// Holds the words after a tool's name against what the tool has.
    fn check(&self, tool: &str, words: &[&str], faults: &mut Faults) {
        let mut commands = vec![tool.to_owned()];
        let mut rest = words.iter();
        for word in rest.by_ref() {
            if !is_word(word) || !commands.iter().any(|command| self.has_commands(command)) {
                break;
            }
            let below: Vec<String> = word.split('|').map(|one| format!("{} {one}", commands[0])).collect();
            let missing: Vec<&String> = below.iter().filter(|command| !self.0.contains_key(*command)).collect();
            faults.extend(missing.iter().map(|command| format!("no command `{command}`")));
            if !missing.is_empty() {
                return;
            }
            commands = below;
        }
        for option in words.iter().filter_map(|word| option(word)) {
            if !commands.iter().all(|command| self.0.get(command).is_some_and(|options| options.contains(option))) {
                faults.insert(format!("`{}` has no {option}", commands.join("`, `")));
            }
        }
    }

    /// A span that begins with a command and leaves out the tool, or that is an option alone.
    fn check_short(&self, words: &[&str], faults: &mut Faults) {
        let Some(first) = words.first() else { return };
        if let (Some(alone), 1) = (option(first), words.len()) {
            let known = self.0.values().any(|options| options.contains(alone)) || OTHERS.contains(&alone);
            if !known {
                faults.insert(format!("no tool has {alone}"));
            }
        }
        let named: Vec<&str> =
            TOOLS.into_iter().filter(|tool| self.0.contains_key(&format!("{tool} {first}"))).collect();
        if words.len() < 2 || named.is_empty() {
            return;
        }
        let found: Vec<Faults> = named
            .into_iter()
            .map(|tool| {
                let mut faults = Faults::new();
                self.check(tool, words, &mut faults);
                faults
            })
            .collect();
        if found.iter().all(|faults| !faults.is_empty()) {
            faults.extend(found.into_iter().flatten());
        }
    }
}

/// Options of other programs that the pages name alone.
const OTHERS: [&str; 3] = ["--locked", "--once", "--peers"];

/// A command's name, or several with `|`; not an option, a file or a word that stands for one.
fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '|')
}

fn option(word: &str) -> Option<&str> {
    let name = word.trim_start_matches(['[', '(']);
    let end = name.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')).unwrap_or(name.len());
    let name = &name[..end];
    (name.starts_with("--") && name.len() > 2).then_some(name)
}

fn commands_of(help: &str) -> Vec<String> {
    let mut lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.by_ref().take_while(|line| !line.is_empty());
    let names = names.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| is_word(name)));
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn options_of(help: &str) -> BTreeSet<String> {
    let heads = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    heads.filter_map(|line| line.split([' ', ',']).find_map(option)).map(str::to_owned).collect()
}

/// What stands in code: lines of blocks, and spans in the text.
fn code(page: &str) -> (Vec<String>, Vec<String>) {
    let (mut lines, mut text, mut inside) = (Vec::new(), String::new(), false);
    for line in page.replace("\\\n", " ").lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            lines.push(line.to_owned());
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    let spans = text.split('`').skip(1).step_by(2).map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
    (lines, spans.collect())
}

/// The commands in a line of a shell.
fn check_line(tools: &Tools, line: &str, faults: &mut Faults) {
    let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
    let parts = words.split(|word| ["|", "&&", ";", "&", "||"].contains(word));
    for part in parts {
        let Some(place) = part.iter().position(|word| TOOLS.contains(&word.trim_start_matches(['(', '$', '"']))) else {
            check_xtask(part, faults);
            continue;
        };
        let tool = part[place].trim_start_matches(['(', '$', '"']);
        let rest = &part[place + 1..];
        // `install tegata-issuer /usr/bin/…` and the like name the file.
        if place == 0 || part[..place].iter().all(|word| word.contains('=') || ["sudo", "$"].contains(word)) {
            tools.check(tool, rest, faults);
        }
    }
}

fn check_xtask(words: &[&str], faults: &mut Faults) {
    if let ["cargo", "xtask", command, ..] = words {
        let source = fs::read_to_string(root().join("xtask/src/main.rs")).expect("the source");
        if is_word(command) && !source.contains(&format!("\"{command}\"")) {
            faults.insert(format!("no `cargo xtask {command}`"));
        }
    }
}

/// A path of this repository that a span names.
fn check_path(span: &str, faults: &mut Faults) {
    let folders = [
        "docs/",
        "packaging/",
        "tests/",
        "issuer/",
        "keys/src/",
        "trust-lists/",
        "verifier/",
        "certificate/",
        "xtask/",
    ];
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if folders.iter().any(|folder| span.starts_with(folder)) && span.chars().all(plain) && !root().join(span).exists() {
        faults.insert(format!("no file {span}"));
    }
}

fn check_links(folder: &Path, name: &str, page: &str, faults: &mut Faults) {
    for target in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
        let path = folder.join(if file.is_empty() { name } else { file });
        if !file.is_empty() && !path.exists() {
            faults.insert(format!("no file {target}"));
        } else if let Some(anchor) = anchor {
            let text = if file.is_empty() { page.to_owned() } else { fs::read_to_string(&path).expect("a page") };
            if !text.lines().any(|line| line.starts_with('#') && slug(line) == anchor) {
                faults.insert(format!("no heading {target}"));
            }
        }
    }
}

/// A heading's anchor, as GitHub makes it.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn check(tools: &Tools, folder: &Path, name: &str, page: &str) -> Faults {
    let mut faults = Faults::new();
    let (lines, spans) = code(page);
    for line in &lines {
        check_line(tools, line, &mut faults);
    }
    for span in &spans {
        let words: Vec<&str> = span.split(' ').collect();
        if words.iter().any(|word| TOOLS.contains(word)) {
            check_line(tools, span, &mut faults);
        } else {
            tools.check_short(&words, &mut faults);
            check_xtask(&words, &mut faults);
            check_path(span, &mut faults);
        }
    }
    check_links(folder, name, page, &mut faults);
    faults
}

#[test]
fn commands_options_files_and_links_of_every_document_are_there() {
    let tools = Tools::ask();
    assert!(tools.0.len() > 40, "only {} commands", tools.0.len());
    let mut faults = Faults::new();
    for path in documents() {
        let page = fs::read_to_string(&path).expect("a page");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let found = check(&tools, path.parent().expect("a folder"), &name, &page);
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert_eq!(faults, Faults::new());
}

#[test]
fn what_units_and_containers_run_is_there() {
    let tools = Tools::ask();
    let mut faults = Faults::new();
    let folder = root().join("packaging");
    let unit = fs::read_to_string(folder.join("tegata-office.service")).expect("the unit");
    let runs = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/")).expect("what it runs");
    check_line(&tools, runs, &mut faults);
    let file = fs::read_to_string(folder.join("Containerfile")).expect("the file");
    let runs = file.lines().find_map(|line| line.strip_prefix("CMD ")).expect("what it runs");
    let runs: Vec<String> = serde_json::from_str(runs).expect("JSON");
    check_line(&tools, &format!("tegata-issuer {}", runs.join(" ")), &mut faults);
    for line in file.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from")) {
        let source = line.split(' ').nth(1).expect("a source");
        assert!(root().join(source).exists(), "{line}");
    }
    assert_eq!(faults, Faults::new());
}

#[test]
fn what_is_not_there_is_found() {
    let tools = Tools::ask();
    let page = "# A page\n\n[a](nowhere.md) [b](#a-page) [c](#b-page) [d](README.md#rooms) `docs/nothing.md` `revoke --nothing`\n\
        `issue --all` `--nobody-has-this` `tegata-trust propose init|nothing`\n\n```sh\n\
        tegata-issuer issue --all --nothing=1 \\\n  --worker 3 # --unseen\nA=b tegata-issuer nothing | tegata-trust show --lots\n\
        cargo xtask nothing\n```\n";
    let found = check(&tools, &root(), "page.md", page);
    let expected = [
        "`tegata-issuer issue` has no --nothing",
        "`tegata-issuer issue` has no --worker",
        "`tegata-issuer revoke` has no --nothing",
        "`tegata-trust show` has no --lots",
        "no `cargo xtask nothing`",
        "no command `tegata-issuer nothing`",
        "no command `tegata-trust propose nothing`",
        "no file docs/nothing.md",
        "no file nowhere.md",
        "no heading #b-page",
        "no tool has --nobody-has-this",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
}
