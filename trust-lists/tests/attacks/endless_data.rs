//! Sources that give more than they should, or less, or piece by piece.

use crate::simulator::{NOW, Scene};
use crate::site::{Broken, Device, Site, full};
use std::collections::BTreeMap;
use tegata_trust_lists::{Bundle, FileName, Held, MAX_BUNDLE, Role, Source, TrustError, Update, Updated};

/// What a head is made to say.
type Lie = fn(&mut tegata_trust_lists::Head);

/// Gives zeros without end in place of one file, and notes how much it was asked for.
struct Endless {
    site: Site,
    place: usize,
    caps: BTreeMap<FileName, u64>,
}

impl Source for Endless {
    type Error = Broken;

    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, Broken> {
        self.caps.insert(*file, cap);
        let place = self.site.asked.len();
        let read = self.site.read(file, cap)?;
        if place == self.place {
            // Any source stops a byte after the cap.
            return Ok(Some(vec![0; cap as usize + 1]));
        }
        Ok(read)
    }
}

#[test]
fn a_source_without_end_is_left_at_the_cap() {
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    let mut count = Site::of(&next);
    Device::with(&scene).update(&mut count, NOW).expect("good");
    for place in 0..count.asked.len() {
        let mut device = Device::with(&scene);
        let mut source = Endless { site: Site::of(&next), place, caps: BTreeMap::new() };
        let file = count.asked[place];
        assert_eq!(device.refuses(&mut source, NOW), TrustError::TooLarge { role: file.role() }, "{file}");
        assert_eq!(source.site.asked.len(), place + 1, "nothing is asked for after that");
        for (name, cap) in source.caps {
            let known = source.site.files.get(&name).map(|bytes| bytes.len() as u64);
            let named = !matches!(name, FileName::Head | FileName::Root(_));
            assert!(cap <= name.role().max_length() as u64, "{name}");
            assert!(!named || Some(cap) == known, "{name}: of a named file not a byte more than its length");
        }
        device.accepts(&next);
    }
}

#[test]
fn a_file_of_another_length_than_named_is_refused() {
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    let site = Site::of(&next);
    let mut read = site.clone();
    Device::with(&scene).update(&mut read, NOW).expect("good");
    for name in read.asked.iter().filter(|name| site.files.contains_key(name)) {
        let file = &site.files[name];
        for length in [0, 1, file.len() / 2, file.len() - 1] {
            let mut device = Device::with(&scene);
            let mut cut = site.clone();
            cut.files.insert(*name, file[..length].to_vec());
            device.refuses(&mut cut, NOW);
            device.accepts(&next);
        }
        let mut longer = site.clone();
        longer.files.get_mut(name).expect("there").push(0);
        Device::with(&scene).refuses(&mut longer, NOW);
    }
}

#[test]
fn a_head_that_lies_about_a_length_is_refused() {
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    let bundle = next.bundle();
    for lie in [1, -1] {
        for place in 0..3 {
            let mut head = next.head_list(&bundle.roots, &bundle.trust);
            let file = match place {
                0 => &mut head.trust,
                1 => head.status.get_mut(&1).expect("a shard").delta.as_mut().expect("a delta"),
                _ => head.withdrawals.get_mut(&4).expect("a list"),
            };
            file.length = file.length.saturating_add_signed(lie);
            let role = if place == 0 { Role::Trust } else { Role::Status };
            let signed = next.sign(Role::Head, &head.encode(), &next.head_signers);
            let bundle = Bundle { head: signed, ..bundle.clone() };
            let refused = Device::with(&scene).refuses(&mut Site::serving(&bundle, &head), NOW);
            let expected = if lie > 0 { TrustError::NotNamedByHead { role } } else { TrustError::TooLarge { role } };
            assert_eq!(refused, expected, "{place} {lie}");
        }
    }
}

#[test]
fn a_head_that_names_more_than_anyone_keeps_is_refused_before_a_byte_is_read() {
    let scene = full();
    let lengths: [(Lie, TrustError); 5] = [
        (|head| head.trust.length = u64::MAX, TrustError::TooLarge { role: Role::Trust }),
        (|head| head.trust.length = Role::Trust.max_length() as u64 + 1, TrustError::TooLarge { role: Role::Trust }),
        (
            |head| head.status.get_mut(&1).expect("a shard").base.length = Role::Status.max_length() as u64 + 1,
            TrustError::TooLarge { role: Role::Status },
        ),
        (
            |head| head.withdrawals.get_mut(&4).expect("a list").length = u64::MAX,
            TrustError::TooLarge { role: Role::Status },
        ),
        (
            |head| {
                let mut files = head.status[&1];
                files.delta = None;
                files.base.length = Role::Status.max_length() as u64;
                let shards = MAX_BUNDLE / Role::Status.max_length();
                head.status = (0..=shards as u64).map(|number| (number, files)).collect();
            },
            TrustError::TooMuchNamed,
        ),
    ];
    for (lie, expected) in lengths {
        let mut next = scene.clone();
        next.renew(9);
        let mut bundle = next.bundle();
        let mut head = next.head_list(&bundle.roots, &bundle.trust);
        lie(&mut head);
        bundle.head = next.sign(Role::Head, &head.encode(), &next.head_signers);
        let mut site = Site::serving(&bundle, &head);
        assert_eq!(Device::with(&scene).refuses(&mut site, NOW), expected);
        assert_eq!(site.asked, [FileName::Root(2), FileName::Head]);
    }
}

#[test]
fn a_slow_source_loses_nothing_between_its_answers() {
    // Whatever time passes between two reads, and whatever else runs meanwhile: the update stands still.
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    let mut site = Site::of(&next);
    let device = Device::with(&scene);
    let held = device.held();
    let mut updates: Vec<Update<&Held>> = (0..3).map(|_| Update::begin(held.as_ref(), &device.pin, NOW)).collect();
    while updates.iter().any(|update| update.wanted().is_some()) {
        for update in &mut updates {
            let Some(wanted) = update.wanted() else { continue };
            assert_eq!(update.wanted(), Some(wanted), "asking twice changes nothing");
            // The source gathers it byte by byte.
            let slowly = |bytes: Vec<u8>| bytes.chunks(1).flat_map(<[u8]>::to_vec).collect();
            update.give(site.read(&wanted.file, wanted.cap).expect("reads").map(slowly));
        }
    }
    for update in updates {
        let Ok(Updated::Changed(held)) = update.finish() else { panic!("must be taken") };
        assert_eq!(held.bundle(), &next.bundle());
    }
}

#[test]
fn an_update_that_is_given_up_gives_nothing() {
    let scene = full();
    let mut next: Scene = scene.clone();
    next.renew(9);
    let device = Device::with(&scene);
    let held = device.held();
    for reads in 0.. {
        let mut site = Site::of(&next);
        let mut update = Update::begin(held.as_ref(), &device.pin, NOW);
        for _ in 0..reads {
            let Some(wanted) = update.wanted() else { break };
            update.give(site.read(&wanted.file, wanted.cap).expect("reads"));
        }
        let Some(wanted) = update.wanted() else { break };
        assert_eq!(update.finish().err(), Some(TrustError::Withheld { file: wanted.file }));
    }
}
