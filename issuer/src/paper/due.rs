//! Papers that are due, as the register lists them: each with the certificates that it holds, as they were issued.

use super::files::Files;
use super::held::{HeldBack, HoldReason};
use super::print::{PrintEnd, PrintError, PrintOrder};
use crate::issue::{Certified, Clerk, Edition, NotCertified, Refusal};
use crate::lifecycle::life;
use crate::record::RegisterNumber;
use crate::register::{LetterChoice, LetterEntry, LetterError, LetterState, Register, Way};
use std::collections::{BTreeMap, HashMap};
use tegata_certificate::{Format, UnixTime};

/// Papers that are looked up at once.
const PAGE: u32 = 500;

/// The papers that are due to go that way, in the order of the post.
pub(super) fn due(register: &mut Register, order: &PrintOrder, way: Way) -> Result<Vec<LetterEntry>, PrintError> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = register.letters(&LetterChoice::Due, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        all.extend(page.into_iter().filter(|letter| letter.way == way));
    }
    sort(&mut all, order);
    Ok(all)
}

/// The papers with these numbers, printed before or not.
pub(super) fn named(register: &mut Register, order: &PrintOrder, ids: &[u64]) -> Result<Vec<LetterEntry>, PrintError> {
    let mut all = Vec::new();
    for id in ids {
        let letter = register.letters(&LetterChoice::One(*id), 0, 1)?.pop().ok_or(LetterError::Unknown)?;
        if letter.state == LetterState::Delivered {
            return Err(LetterError::Before(letter.state).into());
        }
        all.push(letter);
    }
    sort(&mut all, order);
    all.dedup_by_key(|letter| letter.id);
    Ok(all)
}

fn sort(letters: &mut [LetterEntry], order: &PrintOrder) {
    let postcode = |letter: &LetterEntry| order.addresses.of(&letter.person).map_or("", |address| &address.postcode);
    letters.sort_by(|one, other| {
        let by_post = postcode(one).cmp(postcode(other));
        by_post.then_with(|| one.person.export_order(&other.person)).then(one.id.cmp(&other.id))
    });
}

/// Fills files with the certificates of these papers.
pub(super) fn fill(
    files: &mut Files<'_>,
    register: &mut Register,
    (clerk, formats): (&Clerk<'_, '_>, &[Format]),
    letters: &[LetterEntry],
    (end, now): (&mut PrintEnd, UnixTime),
) -> Result<(), PrintError> {
    let mut wanted = BTreeMap::<RegisterNumber, Vec<Edition>>::new();
    let mut papers = Vec::with_capacity(letters.len());
    for letter in letters {
        match contents(register, letter, formats, now)? {
            Ok(contents) => {
                let editions = wanted.entry(letter.person.clone()).or_default();
                for (_, edition) in &contents {
                    if !editions.contains(edition) {
                        editions.push(*edition);
                    }
                }
                papers.push((letter, contents));
            }
            Err(reason) => end.held.push(HeldBack { number: letter.person.clone(), identifier: None, reason }),
        }
    }
    let certified = clerk.certify_again(register, &wanted, &mut end.issuance)?;
    let mut found = HashMap::<String, Certified>::new();
    let mut refused = HashMap::<(RegisterNumber, Edition), Refusal>::new();
    for one in certified {
        match one {
            Ok(certified) => drop(found.insert(certified.identifier.clone(), certified)),
            Err(NotCertified { number, edition, refusal }) => drop(refused.insert((number, edition), refusal)),
        }
    }
    for (letter, contents) in papers {
        let all = contents.into_iter().map(|(identifier, edition)| {
            let number = letter.person.clone();
            found.get(&identifier).cloned().ok_or_else(|| {
                let reason = refused
                    .get(&(number.clone(), edition))
                    .map_or(HoldReason::Changed, |refusal| HoldReason::Refused(*refusal));
                HeldBack { number, identifier: Some(identifier), reason }
            })
        });
        match all.collect::<Result<Vec<_>, _>>() {
            Ok(all) => files.take(all, Some(letter.id), &mut end.held),
            Err(held) => end.held.push(held),
        }
    }
    Ok(())
}

/// Identifiers and editions of what a paper holds: those of its certificates that are in force and of the record as it
/// is. Or why it is held back.
fn contents(
    register: &mut Register,
    letter: &LetterEntry,
    formats: &[Format],
    now: UnixTime,
) -> Result<Result<Vec<(String, Edition)>, HoldReason>, PrintError> {
    if letter.withheld {
        return Ok(Err(HoldReason::Withheld));
    }
    let mut lives = life(register, &letter.person, now)?.certificates;
    lives.retain(|one| one.in_force && letter.certificates.contains(&one.identifier));
    if lives.is_empty() {
        return Ok(Err(HoldReason::NotInForce));
    }
    let contents: Vec<(String, Edition)> =
        lives.into_iter().filter_map(|one| Some((one.identifier, one.of_record?))).collect();
    Ok(match contents.iter().all(|(_, edition)| formats.contains(&edition.format)) {
        _ if contents.is_empty() => Err(HoldReason::Changed),
        true => Ok(contents),
        false => Err(HoldReason::Refused(Refusal::OtherKey)),
    })
}
