//! `assemble`: officers' signatures become a signed list.

use super::cli::RepositoryArgs;
use super::failure::Failure;
use super::sign::{read_capped, read_proposal};
use super::words::{header_of, spoken};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use tegata_certificate::UnixTime;
use tegata_trust_lists::publish::{
    Draft, Folder, MAX_SIGNATURE, NotCounted, OfficerSignature, Proposal, Repository, Review,
};
use tegata_trust_lists::{Role, RootPin};

#[derive(Args)]
#[command(
    after_help = "Refuses below the threshold. Signatures of strangers, second ones of a key, and those for another proposal count\n\
    nothing and are named. Who signed what is added to transcript.txt in the repository's folder.\n\n\
    Example:\n  tegata-trust assemble trust-5.proposal trust-5.trust-1.sig trust-5.trust-3.sig --dir trust\n  \
    tegata-trust publish --head-only --dir trust"
)]
pub struct AssembleArgs {
    /// The proposal
    #[arg(value_name = "PROPOSAL")]
    pub proposal: PathBuf,
    /// The officers' signature files
    #[arg(value_name = "SIGNATURE", required = true)]
    pub signatures: Vec<PathBuf>,
    #[command(flatten)]
    pub repository: RepositoryArgs,
}

pub fn run(args: &AssembleArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let proposal = read_proposal(&args.proposal)?;
    let review = proposal.review(None)?;
    let mut signatures = Vec::new();
    for path in &args.signatures {
        let bytes = read_capped(path, MAX_SIGNATURE)?;
        signatures.push(OfficerSignature::parse(&bytes).ok_or_else(|| Failure::NotASignature(path.clone()))?);
    }
    let assembly = proposal.assemble(&review, &signatures);
    let mut heard: Vec<(&OfficerSignature, Result<(), NotCounted>)> = Vec::new();
    for counted in &assembly.counted {
        let (Some(signature), Some(path)) = (signatures.get(counted.place), args.signatures.get(counted.place)) else {
            continue;
        };
        let kid = base16ct::lower::encode_string(&signature.kid);
        match counted.outcome {
            Ok(()) => writeln!(out, "{}: signed with {kid} (`{}`)", path.display(), signature.key_name)?,
            Err(reason) => eprintln!("warning: {} counts nothing: {reason} ({kid})", path.display()),
        }
        heard.push((signature, counted.outcome));
    }
    let file = assembly.list.map_err(Failure::BelowThreshold)?;
    place(args, &proposal, file, out)?.add_to_transcript(&transcript(&proposal, &review, &heard, now))?;
    Ok(())
}

/// Puts the signed list into the folder: a first root is in force at once, anything else when a head names it.
fn place(args: &AssembleArgs, proposal: &Proposal, file: Vec<u8>, out: &mut dyn Write) -> Result<Folder, Failure> {
    let dir = &args.repository.dir;
    if proposal.roots.is_empty() {
        let pin = RootPin::of(&file);
        let repository = Repository::begin(vec![file], &pin)?;
        let folder = Folder::create(dir)?;
        folder.save_draft(&Draft::new(&proposal.repository_id))?;
        folder.write(&repository)?;
        writeln!(out, "Made repository {} in {}.", proposal.repository_id, dir.display())?;
        writeln!(out, "Verifiers pin this root; publish its hash by a way of its own:\n{pin}")?;
        return Ok(folder);
    }
    let folder = Folder::open(dir)?;
    let mut repository = folder.repository()?;
    match proposal.role {
        Role::Root => repository.take_root(file)?,
        _ => repository.take_trust(file)?,
    }
    folder.save_pending(&repository)?;
    writeln!(
        out,
        "The {} list is signed. Verifiers will know it once a head names it: tegata-trust publish --head-only --dir {}",
        proposal.role,
        dir.display()
    )?;
    Ok(folder)
}

fn transcript(
    proposal: &Proposal,
    review: &Review,
    heard: &[(&OfficerSignature, Result<(), NotCounted>)],
    now: UnixTime,
) -> String {
    let version = header_of(review).version;
    let mut text = format!(
        "{now} {} list {version} of {} assembled; SHA-256 {}\n",
        proposal.role,
        proposal.repository_id,
        spoken(&proposal.hash())
    );
    for (signature, outcome) in heard {
        let kid = base16ct::lower::encode_string(&signature.kid);
        let said = match outcome {
            Ok(()) => "signed it".to_owned(),
            Err(reason) => format!("counts nothing: {reason}"),
        };
        text.push_str(&format!(
            "  key {kid} (`{}`) {said}, at {} by its clock\n",
            signature.key_name, signature.signed_at
        ));
    }
    text
}
