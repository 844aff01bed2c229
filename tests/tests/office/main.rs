//! The office's service, asked over the network as browsers and attackers ask it.

mod api;
mod api_described;
mod api_walls;
mod duties;
mod forms;
mod load;
mod names;
mod provider;
mod signing_in;
mod system;

use tegata_tests::{browser, place};
