//! The attack table of `docs/threats.md`: each row is a test here, and so are the bugs of other clients.
//!
//! A [`Site`](site::Site) serves the files of a [`Scene`](simulator::Scene), which any key may have signed, and a
//! [`Device`](site::Device) updates from it. A device keeps bytes and opens them anew for every update, so each test
//! also shows what a restart shows. Wherever an update is refused, the bytes must be the same as before.

#[path = "../simulator/mod.rs"]
mod simulator;
mod site;

mod arbitrary_list;
mod clocks;
mod deleted_keys;
mod endless_data;
mod fast_forward;
mod freeze;
mod mix_and_match;
mod model;
mod other_clients;
mod rollback;
mod root_chain;
mod rules;
mod status;
mod unchanged;
mod withheld;
