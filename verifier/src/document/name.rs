//! Names as two documents write them: the words and their spellings, in any order.

use tegata_certificate::mrz::Mrz;
use tegata_certificate::transliteration::{Spellings, words};
use tegata_certificate::{Holder, RegisteredName, RomanisedName};

/// How far the names agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum NameAgreement {
    /// The certificate has none in Latin letters.
    NotComparable,
    /// Another name.
    Different,
    /// The same as far as the shorter goes.
    Truncated,
    /// The same words.
    Same,
}

/// The longest name that is compared, in bytes: no field of any family is longer, and work grows with its square.
const NAME_MAX: usize = 320;

/// The lengths at which a certificate's name may have been cut: those of the name fields of machine-readable
/// zones, from which it was taken, VDS-NC's own 39 and the EU's 80.
const CUT_AT: [usize; 3] = [30, 31, 39];
const CUT_FROM: usize = 80;

/// Compares the names of the certificate with the document's. Any of them that agrees is enough: one in its own Latin
/// letters allows for spellings that the issuer of the document may have chosen and the issuer of the certificate not.
pub(super) fn compare(holder: &Holder, shown: &Mrz) -> NameAgreement {
    let romanised = holder.romanised.as_ref().map(RomanisedName::to_mrz);
    let registered = holder.registered.as_ref().map(RegisteredName::to_line);
    let shown_name = shown.name.to_mrz();
    let shown_words: Vec<&str> = shown_name.split('<').filter(|word| !word.is_empty()).collect();
    let one = |name: String| {
        let words = Some(&name).filter(|name| name.len() <= NAME_MAX).and_then(|name| words(name));
        let Some(words) = words.filter(|words| !words.is_empty()) else { return NameAgreement::NotComparable };
        let length = name.chars().count();
        let may_be_cut = CUT_AT.contains(&length) || length >= CUT_FROM;
        compare_words(&words, may_be_cut, &shown_words, shown.name_may_be_cut)
    };
    romanised.into_iter().chain(registered).map(one).max().unwrap_or(NameAgreement::NotComparable)
}

fn compare_words(said: &[Vec<Spellings>], said_cut: bool, shown: &[&str], shown_cut: bool) -> NameAgreement {
    let is_same = |said: &[Spellings], shown: &str| Relation::of(said, shown).same;
    let said_rest: Vec<_> = said.iter().filter(|said| !shown.iter().any(|shown| is_same(said, shown))).collect();
    let shown_rest: Vec<_> = shown.iter().filter(|shown| !said.iter().any(|said| is_same(said, shown))).collect();
    if said_rest.is_empty() && shown_rest.is_empty() {
        return NameAgreement::Same;
    }
    // A word may be cut, and words after it be missing, only on a side that fills its field.
    let may_be = |said: usize, shown: usize| {
        let (Some(said), Some(shown)) = (said_rest.get(said), shown_rest.get(shown)) else { return false };
        let relation = Relation::of(said, shown);
        relation.said_begins_shown && said_cut || relation.shown_begins_said && shown_cut
    };
    let pairs = most_pairs(said_rest.len(), shown_rest.len(), may_be);
    let (said_left, shown_left) = (said_rest.len() - pairs, shown_rest.len() - pairs);
    let holds = match (said_left, shown_left) {
        (0, 0) => true,
        (0, _) => said_cut,
        (_, 0) => shown_cut,
        _ => false,
    };
    if holds { NameAgreement::Truncated } else { NameAgreement::Different }
}

/// How a word with its spellings stands to a word as printed.
#[derive(Default)]
struct Relation {
    same: bool,
    /// A spelling of the first is the beginning of the second.
    said_begins_shown: bool,
    /// The second is the beginning of a spelling of the first.
    shown_begins_said: bool,
}

impl Relation {
    fn of(said: &[Spellings], shown: &str) -> Self {
        let mut relation = Self::default();
        // Where in the printed word the spellings so far may end.
        let mut ends = vec![0];
        for letter in said {
            let mut next = Vec::new();
            for rest in ends.iter().filter_map(|&at| shown.get(at..)) {
                for spelling in *letter {
                    let end = shown.len() - rest.len() + spelling.len();
                    if rest.starts_with(spelling) {
                        // A few at most.
                        if !next.contains(&end) {
                            next.push(end);
                        }
                    } else if spelling.starts_with(rest) {
                        relation.shown_begins_said = true;
                    }
                }
            }
            ends = next;
        }
        relation.same = ends.contains(&shown.len());
        relation.said_begins_shown = !ends.is_empty();
        relation
    }
}

/// The most pairs of one of each side, no one twice (augmenting paths; both sides are the words of a name).
fn most_pairs(left: usize, right: usize, fits: impl Fn(usize, usize) -> bool) -> usize {
    fn augment(
        from: usize,
        taken: &mut [Option<usize>],
        seen: &mut [bool],
        fits: &impl Fn(usize, usize) -> bool,
    ) -> bool {
        for to in 0..taken.len() {
            if !fits(from, to) || std::mem::replace(&mut seen[to], true) {
                continue;
            }
            if taken[to].is_none_or(|other| augment(other, taken, seen, fits)) {
                taken[to] = Some(from);
                return true;
            }
        }
        false
    }
    let mut taken = vec![None; right];
    (0..left).filter(|&from| augment(from, &mut taken, &mut vec![false; right], &fits)).count()
}
