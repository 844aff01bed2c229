//! A disk that is full whenever a test wants it to be: a tmpfs of a few megabytes.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Set for the run of a test that has file systems of its own.
const INSIDE: &str = "TEGATA_SMALL_DISKS";

/// Runs a test once more in a mount namespace of its own, where it may mount, and where whatever it
/// mounts is gone when it ends, however it ends. Gives whether this is that run.
pub fn in_namespace(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user"]);
        command
    };
    let folder = tempfile::tempdir().expect("a folder");
    let probe = unshare()
        .args(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(folder.path())
        .stderr(Stdio::null())
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        eprintln!("NOT TESTED: {test}: this user may not mount a small disk (unshare --mount --map-root-user)");
        return false;
    }
    let run = unshare()
        .arg(env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("runs");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    println!("{said}");
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// A small file system.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of so many KiB on a folder. Only in a namespace of this test's own.
    pub fn mount(folder: &Path, kib: u64) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={kib}k,mode=0755"), "tmpfs"]).arg(folder);
        assert!(mount.status().expect("mounts").success(), "cannot mount");
        Self(folder.to_owned())
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills the disk so that only so many KiB are left.
    pub fn leave(&self, kib: u64) {
        let mut file = File::create(self.ballast()).expect("creates");
        let block = [0x55; 4096];
        while file.write_all(&block).is_ok() {}
        let length = file.metadata().expect("there").len();
        file.set_len(length.saturating_sub(kib * 1024)).expect("makes room");
    }

    /// Makes room again.
    pub fn make_room(&self) {
        fs::remove_file(self.ballast()).expect("was there");
    }

    /// Empties the disk, and copies a folder onto it.
    pub fn hold(&self, folder: &Path) {
        for entry in fs::read_dir(&self.0).expect("a disk") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("removes");
        }
        copy(folder, &self.0);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Copies what is in a folder, with modes.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copies");
        }
    }
}
