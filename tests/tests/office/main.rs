//! The office's service, asked over the network as browsers and attackers ask it.

mod browser;
mod duties;
mod forms;
mod jobs;
mod load;
mod names;
mod place;
mod provider;
mod signing_in;
