//! `tegata-verifier`: checks codes on the command line.

mod cli;
mod error;
mod inspect;
mod trust;
mod update;

use clap::Parser;
use cli::{Cli, Command, ListArgs, VerifyArgs};
use error::{Exit, ToolError};
use std::io::{self, BufReader, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use tegata_certificate::UnixTime;
use tegata_verifier::tool::{
    InputError, Limits, PinFile, PinFileError, Scan, StateError, StateFolder, Style, load_verifier, scan_argument,
    scan_lines, write_verdict,
};
use tegata_verifier::{ChunkCollector, Language, Moment, Policy, Reason, Verdict, Verifier};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Verify(args) => verify(&args),
        Command::Inspect(args) => inspect::inspect(&args),
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
    let verifier = verifier(&args.lists, now)?;
    let moment = args.at.map_or(Moment::Now(now), |at| Moment::At { at, now });
    let stdout = io::stdout();
    let colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let style = Style { language: language(args.lang), colour, explain: args.explain };
    let mut printer = Printer {
        verifier: &verifier,
        args,
        moment,
        style,
        out: Box::new(stdout.lock()),
        codes: ChunkCollector::default(),
        count: 0,
        reports: Vec::new(),
        exit: Exit::Valid,
    };
    for input in &args.inputs {
        if let Err(error) = printer.input(input) {
            // One bad file does not keep the others from being checked.
            if let ToolError::Output(error) = error {
                return Err(ToolError::Output(error));
            }
            eprintln!("error: {error}");
            printer.exit = printer.exit.graver(error.exit());
        }
    }
    printer.finish()
}

/// Verdicts on their way out, in the form that was asked for.
struct Printer<'a> {
    verifier: &'a Verifier,
    args: &'a VerifyArgs,
    moment: Moment,
    style: Style,
    out: Box<dyn Write>,
    /// Cards of which more codes may come.
    codes: ChunkCollector,
    count: usize,
    /// What `--json` will print: one object, or an array of several.
    reports: Vec<String>,
    exit: Exit,
}

impl Printer<'_> {
    fn input(&mut self, input: &str) -> Result<(), ToolError> {
        if input == "-" {
            let mut failed = None;
            let lines = scan_lines(&mut BufReader::new(io::stdin().lock()), |scan| {
                self.scan(scan, None).map_err(|error| {
                    failed = Some(error);
                    io::ErrorKind::Other.into()
                })
            });
            return match failed {
                Some(error) => Err(error.into()),
                None => lines.map_err(|error| InputError::Stdin(error).into()),
            };
        }
        let scans = scan_argument(input, &Limits::default())?;
        // A text is its own source, and holds personal data: only files are named.
        let source = std::path::Path::new(input).exists().then_some(input);
        for scan in scans {
            self.scan(scan, source)?;
        }
        Ok(())
    }

    fn scan(&mut self, scan: Scan, source: Option<&str>) -> io::Result<()> {
        match scan {
            Scan::Text(text) => {
                let mut ready = Vec::new();
                self.codes.take(&text, |text| ready.push(text.map(str::to_owned)));
                ready.into_iter().try_for_each(|text| self.print(text.ok_or(Reason::MissingQrChunk), source))
            }
            Scan::Unreadable(reason) => self.print(Err(reason), source),
        }
    }

    fn print(&mut self, text: Result<String, Reason>, source: Option<&str>) -> io::Result<()> {
        let verdict = match &text {
            Ok(text) => self.verifier.verify(text, self.moment),
            Err(reason) => Verdict::unreadable(*reason, self.moment),
        };
        self.exit = self.exit.graver(Exit::of(&verdict, self.args.accept.is_some()));
        let state = self.verifier.state();
        if self.args.ndjson {
            writeln!(self.out, "{}", verdict.to_json(state))?;
        } else if self.args.json {
            self.reports.push(verdict.to_json(state));
        } else {
            if self.count > 0 {
                writeln!(self.out)?;
            }
            write_verdict(&mut self.out, &verdict, state, source, self.style)?;
        }
        self.count += 1;
        self.out.flush()
    }

    fn finish(mut self) -> Result<Exit, ToolError> {
        let mut incomplete = 0;
        self.codes.finish(|_| incomplete += 1);
        (0..incomplete).try_for_each(|_| self.print(Err(Reason::MissingQrChunk), None))?;
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
