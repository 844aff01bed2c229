//! A file being written: rows of cells in an encoding.

use crate::import::Encoding;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// A cell: its text, and whether a byte that is no character in any of our encodings spoils its end.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) spoilt: bool,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, spoilt: false }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// A comma-separated file with Windows line ends, as municipal systems write it.
pub(super) struct Sheet {
    file: BufWriter<File>,
    encoding: Encoding,
    /// The line that the next row will be in, from 1.
    pub(super) line: u64,
    row: Vec<u8>,
}

impl Sheet {
    pub(super) fn create(path: &Path, encoding: Encoding) -> std::io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 18, File::create(path)?);
        if encoding == Encoding::Utf8Bom {
            file.write_all("\u{FEFF}".as_bytes())?;
        }
        Ok(Self { file, encoding, line: 1, row: Vec::new() })
    }

    /// Writes a row; returns its line.
    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a Cell>) -> std::io::Result<u64> {
        self.row.clear();
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                self.row.push(b',');
            }
            let (bytes, _, unmappable) = self.encoding.codec().encode(&cell.text);
            if unmappable {
                // Only EUC-JP lacks some of the names' characters; town halls on it write the common forms.
                let common = cell.text.replace('髙', "高").replace('﨑', "崎");
                self.row.extend_from_slice(&self.encoding.codec().encode(&common).0);
            } else {
                self.row.extend_from_slice(&bytes);
            }
            if cell.spoilt {
                self.row.push(0xFF);
            }
        }
        self.row.extend_from_slice(b"\r\n");
        self.file.write_all(&self.row)?;
        self.line += 1;
        Ok(self.line - 1)
    }

    pub(super) fn finish(mut self) -> std::io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }
}
