//! Whose dose it is: references from an immunisation to its patient, resolved in bounded memory.

use crate::record::RegisterNumber;
use foldhash::{HashMap, HashMapExt};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

/// How many patients' names for references are kept at most, by which their doses find them: some 60 bytes each.
pub(super) const LIMIT: usize = 4_000_000;

/// A reference as it is kept. Its hash is one that nobody makes collide: else one person's dose would become another's.
pub(super) type Key = [u8; 16];

/// The key of a reference within a scope, a document or all files with one resource a line.
pub(super) fn key(scope: u64, reference: &str) -> Key {
    let mut hash = Sha256::new();
    hash.update(scope.to_be_bytes());
    hash.update(reference.as_bytes());
    let mut key = Key::default();
    key.iter_mut().zip(hash.finalize()).for_each(|(to, byte)| *to = byte);
    key
}

/// What became of a patient that a reference means.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Known {
    Number(RegisterNumber),
    /// The patient in that line was refused and has no number by which its doses could wait.
    Refused(u64),
    /// The patient in that line is not in use.
    NotTaken(u64),
    /// Two patients go by this reference.
    Ambiguous,
}

/// The patients read so far.
#[derive(Default)]
pub(super) struct People(Option<HashMap<Key, Known>>);

impl People {
    /// Notes a patient; an error if there are too many.
    pub(super) fn note(&mut self, key: Key, known: Known) -> Result<(), ()> {
        let people = self.0.get_or_insert_with(HashMap::new);
        if people.len() >= LIMIT && !people.contains_key(&key) {
            return Err(());
        }
        people
            .entry(key)
            .and_modify(|other| {
                // A newer version of one that was refused is as good; two numbers are not.
                match (&*other, &known) {
                    (Known::Number(one), Known::Number(two)) if one == two => {}
                    (Known::Refused(_) | Known::NotTaken(_), _) => *other = known.clone(),
                    (_, Known::Refused(_) | Known::NotTaken(_)) => {}
                    _ => *other = Known::Ambiguous,
                }
            })
            .or_insert(known);
        Ok(())
    }

    /// The patient that the first known of these keys means.
    pub(super) fn find(&self, keys: &[Key]) -> Option<&Known> {
        let people = self.0.as_ref()?;
        keys.iter().find_map(|key| people.get(key))
    }
}

/// A dose whose patient was not read yet.
pub(super) struct Waiting {
    pub(super) keys: Vec<Key>,
    pub(super) file: usize,
    /// The line in that file.
    pub(super) line: u64,
    pub(super) prefix: String,
    pub(super) reference: String,
    pub(super) packed: Vec<u8>,
    /// What is doubtful about it, to be told once it is known whose it is.
    pub(super) doubts: Vec<u8>,
}

/// Doses that wait, in a file without a name that goes with the process.
pub(super) struct Spool(BufWriter<File>);

impl Spool {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self(BufWriter::new(tempfile::tempfile()?)))
    }

    pub(super) fn push(&mut self, waiting: &Waiting) -> std::io::Result<()> {
        let numbers = [waiting.file as u64, waiting.line, waiting.keys.len() as u64];
        for number in numbers {
            self.0.write_all(&number.to_be_bytes())?;
        }
        for key in &waiting.keys {
            self.0.write_all(key)?;
        }
        for bytes in [waiting.prefix.as_bytes(), waiting.reference.as_bytes(), &waiting.packed, &waiting.doubts] {
            self.0.write_all(&(bytes.len() as u64).to_be_bytes())?;
            self.0.write_all(bytes)?;
        }
        Ok(())
    }

    /// Goes back to its beginning.
    pub(super) fn read(self) -> std::io::Result<Spooled> {
        let mut file = self.0.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let length = file.stream_position()?;
        file.rewind()?;
        Ok(Spooled { file: BufReader::new(file), left: length })
    }
}

/// The doses that wait, one after another.
pub(super) struct Spooled {
    file: BufReader<File>,
    left: u64,
}

impl Spooled {
    pub(super) fn next(&mut self) -> std::io::Result<Option<Waiting>> {
        if self.left == 0 {
            return Ok(None);
        }
        let (file, line) = (self.number()?, self.number()?);
        let keys = (0..self.number()?).map(|_| {
            let mut key = Key::default();
            self.fill(&mut key).map(|()| key)
        });
        let keys = keys.collect::<Result<_, _>>()?;
        let text = |bytes| String::from_utf8(bytes).map_err(|_| std::io::ErrorKind::InvalidData.into());
        Ok(Some(Waiting {
            keys,
            file: usize::try_from(file).map_err(|_| std::io::ErrorKind::InvalidData)?,
            line,
            prefix: self.bytes().and_then(text)?,
            reference: self.bytes().and_then(text)?,
            packed: self.bytes()?,
            doubts: self.bytes()?,
        }))
    }

    fn number(&mut self) -> std::io::Result<u64> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn bytes(&mut self) -> std::io::Result<Vec<u8>> {
        let length = self.number()?;
        if length > self.left {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| std::io::ErrorKind::InvalidData)?];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        self.file.read_exact(bytes)?;
        self.left = self.left.saturating_sub(bytes.len() as u64);
        Ok(())
    }
}
