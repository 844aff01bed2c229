//! What repeats in a file of any length: coupons given twice, people registered twice.
//!
//! Every sighting is twenty bytes. They are kept in runs of 65,536; a full run is sorted and laid into a file without a
//! name, and the runs are merged at the end. Exact however long the file is: a million rows take 2 MiB, a hundred million 26.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};

/// Sightings a run: 1.25 MiB.
const RUN: usize = 1 << 16;
/// How much of each run is read at a time while they are merged.
const AHEAD: usize = 16 * 1024;

/// A thing seen: its key, whose it is, and the line. In this order they sort.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sighting {
    key: [u32; 2],
    owner: [u32; 2],
    line: u32,
}

impl Sighting {
    const BYTES: usize = 20;

    fn bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let numbers = [self.key[0], self.key[1], self.owner[0], self.owner[1], self.line];
        for (place, number) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
            *place = number.to_be_bytes();
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut numbers = bytes.as_chunks::<4>().0.iter().map(|&place| u32::from_be_bytes(place));
        let mut next = || numbers.next().unwrap_or_default();
        Self { key: [next(), next()], owner: [next(), next()], line: next() }
    }
}

/// Two halves, so that a sighting has no gap.
fn halves(number: u64) -> [u32; 2] {
    [(number >> 32) as u32, (number & 0xFFFF_FFFF) as u32]
}

/// Collects sightings.
#[derive(Default)]
pub(crate) struct Repeats {
    run: Vec<Sighting>,
    spilt: Option<Spilt>,
}

struct Spilt {
    file: BufWriter<File>,
    runs: u64,
}

/// A key that another owner had before, in an earlier line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Repeat {
    pub(crate) key: u64,
    pub(crate) line: u64,
    pub(crate) first: u64,
}

impl Repeats {
    /// Notes that `owner` has `key` in that line. Only a full disk makes it fail.
    pub(crate) fn note(&mut self, key: u64, owner: u64, line: u64) -> std::io::Result<()> {
        if self.run.len() == RUN {
            self.spill()?;
        }
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.run.push(Sighting { key: halves(key), owner: halves(owner), line });
        Ok(())
    }

    fn spill(&mut self) -> std::io::Result<()> {
        self.run.sort_unstable();
        let spilt = match &mut self.spilt {
            Some(spilt) => spilt,
            None => self.spilt.insert(Spilt { file: BufWriter::new(tempfile::tempfile()?), runs: 0 }),
        };
        for sighting in &self.run {
            spilt.file.write_all(&sighting.bytes())?;
        }
        spilt.runs += 1;
        self.run.clear();
        Ok(())
    }

    /// Every key that several owners have, once for each owner after the first (by line), in no particular order.
    pub(crate) fn finish(mut self, mut repeat: impl FnMut(Repeat)) -> std::io::Result<()> {
        let Some(Spilt { file, runs }) = self.spilt.take() else {
            self.run.sort_unstable();
            let mut groups = Groups::new(&mut repeat);
            self.run.iter().for_each(|sighting| groups.take(*sighting));
            groups.end();
            return Ok(());
        };
        self.run.sort_unstable();
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let length = (RUN * Sighting::BYTES) as u64;
        let mut readers = Vec::new();
        for run in 0..runs {
            readers.push(RunReader {
                file: file.try_clone()?,
                at: run * length,
                left: RUN,
                ahead: Vec::new(),
                next: 0,
            });
        }
        let mut heads = std::collections::BinaryHeap::new();
        for (at, reader) in readers.iter_mut().enumerate() {
            if let Some(sighting) = reader.next()? {
                heads.push(std::cmp::Reverse((sighting, at)));
            }
        }
        let mut rest = self.run.into_iter().peekable();
        let mut groups = Groups::new(&mut repeat);
        while let Some(std::cmp::Reverse((sighting, at))) = heads.pop() {
            while let Some(own) = rest.next_if(|own| *own < sighting) {
                groups.take(own);
            }
            groups.take(sighting);
            if let Some(next) = readers.get_mut(at).map(RunReader::next).transpose()?.flatten() {
                heads.push(std::cmp::Reverse((next, at)));
            }
        }
        rest.for_each(|own| groups.take(own));
        groups.end();
        Ok(())
    }
}

/// One run in the file. All share the file's cursor, so each seeks before it reads.
struct RunReader {
    file: File,
    at: u64,
    left: usize,
    ahead: Vec<u8>,
    next: usize,
}

impl RunReader {
    fn next(&mut self) -> std::io::Result<Option<Sighting>> {
        if self.left == 0 {
            return Ok(None);
        }
        if self.next == self.ahead.len() {
            let bytes = (AHEAD / Sighting::BYTES).min(self.left) * Sighting::BYTES;
            self.ahead.resize(bytes, 0);
            self.file.seek(SeekFrom::Start(self.at))?;
            BufReader::with_capacity(bytes, &self.file).read_exact(&mut self.ahead)?;
            self.at += bytes as u64;
            self.next = 0;
        }
        let bytes = self.ahead.get(self.next..).and_then(<[u8]>::first_chunk);
        let sighting = bytes.map(Sighting::from_bytes).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        self.next += Sighting::BYTES;
        self.left -= 1;
        Ok(Some(sighting))
    }
}

/// The sightings of one key, as they come sorted: of each owner the earliest line.
struct Groups<'a, F: FnMut(Repeat)> {
    repeat: &'a mut F,
    key: [u32; 2],
    /// Each owner's earliest line; nearly always one.
    owners: Vec<([u32; 2], u32)>,
}

impl<'a, F: FnMut(Repeat)> Groups<'a, F> {
    fn new(repeat: &'a mut F) -> Self {
        Self { repeat, key: [0; 2], owners: Vec::new() }
    }

    fn take(&mut self, sighting: Sighting) {
        if sighting.key != self.key {
            self.end();
            self.key = sighting.key;
        }
        if self.owners.last().is_none_or(|(owner, _)| *owner != sighting.owner) {
            self.owners.push((sighting.owner, sighting.line));
        }
    }

    fn end(&mut self) {
        if self.owners.len() > 1 {
            self.owners.sort_unstable_by_key(|(_, line)| *line);
            let key = u64::from(self.key[0]) << 32 | u64::from(self.key[1]);
            let mut lines = self.owners.iter().map(|(_, line)| u64::from(*line));
            let first = lines.next().unwrap_or_default();
            lines.for_each(|line| (self.repeat)(Repeat { key, line, first }));
        }
        self.owners.clear();
    }
}

/// A number of a text that is the same in every run (FNV-1a, 64 bits; the parts end in a byte that no text has).
pub(crate) fn number_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    const PRIME: u64 = 0x100_0000_01B3;
    let mut number: u64 = 0xCBF2_9CE4_8422_2325;
    for part in parts {
        for &byte in part.iter().chain(&[0xFF]) {
            number = (number ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    number
}

/// What a person is known by beside the number: the reading without blanks, in katakana, and the birth date.
pub(crate) fn person_key(kana: &str, birth: i32) -> u64 {
    let mut number: u64 = number_of([&birth.to_be_bytes()[..]]);
    for c in kana.chars() {
        let c = match c {
            // Hiragana stand 0x60 before katakana.
            'ぁ'..='ゖ' => u32::from(c) + 0x60,
            c if c.is_whitespace() || matches!(c, '・' | '･' | '=' | '＝') => continue,
            c => u32::from(c),
        };
        number = (number ^ u64::from(c)).wrapping_mul(0x100_0000_01B3);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(repeats: Repeats) -> Vec<Repeat> {
        let mut found = Vec::new();
        repeats.finish(|repeat| found.push(repeat)).expect("merges");
        found.sort_by_key(|repeat| (repeat.line, repeat.first));
        found
    }

    #[test]
    fn a_key_of_two_owners_is_told_once_with_its_first_line() {
        let mut repeats = Repeats::default();
        for (key, owner, line) in [(7, 1, 2), (8, 1, 2), (7, 1, 3), (7, 2, 9), (9, 3, 4), (7, 3, 5)] {
            repeats.note(key, owner, line).expect("notes");
        }
        assert_eq!(found(repeats), [Repeat { key: 7, line: 5, first: 2 }, Repeat { key: 7, line: 9, first: 2 }]);
    }

    #[test]
    fn repeats_across_runs_are_found_exactly() {
        let mut repeats = Repeats::default();
        let many = 2 * RUN as u64 + 1000;
        for line in 0..many {
            // Every key once, but three that come again in another run.
            let key = match line {
                5 | 100_000 => 42,
                7 | 131_100 => 77,
                131_200 | 131_201 => 99,
                _ => line.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 << 63,
            };
            repeats.note(key, line, line).expect("notes");
        }
        assert!(repeats.spilt.is_some());
        let lines: Vec<(u64, u64)> = found(repeats).iter().map(|repeat| (repeat.first, repeat.line)).collect();
        assert_eq!(lines, [(5, 100_000), (7, 131_100), (131_200, 131_201)]);
    }

    #[test]
    fn readings_are_the_same_in_either_kana_and_with_or_without_a_blank() {
        assert_eq!(person_key("ヤマダ　ハナコ", 1), person_key("やまだはなこ", 1));
        assert_ne!(person_key("ヤマダハナコ", 1), person_key("ヤマダハナコ", 2));
        assert_ne!(person_key("ヤマダハナコ", 1), person_key("ヤマダハナエ", 1));
    }
}
