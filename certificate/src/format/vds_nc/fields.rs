//! Members of an object, each with what the technical report asks of it.
//!
//! A member that is missing or of another form is no seal's; one that is too long, unknown, or a number written
//! as text is seen in real codes, and becomes a finding.

use super::PayloadError;
use crate::finding::{Finding, FindingCode};
use crate::frame::json::{Json, Object};

/// No seal yields more findings; a hostile one could hold hundreds of unknown members.
const MAX_FINDINGS: usize = 64;

/// An object on its way in.
pub(super) struct Fields<'v> {
    members: &'v Object<'v>,
    path: String,
    findings: Vec<Finding>,
}

impl<'v> Fields<'v> {
    /// The members at that path.
    pub fn of(members: &'v Object<'_>, path: &str) -> Self {
        Self { members, path: path.to_owned(), findings: Vec::new() }
    }

    /// What was found, for whoever holds the whole.
    pub fn findings(self) -> Vec<Finding> {
        self.findings
    }

    fn place(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) }
    }

    /// Notes something about a member.
    pub fn note(&mut self, code: FindingCode, name: &str) {
        let place = self.place(name);
        self.add([Finding::new(code, place)]);
    }

    fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        let room = MAX_FINDINGS.saturating_sub(self.findings.len());
        self.findings.extend(findings.into_iter().take(room));
    }

    /// Notes every member that is none of these.
    pub fn known(&mut self, names: &[&str]) {
        let members = self.members;
        members.members().map(|(name, _)| name).filter(|name| !names.contains(name)).take(MAX_FINDINGS).for_each(
            |_| {
                // The name of an unknown member may be anything, a person's included: only its place is told.
                self.note(FindingCode::UnknownMember, "*");
            },
        );
    }

    /// Whether there is a member of that name.
    pub fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some()
    }

    /// A text of at least one character that may be absent; one of more than `max` characters is noted.
    pub fn optional(&mut self, name: &str, max: usize) -> Result<Option<String>, PayloadError> {
        let text = match self.members.get(name) {
            None => return Ok(None),
            Some(Json::Text(text)) if !text.is_empty() => text,
            Some(_) => return Err(PayloadError::Structure),
        };
        if text.chars().count() > max {
            self.note(FindingCode::OutOfRange, name);
        }
        Ok(Some(text.clone().into_owned()))
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &str, max: usize) -> Result<String, PayloadError> {
        self.optional(name, max)?.ok_or(PayloadError::Structure)
    }

    /// A text that must be one of these.
    pub fn one_of(&mut self, name: &str, allowed: &[&str]) -> Result<String, PayloadError> {
        let text = self.text(name, usize::MAX)?;
        if allowed.contains(&text.as_str()) { Ok(text) } else { Err(PayloadError::Structure) }
    }

    /// A whole number from 1 to `max`; one that is written as text is noted.
    pub fn number(&mut self, name: &str, max: u32) -> Result<u32, PayloadError> {
        let number = match self.members.get(name) {
            Some(Json::Number(number)) if number.fract() == 0.0 && (1.0..=f64::from(max)).contains(number) => {
                *number as u32
            }
            Some(Json::Text(text)) if text.len() <= 9 && text.bytes().all(|c| c.is_ascii_digit()) => {
                self.note(FindingCode::WrongType, name);
                text.parse().map_err(|_| PayloadError::Structure)?
            }
            _ => return Err(PayloadError::Structure),
        };
        if (1..=max).contains(&number) { Ok(number) } else { Err(PayloadError::Structure) }
    }

    // Apart from what is generic, so that it is in the machine code once.
    #[inline(never)]
    fn inside(&self, object: Option<&'v Json<'v>>, path: String) -> Result<Self, PayloadError> {
        let members = object.and_then(Json::as_object).ok_or(PayloadError::Structure)?;
        Ok(Self { members, path, findings: Vec::new() })
    }

    #[inline(never)]
    fn add_all(&mut self, inside: Fields<'_>) {
        self.add(inside.findings);
    }

    /// An object that must be there.
    pub fn object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Result<T, PayloadError>,
    ) -> Result<T, PayloadError> {
        let mut inside = self.inside(self.members.get(name), self.place(name))?;
        let result = read(&mut inside)?;
        self.add_all(inside);
        Ok(result)
    }

    /// A list of at least one object.
    pub fn list<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(&mut Fields<'_>) -> Result<T, PayloadError>,
    ) -> Result<Vec<T>, PayloadError> {
        let items = match self.members.get(name) {
            Some(Json::List(items)) if !items.is_empty() => items,
            _ => return Err(PayloadError::Entry),
        };
        let mut all = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let mut inside = self.inside(Some(item), format!("{}/{place}", self.place(name)))?;
            all.push(read(&mut inside)?);
            self.add_all(inside);
        }
        Ok(all)
    }
}
