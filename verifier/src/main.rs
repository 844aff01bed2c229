//! `tegata-verifier`: checks codes on the command line.

mod cli;
mod error;
mod inspect;
mod lint_command;
mod serve;
mod trust;
mod update;

use clap::Parser;
use cli::{Cli, Command, ListArgs, VerifyArgs};
use error::{Exit, ToolError};
use std::io::{self, BufReader, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};
use tegata_certificate::mrz::Mrz;
use tegata_certificate::{UnixTime, key_tables};
use tegata_trust_lists::rules::RuleSet;
use tegata_verifier::tool::{
    InputError, Limits, PinFile, PinFileError, Scan, StateError, StateFolder, Style, in_order, load_verifier,
    scan_argument, scan_lines, shown_document, write_verdict,
};
use tegata_verifier::{ChunkCollector, Language, Moment, Policy, Reason, Verdict, Verifier, decide};

/// The most codes of one decision.
const TOGETHER_MAX: usize = 64;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Verify(args) => verify(&args),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Lint(args) => lint_command::lint(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Update(args) => update::update(&args),
        Command::Trust(command) => trust::trust(&command),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error}");
            error.exit().into()
        }
    }
}

fn device_time() -> UnixTime {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
}

fn language(wanted: Option<cli::Lang>) -> Language {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    wanted.map_or_else(
        || Language::from_tag(&["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(variable).unwrap_or_default()),
        Language::from,
    )
}

fn verifier(lists: &ListArgs, now: UnixTime) -> Result<Verifier, ToolError> {
    let policy = Policy { accept_demo: lists.demo, ..Policy::default() };
    let pin_file = pin_file()?;
    Ok(load_verifier(lists.trust.as_deref(), lists.root, &pin_file, policy, now, state_folder)?)
}

fn pin_file() -> Result<PinFile, PinFileError> {
    PinFile::locate(|name| std::env::var_os(name))
}

fn state_folder() -> Result<StateFolder, StateError> {
    StateFolder::locate(|name| std::env::var_os(name))
}

fn verify(args: &VerifyArgs) -> Result<Exit, ToolError> {
    let now = device_time();
    // First: a zone that is misread would make every verdict wrong.
    let shown = args.mrz.as_deref().map(shown_document).transpose()?;
    if args.no_tables {
        key_tables::limit_to(0);
    }
    let verifier = verifier(&args.lists, now)?;
    let rules = args.purpose.as_deref().map(|id| rule_set(&verifier, id)).transpose()?;
    let moment = args.at.map_or(Moment::Now(now), |at| Moment::At { at, now });
    let stdout = io::stdout();
    let colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let style = Style { language: language(args.lang), colour, explain: args.explain };
    let judge = Judge { verifier: &verifier, args, rules, shown, moment, style };
    let mut desk = Desk { judge, codes: ChunkCollector::default(), together: Vec::new() };
    let mut printer = Printer { args, out: Box::new(stdout.lock()), count: 0, reports: Vec::new(), exit: Exit::Valid };
    for input in &args.inputs {
        if let Err(error) = desk.input(input, &mut printer) {
            // One bad file does not keep the others from being checked.
            if let ToolError::Output(error) = error {
                return Err(ToolError::Output(error));
            }
            eprintln!("error: {error}");
            printer.exit = printer.exit.graver(error.exit());
        }
    }
    let mut incomplete = 0;
    desk.codes.finish(|_| incomplete += 1);
    for _ in 0..incomplete {
        printer.print(desk.judge.judge(&Question { text: Err(Reason::MissingQrChunk), source: None }))?;
    }
    desk.decide(&mut printer)?;
    printer.finish()
}

/// The rule set of a purpose.
fn rule_set<'a>(verifier: &'a Verifier, id: &str) -> Result<&'a RuleSet, ToolError> {
    let rules = verifier.state().rules();
    rules.and_then(|list| list.set(id)).ok_or_else(|| {
        let known = rules.map_or(&[][..], |list| &list.sets);
        ToolError::NoSuchPurpose {
            wanted: id.chars().filter(|c| !c.is_control()).take(80).collect(),
            known: known.iter().map(|set| set.id.clone()).collect(),
        }
    })
}

/// What is to be judged: a text, or why there is none, and the file that it came from.
struct Question<'a> {
    text: Result<String, Reason>,
    source: Option<&'a str>,
}

/// A verdict in the form that was asked for.
struct Judged {
    exit: Exit,
    words: Vec<u8>,
}

/// Judges, on any thread.
struct Judge<'a> {
    verifier: &'a Verifier,
    args: &'a VerifyArgs,
    /// The rules of the purpose.
    rules: Option<&'a RuleSet>,
    /// The travel document shown, with which every certificate is compared.
    shown: Option<Mrz>,
    moment: Moment,
    style: Style,
}

impl<'a> Judge<'a> {
    fn judge(&self, question: &Question<'_>) -> Judged {
        let verdict = self.verify(&question.text);
        let verdict = match self.rules {
            Some(rules) => verdict.judged_by(rules, self.verifier.state()),
            None => verdict,
        };
        self.in_words(verdict, question.source)
    }

    fn verify(&self, text: &Result<String, Reason>) -> Verdict<'a> {
        match text {
            Ok(text) => self.verifier.verify(text, self.moment),
            Err(reason) => Verdict::unreadable(*reason, self.moment),
        }
    }

    fn in_words(&self, verdict: Verdict<'_>, source: Option<&str>) -> Judged {
        let verdict = match &self.shown {
            Some(shown) => verdict.bind(shown),
            None => verdict,
        };
        let exit = Exit::of(&verdict, self.args.accept.is_some());
        let state = self.verifier.state();
        let words = if self.args.ndjson || self.args.json {
            verdict.to_json(state).into_bytes()
        } else {
            let mut words = Vec::new();
            // Writing to memory does not fail.
            let _ = write_verdict(&mut words, &verdict, state, source, self.style);
            words
        };
        Judged { exit, words }
    }
}

/// Takes what is given, one argument after the other.
struct Desk<'a> {
    judge: Judge<'a>,
    /// Cards of which more codes may come.
    codes: ChunkCollector,
    /// Of one decision: what was given so far, each with the file that it came from.
    together: Vec<(Result<String, Reason>, Option<String>)>,
}

impl Desk<'_> {
    fn input(&mut self, input: &str, printer: &mut Printer<'_>) -> Result<(), ToolError> {
        if input == "-" {
            return self.standard_input(printer);
        }
        let scans = scan_argument(input, &Limits::default())?;
        // A text is its own source, and holds personal data: only files are named.
        let source = std::path::Path::new(input).exists().then_some(input);
        let (judge, together) = (&self.judge, &mut self.together);
        for scan in scans {
            collect(&mut self.codes, scan, &mut |text| match judge.args.together {
                true => keep(together, text, source),
                false => printer.print(judge.judge(&Question { text, source })),
            })?;
        }
        Ok(())
    }

    /// The decision on all that was given.
    fn decide(&mut self, printer: &mut Printer<'_>) -> io::Result<()> {
        let Some(rules) = self.judge.rules else { return Ok(()) };
        let given = std::mem::take(&mut self.together);
        let verdicts = given.iter().map(|(text, _)| self.judge.verify(text)).collect();
        let verdicts = decide(verdicts, rules, self.judge.verifier.state());
        for (verdict, (_, source)) in verdicts.into_iter().zip(&given) {
            printer.print(self.judge.in_words(verdict, source.as_deref()))?;
        }
        Ok(())
    }

    /// Lines as they come, judged on every core, answered in their order and each as soon as it is judged.
    fn standard_input(&mut self, printer: &mut Printer<'_>) -> Result<(), ToolError> {
        if self.judge.args.together {
            let (codes, together) = (&mut self.codes, &mut self.together);
            let mut lines = BufReader::new(io::stdin().lock());
            let mut take = |scan| collect(codes, scan, &mut |text| keep(together, text, None));
            return scan_lines(&mut lines, &mut take).map_err(|error| InputError::Stdin(error).into());
        }
        let jobs = self.judge.args.jobs.map_or_else(
            || thread::available_parallelism().map_or(1, NonZeroUsize::get),
            |jobs| usize::from(jobs.get()),
        );
        let (judge, codes) = (&self.judge, &mut self.codes);
        let mut failed = None;
        let read = in_order(
            jobs,
            |ask| {
                let mut lines = BufReader::new(io::stdin().lock());
                scan_lines(&mut lines, |scan| collect(codes, scan, &mut |text| ask(Question { text, source: None })))
            },
            |question| judge.judge(&question),
            |judged| {
                printer.print(judged).map_err(|error| {
                    failed = Some(error);
                    io::ErrorKind::Other.into()
                })
            },
        );
        match failed {
            Some(error) => Err(error.into()),
            None => read.map_err(|error| InputError::Stdin(error).into()),
        }
    }
}

/// Keeps a text for one decision.
fn keep(
    together: &mut Vec<(Result<String, Reason>, Option<String>)>,
    text: Result<String, Reason>,
    source: Option<&str>,
) -> io::Result<()> {
    if together.len() == TOGETHER_MAX {
        return Err(io::Error::other("more than 64 codes are no one decision: judge them in several runs"));
    }
    together.push((text, source.map(str::to_owned)));
    Ok(())
}

/// Hands on what can be judged: a card of several codes when the last of them is there.
fn collect(
    codes: &mut ChunkCollector,
    scan: Scan,
    each: &mut dyn FnMut(Result<String, Reason>) -> io::Result<()>,
) -> io::Result<()> {
    match scan {
        Scan::Text(text) => {
            let mut ready = Vec::new();
            codes.take(&text, |text| ready.push(text.map(str::to_owned)));
            ready.into_iter().try_for_each(|text| each(text.ok_or(Reason::MissingQrChunk)))
        }
        Scan::Unreadable(reason) => each(Err(reason)),
    }
}

/// Verdicts on their way out.
struct Printer<'a> {
    args: &'a VerifyArgs,
    out: Box<dyn Write>,
    count: usize,
    /// What `--json` will print: one object, or an array of several.
    reports: Vec<String>,
    exit: Exit,
}

impl Printer<'_> {
    fn print(&mut self, judged: Judged) -> io::Result<()> {
        self.exit = self.exit.graver(judged.exit);
        if self.args.json {
            self.reports.push(String::from_utf8_lossy(&judged.words).into_owned());
        } else {
            if !self.args.ndjson && self.count > 0 {
                self.out.write_all(b"\n")?;
            }
            self.out.write_all(&judged.words)?;
            if self.args.ndjson {
                self.out.write_all(b"\n")?;
            }
        }
        self.count += 1;
        self.out.flush()
    }

    fn finish(mut self) -> Result<Exit, ToolError> {
        if self.args.json {
            match self.reports.as_slice() {
                [one] => writeln!(self.out, "{one}")?,
                several => writeln!(self.out, "[{}]", several.join(",\n"))?,
            }
        }
        self.out.flush()?;
        Ok(self.exit)
    }
}
