//! The office's service, asked over the network as browsers and attackers ask it.

mod accounts;
mod browser;
mod confirming;
mod duties;
mod forms;
mod jobs;
mod load;
mod names;
mod place;
mod previewing;
mod provider;
mod signing_in;
