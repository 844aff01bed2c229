//! Whose each line is: in a file without a name, so that memory does not grow with the files.

use crate::check::Finding;
use crate::record::RegisterNumber;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

/// Lines and the register numbers of their people, as they were read.
#[derive(Default)]
pub(super) struct Numbers(Option<BufWriter<File>>);

impl Numbers {
    /// Notes whose a line is.
    pub(super) fn note(&mut self, line: u64, number: &RegisterNumber) -> std::io::Result<()> {
        let file = match &mut self.0 {
            Some(file) => file,
            None => self.0.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        let number = number.as_str().as_bytes();
        file.write_all(&line.to_be_bytes())?;
        file.write_all(&[u8::try_from(number.len()).unwrap_or(u8::MAX)])?;
        file.write_all(number)
    }

    /// Fills in the people whom findings know by their lines only.
    pub(super) fn complete(self, findings: &mut [Finding]) -> std::io::Result<()> {
        let mut wanted: BTreeMap<u64, Option<RegisterNumber>> = BTreeMap::new();
        for finding in findings.iter() {
            let own = finding.number.is_none().then_some(finding.line);
            wanted.extend(own.into_iter().chain(finding.other_row).map(|line| (line, None)));
        }
        let Some(file) = self.0.filter(|_| !wanted.is_empty()) else { return Ok(()) };
        let mut file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let mut left = file.stream_position()?;
        file.rewind()?;
        let mut file = BufReader::new(file);
        while left > 0 {
            let mut head = [0; 9];
            file.read_exact(&mut head)?;
            let [line @ .., length] = head;
            let mut number = vec![0; usize::from(length)];
            file.read_exact(&mut number)?;
            left = left.saturating_sub(9 + u64::from(length));
            if let Some(found) = wanted.get_mut(&u64::from_be_bytes(line)) {
                *found = std::str::from_utf8(&number).ok().and_then(RegisterNumber::from_register);
            }
        }
        for finding in findings {
            if finding.number.is_none() {
                finding.number = wanted.get(&finding.line).cloned().flatten();
            }
            finding.other_number = finding.other_row.and_then(|line| wanted.get(&line).cloned().flatten());
        }
        Ok(())
    }
}
