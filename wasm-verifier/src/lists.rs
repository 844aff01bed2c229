//! The lists, the verdicts by them, and bringing them up to date.

use crate::failure::Failure;
use crate::scan::Document;
use crate::time::seconds;
use tegata_certificate::UnixTime;
use tegata_certificate::mrz::Mrz;
use tegata_trust_lists::{Bundle, Held, RootPin, Source as _, Update, Updated};
use tegata_verifier::{Moment, Policy, Verdict, Verifier, decide_for, lists_json};
use wasm_bindgen::prelude::wasm_bindgen;

/// Verified lists, and the verifier that judges by them.
#[wasm_bindgen]
pub struct Lists {
    verifier: Verifier,
    /// What is kept: the files as they were signed. An update begins with them.
    kept: Vec<u8>,
    pin: RootPin,
    demo: bool,
}

#[wasm_bindgen]
impl Lists {
    /// Opens lists under the root whose SHA-256 is `root`, 64 hex digits: a published bundle, or what
    /// [`keep`](Self::keep) gave. Every signature is checked. Kept lists open after their expiry too: each verdict
    /// tells. Lists of demonstrations open only if `demo` says so.
    ///
    /// # Errors
    /// [`Failure`]: `bad-root`, `demo-refused`, or the first thing that does not hold.
    pub fn open(lists: &[u8], root: &str, demo: bool, now: f64) -> Result<Self, Failure> {
        let pin = parse_root(root)?;
        match Held::open(lists, &pin) {
            Ok(held) => Self::by(held, demo),
            // What is no kept set may be a bundle.
            Err(error) if Bundle::parse(lists).is_err() => Err(error.into()),
            Err(_) => match update_from(None, &pin, lists, seconds(now))? {
                Some(held) => Self::by(held, demo),
                None => Err(Failure::NO_LISTS),
            },
        }
    }

    /// Takes a newer bundle, and says whether anything changed. On an error the lists stay as they were.
    ///
    /// # Errors
    /// [`Failure`]: the first thing that does not hold.
    pub fn update(&mut self, bundle: &[u8], now: f64) -> Result<bool, Failure> {
        match update_from(Some(self.held()?), &self.pin, bundle, seconds(now))? {
            None => Ok(false),
            Some(held) => {
                *self = Self::by(held, self.demo)?;
                Ok(true)
            }
        }
    }

    /// Judges a scanned text at the device's time `now`: the report `tegata-report/1` as JSON.
    pub fn verify(&self, text: &str, now: f64) -> String {
        self.verifier.verify(text, Moment::Now(seconds(now))).to_json(self.verifier.state())
    }

    /// The same, and compares the certificate with the travel document shown.
    pub fn verify_with(&self, text: &str, now: f64, shown: &Document) -> String {
        let verdict = self.verifier.verify(text, Moment::Now(seconds(now)));
        verdict.bind(&shown.0).to_json(self.verifier.state())
    }

    /// Judges many scanned texts, each on its own. The reports in the order of the texts, as a JSON array.
    pub fn verify_many(&self, texts: Vec<String>, now: f64) -> String {
        self.reports(self.verified(&texts, now), None)
    }

    /// The same, and compares each certificate with the travel document shown.
    pub fn verify_many_with(&self, texts: Vec<String>, now: f64, shown: &Document) -> String {
        self.reports(self.verified(&texts, now), Some(&shown.0))
    }

    /// Judges scanned texts that belong together by the rules of a purpose: those of one person count together. The
    /// reports in the order of the texts, as a JSON array.
    pub fn decide(&self, texts: Vec<String>, now: f64, purpose: &str) -> String {
        self.decided(&texts, now, purpose, None)
    }

    /// The same, and compares each certificate with the travel document shown.
    pub fn decide_with(&self, texts: Vec<String>, now: f64, purpose: &str, shown: &Document) -> String {
        self.decided(&texts, now, purpose, Some(&shown.0))
    }

    /// What the lists are at the time `now`, as JSON.
    pub fn info(&self, now: f64) -> String {
        lists_json(self.verifier.state(), seconds(now))
    }

    /// What to keep, for [`open`](Self::open) at the next start.
    pub fn keep(&self) -> Vec<u8> {
        self.kept.clone()
    }

    /// Begins an update that goes on from these lists.
    ///
    /// # Errors
    /// [`Failure`], if what is kept were damaged.
    pub fn updating(&self, now: f64) -> Result<Updating, Failure> {
        Ok(Updating { update: Update::begin(Some(self.held()?), &self.pin, seconds(now)), demo: self.demo })
    }
}

impl Lists {
    fn by(held: Held, demo: bool) -> Result<Self, Failure> {
        let (kept, pin) = (held.encode(), *held.pin());
        let policy = Policy { accept_demo: demo, ..Policy::default() };
        Ok(Self { verifier: Verifier::new(held.into_state(), policy)?, kept, pin, demo })
    }

    fn decided(&self, texts: &[String], now: f64, purpose: &str, shown: Option<&Mrz>) -> String {
        self.reports(decide_for(self.verified(texts, now), purpose, self.verifier.state()), shown)
    }

    fn verified(&self, texts: &[String], now: f64) -> Vec<Verdict<'_>> {
        let moment = Moment::Now(seconds(now));
        texts.iter().map(|text| self.verifier.verify(text, moment)).collect()
    }

    fn reports(&self, verdicts: Vec<Verdict<'_>>, shown: Option<&Mrz>) -> String {
        let mut reports = String::from("[");
        for verdict in verdicts {
            if reports.len() > 1 {
                reports.push(',');
            }
            let verdict = match shown {
                Some(shown) => verdict.bind(shown),
                None => verdict,
            };
            reports.push_str(&verdict.to_json(self.verifier.state()));
        }
        reports.push(']');
        reports
    }

    fn held(&self) -> Result<Held, Failure> {
        Ok(Held::open(&self.kept, &self.pin)?)
    }
}

/// An update between two answers of a web server: [`wanted`](Self::wanted) says which file to get,
/// [`give`](Self::give) takes it, [`finish`](Self::finish) gives the newer lists.
#[wasm_bindgen]
pub struct Updating {
    update: Update,
    demo: bool,
}

#[wasm_bindgen]
impl Updating {
    /// Begins with nothing but the root.
    ///
    /// # Errors
    /// [`Failure`]: `bad-root`.
    pub fn begin(root: &str, demo: bool, now: f64) -> Result<Self, Failure> {
        Ok(Self { update: Update::begin(None, &parse_root(root)?, seconds(now)), demo })
    }

    /// The path of the file to get next, below the repository's address; nothing when all is there.
    pub fn wanted(&self) -> Option<String> {
        self.update.wanted().map(|wanted| wanted.file.path())
    }

    /// The greatest length in bytes of that file: reading may stop one byte after.
    pub fn cap(&self) -> f64 {
        self.update.wanted().map_or(0.0, |wanted| wanted.cap as f64)
    }

    /// Takes that file, or nothing if there is none.
    pub fn give(&mut self, file: Option<Vec<u8>>) {
        self.update.give(file);
    }

    /// The newer lists; nothing if there are none newer.
    ///
    /// # Errors
    /// [`Failure`]: the first thing that does not hold.
    pub fn finish(self) -> Result<Option<Lists>, Failure> {
        match self.update.finish()? {
            Updated::Unchanged => Ok(None),
            Updated::Changed(held) => Lists::by(*held, self.demo).map(Some),
        }
    }
}

fn parse_root(root: &str) -> Result<RootPin, Failure> {
    root.parse().map_err(|_| Failure::BAD_ROOT)
}

/// The newer lists of a bundle, if they are newer.
fn update_from(held: Option<Held>, pin: &RootPin, bundle: &[u8], now: UnixTime) -> Result<Option<Held>, Failure> {
    let bundle = Bundle::parse(bundle)?;
    let mut update = Update::begin(held, pin, now);
    while let Some(wanted) = update.wanted() {
        let Ok(file) = (&bundle).read(&wanted.file, wanted.cap);
        update.give(file);
    }
    match update.finish()? {
        Updated::Unchanged => Ok(None),
        Updated::Changed(held) => Ok(Some(*held)),
    }
}
