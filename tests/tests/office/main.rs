//! The office's service, asked over the network as browsers and attackers ask it.

mod duties;
mod forms;
mod load;
mod names;
mod provider;
mod signing_in;

use tegata_tests::{browser, place};
