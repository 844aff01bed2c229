//! The office's service, asked over the network as browsers and attackers ask it.

mod accounts;
mod api;
mod api_described;
mod api_walls;
mod confirming;
mod duties;
mod forms;
mod jobs;
mod load;
mod names;
mod previewing;
mod provider;
mod signing_in;
mod system;

use tegata_tests::{browser, place};
