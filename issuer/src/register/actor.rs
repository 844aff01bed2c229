//! Who acts, and from where.

use std::sync::Arc;

/// Who acts, and at which station of the office.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Actor {
    name: Arc<str>,
    station: Arc<str>,
}

/// Why that is nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ActorError {
    /// The name.
    #[error("the name of who acts has 1 to 64 characters and no control characters: give the account another name")]
    Name,
    /// The station.
    #[error(
        "a station's name has 1 to 64 letters, digits, \"-\", \"_\" or \".\" (TEGATA_STATION, --station): name it so"
    )]
    Station,
}

impl Actor {
    /// The longest name of an actor or a station, in characters.
    pub const LONGEST: usize = 64;
    /// The station of the command line, unless `TEGATA_STATION` names another.
    pub const COMMAND_LINE: &str = "cli";

    /// Somebody at a station.
    ///
    /// # Errors
    /// If the name is empty, long or has control characters; if the station has others than letters, digits, `-`, `_`
    /// and `.`.
    pub fn new(name: &str, station: &str) -> Result<Self, ActorError> {
        if name.is_empty() || name.chars().count() > Self::LONGEST || name.chars().any(char::is_control) {
            return Err(ActorError::Name);
        }
        if !is_station(station) {
            return Err(ActorError::Station);
        }
        Ok(Self { name: name.into(), station: station.into() })
    }

    /// Who runs this process, by the system's account; the station is `TEGATA_STATION`, or else `cli`.
    ///
    /// # Errors
    /// If `TEGATA_STATION` is no station's name.
    pub fn of_system() -> Result<Self, ActorError> {
        let station = std::env::var("TEGATA_STATION").ok().filter(|station| !station.is_empty());
        let name: String = account().chars().filter(|c| !c.is_control()).take(Self::LONGEST).collect();
        let name = if name.is_empty() { "unknown" } else { &name };
        Self::new(name, station.as_deref().unwrap_or(Self::COMMAND_LINE))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The station.
    #[must_use]
    pub fn station(&self) -> &str {
        &self.station
    }
}

/// Whether a station can be called so.
pub(super) fn is_station(name: &str) -> bool {
    let spelled = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (1..=Actor::LONGEST).contains(&name.len()) && spelled
}

/// The account that owns this process, not what its environment claims, where the system tells.
#[cfg(unix)]
fn account() -> String {
    use std::os::unix::fs::MetadataExt;
    let Ok(process) = std::fs::metadata("/proc/self") else { return claimed() };
    let uid = process.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("uid-{uid}"))
}

#[cfg(not(unix))]
fn account() -> String {
    claimed()
}

fn claimed() -> String {
    ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_station_are_short_and_plain() {
        let clerk = Actor::new("山田", "counter-1.north").expect("an actor");
        assert_eq!((clerk.name(), clerk.station()), ("山田", "counter-1.north"));
        let long = "x".repeat(65);
        for name in ["", "a\nb", &long] {
            assert_eq!(Actor::new(name, "cli"), Err(ActorError::Name));
        }
        for station in ["", "a b", "窓口", "a=b", "*", &long] {
            assert_eq!(Actor::new("a", station), Err(ActorError::Station));
        }
        assert!(Actor::of_system().is_ok());
    }
}
