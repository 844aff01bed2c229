//! Joins people and doses by register number, in memory that does not grow with the files.
//!
//! Exports list people in the order of their numbers, so the two files are walked side by side and
//! most people are written once, whole. What the order does not bring together waits in a table of
//! the register and is joined there at the end: any order gives the same result.
//!
//! The walk has a thread of its own between those that read and the one that writes.

use super::ImportError;
use super::rows::Batch;
use crate::check::series::{is_plain_beside, judge, of_one_row};
use crate::check::{Finding, Level};
use crate::register::{Doses, Entry, PEOPLE_BATCH, Particulars, People, PersonPart, Remarks, Sealer};
use std::cmp::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};

/// Which file something is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The file that gives people, and in the long form their doses.
    People,
    /// The file that gives doses only.
    Doses,
}

/// What the writing thread is to do next.
pub(crate) enum Work {
    /// Take note of what was read; its entries come later.
    Read(Side, Box<Batch>),
    /// Write people with the doses that were found for them.
    People(People),
    /// Write what found no counterpart.
    Rest(Vec<Entry>),
    /// Tell what turned out while people and doses were brought together.
    Found(Vec<Finding>),
}

type Sender = SyncSender<Result<Work, ImportError>>;

/// Nobody takes the work any more.
struct Gone;

/// One file's entries, as its thread reads them.
struct Stream {
    side: Side,
    receiver: Receiver<Result<Batch, ImportError>>,
    entries: std::vec::IntoIter<Entry>,
    head: Option<Entry>,
}

impl Stream {
    fn new(side: Side, receiver: Receiver<Result<Batch, ImportError>>) -> Self {
        Self { side, receiver, entries: Vec::new().into_iter(), head: None }
    }

    /// Looks at the next entry; passes on what else was read, and an error instead of anything more.
    fn peek(&mut self, to: &Sender) -> Result<Option<&Entry>, Gone> {
        while self.head.is_none() {
            self.head = self.entries.next();
            if self.head.is_none() {
                match self.receiver.recv() {
                    // The thread ends by hanging up, after its last batch.
                    Err(_) => return Ok(None),
                    Ok(Ok(mut batch)) => {
                        self.entries = std::mem::take(&mut batch.entries).into_iter();
                        to.send(Ok(Work::Read(self.side, Box::new(batch)))).map_err(|_| Gone)?;
                    }
                    Ok(Err(error)) => {
                        let _ = to.send(Err(error));
                        return Err(Gone);
                    }
                }
            }
        }
        Ok(self.head.as_ref())
    }
}

/// Walks the files side by side, until their ends or until nobody takes the work.
pub(crate) fn join(
    people: Option<Receiver<Result<Batch, ImportError>>>,
    doses: Option<Receiver<Result<Batch, ImportError>>>,
    sealer: &Sealer,
    to: &Sender,
) {
    let people = people.map(|receiver| Stream::new(Side::People, receiver));
    let doses = doses.map(|receiver| Stream::new(Side::Doses, receiver));
    // Whoever went away has told their error themselves, or was told it.
    let _ = walk(people, doses, sealer, to);
}

fn walk(mut people: Option<Stream>, mut doses: Option<Stream>, sealer: &Sealer, to: &Sender) -> Result<(), Gone> {
    let mut whole = Vec::with_capacity(PEOPLE_BATCH);
    let mut rest = Vec::new();
    let mergers = sealer.mergers();
    let mut found = Vec::new();
    loop {
        let person = people.as_mut().map_or(Ok(None), |stream| stream.peek(to))?;
        let dose = doses.as_mut().map_or(Ok(None), |stream| stream.peek(to))?;
        let order = match (person, dose) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(person), Some(dose)) => person.number.export_order(&dose.number),
        };
        let person = if order.is_le() { people.as_mut().and_then(|stream| stream.head.take()) } else { None };
        let dose = if order.is_ge() { doses.as_mut().and_then(|stream| stream.head.take()) } else { None };
        let mut put = |entry: Entry| match mergers.leads_to(&entry.number) {
            // Whose person is known by another number: only the doses are of use.
            Some(into) => rest.extend(entry.doses.map(|doses| Entry {
                number: into.clone(),
                person: PersonPart::Absent,
                doses: Some(doses),
            })),
            // A refused person's number may have another, good row yet; only the end tells.
            None => if matches!(entry.person, PersonPart::Given(..)) { &mut whole } else { &mut rest }.push(entry),
        };
        match (person, dose) {
            (Some(Entry { number, person: PersonPart::Given(person, line), doses: None }), Some(dose)) => {
                let mut entry = Entry { number, person: PersonPart::Absent, doses: dose.doses };
                check_ages(&mut entry, &person, &mut found);
                entry.person = PersonPart::Given(person, line);
                put(entry);
            }
            (person, dose) => person.into_iter().chain(dose).for_each(&mut put),
        }
        if whole.len() >= PEOPLE_BATCH {
            let batch = std::mem::replace(&mut whole, Vec::with_capacity(PEOPLE_BATCH));
            to.send(Ok(Work::People(People::bind(batch, sealer)))).map_err(|_| Gone)?;
        }
        if rest.len() >= PEOPLE_BATCH {
            to.send(Ok(Work::Rest(std::mem::take(&mut rest)))).map_err(|_| Gone)?;
        }
        if found.len() >= PEOPLE_BATCH {
            to.send(Ok(Work::Found(std::mem::take(&mut found)))).map_err(|_| Gone)?;
        }
    }
    to.send(Ok(Work::Found(found))).map_err(|_| Gone)?;
    to.send(Ok(Work::People(People::bind(whole, sealer)))).map_err(|_| Gone)?;
    to.send(Ok(Work::Rest(rest))).map_err(|_| Gone)
}

/// Holds the doses of one row against the birth date, which another file gave.
fn check_ages(entry: &mut Entry, person: &Particulars, found: &mut Vec<Finding>) {
    let Some(doses) = &mut entry.doses else { return };
    if is_plain_beside(person.birth, doses.days.0, doses.days.1) {
        return;
    }
    let judgement = judge(Some(person.birth), &doses.unpacked(), &[], true);
    if judgement.out.is_empty() {
        doses.remarks = Some(Box::new(Remarks { faults: judgement.faults, lost: doses.lost().to_vec() }));
    } else {
        let faults = judgement.faults.into_iter().filter(|fault| fault.code.level() == Level::Block).collect();
        found.extend(of_one_row(faults, &entry.number));
        *doses = Doses::refused(doses.line);
    }
}
