//! What goes wrong at a town hall, done to the real tools: each time one clear message with a remedy,
//! the documented status, and nothing half-written.

mod closed_output;
mod counter;
mod damaged_lists;
mod damaged_registers;
mod device;
mod failing_disk;
mod full_disk;
mod handed_out;
mod inspection;
mod killed_correct;
mod killed_import;
mod killed_issue;
mod killed_revoke;
mod killed_workers;
mod small_disk;
mod town;
mod unreadable_pictures;
mod unsuitable_files;
mod unsuitable_keys;
mod updates;
