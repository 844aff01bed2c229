//! Resources out of a file, one after another: the entries of a bundle, or the lines of an NDJSON file.
//!
//! A bundle is read as a stream; no more of it than one entry is in memory. An entry, a line or any other part of a
//! bundle has at most [`ELEMENT_LIMIT`] bytes; the whole may be of any length.

use super::references::{Key, key};
use crate::import::encoding::BOM;
use crate::import::{ImportError, Input};
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest resource, in bytes. One with a photograph may be long; a dose has a thousand.
pub(super) const ELEMENT_LIMIT: usize = 1 << 20;

/// Whether anybody still listens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    On,
    Away,
}

/// One resource of a file.
pub(super) struct Element<'a> {
    /// The line of an NDJSON file, or the place among a bundle's entries; from 1.
    pub(super) line: u64,
    /// The path of the resource in its file: `entry[2].resource`, or nothing.
    pub(super) prefix: String,
    /// The address that the bundle gives it.
    pub(super) full_url: Option<&'a str>,
    pub(super) scope: Scope,
    /// The resource; not yet known to be well-formed.
    pub(super) json: &'a str,
}

/// Within what references are resolved: a bundle, or all files with one resource a line.
#[derive(Clone, Copy)]
pub(super) struct Scope(u64);

impl Scope {
    const LINES: Self = Self(0);

    fn bundle(file: usize, line: u64) -> Self {
        Self(1 + ((file as u64) << 40) + line)
    }

    /// The keys that references to a patient may have.
    pub(super) fn keys_of_patient(self, full_url: Option<&str>, id: Option<&str>) -> Vec<Key> {
        let relative = id.map(|id| key(self.0, &format!("Patient/{id}")));
        full_url.map(|url| key(self.0, url)).into_iter().chain(relative).collect()
    }

    /// The keys that a reference in a resource of that address may mean, the best first.
    pub(super) fn keys_of_reference(self, full_url: Option<&str>, reference: &str) -> Vec<Key> {
        let reference = reference.split_once("/_history/").map_or(reference, |(current, _)| current);
        let mut keys = Vec::new();
        // A relative reference means the same server's resource.
        let base = full_url.and_then(|url| url.rsplit_once("/Immunization/")).map(|(base, _)| base);
        if let (Some(base), true) = (base, reference.starts_with("Patient/")) {
            keys.push(key(self.0, &format!("{base}/{reference}")));
        }
        keys.push(key(self.0, reference));
        keys
    }
}

/// Takes the resources of a file, one after another.
type Take<'t> = dyn FnMut(Element<'_>) -> Result<Goes, ImportError> + 't;

/// Gives each resource of the `at`-th file to `take`. Answers the file's SHA-256 and length; `None` if nobody listens
/// any more.
pub(super) fn each(input: Input, at: usize, take: &mut Take<'_>) -> Result<Option<([u8; 32], u64)>, ImportError> {
    let Input { name, reader, progress, .. } = input;
    let measure = Rc::new(RefCell::new(Measure { hash: Sha256::new(), bytes: 0, progress }));
    let mut reader = Measured { reader, measure: measure.clone() };
    let failed = |error| ImportError::Read { file: name.clone(), error };
    let mut sample = Vec::with_capacity(64 * 1024);
    (&mut reader).take(ELEMENT_LIMIT as u64 + 1).read_to_end(&mut sample).map_err(failed)?;
    if sample.starts_with(b"\xFF\xFE") || sample.starts_with(b"\xFE\xFF") {
        return Err(ImportError::Utf16 { file: name });
    }
    let whole = sample.len() <= ELEMENT_LIMIT;
    let start = if sample.starts_with(BOM) { BOM.len() } else { 0 };
    let kind = Kind::of(sample.get(start..).unwrap_or_default(), whole, &name)
        .ok_or_else(|| ImportError::NotFhir { file: name.clone() })?;
    let mut rest = Cursor::new(sample);
    rest.set_position(start as u64);
    let goes = match kind {
        Kind::Lines => lines(BufReader::new(rest.chain(reader)), &name, at, take)?,
        Kind::Single => {
            let mut text = String::new();
            rest.read_to_string(&mut text).map_err(failed)?;
            take(Element { line: 1, prefix: String::new(), full_url: None, scope: Scope::LINES, json: &text })?
        }
        Kind::Bundle => {
            let place = |entry| Place { line: entry + 1, scope: Scope::bundle(at, 0) };
            bundle(BufReader::with_capacity(64 * 1024, rest.chain(reader)), &name, &place, take)?
        }
    };
    if goes == Goes::Away {
        return Ok(None);
    }
    let measure = measure.borrow();
    Ok(Some((measure.hash.clone().finalize().into(), measure.bytes)))
}

/// What a file is.
enum Kind {
    Lines,
    Single,
    Bundle,
}

impl Kind {
    /// Tells by the beginning, which is the whole file or not; `None` if it is no JSON object.
    fn of(sample: &[u8], whole: bool, name: &str) -> Option<Self> {
        let text = sample.trim_ascii_start();
        if text.first() != Some(&b'{') {
            return None;
        }
        let named = |end: &str| name.to_ascii_lowercase().ends_with(end);
        if named(".ndjson") || named(".jsonl") {
            return Some(Self::Lines);
        }
        let (first, rest) = match memchr::memchr(b'\n', text) {
            Some(at) => text.split_at(at),
            None => (text, &b""[..]),
        };
        let more = rest.trim_ascii_start().first() == Some(&b'{');
        // One whole object, and another one in the next line; or a damaged one, whose line is its own all the same.
        if more && (is_object(first) || (first.trim_ascii_end().ends_with(b"}") && first.trim_ascii_end().len() > 1)) {
            return Some(Self::Lines);
        }
        let kind = whole.then(|| serde_json::from_slice::<Value>(text).ok()).flatten();
        let kind = kind.as_ref().and_then(|value| value.get("resourceType")).and_then(Value::as_str);
        Some(if matches!(kind, Some(kind) if kind != "Bundle") { Self::Single } else { Self::Bundle })
    }
}

fn is_object(line: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

/// The lines of a file. A bad one is a finding of whoever takes it; the next is read all the same.
fn lines(mut reader: impl BufRead, name: &Arc<str>, at: usize, take: &mut Take<'_>) -> Result<Goes, ImportError> {
    let failed = |error| ImportError::Read { file: name.clone(), error };
    let (mut line, mut buffer) = (0, Vec::new());
    loop {
        line += 1;
        buffer.clear();
        let read = (&mut reader).take(ELEMENT_LIMIT as u64 + 1).read_until(b'\n', &mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok(Goes::On);
        }
        if read > ELEMENT_LIMIT && buffer.last() != Some(&b'\n') {
            pass_line(&mut reader).map_err(failed)?;
            buffer.clear();
            // What stands for it is no resource, and is reported as such.
            buffer.extend_from_slice(b"!");
        }
        let text = buffer.trim_ascii();
        if text.is_empty() {
            continue;
        }
        // Bytes that are no characters are no JSON.
        let json = std::str::from_utf8(text).unwrap_or("!");
        let is_bundle = json.contains("\"Bundle\"") && resource_type(json).as_deref() == Some("Bundle");
        let goes = if is_bundle {
            let place = |_| Place { line, scope: Scope::bundle(at, line) };
            bundle(json.as_bytes(), name, &place, take)?
        } else {
            take(Element { line, prefix: String::new(), full_url: None, scope: Scope::LINES, json })?
        };
        if goes == Goes::Away {
            return Ok(goes);
        }
    }
}

fn resource_type(json: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Typed {
        #[serde(rename = "resourceType")]
        resource_type: String,
    }
    serde_json::from_str::<Typed>(json).ok().map(|typed| typed.resource_type)
}

/// Reads past the end of a line, in constant memory.
fn pass_line(reader: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let ahead = reader.fill_buf()?;
        let (length, ended) = match memchr::memchr(b'\n', ahead) {
            Some(at) => (at + 1, true),
            None => (ahead.len(), ahead.is_empty()),
        };
        reader.consume(length);
        if ended {
            return Ok(());
        }
    }
}

/// Where an entry stands.
struct Place {
    line: u64,
    scope: Scope,
}

/// The entries of a bundle.
fn bundle(
    reader: impl Read,
    name: &Arc<str>,
    place: &dyn Fn(u64) -> Place,
    take: &mut Take<'_>,
) -> Result<Goes, ImportError> {
    let budget = Rc::new(Cell::new(ELEMENT_LIMIT));
    let reader = Budgeted { reader, budget: budget.clone() };
    let mut entries = Entries { budget, place, take, next: 0, ended: None };
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let read = BundleSeed(&mut entries).deserialize(&mut deserializer);
    let (ended, next) = (entries.ended.take(), entries.next);
    if let Some(ended) = ended {
        return ended.map(|()| Goes::Away);
    }
    let read = read.and_then(|kind| deserializer.end().map(|()| kind));
    match read {
        Ok((Some(kind), _)) if kind != "Bundle" => Err(ImportError::NotFhir { file: name.clone() }),
        Ok((None, _)) => Err(ImportError::NotFhir { file: name.clone() }),
        Ok((_, Some(kind))) if kind == "history" => Err(ImportError::FhirHistory { file: name.clone() }),
        Ok(_) => Ok(Goes::On),
        Err(error) if error.is_io() && error.io_error_kind() == Some(ErrorKind::FileTooLarge) => {
            Err(ImportError::FhirEntryTooLong { file: name.clone(), entry: next + 1, limit: ELEMENT_LIMIT })
        }
        Err(error) if error.is_io() => Err(ImportError::Read { file: name.clone(), error: error.into() }),
        Err(error) => Err(ImportError::NotJson { file: name.clone(), line: error.line(), column: error.column() }),
    }
}

/// What takes the entries, and why it stopped if it did.
struct Entries<'e, 't> {
    budget: Rc<Cell<usize>>,
    place: &'e dyn Fn(u64) -> Place,
    take: &'e mut Take<'t>,
    next: u64,
    /// Nobody listens any more, or there was an error that is none of JSON.
    ended: Option<Result<(), ImportError>>,
}

impl Entries<'_, '_> {
    /// Takes one entry; `false` if that was the last.
    fn entry(&mut self, entry: &RawValue) -> bool {
        #[derive(serde::Deserialize)]
        struct Entry<'a> {
            #[serde(borrow, rename = "fullUrl", default)]
            full_url: Option<std::borrow::Cow<'a, str>>,
            #[serde(borrow, default)]
            resource: Option<&'a RawValue>,
        }
        let at = self.next;
        self.next += 1;
        let Place { line, scope } = (self.place)(at);
        // What is no entry is given on as it is, for the finding.
        let parsed = serde_json::from_str::<Entry<'_>>(entry.get()).ok();
        let (full_url, json) = match &parsed {
            Some(Entry { full_url, resource }) => (full_url.as_deref(), resource.map_or("null", RawValue::get)),
            None => (None, "!"),
        };
        let prefix = format!("entry[{at}].resource");
        match (self.take)(Element { line, prefix, full_url, scope, json }) {
            Ok(Goes::On) => return true,
            Ok(Goes::Away) => self.ended = Some(Ok(())),
            Err(error) => self.ended = Some(Err(error)),
        }
        false
    }
}

struct BundleSeed<'s, 'e, 't>(&'s mut Entries<'e, 't>);

impl<'de> DeserializeSeed<'de> for BundleSeed<'_, '_, '_> {
    /// The resource's type and the bundle's.
    type Value = (Option<String>, Option<String>);

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for BundleSeed<'_, '_, '_> {
    type Value = (Option<String>, Option<String>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bundle")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut resource, mut kind) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "resourceType" => resource = Some(map.next_value::<String>()?),
                "type" => kind = Some(map.next_value::<String>()?),
                "entry" => map.next_value_seed(EntriesSeed(&mut *self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            self.0.budget.set(ELEMENT_LIMIT);
        }
        Ok((resource, kind))
    }
}

struct EntriesSeed<'s, 'e, 't>(&'s mut Entries<'e, 't>);

impl<'de> DeserializeSeed<'de> for EntriesSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EntriesSeed<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            self.0.budget.set(ELEMENT_LIMIT);
            let Some(entry) = list.next_element::<Box<RawValue>>()? else { return Ok(()) };
            if !self.0.entry(&entry) {
                return Err(A::Error::custom("nobody listens"));
            }
        }
    }
}

/// A reader that gives out no more than the budget allows.
struct Budgeted<R> {
    reader: R,
    budget: Rc<Cell<usize>>,
}

impl<R: Read> Read for Budgeted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.budget.get();
        if left == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let most = buffer.len().min(left);
        let read = self.reader.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.budget.set(left - read);
        Ok(read)
    }
}

/// What is known of the bytes that were read.
struct Measure {
    hash: Sha256,
    bytes: u64,
    progress: Arc<AtomicU64>,
}

struct Measured {
    reader: Box<dyn Read + Send>,
    measure: Rc<RefCell<Measure>>,
}

impl Read for Measured {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let mut measure = self.measure.borrow_mut();
        measure.hash.update(buffer.get(..read).unwrap_or_default());
        measure.bytes += read as u64;
        measure.progress.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
