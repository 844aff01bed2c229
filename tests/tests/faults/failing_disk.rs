//! A disk on which the k-th step of an update fails, or is the last before the power goes, for every k.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tegata_tests::static_server::StaticServer;
use tegata_trust_lists::Held;
use tegata_verifier::tool::{Disk, ListSource, LocalDisk, StateFolder, UpdateFailure, update_kept};

use super::device::Device;
use super::town::device_time;

/// What happens at a step, and after.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    /// That step fails, the others do not.
    Once,
    /// The power goes in that step: nothing after it happens.
    PowerCut,
}

struct FailingDisk {
    fault: Fault,
    at: usize,
    steps: Cell<usize>,
}

impl FailingDisk {
    fn at(fault: Fault, at: usize) -> Self {
        Self { fault, at, steps: Cell::new(0) }
    }

    /// Whether the step that begins now is the failing one, or an error if it comes after the last one.
    fn fails(&self) -> io::Result<bool> {
        let step = self.steps.replace(self.steps.get() + 1);
        match self.fault {
            Fault::PowerCut if step > self.at => Err(io::Error::other("no power")),
            _ => Ok(step == self.at),
        }
    }

    fn step<T>(&self, step: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        if self.fails()? { Err(io::Error::other("the disk fails")) } else { step() }
    }

    /// Whether the failing step was reached.
    fn has_failed(&self) -> bool {
        self.steps.get() > self.at
    }
}

impl Disk for &FailingDisk {
    fn read(&self, path: &Path, cap: u64) -> io::Result<Vec<u8>> {
        self.step(|| LocalDisk.read(path, cap))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.fails()? {
            LocalDisk.write(path, &bytes[..bytes.len() / 2])?;
            return Err(io::Error::other("the disk is full"));
        }
        LocalDisk.write(path, bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.step(|| LocalDisk.sync(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|| LocalDisk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|| LocalDisk.remove(path))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|| LocalDisk.make_folder(path))
    }

    fn files(&self, folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
        self.step(|| LocalDisk.files(folder))
    }
}

fn version(held: &Held) -> u64 {
    held.state().head().header.version
}

/// Fails each step of an update from what is kept in `before` (nothing: a folder that is not there).
fn fail_each_step(device: &Device, server: &StaticServer, before: &Path, old: Option<u64>, new: u64) {
    let from = ListSource::named(&server.address()).expect("an address");
    let now = device_time();
    for fault in [Fault::Once, Fault::PowerCut] {
        let mut at = 0;
        loop {
            let folder = device.file("failing");
            let _ = fs::remove_dir_all(&folder);
            if before.exists() {
                super::small_disk::copy(before, &folder);
            }
            let disk = FailingDisk::at(fault, at);
            let failing = StateFolder::new(folder.clone(), &disk);
            let result = update_kept(&failing, &from, &device.pin, now);
            let case = format!("{fault:?} at step {at}: {result:?}");

            let healthy = StateFolder::new(folder, LocalDisk);
            let kept = healthy.load(&device.pin).expect("what is kept is whole").as_ref().map(version);
            assert!(kept == old || kept == Some(new), "{case}: {kept:?}");
            match result {
                Ok(_) => assert_eq!(kept, Some(new), "{case}"),
                Err(UpdateFailure::State(_)) => assert!(disk.has_failed(), "{case}"),
                Err(_) => panic!("{case}: the disk is to blame"),
            }
            let done = !disk.has_failed();
            update_kept(&healthy, &from, &device.pin, now).expect("nothing fails now");
            assert_eq!(healthy.load(&device.pin).expect("whole").as_ref().map(version), Some(new), "{case}");
            assert_eq!(healthy.source().expect("remembered"), Some(from.clone()), "{case}");
            let left = LocalDisk.files(&device.file("failing/fetched")).expect("a folder");
            assert!(left.is_empty(), "{case}: {left:?}");
            if done {
                break;
            }
            at += 1;
        }
        assert!(at > 12, "an update takes more steps than {at}");
    }
}

#[test]
fn whichever_step_on_the_disk_fails_the_old_or_the_new_lists_are_kept_whole() {
    let mut device = Device::new();
    let server = StaticServer::of(&device.web());
    fail_each_step(&device, &server, &device.file("none"), None, 1);
    device.does(&format!("update --from {}", server.address()));
    device.publish();
    fail_each_step(&device, &server, &device.file("state"), Some(1), 2);
}

#[test]
fn what_an_interrupted_update_had_fetched_is_not_fetched_again() {
    use tegata_tests::static_server::Mishap;
    let mut device = Device::new();
    for shard in 1..=3 {
        device.publish_shard(shard);
    }
    device.publish();
    let server = StaticServer::of(&device.web());
    let update = format!("update --from {}", server.address());
    server.behave(Mishap::None);
    device.does(&update);
    let all = server.asked();
    let named: Vec<&String> =
        all.iter().filter(|path| !path.starts_with("v1/root/") && *path != "v1/head.cose").collect();
    assert_eq!(named.len(), 4, "the trust list and three shards: {all:?}");
    fs::remove_dir_all(device.file("state")).expect("was there");

    // It breaks off at each of these files in turn, and each is fetched only once in all.
    let first = all.len() - named.len();
    let mut fetched = Vec::new();
    for expected in &named {
        server.behave(Mishap::CutAt(first));
        device.refuses(&update, 5, &["cannot fetch", "goes on from there"]);
        assert_eq!(server.asked().get(first), Some(*expected));
        server.behave(Mishap::SilentFrom(first + 1));
        device.run(&update);
        fetched.push(server.asked()[first].clone());
    }
    assert!(fetched.iter().eq(named), "{fetched:?}");
    server.behave(Mishap::None);
    device.does(&update);
    assert!(LocalDisk.files(&device.file("state/fetched")).expect("a folder").is_empty());
    // A head for the lists, and one for the status.
    assert_eq!(device.judges_by(), 3);
}
