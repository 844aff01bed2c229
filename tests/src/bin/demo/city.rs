//! A city: its keys, its trust repository, and the bundle that it publishes.

use crate::stage::{Failure, Stage};

/// A city whose list is published.
pub struct City {
    /// Its folder.
    pub folder: &'static str,
    /// Its repository's id.
    pub id: &'static str,
    /// SHA-256 of its first root: what verifiers pin.
    pub pin: String,
}

impl City {
    /// Makes a city's keys and lists, tells about it if it is the main one, and publishes.
    pub fn found(
        stage: &Stage,
        folder: &'static str,
        id: &'static str,
        names: (&str, &str),
        main: bool,
    ) -> Result<Self, Failure> {
        std::fs::create_dir(stage.folder().join(folder))?;
        let mut city = Self { folder, id, pin: String::new() };
        let trust = city.path("trust");
        let made = ["init", "--demo", "--repository-id", id, "--dir", &trust];
        let made = stage.run_with_keys("tegata-trust", &made)?;
        city.pin = made.out.lines().last().unwrap_or_default().to_owned();
        let pin = city.pin.clone();
        stage.expect(pin.len() == 64, || format!("no pin at the end of:\n{}", made.out))?;
        if main {
            println!("✔ trust repository {id}: a DEMO, one key a role; its root to pin is {}…", &pin[..16]);
        }

        let mut keys = vec![("office", "ed25519", "compact")];
        if main {
            keys.push(("office-eu", "p256", "eu-dcc"));
        }
        let store = city.path("keys");
        for (name, kind, format) in keys {
            let new = ["key", "new", name, "--demo", "--type", kind, "--keys", &store];
            stage.run_with_keys("tegata-issuer", &new)?;
            let record = format!("{store}/{name}.json");
            let (ja, en) = names;
            let add = ["add-issuer", "--dir", &trust, "--name-ja", ja, "--name-en", en, "--country", "JP"];
            stage.run("tegata-trust", &[&add[..], &["--key", &record, "--format", format]].concat(), 0)?;
        }
        if main {
            // Whoever got hold of a key for certificates must not be able to reinstate them too.
            let new = ["key", "new", "office-status", "--demo", "--keys", &store];
            stage.run_with_keys("tegata-issuer", &new)?;
            let record = format!("{store}/office-status.json");
            let (ja, en) = names;
            let add = ["add-issuer", "--dir", &trust, "--name-ja", ja, "--name-en", en, "--country", "JP"];
            stage.run("tegata-trust", &[&add[..], &["--status-key", &record]].concat(), 0)?;
        }
        stage.run_with_keys("tegata-trust", &["publish", "--dir", &trust])?;
        stage.run("tegata-trust", &["bundle", "--dir", &trust, "--out", &city.bundle()], 0)?;
        if main {
            println!(
                "✔ keys of {} {}: office (Ed25519), office-eu (P-256), office-status for requests, in sealed files",
                names.0, names.1
            );
            println!("✔ trust list #1 and head #1 signed and published: {}", city.bundle());
        }
        Ok(city)
    }

    /// A path in the city's folder.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    /// The bundle that it publishes.
    pub fn bundle(&self) -> String {
        self.path("lists.cbor")
    }
}
