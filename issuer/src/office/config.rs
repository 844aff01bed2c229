//! `office.toml`: what the office is, read strictly.

use crate::approval::Policy;
use crate::municipality::MunicipalityCode;
use crate::office::oidc::is_own;
use crate::office::role::Role;
use crate::register::Actor;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The register: a file, or a server's URL.
    pub register: String,
    /// Its key file, if it does not lie beside it.
    #[serde(default)]
    pub register_key: Option<PathBuf>,
    /// The published lists: a bundle file. A newer one in its place is taken up.
    pub trust: PathBuf,
    /// SHA-256 of the first root file.
    pub root: String,
    /// The keys.
    pub keys: Keys,
    /// The stations of the office.
    #[serde(rename = "station")]
    pub stations: Vec<Station>,
    /// A provider where people sign in; without it they have accounts here.
    #[serde(default)]
    pub oidc: Option<OidcConfig>,
    /// What needs a second person.
    #[serde(default)]
    pub second_person: SecondPerson,
    /// What people are searched for; a built-in list if there is none.
    #[serde(default, rename = "purpose")]
    pub purposes: Vec<Purpose>,
    /// Minutes without a request after which a session is locked: 1 to 60.
    #[serde(default = "ten")]
    pub idle_minutes: u32,
    /// Hours after which somebody signs in anew: 1 to 24.
    #[serde(default = "ten")]
    pub session_hours: u32,
    /// Requests that work with the register at once: 1 to 64.
    #[serde(default = "four")]
    pub workers: usize,
    /// Requests that may wait for one of them: 0 to 10,000.
    #[serde(default = "hundreds")]
    pub waiting: usize,
    /// How often a minute a system may name a person whom its station does not have, before it waits: 1 to 100,000.
    #[serde(default = "sixty")]
    pub misses_a_minute: u32,
    /// The address that browsers see, where a proxy stands before the service: `https://office.example`.
    #[serde(default)]
    pub address: Option<String>,
    /// Where templates of papers lie, instead of the built-in ones.
    #[serde(default)]
    pub templates: Option<PathBuf>,
    /// Where fonts lie, beside the system's own.
    #[serde(default)]
    pub fonts: Option<PathBuf>,
}

fn ten() -> u32 {
    10
}

fn sixty() -> u32 {
    60
}

fn four() -> usize {
    4
}

fn hundreds() -> usize {
    400
}

/// Which keys sign.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Keys {
    /// Their folder.
    #[serde(default = "keys_folder")]
    pub folder: PathBuf,
    /// Names of those that sign certificates.
    pub issuing: Vec<String>,
    /// Name of the one that signs requests to the status service; without it nothing is withdrawn here.
    #[serde(default)]
    pub status: Option<String>,
}

fn keys_folder() -> PathBuf {
    PathBuf::from("keys")
}

/// A place where people work.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Station {
    /// Its name in the audit: letters, digits, `-`, `_`, `.`.
    pub id: String,
    /// Its name in Japanese.
    pub name_ja: String,
    /// Its name in English.
    pub name_en: String,
    /// The municipalities whose people it serves: six digits each.
    #[serde(default)]
    pub municipalities: Vec<String>,
    #[serde(skip)]
    codes: BTreeSet<MunicipalityCode>,
    /// Whether these are all that the office has, and at most one.
    #[serde(skip)]
    is_of_one: bool,
}

impl Station {
    /// The codes of the municipalities whose people it serves.
    #[must_use]
    pub fn codes(&self) -> &BTreeSet<MunicipalityCode> {
        &self.codes
    }

    /// Whether it serves people of that municipality. Who has none in the register is the office's own where the office
    /// has one municipality; of several it could be anybody's, and no station shows them.
    #[must_use]
    pub fn serves(&self, municipality: Option<MunicipalityCode>) -> bool {
        municipality.map_or(self.is_of_one, |code| self.codes.contains(&code))
    }
}

/// What people may be searched for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Purpose {
    /// The word in the audit and in forms: a-z and `-`.
    pub id: String,
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// What needs a second person; all of it unless said otherwise.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SecondPerson {
    /// Issuing to so many people or more.
    pub bulk_from: u64,
    /// Withdrawing.
    pub revoke: bool,
    /// Reinstating.
    pub reinstate: bool,
    /// Whatever is done for people whose address is shielded.
    pub protected: bool,
    /// Lifting a station's suspension.
    pub lift_suspension: bool,
}

impl Default for SecondPerson {
    fn default() -> Self {
        let Policy { bulk_from, revoke, reinstate, protected, lift_suspension } = Policy::default();
        Self { bulk_from: bulk_from.unwrap_or(u64::MAX), revoke, reinstate, protected, lift_suspension }
    }
}

impl SecondPerson {
    /// As the library has it.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let Self { bulk_from, revoke, reinstate, protected, lift_suspension } = *self;
        Policy { bulk_from: Some(bulk_from), revoke, reinstate, protected, lift_suspension }
    }
}

/// A provider of OpenID Connect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OidcConfig {
    /// Its address, from which its metadata are found.
    pub issuer: String,
    /// What it calls this office.
    pub client_id: String,
    /// A file that holds the secret; without it the client is a public one.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// The claim that names roles: a text or a list of texts.
    #[serde(default = "roles_claim")]
    pub roles_claim: String,
    /// The claim that names the station.
    #[serde(default = "station_claim")]
    pub station_claim: String,
    /// What the provider calls each role; the role's own name if it is not here.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// What is asked for beside the subject.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// A file of certificates in PEM that its TLS is checked with, where it is not a public one's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// How strongly somebody must have signed in, one of these; any if none is named.
    #[serde(default)]
    pub acr: Vec<String>,
}

fn roles_claim() -> String {
    "roles".to_owned()
}

fn station_claim() -> String {
    "station".to_owned()
}

fn scopes() -> Vec<String> {
    vec!["profile".to_owned()]
}

impl OidcConfig {
    /// The role that the provider means.
    #[must_use]
    pub fn role(&self, claimed: &str) -> Option<Role> {
        Role::from_name(self.roles.get(claimed).map_or(claimed, String::as_str)).filter(|role| *role != Role::System)
    }
}

/// Why the file is refused. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{file} cannot be read: {error}; check its name and who may read it")]
    File {
        /// Which.
        file: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{file}: {error}")]
    Form {
        /// Which.
        file: String,
        /// Where and why.
        error: String,
    },
    /// A value.
    #[error("{file}: {what}")]
    Value {
        /// Which file.
        file: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

impl Config {
    /// Reads a file. Names of files in it are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File { file: file.clone(), error })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder).map_err(|error| match error {
            Fault::Form(error) => ConfigError::Form { file, error },
            Fault::Value(what) => ConfigError::Value { file, what },
        })
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, Fault> {
        let mut config: Self = toml::from_str(text).map_err(|error| Fault::Form(error.to_string()))?;
        config.check()?;
        if !config.register.contains("://") {
            config.register = folder.join(&config.register).display().to_string();
        }
        config.trust = folder.join(&config.trust);
        config.keys.folder = folder.join(&config.keys.folder);
        for path in [&mut config.register_key, &mut config.templates, &mut config.fonts].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        if let Some(oidc) = &mut config.oidc {
            for path in [&mut oidc.client_secret_file, &mut oidc.ca_file].into_iter().flatten() {
                *path = folder.join(&*path);
            }
        }
        if config.purposes.is_empty() {
            config.purposes = built_in_purposes();
        }
        Ok(config)
    }

    fn check(&mut self) -> Result<(), Fault> {
        let wrong = |what: &str| Err(Fault::Value(what.to_owned()));
        if self.stations.is_empty() {
            return wrong("there is no [[station]]: an office has at least one");
        }
        if self.keys.issuing.is_empty() {
            return wrong("keys.issuing names no key: name one that signs certificates");
        }
        let mut seen = BTreeSet::new();
        for station in &mut self.stations {
            if Actor::new("name", &station.id).is_err() {
                return wrong("a station's id has letters, digits, \"-\", \"_\" and \".\" only, at most 64");
            }
            if !seen.insert(station.id.clone()) {
                return Err(Fault::Value(format!("there are two stations {}: give one another id", station.id)));
            }
            for text in &station.municipalities {
                let code = text.parse().ok().filter(|_| text.len() == 6).and_then(MunicipalityCode::new);
                let code = code.ok_or_else(|| {
                    Fault::Value(format!(
                        "{text} is no municipality's code: it has six digits, the last checks the others"
                    ))
                })?;
                station.codes.insert(code);
            }
        }
        let all: BTreeSet<MunicipalityCode> = self.stations.iter().flat_map(|one| one.codes.iter().copied()).collect();
        for station in &mut self.stations {
            station.is_of_one = all.len() <= 1 && station.codes == all;
        }
        let ranges = [
            ((1..=60).contains(&self.idle_minutes), "idle-minutes lies between 1 and 60"),
            ((1..=100_000).contains(&self.misses_a_minute), "misses-a-minute lies between 1 and 100000"),
            ((1..=24).contains(&self.session_hours), "session-hours lies between 1 and 24"),
            ((1..=64).contains(&self.workers), "workers lies between 1 and 64"),
            (self.waiting <= 10_000, "waiting is at most 10000"),
        ];
        if let Some((_, what)) = ranges.into_iter().find(|(holds, _)| !holds) {
            return wrong(what);
        }
        let plain =
            |id: &str| !id.is_empty() && id.len() <= 40 && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if self.purposes.iter().any(|purpose| !plain(&purpose.id)) {
            return wrong("a purpose's id has a-z and \"-\" only, at most 40");
        }
        if self.address.as_ref().is_some_and(|address| !address.starts_with("https://") || address.ends_with('/')) {
            return wrong("address begins with https:// and has no / at its end");
        }
        if self.oidc.as_ref().is_some_and(|oidc| !oidc.issuer.starts_with("https://") && !is_own(&oidc.issuer)) {
            return wrong("oidc.issuer begins with https://, unless the provider is on this machine");
        }
        if self.oidc.as_ref().is_some_and(|oidc| oidc.roles.values().any(|role| Role::from_name(role).is_none())) {
            return wrong("oidc.roles names a role that there is not: clerk, approver, operator, auditor, admin");
        }
        Ok(())
    }

    /// The station of that id.
    #[must_use]
    pub fn station(&self, id: &str) -> Option<&Station> {
        self.stations.iter().find(|station| station.id == id)
    }

    /// Whether several municipalities share the office's register.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        let mut codes = self.stations.iter().flat_map(|station| &station.codes);
        codes.next().is_some_and(|first| codes.any(|code| code != first))
    }

    /// Whether a station serves everybody whom the office does.
    #[must_use]
    pub fn serves_all(&self, id: &str) -> bool {
        let others = || self.stations.iter().flat_map(|station| &station.codes);
        self.station(id).is_some_and(|station| others().all(|code| station.codes.contains(code)))
    }

    /// The purpose of that id.
    #[must_use]
    pub fn purpose(&self, id: &str) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.id == id)
    }
}

enum Fault {
    Form(String),
    Value(String),
}

fn built_in_purposes() -> Vec<Purpose> {
    let purpose = |id: &str, ja: &str, en: &str| Purpose { id: id.into(), ja: ja.into(), en: en.into() };
    vec![
        purpose("issue", "証明書の交付", "Issue a certificate"),
        purpose("correct", "記録の訂正", "Correct a record"),
        purpose("inquiry", "本人からの問い合わせ", "The person asks"),
        purpose("withdraw", "証明書の失効", "Withdraw a certificate"),
        purpose("check", "内容の確認", "Check what the register says"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "register = 'register.sqlite'\ntrust = 'lists.cbor'\nroot = 'ab'\n\
        [keys]\nissuing = ['office']\n\
        [[station]]\nid = 'counter-1'\nname-ja = '窓口'\nname-en = 'Counter'\nmunicipalities = ['131016']\n";

    fn told(text: &str) -> String {
        match Config::parse(text, Path::new("/office")) {
            Ok(_) => "fine".to_owned(),
            Err(Fault::Form(error) | Fault::Value(error)) => error,
        }
    }

    #[test]
    fn files_lie_beside_it_and_what_is_not_said_is_careful() {
        let Ok(config) = Config::parse(PLAIN, Path::new("/office")) else { panic!("reads") };
        assert_eq!(config.trust, Path::new("/office/lists.cbor"));
        assert!(config.second_person.revoke && config.second_person.protected);
        assert_eq!((config.idle_minutes, config.purposes.len()), (10, 5));
        let station = config.station("counter-1").expect("a station");
        let chiyoda = MunicipalityCode::new(131_016);
        assert!(chiyoda.is_some() && station.serves(chiyoda) && station.serves(None));
        assert!(!station.serves(MunicipalityCode::new(131_024)));
        assert!(!config.is_shared() && config.serves_all("counter-1") && !config.serves_all("counter-2"));
    }

    #[test]
    fn who_has_no_municipality_is_shown_where_the_office_has_one() {
        let station = |id: &str, codes: &str| {
            format!("[[station]]\nid = '{id}'\nname-ja = 'x'\nname-en = 'x'\nmunicipalities = [{codes}]\n")
        };
        let (minato, both) = (station("counter-2", "'131032'"), station("hall", "'131016', '131032'"));
        let Ok(shared) = Config::parse(&format!("{PLAIN}{minato}{both}"), Path::new("")) else { panic!("reads") };
        assert!(shared.is_shared() && shared.stations.iter().all(|station| !station.serves(None)));
        assert!(shared.serves_all("hall") && !shared.serves_all("counter-1"));
        let desk = station("desk", "");
        let Ok(one) = Config::parse(&format!("{PLAIN}{desk}"), Path::new("")) else { panic!("reads") };
        let serves: Vec<_> = one.stations.iter().map(|station| station.serves(None)).collect();
        assert!(!one.is_shared() && serves == [true, false], "a desk that serves nobody shows nobody");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert!(told(&format!("idle = 3\n{PLAIN}")).contains("idle"));
        for (part, instead, says) in [
            ("'131016'", "'131017'", "131017"),
            ("'counter-1'", "'counter 1'", "id"),
            ("['office']", "[]", "keys.issuing"),
            ("root = 'ab'", "root = 'ab'\nidle-minutes = 0", "idle-minutes"),
            ("root = 'ab'", "root = 'ab'\naddress = 'http://office'", "https://"),
            ("[keys]", "[oidc]\nissuer = 'http://login.example'\nclient-id = 'x'\n[keys]", "oidc.issuer"),
        ] {
            let told = told(&PLAIN.replace(part, instead));
            assert!(told.contains(says), "{told}");
        }
    }
}
