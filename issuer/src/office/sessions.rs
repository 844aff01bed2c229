//! The sessions, in memory: none outlives its time, and there are never more than a bound.
//!
//! They are lost when the service ends, and everybody signs in anew: nothing of a visit lies on a disk.

use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::ExpiredDeletion;
use tower_sessions::session_store::Result;

/// The most sessions: some for everybody at work, and for many who only came to the door.
const MOST: usize = 10_000;

/// The sessions.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions(Arc<Mutex<HashMap<Id, Record>>>);

impl Sessions {
    fn all(&self) -> MutexGuard<'_, HashMap<Id, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_over(record: &Record) -> bool {
    record.expiry_date <= OffsetDateTime::now_utc()
}

/// Makes room for one more. First go those that are over; then whoever is not signed in; then the one that ends first.
fn make_room(all: &mut HashMap<Id, Record>) {
    if all.len() < MOST {
        return;
    }
    all.retain(|_, record| !is_over(record));
    while all.len() >= MOST {
        let first =
            all.values().min_by_key(|record| (!record.data.is_empty() && has_visit(record), record.expiry_date));
        let Some(id) = first.map(|record| record.id) else { return };
        all.remove(&id);
    }
}

fn has_visit(record: &Record) -> bool {
    record.data.contains_key(crate::office::visit::KEY)
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let mut all = self.all();
        while all.contains_key(&record.id) {
            record.id = Id::default();
        }
        make_room(&mut all);
        all.insert(record.id, record.clone());
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let mut all = self.all();
        if !all.contains_key(&record.id) {
            make_room(&mut all);
        }
        all.insert(record.id, record.clone());
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        Ok(self.all().get(id).filter(|record| !is_over(record)).cloned())
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.all().remove(id);
        Ok(())
    }
}

#[async_trait]
impl ExpiredDeletion for Sessions {
    async fn delete_expired(&self) -> Result<()> {
        self.all().retain(|_, record| !is_over(record));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower_sessions::cookie::time::Duration;

    fn record(id: i128, seconds: i64, signed_in: bool) -> Record {
        let mut data = HashMap::new();
        if signed_in {
            data.insert(crate::office::visit::KEY.to_owned(), true.into());
        }
        Record { id: Id(id), data, expiry_date: OffsetDateTime::now_utc() + Duration::seconds(seconds) }
    }

    #[tokio::test]
    async fn what_is_over_is_forgotten_and_what_is_not_stays() {
        let sessions = Sessions::default();
        sessions.save(&record(1, -1, true)).await.expect("keeps");
        sessions.save(&record(2, 60, true)).await.expect("keeps");
        assert_eq!(sessions.load(&Id(1)).await.expect("reads"), None);
        assert_eq!(sessions.all().len(), 2);
        sessions.delete_expired().await.expect("forgets");
        assert!(sessions.all().len() == 1 && sessions.load(&Id(2)).await.expect("reads").is_some());
    }

    #[tokio::test]
    async fn there_is_a_bound_and_whoever_is_signed_in_stays() {
        let sessions = Sessions::default();
        sessions.save(&record(1, 30, true)).await.expect("keeps");
        for id in 2..12_000 {
            sessions.create(&mut record(id, 3_600, false)).await.expect("keeps");
        }
        assert_eq!(sessions.all().len(), MOST);
        assert!(sessions.load(&Id(1)).await.expect("reads").is_some(), "a flood signs nobody out");
        let mut twin = record(1, 60, true);
        sessions.create(&mut twin).await.expect("keeps");
        assert_ne!(twin.id, Id(1), "nobody gets another's session");
    }
}
