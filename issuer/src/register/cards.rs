//! Certificates that are withdrawn by a number of their own, in lists that this office publishes.

use super::read::count;
use super::statements::signed;
use super::{Change, Register, RegisterError};
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
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
        self.run(async |connection| {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
            let changed = change_lists(connection, &by_key, wanted, now).await;
            let end = if changed.is_ok() { "COMMIT" } else { "ROLLBACK" };
            sqlx::query(end).execute(&mut *connection).await?;
            changed
        })
    }

    /// The list of a key.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn card_list(&mut self, kid: &[u8; 32]) -> Result<CardList, RegisterError> {
        self.run(async |connection| {
            let (changes, held) = held(connection, kid).await?;
            let rids = held.into_iter().filter(|(_, withdrawn)| *withdrawn).map(|(rid, _)| rid).collect();
            Ok(CardList { counter: changes + 1, rids })
        })
    }
}

async fn change_lists(
    connection: &mut SqliteConnection,
    by_key: &BTreeMap<&[u8; 32], BTreeSet<&str>>,
    wanted: bool,
    now: UnixTime,
) -> Result<u64, sqlx::Error> {
    let mut changed = 0;
    for (kid, rids) in by_key {
        let (changes, held) = held(connection, kid).await?;
        let is_so = |rid: &str| held.get(rid).copied().unwrap_or(false);
        for rid in rids.iter().filter(|rid| is_so(rid) != wanted) {
            sqlx::query("INSERT INTO card_withdrawal (kid, change, rid, withdrawn, made_at) VALUES (?, ?, ?, ?, ?)")
                .bind(kid.as_slice())
                .bind(signed(changes + 1))
                .bind(*rid)
                .bind(i64::from(wanted))
                .bind(now.0)
                .execute(&mut *connection)
                .await?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// How many changes a key's list has had, and what the newest said of each number.
async fn held(connection: &mut SqliteConnection, kid: &[u8; 32]) -> Result<(u64, BTreeMap<String, bool>), sqlx::Error> {
    let sql = "SELECT change, rid, withdrawn FROM card_withdrawal WHERE kid = ? ORDER BY change";
    let (mut changes, mut held) = (0, BTreeMap::new());
    for row in sqlx::query(sql).bind(kid.as_slice()).fetch_all(connection).await? {
        changes = count(&row, 0)?;
        held.insert(row.try_get(1)?, count(&row, 2)? == 1);
    }
    Ok((changes, held))
}

/// Whether the newest that was said of a number withdraws it.
pub(super) async fn is_withdrawn(
    connection: &mut SqliteConnection,
    kid: &[u8; 32],
    rid: &str,
) -> Result<bool, sqlx::Error> {
    let sql = "SELECT withdrawn FROM card_withdrawal WHERE rid = ? AND kid = ? ORDER BY change DESC LIMIT 1";
    let latest: Option<i64> = sqlx::query_scalar(sql).bind(rid).bind(kid.as_slice()).fetch_optional(connection).await?;
    Ok(latest == Some(1))
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
        let mut register = Register::open_or_create(&folder.path().join("register.sqlite")).expect("a register");
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
            let reserved = register.reserve(std::slice::from_ref(&wanted), &Nothing).expect("reserves");
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
        let mut register = Register::open_or_create(&folder.path().join("register.sqlite")).expect("a register");
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
