//! `rules`: the rule sets of the next publication.

use super::cli::{IssuedAtArgs, RepositoryArgs, RoleKeyArgs, time};
use super::failure::Failure;
use super::signers::{as_signers, store, unlock};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tegata_certificate::vaccine::{Disease, PRODUCTS};
use tegata_certificate::{Kind, UnixTime};
use tegata_trust_lists::Role;
use tegata_trust_lists::publish::{
    DraftRuleSet, Folder, Lifetimes, PublishError, RuleFiles, STARTER_RULES, read_rule_text,
};
use tegata_trust_lists::rules::Purpose;

const DAY: i64 = 86_400;

/// The largest text of a rule set, in bytes.
const MAX_TEXT: u64 = 1024 * 1024;

#[derive(Subcommand)]
pub enum RulesCommand {
    /// Take a rule set into the next publication: a text of one's own, a starter set, or a state's rule files
    #[command(
        after_help = "A text (TOML) says doses, days, diseases, products and ages, and gets its tests made; docs/rules.md has all of it.\n\
        A state's folder holds a folder a rule, rule.json with its tests in tests/, as the member states of the EU publish them.\n\n\
        Examples:\n  tegata-trust rules add my-rules.toml\n  tegata-trust rules add --starter ihr-yellow-fever\n  \
        tegata-trust rules add at/ --id border-at --purpose border --country AT --name 'ja=オーストリア' --name 'en=Austria' --value-sets valueSets.json"
    )]
    Add(Box<AddArgs>),
    /// Run the tests of every rule, and say which rules lack some
    Test(TestArgs),
    /// Sign and publish the rule sets; a rule without its own passing and failing tests is not published
    Publish(PublishArgs),
    /// Take a rule set out of the next publication
    Remove(RemoveArgs),
    /// Show the rule sets: the next publication's, and those in force
    Show(TestArgs),
    /// List the starter sets, diseases and products that texts can name
    Words,
}

#[derive(Args)]
pub struct AddArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// A text of a rule set (TOML), or a folder of rule files
    #[arg(value_name = "FILE|DIR", required_unless_present = "starter")]
    pub path: Option<PathBuf>,
    /// A starter set, by its id
    #[arg(long, value_name = "ID", conflicts_with = "path")]
    pub starter: Option<String>,
    /// Of a folder: the id that verifiers are told to judge by
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Of a folder: what it is for: venue, event, border, health-desk
    #[arg(long, value_name = "PURPOSE", default_value = "border", value_parser = purpose)]
    pub purpose: Purpose,
    /// Of a folder: the country of arrival
    #[arg(long, value_name = "CC")]
    pub country: Option<String>,
    /// Of a folder: what it is called in a language, as en=Austria; may be given several times
    #[arg(long = "name", value_name = "LANG=NAME", value_parser = name)]
    pub names: Vec<(String, String)>,
    /// Of a folder: kinds of certificate that are accepted at all
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', default_value = "vaccination,test,recovery")]
    pub kinds: Vec<String>,
    /// Of a folder: a file of value sets, or a folder of the EU's
    #[arg(long, value_name = "FILE|DIR")]
    pub value_sets: Option<PathBuf>,
    /// Of a folder: where it came from, in a few words
    #[arg(long, value_name = "TEXT")]
    pub source: Option<String>,
    /// Of a folder: when it was made; the default is now
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub dated: Option<UnixTime>,
    /// Take the readable files though others cannot be read: what those ask for is then not asked
    #[arg(long)]
    pub leave_out_unreadable: bool,
}

#[derive(Args)]
pub struct TestArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
}

#[derive(Args)]
pub struct RemoveArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// The set's id
    #[arg(value_name = "ID")]
    pub id: String,
}

#[derive(Args)]
pub struct PublishArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    #[command(flatten)]
    pub role_keys: RoleKeyArgs,
    #[command(flatten)]
    pub issued_at: IssuedAtArgs,
    /// Life of the rule sets in days
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
    pub rules_days: u32,
    /// Life of the head in days
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub head_days: u32,
}

pub fn run(command: &RulesCommand, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        RulesCommand::Add(args) => add(args, now, out),
        RulesCommand::Test(args) => test(&Folder::open(&args.repository.dir)?, out).map(drop),
        RulesCommand::Publish(args) => publish(args, now, out),
        RulesCommand::Remove(args) => {
            if Folder::open(&args.repository.dir)?.drop_rule_set(&args.id)? {
                Ok(writeln!(out, "The next publication of rules has no set {} any more.", args.id)?)
            } else {
                Err(Failure::UnknownRuleSet(args.id.clone()))
            }
        }
        RulesCommand::Show(args) => show(&Folder::open(&args.repository.dir)?, out),
        RulesCommand::Words => Ok(words(out)?),
    }
}

fn add(args: &AddArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = Folder::open(&args.repository.dir)?;
    let set = match (&args.starter, &args.path) {
        (Some(id), _) => {
            let starter = STARTER_RULES.iter().find(|starter| starter.id == id);
            let starter = starter.ok_or_else(|| Failure::UnknownRuleSet(id.clone()))?;
            read_rule_text(starter.text).map_err(|error| Failure::RuleText { path: PathBuf::from(id), error })?
        }
        (None, Some(path)) if path.is_dir() => from_folder(args, path, now, out)?,
        (None, Some(path)) => {
            let text = read_text(path)?;
            read_rule_text(&text).map_err(|error| Failure::RuleText { path: path.clone(), error })?
        }
        (None, None) => return Err(Failure::UnknownRuleSet(String::new())),
    };
    // What no verifier could read is not kept either.
    set.to_rule_set().map_err(|fault| Failure::Rules(vec![fault]))?;
    let before = folder.rule_sets()?.into_iter().find(|known| known.id == set.id);
    folder.save_rule_set(&set)?;
    let (tests, faults) = set.faults();
    let took = if before.is_some() { "Replaced" } else { "Added" };
    writeln!(out, "{took} rule set {} ({} rules, {tests} tests that hold).", set.id, set.rules.len())?;
    for deviation in set.rules.iter().flat_map(|rule| rule.rule.deviations()) {
        eprintln!("warning: {deviation}; those too many are never looked at");
    }
    for fault in &faults {
        writeln!(out, "  {fault}")?;
    }
    let next = if faults.is_empty() {
        "It counts for verifiers once `tegata-trust rules publish` has signed it."
    } else {
        "It is not published before these are put right."
    };
    writeln!(out, "{next}")?;
    Ok(())
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let explain = |error| Failure::Read { path: path.to_owned(), error };
    if fs::metadata(path).map_err(explain)?.len() > MAX_TEXT {
        return Err(Failure::Read { path: path.to_owned(), error: io::Error::other("longer than any rule set") });
    }
    fs::read_to_string(path).map_err(explain)
}

/// A set of a state's rule files.
fn from_folder(args: &AddArgs, path: &Path, now: UnixTime, out: &mut dyn Write) -> Result<DraftRuleSet, Failure> {
    let read = |path: &Path| RuleFiles::read(path).map_err(|(path, error)| Failure::Read { path, error });
    let mut files = read(path)?;
    if let Some(path) = &args.value_sets {
        let more = read(path)?;
        files.value_sets.extend(more.value_sets);
        files.unreadable.extend(more.unreadable);
    }
    for (path, why) in &files.unreadable {
        eprintln!("warning: {} is not read: {why}", path.display());
    }
    if !files.unreadable.is_empty() && !args.leave_out_unreadable {
        return Err(Failure::UnreadableRules(files.unreadable.len()));
    }
    writeln!(out, "Read {} rules and {} value sets.", files.rules.len(), files.value_sets.len())?;
    let id = args.id.clone().ok_or(Failure::RuleSetId)?;
    let names: BTreeMap<String, String> = match args.names.is_empty() {
        true => BTreeMap::from([("en".to_owned(), id.clone())]),
        false => args.names.iter().cloned().collect(),
    };
    Ok(DraftRuleSet {
        id,
        version: 1,
        purpose: args.purpose.name().to_owned(),
        names,
        shape: "eu-dcc".to_owned(),
        dated: args.dated.unwrap_or(now).to_string(),
        country: args.country.clone(),
        zone: 0,
        kinds: args.kinds.clone(),
        source: args.source.clone(),
        value_sets: files.value_sets,
        rules: files.rules,
    })
}

/// Runs every test. The sets, if nothing keeps them from being published.
fn test(folder: &Folder, out: &mut dyn Write) -> Result<Vec<DraftRuleSet>, Failure> {
    let sets = folder.rule_sets()?;
    if sets.is_empty() {
        return Err(Failure::NoRuleSets);
    }
    let mut all = Vec::new();
    for set in &sets {
        let (tests, faults) = set.faults();
        writeln!(out, "{}: {} rules, {tests} tests hold, {} faults", set.id, set.rules.len(), faults.len())?;
        all.extend(faults);
    }
    if all.is_empty() { Ok(sets) } else { Err(Failure::Rules(all)) }
}

fn publish(args: &PublishArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = Folder::open(&args.repository.dir)?;
    let mut repository = folder.repository()?;
    let now = args.issued_at.or(now);
    let sets = test(&folder, out)?;
    let sets = sets.iter().map(DraftRuleSet::to_rule_set).collect::<Result<Vec<_>, _>>();
    let sets = sets.map_err(|fault| Failure::Rules(vec![fault]))?;
    let root = repository.coming_root();
    let role = root.rules.as_ref().ok_or(PublishError::NoRulesRole)?;
    let store = store(&args.role_keys, &args.repository.dir);
    let mut keyring = args.role_keys.passphrase.keyring(&store).asking_for("the role keys");
    let signers = unlock(&store, &[(Role::Rules, role), (Role::Head, &root.head)], &mut keyring)?;
    let lifetimes = Lifetimes {
        rules: i64::from(args.rules_days) * DAY,
        head: i64::from(args.head_days) * DAY,
        ..Lifetimes::default()
    };
    repository.publish_rules(sets, lifetimes, &as_signers(&signers), now)?;
    folder.write(&repository)?;
    if let Some((list, head)) = repository.state().and_then(|state| Some((state.rules()?, state.head()))) {
        let header = &list.header;
        writeln!(
            out,
            "Published rules {} ({} sets), valid until {}.",
            header.version,
            list.sets.len(),
            header.expires_at
        )?;
        let head = &head.header;
        writeln!(out, "Published head {}, valid until {}: publish again before.", head.version, head.expires_at)?;
    }
    Ok(())
}

fn show(folder: &Folder, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "Next publication:")?;
    for set in folder.rule_sets()? {
        let name = set.names.get("en").or(set.names.values().next()).map_or("", String::as_str);
        writeln!(out, "  {:<24} {:<11} {} rules, {name}", set.id, set.purpose, set.rules.len())?;
    }
    let repository = folder.repository()?;
    match repository.state().and_then(|state| state.rules()) {
        None => writeln!(out, "In force: none")?,
        Some(list) => {
            writeln!(out, "In force: version {}, valid until {}", list.header.version, list.header.expires_at)?;
            for set in &list.sets {
                let (version, dated) = (set.version, set.dated);
                writeln!(out, "  {:<24} version {version}, of {dated}, {} rules", set.id, set.rules.len())?;
            }
        }
    }
    Ok(())
}

fn words(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Starter sets:")?;
    for starter in STARTER_RULES {
        writeln!(out, "  {}", starter.id)?;
    }
    writeln!(out, "Diseases:")?;
    for disease in Disease::ALL {
        writeln!(out, "  {}", disease.name())?;
    }
    writeln!(out, "Products:")?;
    for product in PRODUCTS {
        writeln!(out, "  {:<24} {}", product.key, product.name)?;
    }
    writeln!(out, "Kinds:")?;
    for kind in Kind::ALL {
        writeln!(out, "  {}", kind.name())?;
    }
    Ok(())
}

fn purpose(text: &str) -> Result<Purpose, String> {
    Purpose::from_name(text).ok_or_else(|| "the purposes are venue, event, border, health-desk".to_owned())
}

fn name(text: &str) -> Result<(String, String), String> {
    let (language, name) = text.split_once('=').ok_or("a language and a name, as en=Austria")?;
    Ok((language.to_owned(), name.to_owned()))
}
