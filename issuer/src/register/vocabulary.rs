//! The terms that doses share, in memory: at most [`TERM_LIMIT`] of them, so memory is bounded
//! whatever files hold. What comes after is kept in the doses themselves.

use super::pack::Term;
use crate::check::lots::KnownLot;
use std::collections::HashMap;

/// How many terms the register's table holds at most.
pub(crate) const TERM_LIMIT: usize = 65_536;

/// Every term with its id, and those that the register does not have yet.
#[derive(Default)]
pub(crate) struct Vocabulary {
    ids: HashMap<Box<str>, u32>,
    next: u32,
    fresh: Vec<(u32, String)>,
    /// The lots that earlier imports saw.
    lots: Vec<KnownLot>,
}

impl Vocabulary {
    /// With the terms that the register has.
    pub(crate) fn new(terms: impl IntoIterator<Item = (u32, String)>) -> Self {
        let mut next = 0;
        let ids = terms
            .into_iter()
            .map(|(id, text)| {
                next = next.max(id.saturating_add(1));
                (text.into_boxed_str(), id)
            })
            .collect();
        Self { ids, next, fresh: Vec::new(), lots: Vec::new() }
    }

    /// With the lots that earlier imports saw.
    pub(crate) fn with_lots(self, lots: Vec<KnownLot>) -> Self {
        Self { lots, ..self }
    }

    /// The lots that earlier imports saw.
    pub(crate) fn take_lots(&mut self) -> Vec<KnownLot> {
        std::mem::take(&mut self.lots)
    }

    /// The term for a text.
    pub(crate) fn term(&mut self, text: &str) -> Term {
        if text.is_empty() {
            return Term::Absent;
        }
        if let Some(&id) = self.ids.get(text) {
            return Term::Known(id);
        }
        if self.ids.len() >= TERM_LIMIT {
            return Term::Inline(text.to_owned());
        }
        let id = self.next;
        self.next += 1;
        self.ids.insert(text.into(), id);
        self.fresh.push((id, text.to_owned()));
        Term::Known(id)
    }

    /// The terms that were new since the last call.
    pub(crate) fn take_fresh(&mut self) -> Vec<(u32, String)> {
        std::mem::take(&mut self.fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_vocabulary_keeps_its_terms_and_takes_no_more() {
        let mut words = Vocabulary::new((0..TERM_LIMIT as u32).map(|id| (id, format!("lot {id}"))));
        assert!(words.term("lot 7") == Term::Known(7));
        assert!(words.term("another") == Term::Inline("another".to_owned()));
        assert!(words.take_fresh().is_empty());
        let mut words = Vocabulary::new([(3, "a".to_owned())]);
        assert!(
            words.term("b") == Term::Known(4) && words.term("b") == Term::Known(4) && words.term("") == Term::Absent
        );
        assert_eq!(words.take_fresh(), [(4, "b".to_owned())]);
    }
}
