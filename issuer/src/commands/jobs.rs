//! `jobs`: bulk issuing, looked at and steered from outside.

use super::now;
use super::register_arguments::RegisterArguments;
use crate::error::{CommandError, Status};
use std::io::Write;
use tegata_issuer::Register;
use tegata_issuer::issue::{JobEntry, JobState, prometheus};

/// Look at the jobs of `issue --all`; pause, resume or cancel them
#[derive(clap::Args)]
#[command(
    after_help = "A paused job ends its workers after the part that they have in hand; after `resume`, the next `issue --all` \
    of the same kind goes on with it. A cancelled job keeps what it issued, and the next `issue --all` begins a new one.

Examples:
  tegata-issuer jobs
  tegata-issuer jobs --prometheus > /var/lib/node_exporter/tegata.prom
  tegata-issuer jobs pause 7 --register postgres://register.example/tegata

Exit status: 0 done; 3 there is no such job, or it has ended; 5 the register failed."
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    register: RegisterArguments,
    /// Answer as JSON
    #[arg(long, global = true, conflicts_with = "prometheus")]
    json: bool,
    /// Answer in Prometheus' text form, for a file that a node exporter collects
    #[arg(long, global = true)]
    prometheus: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Let the workers of a job end after the part that they have in hand
    Pause {
        /// The job's number
        job: u64,
    },
    /// Let a paused job go on
    Resume {
        /// The job's number
        job: u64,
    },
    /// End a job; what it issued stays issued
    Cancel {
        /// The job's number
        job: u64,
    },
}

/// Answers.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    let now = now();
    let wish = match arguments.command {
        None => None,
        Some(Command::Pause { job }) => Some((job, JobState::Paused)),
        Some(Command::Resume { job }) => Some((job, JobState::Running)),
        Some(Command::Cancel { job }) => Some((job, JobState::Cancelled)),
    };
    if let Some((job, state)) = wish
        && !register.steer_job(job, state, now)?
    {
        return Err(CommandError::NoSuchJob);
    }
    let mut jobs = register.jobs(now)?;
    jobs.retain(|entry| wish.is_none_or(|(job, _)| entry.id == job));
    register.close()?;
    if arguments.prometheus {
        out.write_all(prometheus(&jobs).as_bytes())?;
    } else if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&jobs).map_err(std::io::Error::from)?)?;
    } else if jobs.is_empty() {
        writeln!(out, "no jobs: tegata-issuer issue --all begins one")?;
    } else {
        jobs.iter().try_for_each(|job| show(job, out))?;
    }
    Ok(Status::Done)
}

fn show(job: &JobEntry, out: &mut dyn Write) -> std::io::Result<()> {
    let share = (100 * job.records_done).checked_div(job.records).unwrap_or(100);
    writeln!(
        out,
        "job {:>4}  {:<9} {share:>3} %  {} of {} records, {} of {} parts  begun {}  {}",
        job.id,
        job.state.name(),
        job.records_done,
        job.records,
        job.parts_done,
        job.parts,
        job.begun_at,
        job.summary
    )?;
    writeln!(out, "          {} issued, {} again, {} refused", job.issued, job.again, job.refused)?;
    if let Some(rate) = job.rate {
        write!(out, "          {rate:.0} records a second in the last minute")?;
        match job.left() {
            Some(seconds) => writeln!(out, ", about {} left", spoken(seconds))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// Seconds as people say them.
fn spoken(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}
