//! What a verifier says of certificates that were written, signed and listed for real: the steps, the
//! scope of keys, the edges of time, the age of lists, and the report.

mod allocations;
mod compact_layout;
mod desk;
mod health_cards;
mod holder;
mod lists;
mod report;
mod rules;
mod scope;
mod sizes;
mod status;
mod times;
mod weighed;
