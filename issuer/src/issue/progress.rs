//! Jobs in the words of those who watch machines.

use crate::register::{JobEntry, JobState};
use std::fmt::Write;

/// How a sample is read out of a job.
type Read = fn(&JobEntry) -> String;

/// The families of samples: name, type, help.
const FAMILIES: [(&str, &str, &str, Read); 9] = [
    ("records", "gauge", "Records that the job is to issue for.", |job| job.records.to_string()),
    ("records_done", "gauge", "Records that it has issued for.", |job| job.records_done.to_string()),
    ("parts", "gauge", "Parts of the job.", |job| job.parts.to_string()),
    ("parts_done", "gauge", "Parts that are done.", |job| job.parts_done.to_string()),
    ("certificates_issued", "gauge", "Certificates that the job made.", |job| job.issued.to_string()),
    ("certificates_again", "gauge", "Certificates of earlier runs, written again.", |job| job.again.to_string()),
    ("certificates_refused", "gauge", "Certificates that could not be issued.", |job| job.refused.to_string()),
    ("running", "gauge", "1 while the job is to be worked on.", |job| {
        u8::from(job.state == JobState::Running).to_string()
    }),
    ("begun_seconds", "gauge", "When the job was begun, in seconds since 1970.", |job| job.begun_at.0.to_string()),
];

/// Jobs in the text form of Prometheus (exposition format 0.0.4).
#[must_use]
pub fn prometheus(jobs: &[JobEntry]) -> String {
    let mut text = String::new();
    for (name, kind, help, read) in FAMILIES {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "# HELP tegata_job_{name} {help}\n# TYPE tegata_job_{name} {kind}");
        for job in jobs {
            let _ = writeln!(text, "tegata_job_{name}{{job=\"{}\"}} {}", job.id, read(job));
        }
    }
    text
}
