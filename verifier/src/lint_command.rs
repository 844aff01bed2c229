//! `tegata-verifier lint`: what is wrong with health cards and key sets, told to whoever makes them.

use crate::cli::LintArgs;
use crate::error::{Exit, ToolError};
use crate::{device_time, verifier};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use tegata_verifier::lint::{Issue, LintTrust, Linter, NotReadable, Profile, Severity, Subject};
use tegata_verifier::tool::{InputError, Limits, PictureError, read_codes};

/// The name of the JSON form.
const FORM: &str = "tegata-lint/1";

/// The longest directory, key set or list, in bytes.
const FILE_MAX: u64 = 16 * 1024 * 1024;

/// What was looked at, and what was found.
struct Found {
    /// The file's name; a text holds personal data and has none.
    input: Option<String>,
    subject: Option<Subject>,
    /// `None`: nothing that could be looked at.
    issues: Option<Vec<Issue>>,
}

/// Looks, and tells.
pub fn lint(args: &LintArgs) -> Result<Exit, ToolError> {
    let linter = linter(args)?;
    let mut found = Vec::new();
    let mut exit = Exit::Valid;
    // Codes of one card may come as several arguments: they are looked at together, where the first stood.
    let mut codes: Vec<(String, Option<u8>)> = Vec::new();
    let mut first_code: Option<usize> = None;
    for input in &args.inputs {
        // One that cannot be read does not keep the others from being looked at.
        let parts = parts(input, args.kind).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            exit = exit.graver(error.exit());
            Vec::new()
        });
        for part in parts {
            match part {
                Part::Code(text, version) => {
                    first_code.get_or_insert(found.len());
                    codes.push((text, version));
                }
                Part::Other(subject, name, bytes) => {
                    let issues = linter.look_at(subject, name.as_deref(), &bytes, args.iss.first().map(String::as_str));
                    found.push(Found { input: name, subject: Some(subject), issues: Some(issues) });
                }
                Part::Unreadable(name) => found.push(Found { input: name, subject: None, issues: None }),
            }
        }
    }
    if let Some(place) = first_code {
        let symbols: Vec<_> = codes.iter().map(|(text, version)| (text.as_str(), *version)).collect();
        let issues = Some(linter.symbols(&symbols));
        found.insert(place, Found { input: None, subject: Some(Subject::Code), issues });
    }
    let mut out = io::stdout().lock();
    if args.json {
        tell_json(&mut out, args, &found)?
    } else {
        tell(&mut out, &found)?
    }
    Ok(found.iter().map(exit_of).fold(exit, Exit::graver))
}

fn exit_of(found: &Found) -> Exit {
    match &found.issues {
        None => Exit::Unreadable,
        Some(issues) if issues.iter().any(|issue| issue.severity == Severity::Error) => Exit::NotValid,
        Some(_) => Exit::Valid,
    }
}

/// A part of what was given.
enum Part {
    /// A code's text, and the version of the symbol that it was read from.
    Code(String, Option<u8>),
    Other(Subject, Option<String>, Vec<u8>),
    Unreadable(Option<String>),
}

fn parts(input: &str, kind: Option<Subject>) -> Result<Vec<Part>, ToolError> {
    let (name, bytes) = if input == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().take(FILE_MAX).read_to_end(&mut bytes).map_err(InputError::Stdin)?;
        (None, bytes)
    } else if Path::new(input).exists() {
        (Some(input.to_owned()), read(Path::new(input))?)
    } else if kind.is_some() || Subject::of(input.as_bytes()).is_some() {
        (None, input.as_bytes().to_vec())
    } else {
        return Err(InputError::NoSuchFile(input.to_owned()).into());
    };
    if let Some(subject) = kind.or_else(|| Subject::of(&bytes)) {
        return Ok(match subject {
            Subject::Code => codes(&String::from_utf8_lossy(&bytes)),
            _ => vec![Part::Other(subject, name, bytes)],
        });
    }
    Ok(match read_codes(&bytes, &Limits::default()) {
        Ok(read) => read.into_iter().map(|code| Part::Code(code.text, code.version)).collect(),
        // A picture that is one, and gives no code, is a finding; anything else is no input.
        Err(PictureError::NoCode | PictureError::Unreadable) => vec![Part::Code(String::new(), None)],
        Err(_) => vec![Part::Unreadable(name)],
    })
}

/// One code a line, where every line is one; else all of it is one code.
fn codes(text: &str) -> Vec<Part> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let all = lines.len() > 1 && lines.iter().all(|line| Subject::of(line.as_bytes()) == Some(Subject::Code));
    if all {
        lines.into_iter().map(|line| Part::Code(line.to_owned(), None)).collect()
    } else {
        // The end of a line is the file's, not the code's.
        let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        vec![Part::Code(text.to_owned(), None)]
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ToolError> {
    let fail = |error| InputError::File(path.display().to_string(), error);
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(FILE_MAX).read_to_end(&mut bytes)).map_err(fail)?;
    Ok(bytes)
}

fn linter(args: &LintArgs) -> Result<Linter, ToolError> {
    if args.keys.len() > args.iss.len() {
        return Err(ToolError::KeysWithoutIssuer);
    }
    let now = device_time();
    let mut linter = Linter::new(args.at.unwrap_or(now));
    if let Some(profile) = args.profile {
        linter = linter.with_profile(profile);
    }
    let mut trust = LintTrust::default();
    let refused = |path: &Path| {
        let path = path.display().to_string();
        move |error: NotReadable| ToolError::Lint(path, error)
    };
    let lists = args.crl.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    // Two issuers that are given with two sets stand in the same order; the lists say by their kid whose they are.
    for (path, iss) in args.keys.iter().zip(&args.iss) {
        trust.add_issuer(iss, &read(path)?, &lists).map_err(refused(path))?;
    }
    if let Some(path) = &args.snapshot {
        trust.add_snapshot(&read(path)?).map_err(refused(path))?;
    }
    if let Some(path) = &args.directory {
        trust.set_directory(&read(path)?).map_err(refused(path))?;
    }
    let by_lists = args.by_lists || args.lists.trust.is_some();
    if by_lists {
        trust.add_lists(verifier(&args.lists, now)?.state());
    }
    let any = by_lists || !args.keys.is_empty() || args.snapshot.is_some() || args.directory.is_some();
    Ok(if any { linter.with_trust(trust) } else { linter })
}

fn tell(out: &mut dyn Write, found: &[Found]) -> io::Result<()> {
    for one in found {
        let what = one.subject.map_or("input", Subject::name);
        let what = match &one.input {
            Some(name) => format!("{what} {}", tegata_verifier::display::plain(name, 200)),
            None => what.to_owned(),
        };
        match &one.issues {
            None => writeln!(out, "{what}: neither a code, a card, claims nor a key set; say which with --as")?,
            Some(issues) if issues.is_empty() => writeln!(out, "{what}: nothing is wrong")?,
            Some(issues) => {
                writeln!(out, "{what}:")?;
                for issue in issues {
                    let (severity, code) = (issue.severity.name(), issue.code);
                    writeln!(out, "  {severity:<7} {} ({}): {}", code.name(), issue.place, code.meaning())?;
                }
            }
        }
    }
    Ok(())
}

fn tell_json(out: &mut dyn Write, args: &LintArgs, found: &[Found]) -> io::Result<()> {
    let issues = |issues: &[Issue], severity| -> Vec<Value> {
        let of = issues.iter().filter(|issue| issue.severity == severity);
        of.map(|issue| json!({ "code": issue.code.name(), "place": issue.place })).collect()
    };
    let inputs: Vec<Value> = found
        .iter()
        .map(|one| {
            let list = one.issues.as_deref().unwrap_or_default();
            json!({
                "input": one.input,
                "kind": one.subject.map(Subject::name),
                "readable": one.issues.is_some(),
                "errors": issues(list, Severity::Error),
                "warnings": issues(list, Severity::Warning),
            })
        })
        .collect();
    let at = args.at.unwrap_or_else(device_time);
    writeln!(out, "{}", json!({ "lint": FORM, "at": at.to_string(), "inputs": inputs }))
}

/// Reads the name of a profile.
pub fn parse_profile(name: &str) -> Result<Profile, String> {
    Profile::from_name(name).ok_or_else(|| "the profile is usa-covid19-immunization".to_owned())
}

/// Reads the name of a kind.
pub fn parse_subject(name: &str) -> Result<Subject, String> {
    let names = || Subject::ALL.map(Subject::name).join(", ");
    Subject::from_name(name).ok_or_else(|| format!("the kinds are {}", names()))
}
