//! `doctor`: what is due, for people and for monitoring.

use super::cli::RepositoryArgs;
use super::failure::Failure;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tegata_certificate::UnixTime;
use tegata_keys::KeyStore;
use tegata_trust_lists::publish::{
    Draft, Finding, Folder, FolderError, Level, ListTimes, Patient, Repository, examine, list_times,
};
use tegata_trust_lists::{KeyState, Role, SHARD_SIZE};

#[derive(Args)]
#[command(
    after_help = "Exit status, as monitoring plugins have it: 0 nothing is due, 1 something is (warn), 2 something is broken (fail);\n\
    4 and more: nothing could be examined.\n\n\
    Examples:\n  tegata-trust doctor --dir trust\n  \
    tegata-trust doctor --dir trust --prometheus > /var/lib/node_exporter/tegata.prom.new"
)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// Folder of private keys on this machine; the default is `keys` in the repository's folder
    #[arg(long = "keys", value_name = "DIR")]
    pub keys: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "prometheus")]
    pub json: bool,
    /// Print metrics in the text form of Prometheus
    #[arg(long)]
    pub prometheus: bool,
    /// Examine as of this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = super::cli::time)]
    pub at: Option<UnixTime>,
}

pub fn run(args: &DoctorArgs, now: UnixTime, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let now = args.at.unwrap_or(now);
    let folder = Folder::open(&args.repository.dir)?;
    let draft = folder.draft()?;
    let store = KeyStore::new(args.keys.clone().unwrap_or_else(|| args.repository.dir.join("keys")));
    let keys_here: BTreeSet<_> = store.list()?.iter().map(|record| record.kid()).collect();
    // A folder that does not hold is what the doctor is there to tell.
    let (findings, repository) = match folder.repository() {
        Ok(repository) => {
            let patient = Patient { repository: &repository, draft: &draft, keys_here: &keys_here };
            (examine(&patient, now)?, Some(repository))
        }
        Err(error @ (FolderError::Damaged { .. } | FolderError::Pending { .. } | FolderError::Io { .. })) => {
            (vec![Finding::damaged(&error)], None)
        }
        Err(error) => return Err(error.into()),
    };
    let worst = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok);
    if args.json {
        let times = repository.as_ref().map(list_times).unwrap_or_default();
        let all = json!({
            "level": worst.name(),
            "at": now.to_string(),
            "findings": findings.iter().map(finding_json).collect::<Vec<_>>(),
            "lists": times.iter().map(times_json).collect::<Vec<_>>(),
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    } else if args.prometheus {
        write!(out, "{}", metrics(&findings, repository.as_ref(), &draft, now))?;
    } else {
        for finding in &findings {
            writeln!(out, "{:4}  {}: {}", finding.level.name(), finding.subject, finding.words)?;
            if !finding.remedy.is_empty() {
                writeln!(out, "      {}", finding.remedy)?;
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::from(match worst {
        Level::Ok => 0,
        Level::Warn => 1,
        Level::Fail => 2,
    }))
}

fn finding_json(finding: &Finding) -> Value {
    let remedy = Some(finding.remedy).filter(|remedy| !remedy.is_empty());
    json!({ "level": finding.level.name(), "check": finding.check.code(), "subject": finding.subject,
        "words": finding.words, "remedy": remedy })
}

fn times_json(list: &ListTimes) -> Value {
    json!({ "list": list.list, "number": list.number, "version": list.version,
        "issued_at": list.issued_at.to_string(), "expires_at": list.expires_at.to_string() })
}

/// Everything that can be counted, in Prometheus' text form; times are seconds since 1970.
fn metrics(findings: &[Finding], repository: Option<&Repository>, draft: &Draft, now: UnixTime) -> String {
    let mut page = Page::default();
    page.family("findings", "How many findings there are of each level.");
    for level in Level::ALL {
        let count = findings.iter().filter(|finding| finding.level == level).count();
        page.sample("findings", &[("level", level.name())], count);
    }
    page.family("examined_timestamp_seconds", "When the folder was examined.");
    page.sample("examined_timestamp_seconds", &[], now.0);
    let Some(repository) = repository else {
        return page.text();
    };
    lists(&mut page, repository);
    page.family("role_keys", "How many keys a role has.");
    page.family("role_threshold", "How many keys of a role must sign.");
    for role in Role::ALL {
        if let Some(keys) = repository.root().role(role) {
            page.sample("role_keys", &[("role", role.name())], keys.keys.len());
            page.sample("role_threshold", &[("role", role.name())], keys.threshold);
        }
    }
    if let Some(state) = repository.state() {
        page.family("shard_revoked_indices", "How many indices of a status shard are revoked.");
        page.family("shard_rules", "How many rules a status shard has.");
        for shard in state.shards() {
            let number = shard.number().to_string();
            page.sample("shard_revoked_indices", &[("shard", &number)], shard.set().len());
            page.sample("shard_rules", &[("shard", &number)], shard.rules().len());
        }
        page.family("key_sign_until_timestamp_seconds", "Until when an active key may sign.");
        page.family("key_valid_until_timestamp_seconds", "Until when what an active key signed may be valid.");
        for key in state.trust().keys.iter().filter(|key| key.state == KeyState::Active) {
            let kid = base16ct::lower::encode_string(&key.kid);
            let issuer = state.issuer(key).map(|issuer| issuer.name_en.as_str()).unwrap_or_default();
            let labels = [("kid", kid.as_str()), ("issuer", issuer)];
            page.sample("key_sign_until_timestamp_seconds", &labels, key.sign_until.0);
            page.sample("key_valid_until_timestamp_seconds", &labels, key.valid_until.0);
        }
    }
    page.family("shard_allotted_ratio", "How much of a status shard is given away, from 0 to 1.");
    for shard in &draft.shards {
        let ratio = shard.next_index as f64 / SHARD_SIZE as f64;
        page.sample("shard_allotted_ratio", &[("shard", &shard.number.to_string())], ratio);
    }
    page.text()
}

fn lists(page: &mut Page, repository: &Repository) {
    type Family<'a> = (&'a str, &'a str, fn(&ListTimes) -> i64);
    let all = list_times(repository);
    let families: [Family<'_>; 3] = [
        ("list_issued_timestamp_seconds", "When a list in force was issued.", |list| list.issued_at.0),
        ("list_expiry_timestamp_seconds", "When a list in force expires.", |list| list.expires_at.0),
        ("list_version", "The version of a list in force.", |list| i64::try_from(list.version).unwrap_or(i64::MAX)),
    ];
    for (name, help, value) in families {
        page.family(name, help);
        for list in &all {
            let number = list.number.map(|number| number.to_string());
            let mut labels = vec![("list", list.list)];
            labels.extend(number.as_deref().map(|number| ("number", number)));
            page.sample(name, &labels, value(list));
        }
    }
}

/// A page of metrics, each named `tegata_trust_…`: the samples of a family stand together, as the form asks.
#[derive(Default)]
struct Page(Vec<(String, String)>);

impl Page {
    fn family(&mut self, name: &str, help: &str) {
        let head = format!("# HELP tegata_trust_{name} {help}\n# TYPE tegata_trust_{name} gauge\n");
        self.0.push((name.to_owned(), head));
    }

    fn text(self) -> String {
        self.0.into_iter().map(|(_, text)| text).collect()
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        if let Some((_, text)) = self.0.iter_mut().find(|(family, _)| family == name) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "tegata_trust_{name}{labels} {value}");
        }
    }
}
