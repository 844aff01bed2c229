//! The office's service, asked over the network as browsers and attackers ask it.

mod api;
mod api_described;
mod api_walls;
mod browser;
mod duties;
mod forms;
mod load;
mod names;
mod place;
mod provider;
mod signing_in;
mod system;
