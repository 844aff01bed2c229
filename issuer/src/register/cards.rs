//! Certificates that are withdrawn by a number of their own, in lists that this office publishes.

use super::act::{Act, ActKind};
use super::audit::append;
use super::database::{Database, Isolation, Value, values};
use super::read::{count, kid, text};
use super::statements::select_in;
use super::{Change, Register, RegisterError, Undone};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tegata_certificate::UnixTime;

/// A certificate by its number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CardNumber {
    /// The key that signed it, by its kid in the trust list.
    pub kid: [u8; 32],
    /// Its number.
    pub rid: String,
}

/// What is withdrawn of one key's.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CardList {
    /// How often the list was changed, and one: it rises with each change.
    pub counter: u64,
    /// The numbers, ascending.
    pub rids: Vec<String>,
}

impl Register {
    /// Withdraws or reinstates certificates by their numbers, all in one transaction, and says how many were not so
    /// already.
    pub(crate) fn change_cards(
        &mut self,
        cards: &[CardNumber],
        change: Change,
        now: UnixTime,
    ) -> Result<u64, RegisterError> {
        let wanted = change == Change::Withdraw;
        let mut by_key = BTreeMap::<&[u8; 32], BTreeSet<&str>>::new();
        for card in cards {
            by_key.entry(&card.kid).or_default().insert(&card.rid);
        }
        let journal = self.journal();
        let kind = if wanted { ActKind::Revoke } else { ActKind::Reinstate };
        self.transaction(Isolation::Alone, |database| {
            let changed = change_lists(database, &by_key, wanted, now)?;
            if changed > 0 {
                let act = Act::new(kind).with("cards", changed);
                append::<RegisterError>(database, &journal, &[act])?;
            }
            Ok::<_, Undone<RegisterError>>(changed)
        })
    }

    /// The list of a key.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn card_list(&mut self, kid: &[u8; 32]) -> Result<CardList, RegisterError> {
        self.run(|database| {
            let (changes, held) = held(database, kid)?;
            let rids = held.into_iter().filter(|(_, withdrawn)| *withdrawn).map(|(rid, _)| rid).collect();
            Ok(CardList { counter: changes + 1, rids })
        })
    }
}

/// Changes the lists of these keys, in a transaction that is open.
pub(super) fn change_lists(
    database: &mut dyn Database,
    by_key: &BTreeMap<&[u8; 32], BTreeSet<&str>>,
    wanted: bool,
    now: UnixTime,
) -> Result<u64, sqlx::Error> {
    let mut changed = 0;
    for (kid, rids) in by_key {
        let (changes, held) = held(database, kid)?;
        let is_so = |rid: &str| held.get(rid).copied().unwrap_or(false);
        for rid in rids.iter().filter(|rid| is_so(rid) != wanted) {
            let sql = "INSERT INTO card_withdrawal (kid, change, rid, withdrawn, made_at) VALUES (?, ?, ?, ?, ?)";
            database.execute(sql, values![*kid, changes + 1, *rid, i64::from(wanted), now.0])?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// How many changes a key's list has had, and what the newest said of each number.
fn held(database: &mut dyn Database, kid: &[u8; 32]) -> Result<(u64, BTreeMap<String, bool>), sqlx::Error> {
    let sql = "SELECT change, rid, withdrawn FROM card_withdrawal WHERE kid = ? ORDER BY change";
    let (mut changes, mut held) = (0, BTreeMap::new());
    for row in database.query(sql, values![kid])? {
        changes = count(&row, 0)?;
        held.insert(text(&row, 1)?.to_owned(), count(&row, 2)? == 1);
    }
    Ok((changes, held))
}

/// Those of the numbers that the newest that was said of them withdraws.
pub(super) fn withdrawn_of(
    database: &mut dyn Database,
    cards: &[CardNumber],
) -> Result<HashMap<CardNumber, bool>, sqlx::Error> {
    let head = "SELECT kid, rid, change, withdrawn FROM card_withdrawal WHERE";
    let rows = select_in(database, head, &[], "rid", cards, |card| Value::from(&card.rid))?;
    let mut newest = HashMap::<CardNumber, (u64, bool)>::new();
    for row in &rows {
        let card = CardNumber { kid: kid(row, 0)?, rid: text(row, 1)?.to_owned() };
        let said = (count(row, 2)?, count(row, 3)? == 1);
        let newest = newest.entry(card).or_insert(said);
        *newest = said.max(*newest);
    }
    Ok(newest.into_iter().map(|(card, (_, withdrawn))| (card, withdrawn)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health_cards::card_number;
    use crate::record::RegisterNumber;
    use crate::register::{Reservation, Wanted, Withdrawn};
    use crate::withdraw::{Target, change_cards, choose};
    use tegata_certificate::{Format, StatusIndex};
    use tegata_trust_lists::TrustState;
    use tegata_trust_lists::publish::DemoRepository;

    /// Lists that withdraw nothing.
    struct Nothing;

    impl Withdrawn for Nothing {
        fn key(&self, _: &[u8; 32]) -> bool {
            false
        }

        fn place(&self, _: StatusIndex) -> bool {
            false
        }
    }

    #[test]
    fn a_card_is_withdrawn_with_its_person_and_the_next_has_another_number() {
        let now = UnixTime(1_780_272_000);
        let folder = tempfile::tempdir().expect("a folder");
        let mut register = Register::open_or_create(folder.path().join("register.sqlite")).expect("a register");
        let number = RegisterNumber::parse("4711").expect("a number");
        let (kid, doses) = ([3; 32], []);
        let wanted = Wanted {
            number: &number,
            content: [5; 32],
            doses: &doses,
            format: Format::Shc,
            kid,
            issued_at: now,
            expires_at: now.plus(86_400),
        };
        let reserve = |register: &mut Register| -> Reservation {
            let reserved = register.reserve(std::slice::from_ref(&wanted), &Nothing, None).expect("reserves");
            reserved.into_iter().flatten().next().expect("one")
        };
        let first = reserve(&mut register);
        assert_eq!(reserve(&mut register).identifier, first.identifier, "written again, it is the same");

        let mut demo = DemoRepository::new("DEMO/cards", now).expect("a repository");
        let (bundle, pin) = demo.publish(now).expect("publishes");
        let state = TrustState::load(&bundle, &pin, now).expect("loads");
        let chosen = choose(&mut register, &state, &[Target::Person(number.clone())], now, &mut |_| {}).expect("found");
        assert_eq!((chosen.cards.len(), chosen.places.len(), chosen.without_place), (1, 0, 0));
        assert_eq!(change_cards(&mut register, Change::Withdraw, &chosen, now).expect("withdraws"), 1);
        assert_eq!(change_cards(&mut register, Change::Withdraw, &chosen, now).expect("again"), 0);
        let list = register.card_list(&kid).expect("reads");
        assert_eq!((list.counter, list.rids), (2, vec![card_number(&kid, &first.identifier)]));

        let second = reserve(&mut register);
        assert_ne!(second.identifier, first.identifier);
        // Both are the person's; reinstating is of the one that is withdrawn.
        let chosen = choose(&mut register, &state, &[Target::Person(number.clone())], now, &mut |_| {}).expect("found");
        assert_eq!(chosen.cards.len(), 2);
        assert_eq!(change_cards(&mut register, Change::Reinstate, &chosen, now).expect("reinstates"), 1);
    }

    #[test]
    fn a_list_counts_its_changes_and_forgets_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut register = Register::open_or_create(folder.path().join("register.sqlite")).expect("a register");
        let (kid, other) = ([1; 32], [2; 32]);
        let card = |kid, rid: &str| CardNumber { kid, rid: rid.to_owned() };
        let mut change = |cards: &[CardNumber], change| {
            let changed = register.change_cards(cards, change, UnixTime(1)).expect("changes");
            let list = register.card_list(&kid).expect("reads");
            (changed, list.counter, list.rids.join(" "))
        };
        assert_eq!(change(&[], Change::Withdraw), (0, 1, String::new()));
        assert_eq!(
            change(&[card(kid, "b"), card(kid, "a"), card(kid, "b")], Change::Withdraw),
            (2, 2, "a b".to_owned())
        );
        assert_eq!(change(&[card(kid, "a")], Change::Withdraw), (0, 2, "a b".to_owned()), "again, nothing changes");
        assert_eq!(change(&[card(other, "a")], Change::Withdraw), (1, 2, "a b".to_owned()), "another key's");
        assert_eq!(change(&[card(kid, "a"), card(kid, "c")], Change::Reinstate), (1, 3, "b".to_owned()));
        assert_eq!(change(&[card(kid, "a")], Change::Withdraw), (1, 4, "a b".to_owned()));
    }
}
