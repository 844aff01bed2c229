//! Rules: whether an authentic certificate is enough for what its holder wants.
//!
//! A rule is an expression of **CertLogic** 1.3.3, a small language of the EU's for rules over certificates: no loop
//! but over a list, no time but the one that is given. An [`Expression`] is checked once and evaluated often, with
//! bounds on depth, length and work; what it is evaluated on is a [`Value`].
//!
//! A [`Rule`] adds when it counts, for whom, and what it says to people. The rules of one [`Purpose`] make a
//! [`RuleSet`]. All sets of a repository are one [`RuleList`], which is dated, versioned and signed by a role of its
//! own: rules change when the law does, and no program with them.

#[cfg(feature = "tool")]
mod encode;
mod evaluate;
mod expression;
mod fault;
mod moment;
mod rule;
mod rule_list;
mod rule_set;
mod value;
pub mod view;

pub use expression::Expression;
pub use fault::{ExpressionFault, Issue, Unevaluable};
pub use moment::Moment;
pub use rule::{Rule, RuleOutcome, RuleVersion};
pub use rule_list::RuleList;
pub use rule_set::{Purpose, RuleSet, Ruling, Shape, is_language, is_set_id};
pub use value::{Made, Value};
