//! `tegata-issuer audit`: the chain of all that was done with the register.

use super::register_arguments::RegisterArguments;
use super::times::{parse_since, parse_until};
use crate::error::{CommandError, Status};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use tegata_certificate::UnixTime;
use tegata_issuer::audit::{
    AuditForm, AuditReport, Many, Origin, ReportWish, export_audit, find_certificate, origin, report,
};
use tegata_issuer::{Act, ActKind, AuditEntry, AuditFilter, CertificateHash, Head, Register, RegisterNumber};

/// Verify, read and export the audit: what was done with the register, by whom, where, when and what for
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer audit verify
  tegata-issuer audit head
  tegata-issuer audit verify --head 1204:5f0c…
  tegata-issuer audit list --since 2026-07-01 --station counter-1 --act issue,reissue
  tegata-issuer audit list --person 4711 --json
  tegata-issuer audit report --since 2026-07-01 --until 2026-07-31 --watch numbers.txt
  tegata-issuer audit report --certificate 3/118
  tegata-issuer audit export --ndjson --out audit.ndjson

Every entry carries a hash of itself and of all before it, and a seal of the register's key: what was changed, dropped, moved
or written without the key is found. Publish the head, or read it aloud to somebody outside the office: whoever has
database and key can write another chain, but not one with that head.

Exit status of verify: 0 the chain is whole; 4 it is not, and the first entry that is wrong is told; 5 the register cannot be
read.")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    register: RegisterArguments,
    /// Answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Go through the whole chain, and tell the first entry that is not as it was written
    Verify {
        /// A head that was published or written down: the chain must have it; may be given several times
        #[arg(long = "head", value_name = "NUMBER:HASH", value_parser = parse_head)]
        heads: Vec<Head>,
    },
    /// The newest entry's number and hash, to be published or read aloud
    Head,
    /// Entries, oldest first
    List {
        #[command(flatten)]
        filter: FilterArguments,
    },
    /// Totals and what is unusual; or where one certificate came from
    Report {
        #[command(flatten)]
        filter: FilterArguments,
        /// A file of register numbers, one a line: every act about these people is told
        #[arg(long, value_name = "FILE")]
        watch: Option<PathBuf>,
        /// Certificates of one actor at a station in an hour, beyond which it is unusual
        #[arg(long, value_name = "N", default_value_t = 60)]
        per_hour: u64,
        /// New certificates of one person, beyond which it is unusual
        #[arg(long, value_name = "N", default_value_t = 10)]
        per_person: u64,
        /// The night, in hours of Japan
        #[arg(long, value_name = "FROM-TO", default_value = "20-6", value_parser = parse_night)]
        night: (u8, u8),
    },
    /// Entries as a file: CSV for a spreadsheet, or one JSON object a line
    Export {
        #[command(flatten)]
        filter: FilterArguments,
        /// One JSON object a line, and not CSV
        #[arg(long)]
        ndjson: bool,
        /// Where to write; - is standard output
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(clap::Args)]
struct FilterArguments {
    /// From that day in Japan, or moment
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    since: Option<UnixTime>,
    /// Until the end of that day in Japan, or before that moment
    #[arg(long, value_name = "TIME", value_parser = parse_until)]
    until: Option<UnixTime>,
    /// By that actor
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// At that station
    #[arg(long, value_name = "NAME")]
    station: Option<String>,
    /// Of that kind, such as issue, view or revoke
    #[arg(long = "act", value_name = "KIND", value_delimiter = ',', value_parser = parse_act)]
    acts: Vec<ActKind>,
    /// About the person with that number
    #[arg(long, value_name = "NUMBER", value_parser = super::parse_number)]
    person: Option<RegisterNumber>,
    /// About that certificate: its hash in the audit, its identifier, or its place in a status list as SHARD/INDEX
    #[arg(long, value_name = "CERTIFICATE")]
    certificate: Option<String>,
}

impl FilterArguments {
    fn certificate(&self, register: &mut Register) -> Result<Option<CertificateHash>, CommandError> {
        let find = |text: &String| find_certificate(register, text)?.ok_or(CommandError::UnknownCertificate);
        self.certificate.as_ref().map(find).transpose()
    }

    fn filter(&self, register: &mut Register) -> Result<AuditFilter, CommandError> {
        Ok(AuditFilter {
            since: self.since,
            until: self.until,
            actor: self.actor.clone(),
            station: self.station.clone(),
            acts: self.acts.clone(),
            person: self.person.clone(),
            certificate: self.certificate(register)?,
        })
    }
}

fn parse_head(text: &str) -> Result<Head, String> {
    Head::parse(text)
        .ok_or_else(|| "a head is a number, a colon and 64 hexadecimal digits, as audit head tells it".to_owned())
}

fn parse_act(text: &str) -> Result<ActKind, String> {
    ActKind::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = ActKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("the kinds are {}", names.join(", "))
    })
}

/// Hours of the night as `FROM-TO`.
pub fn parse_night(text: &str) -> Result<(u8, u8), String> {
    let wrong = || "a night is two hours of Japan from 0 to 23, such as 20-6".to_owned();
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let hour = |text: &str| text.parse().ok().filter(|hour| *hour < 24).ok_or_else(wrong);
    Ok((hour(from)?, hour(to)?))
}

/// Answers.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    let json = arguments.json;
    let status = match &arguments.command {
        Command::Verify { heads } => verify(&mut register, heads, json, out)?,
        Command::Head => {
            let head = register.audit_head()?;
            let link = base16ct::lower::encode_string(&head.link);
            if json {
                writeln!(out, "{}", json!({ "sequence": head.sequence, "link": link }))?;
            } else {
                writeln!(out, "{head}")?;
            }
            Status::Done
        }
        Command::List { filter } => {
            let filter = filter.filter(&mut register)?;
            register.note(&[Act::new(ActKind::AuditRead).with("of", "list")])?;
            list(&mut register, &filter, json, out)?;
            Status::Done
        }
        Command::Report { filter, watch, per_hour, per_person, night } => {
            register.note(&[Act::new(ActKind::AuditRead).with("of", "report")])?;
            if let Some(certificate) = filter.certificate(&mut register)? {
                show_origin(&origin(&mut register, certificate)?, json, out)?;
            } else {
                let watched = watch.as_ref().map(numbers).transpose()?.unwrap_or_default();
                let filter = filter.filter(&mut register)?;
                let wish = ReportWish { filter, night: *night, per_hour: *per_hour, per_person: *per_person, watched };
                show_report(&report(&mut register, &wish)?, json, out)?;
            }
            Status::Done
        }
        Command::Export { filter, ndjson, out: path } => {
            let filter = filter.filter(&mut register)?;
            register.note(&[Act::new(ActKind::AuditRead).with("of", "export")])?;
            let form = if *ndjson { AuditForm::Ndjson } else { AuditForm::Csv };
            if path.as_os_str() == "-" {
                export_audit(&mut register, &filter, form, &mut BufWriter::new(out))??;
            } else {
                super::whole_file(path, |file| {
                    export_audit(&mut register, &filter, form, file)??;
                    Ok(())
                })?;
            }
            Status::Done
        }
    };
    register.close()?;
    Ok(status)
}

fn verify(register: &mut Register, heads: &[Head], json: bool, out: &mut dyn Write) -> Result<Status, CommandError> {
    let proof = register.verify_audit(heads)?;
    let fault = proof.fault.as_ref();
    if json {
        let (sequence, link) = (proof.head.sequence, base16ct::lower::encode_string(&proof.head.link));
        let fault = fault
            .map(|fault| json!({ "fault": fault.name(), "sequence": fault.sequence(), "words": fault.to_string() }));
        writeln!(out, "{}", json!({ "whole": fault.is_none(), "good_until": sequence, "link": link, "fault": fault }))?;
    } else if let Some(fault) = fault {
        writeln!(out, "THE AUDIT IS NOT WHOLE: {fault}.")?;
        writeln!(
            out,
            "Good until entry {}. Keep the register and its backups as they are, and find out who had access;",
            proof.head.sequence
        )?;
        writeln!(out, "after a restore from a backup: tegata-issuer register restored notes that.")?;
    } else {
        writeln!(out, "The audit is whole: {} entries. Head {}", proof.head.sequence, proof.head)?;
    }
    Ok(if fault.is_some() { Status::TrustRefused } else { Status::Done })
}

fn list(register: &mut Register, filter: &AuditFilter, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    let mut written = Ok(());
    register.audit(filter, &mut |entry| {
        if written.is_ok() {
            written = if json {
                serde_json::to_string(entry).map_err(std::io::Error::from).and_then(|line| writeln!(out, "{line}"))
            } else {
                tell(entry, out)
            };
        }
    })?;
    Ok(written?)
}

fn tell(entry: &AuditEntry, out: &mut dyn Write) -> std::io::Result<()> {
    let AuditEntry { sequence, time, act, station, actor, .. } = entry;
    write!(out, "{sequence:>8}  {time}  {:<16} {station:<12} {actor}", act.name())?;
    if entry.outcome.name() != "done" {
        write!(out, "  {}", entry.outcome.name().to_uppercase())?;
    }
    if let Some(person) = entry.person {
        write!(out, "  person {}", person.to_string().get(..8).unwrap_or_default())?;
    }
    if let Some(hash) = entry.certificate {
        write!(out, "  certificate {}", hash.to_string().get(..8).unwrap_or_default())?;
    }
    if let Some(details) = &entry.details {
        write!(out, "  {details}")?;
    }
    if let Some(purpose) = &entry.purpose {
        write!(out, "  ({purpose})")?;
    }
    writeln!(out)
}

/// Register numbers, one a line; blank lines and lines that begin with `#` are passed over.
fn numbers(path: &PathBuf) -> Result<Vec<RegisterNumber>, CommandError> {
    let failed = |error| CommandError::Read { file: path.display().to_string(), error };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| RegisterNumber::parse(line).ok_or(CommandError::BadNumber)).collect()
}

fn show_origin(origin: &Origin, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    if json {
        return Ok(writeln!(out, "{}", serde_json::to_string(origin).map_err(std::io::Error::from)?)?);
    }
    writeln!(out, "certificate {}", origin.certificate)?;
    match (&origin.person, origin.format, &origin.issued_at, &origin.expires_at) {
        (Some(person), Some(format), Some(issued), Some(expires)) => {
            writeln!(out, "  {format} of {person}, issued {issued}, valid until {expires}")?;
        }
        _ => writeln!(out, "  the register does not have it (any more)")?,
    }
    if let Some(key) = &origin.key {
        writeln!(out, "  signed with {key}")?;
    }
    if let Some((sequence, withdrawn)) = origin.request {
        writeln!(out, "  {} by request {sequence}", if withdrawn { "withdrawn" } else { "reinstated" })?;
    }
    origin.entries.iter().try_for_each(|entry| tell(entry, out))?;
    Ok(())
}

fn show_report(report: &AuditReport, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    if json {
        return Ok(writeln!(out, "{}", serde_json::to_string(report).map_err(std::io::Error::from)?)?);
    }
    writeln!(
        out,
        "{} entries; {} issued, {} again, {} printed",
        report.entries, report.issued, report.reissued, report.printed
    )?;
    writeln!(
        out,
        "{} withdrawals, which name {} certificates; {} acts refused or failed",
        report.revocations, report.revoked, report.refused
    )?;
    writeln!(out, "\nBy month, station, actor")?;
    for total in &report.totals {
        writeln!(
            out,
            "  {}  {:<12} {:<16} {:<16} {:>8}",
            total.month, total.station, total.actor, total.act, total.count
        )?;
    }
    writeln!(out, "\nUnusual")?;
    for night in &report.night {
        writeln!(out, "  night       {}  {:<12} {:<16} {:>8}", night.day, night.station, night.actor, night.count)?;
    }
    for hour in &report.volume {
        writeln!(out, "  volume      {}  {:<12} {:<16} {:>8}", hour.hour, hour.station, hour.actor, hour.count)?;
    }
    let mut all = |name: &str, many: &[Many]| {
        many.iter().try_for_each(|many| {
            writeln!(out, "  {name}  {}  {:>6} times, entries {} to {}", many.of, many.count, many.first, many.last)
        })
    };
    all("many       ", &report.many_for_one)?;
    all("duplicate  ", &report.duplicates)?;
    all("stations   ", &report.at_several_stations)?;
    for entry in &report.watched {
        write!(out, "  watched   ")?;
        tell(entry, out)?;
    }
    let unusual = report.night.len() + report.volume.len() + report.many_for_one.len() + report.duplicates.len();
    if unusual + report.at_several_stations.len() + report.watched.len() == 0 {
        writeln!(out, "  nothing")?;
    }
    Ok(())
}
