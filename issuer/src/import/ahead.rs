//! Reads a file ahead of its parser and hashes it, on a thread of its own: both cost as much as a
//! third of the parsing.

use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// How much is read at a time.
pub(super) const PIECE: usize = 128 * 1024;
/// How many pieces are read ahead.
const AHEAD: usize = 4;

/// A file being read ahead.
pub(super) struct ReadAhead {
    pieces: Receiver<Piece>,
    used: Sender<Vec<u8>>,
    finished: Option<([u8; 32], u64)>,
}

enum Piece {
    Bytes(Vec<u8>),
    /// SHA-256 of the whole file and its length.
    End([u8; 32], u64),
    Error(std::io::Error),
}

impl ReadAhead {
    /// Goes on reading a file of which `begun` was read already.
    pub(super) fn start(reader: Box<dyn Read + Send>, begun: &[u8], progress: Arc<AtomicU64>) -> Self {
        let (to_parser, pieces) = sync_channel(AHEAD);
        let (used, from_parser) = channel();
        let mut hash = Sha256::new();
        hash.update(begun);
        let bytes = begun.len() as u64;
        progress.fetch_add(bytes, Ordering::Relaxed);
        // It ends with the file, or when nobody takes its pieces any more.
        std::thread::spawn(move || read(reader, hash, bytes, &progress, &to_parser, &from_parser));
        Self { pieces, used, finished: None }
    }

    /// Copies the next piece to the beginning of `room`, which has room for a [`PIECE`]; returns its length, 0 at the end.
    pub(super) fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        if self.finished.is_some() {
            return Ok(0);
        }
        match self.pieces.recv() {
            Ok(Piece::Bytes(bytes)) => {
                let room = room.get_mut(..bytes.len()).ok_or(ErrorKind::InvalidInput)?;
                room.copy_from_slice(&bytes);
                let length = bytes.len();
                // A thread that has ended needs no buffer back.
                let _ = self.used.send(bytes);
                Ok(length)
            }
            Ok(Piece::End(sha256, bytes)) => {
                self.finished = Some((sha256, bytes));
                Ok(0)
            }
            Ok(Piece::Error(error)) => Err(error),
            Err(_) => Err(ErrorKind::UnexpectedEof.into()),
        }
    }

    /// SHA-256 and length of the file, once it was read to its end.
    pub(super) fn finished(&self) -> Option<([u8; 32], u64)> {
        self.finished
    }
}

fn read(
    mut reader: Box<dyn Read + Send>,
    mut hash: Sha256,
    mut bytes: u64,
    progress: &AtomicU64,
    to: &SyncSender<Piece>,
    used: &Receiver<Vec<u8>>,
) {
    loop {
        let mut piece = used.try_recv().unwrap_or_default();
        piece.resize(PIECE, 0);
        let next = match reader.read(&mut piece) {
            Ok(0) => Piece::End(hash.clone().finalize().into(), bytes),
            Ok(length) => {
                piece.truncate(length);
                hash.update(&piece);
                bytes += length as u64;
                progress.fetch_add(length as u64, Ordering::Relaxed);
                Piece::Bytes(piece)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Piece::Error(error),
        };
        let last = !matches!(next, Piece::Bytes(_));
        if to.send(next).is_err() || last {
            return;
        }
    }
}
