//! Where a command's register is.

use clap::Args;
use std::path::PathBuf;
use tegata_issuer::RegisterLocation;

/// Which register, and which key file.
#[derive(Args)]
pub struct RegisterArguments {
    /// The register: a file, or a server as postgres://USER@HOST/DATABASE (the password in PGPASSWORD or PGPASSFILE)
    #[arg(
        long,
        global = true,
        value_name = "FILE|URL",
        default_value = "register.sqlite",
        env = "TEGATA_REGISTER",
        hide_env_values = true
    )]
    register: RegisterLocation,
    /// The register's key file [default: beside the register's file, with .key at the end of its name]
    #[arg(long, global = true, value_name = "FILE", env = "TEGATA_REGISTER_KEY", hide_env_values = true)]
    register_key: Option<PathBuf>,
}

impl RegisterArguments {
    /// The register's location.
    pub fn location(&self) -> RegisterLocation {
        self.register.clone().with_key(self.register_key.clone())
    }
}
