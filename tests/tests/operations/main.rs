//! What `docs/operations.md` tells an office to do, done: the page's own commands, with the real tools.

mod backups;
mod consistency;
mod key_files;
mod page;
mod restore;
mod town;
mod units;
