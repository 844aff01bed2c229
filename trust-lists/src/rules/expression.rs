//! Expressions of CertLogic 1.3.3, checked once and evaluated often.

use super::fault::{ExpressionFault, Issue};
use super::moment::Unit;
use super::value::is_whole;
use tegata_certificate::json::Json;

/// The deepest nesting: four times that of the rules that states publish.
const DEPTH_MAX: usize = 64;

/// The most operations and literals: twenty times the longest rule that states publish.
const NODES_MAX: usize = 4096;

/// An expression that keeps to the specification.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression(pub(super) Node);

/// One operation or literal.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    List(Vec<Self>),
    /// The parts of a path; none: the data itself.
    Var(Vec<Box<str>>),
    If(Box<[Self; 3]>),
    And(Vec<Self>),
    Not(Box<Self>),
    Same(Box<[Self; 2]>),
    In(Box<[Self; 2]>),
    Plus(Box<[Self; 2]>),
    /// Two or three whole numbers.
    Compare(Comparison, Vec<Self>),
    /// Two or three times.
    CompareTimes(Comparison, Vec<Self>),
    PlusTime(Box<Self>, i64, Unit),
    DateOfBirth(Box<Self>),
    /// What is gone through, what is done with each item, and what it begins with.
    Reduce(Box<[Self; 3]>),
    ExtractFromUvci(Box<Self>, i64),
}

/// How two values are to lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    Less,
    LessOrSame,
    More,
    MoreOrSame,
}

impl Expression {
    /// The expression that a JSON value is.
    ///
    /// # Errors
    /// Everything that keeps it from being one, in the order of its text.
    pub fn compile<'a>(json: &'a Json<'a>) -> Result<Self, Vec<Issue<'a>>> {
        Self::compile_with(json, false)
    }

    /// The same as the reference evaluates it: operands too many of `if`, `!`, `reduce`, `plusTime`, `dccDateOfBirth` and
    /// `extractFromUVCI` are never looked at. Rules that states have published hold some.
    ///
    /// # Errors
    /// Everything that keeps it from being evaluated.
    pub fn compile_as_evaluated<'a>(json: &'a Json<'a>) -> Result<Self, Vec<Issue<'a>>> {
        Self::compile_with(json, true)
    }

    fn compile_with<'a>(json: &'a Json<'a>, surplus: bool) -> Result<Self, Vec<Issue<'a>>> {
        let mut compiler = Compiler { issues: Vec::new(), nodes: 0, surplus };
        match compiler.node(json, 0) {
            Some(node) if compiler.issues.is_empty() => Ok(Self(node)),
            _ => Err(compiler.issues),
        }
    }
}

/// How many operands an operation takes.
#[derive(Clone, Copy)]
struct Arity {
    least: usize,
    most: usize,
    words: &'static str,
    /// Whether the reference counts too when it evaluates.
    strict: bool,
}

const ONE: Arity = Arity { least: 1, most: 1, words: "exactly 1", strict: false };
const TWO: Arity = Arity { least: 2, most: 2, words: "exactly 2", strict: true };
/// Of `extractFromUVCI`, which is no operator between two.
const TWO_OF_UVCI: Arity = Arity { strict: false, ..TWO };
const THREE: Arity = Arity { least: 3, most: 3, words: "exactly 3", strict: false };
const TWO_OR_THREE: Arity = Arity { least: 2, most: 3, words: "2 or 3", strict: true };
const TWO_OR_MORE: Arity = Arity { least: 2, most: usize::MAX, words: "at least 2", strict: true };

struct Compiler<'a> {
    issues: Vec<Issue<'a>>,
    nodes: usize,
    /// Whether operands too many are passed over where the reference never looks at them.
    surplus: bool,
}

impl<'a> Compiler<'a> {
    fn refuse<T>(&mut self, part: &'a Json<'a>, fault: ExpressionFault) -> Option<T> {
        self.issues.push(Issue { part, fault });
        None
    }

    /// The node, or none after noting why not.
    fn node(&mut self, json: &'a Json<'a>, depth: usize) -> Option<Node> {
        self.nodes += 1;
        if depth > DEPTH_MAX {
            return self.refuse(json, ExpressionFault::TooDeep);
        }
        // Said once: what follows is not looked at.
        if self.nodes > NODES_MAX {
            let said = self.issues.iter().any(|issue| issue.fault == ExpressionFault::TooLong);
            return if said { None } else { self.refuse(json, ExpressionFault::TooLong) };
        }
        match json {
            Json::Null => self.refuse(json, ExpressionFault::Null),
            Json::Bool(value) => Some(Node::Bool(*value)),
            Json::Number(number) if is_whole(*number) => Some(Node::Number(*number)),
            Json::Number(_) => self.refuse(json, ExpressionFault::NotWhole),
            Json::Text(text) => Some(Node::Text(text.as_ref().into())),
            Json::List(items) => self.nodes_of(items, depth).map(Node::List),
            Json::Object(object) => {
                let mut members = object.members();
                match (members.next(), members.next()) {
                    (Some((operator, operands)), None) => self.operation(json, operator, operands, depth),
                    _ => self.refuse(json, ExpressionFault::Names(object.members().count())),
                }
            }
        }
    }

    /// All of them: each one's issues are told, though one is enough.
    fn nodes_of(&mut self, items: &'a [Json<'a>], depth: usize) -> Option<Vec<Node>> {
        let mut nodes = Some(Vec::with_capacity(items.len().min(NODES_MAX)));
        for item in items {
            match (self.node(item, depth + 1), &mut nodes) {
                (Some(node), Some(nodes)) => nodes.push(node),
                _ => nodes = None,
            }
        }
        nodes
    }

    fn array<const N: usize>(&mut self, operands: Option<Vec<Node>>) -> Option<Box<[Node; N]>> {
        operands?.into_boxed_slice().try_into().ok()
    }

    /// The operands of an operation that takes so many.
    fn operands(
        &mut self,
        json: &'a Json<'a>,
        operands: &'a [Json<'a>],
        arity: Arity,
        depth: usize,
    ) -> Option<Vec<Node>> {
        let counted = self.count(json, operands, arity);
        let nodes = self.nodes_of(operands.get(..arity.most).unwrap_or(operands), depth);
        nodes.filter(|_| counted)
    }

    fn count(&mut self, json: &'a Json<'a>, operands: &[Json<'a>], arity: Arity) -> bool {
        let found = operands.len();
        let passed_over = self.surplus && arity.most == arity.least && !arity.strict;
        let counted = arity.least <= found && (found <= arity.most || passed_over);
        if !counted {
            self.issues.push(Issue { part: json, fault: ExpressionFault::Operands { wanted: arity.words, found } });
        }
        counted
    }

    fn operation(
        &mut self,
        json: &'a Json<'a>,
        operator: &'a str,
        operands: &'a Json<'a>,
        depth: usize,
    ) -> Option<Node> {
        if operator == "var" {
            return self.var(json, operands);
        }
        let Json::List(list) = operands else {
            return self.refuse(json, ExpressionFault::NoOperands);
        };
        if let Some((comparison, of_times)) = comparison(operator) {
            let operands = self.operands(json, list, TWO_OR_THREE, depth)?;
            return Some(match of_times {
                true => Node::CompareTimes(comparison, operands),
                false => Node::Compare(comparison, operands),
            });
        }
        match operator {
            "if" => {
                let operands = self.operands(json, list, THREE, depth);
                self.array(operands).map(Node::If)
            }
            "and" => self.operands(json, list, TWO_OR_MORE, depth).map(Node::And),
            "!" => {
                // The reference says no more of an operand that is not alone.
                let operand = if self.count(json, list, ONE) { list.first() } else { None };
                self.node(operand?, depth + 1).map(Box::new).map(Node::Not)
            }
            "===" | "in" | "+" => {
                let operands = self.operands(json, list, TWO, depth);
                let operands = self.array(operands)?;
                Some(match operator {
                    "===" => Node::Same(operands),
                    "in" => Node::In(operands),
                    _ => Node::Plus(operands),
                })
            }
            "reduce" => {
                let operands = self.operands(json, list, THREE, depth);
                self.array(operands).map(Node::Reduce)
            }
            "plusTime" => self.plus_time(json, list, depth),
            "dccDateOfBirth" => {
                let operand = if self.count(json, list, ONE) { list.first() } else { None };
                self.node(operand?, depth + 1).map(Box::new).map(Node::DateOfBirth)
            }
            "extractFromUVCI" => self.extract(json, list, depth),
            _ => self.refuse(json, ExpressionFault::Unknown(operator.to_owned())),
        }
    }

    fn var(&mut self, json: &'a Json<'a>, path: &'a Json<'a>) -> Option<Node> {
        let Json::Text(path) = path else {
            return self.refuse(json, ExpressionFault::PathNoText);
        };
        if path.is_empty() {
            return Some(Node::Var(Vec::new()));
        }
        if path.split('.').any(str::is_empty) {
            return self.refuse(json, ExpressionFault::PathPart);
        }
        let parts: Vec<Box<str>> = path.split('.').map(Box::from).collect();
        if parts.len() > DEPTH_MAX { self.refuse(json, ExpressionFault::TooDeep) } else { Some(Node::Var(parts)) }
    }

    fn plus_time(&mut self, json: &'a Json<'a>, list: &'a [Json<'a>], depth: usize) -> Option<Node> {
        let counted = self.count(json, list, THREE);
        let time = list.first().and_then(|time| self.node(time, depth + 1));
        let amount = list.get(1).and_then(|amount| self.whole(json, amount, ExpressionFault::Amount));
        let unit = list.get(2).and_then(|unit| match unit.as_text().and_then(Unit::from_name) {
            None => self.refuse(json, ExpressionFault::Unit),
            unit => unit,
        });
        if counted { Some(Node::PlusTime(Box::new(time?), amount?, unit?)) } else { None }
    }

    fn extract(&mut self, json: &'a Json<'a>, list: &'a [Json<'a>], depth: usize) -> Option<Node> {
        let counted = self.count(json, list, TWO_OF_UVCI);
        let operand = list.first().and_then(|operand| self.node(operand, depth + 1));
        let index = list.get(1).and_then(|index| self.whole(json, index, ExpressionFault::Index));
        if counted { Some(Node::ExtractFromUvci(Box::new(operand?), index?)) } else { None }
    }

    /// A whole number that stands for itself. One beyond what is counted with is at the end of it.
    fn whole(&mut self, json: &'a Json<'a>, number: &'a Json<'a>, fault: ExpressionFault) -> Option<i64> {
        match number {
            Json::Number(number) if is_whole(*number) => Some(*number as i64),
            _ => self.refuse(json, fault),
        }
    }
}

/// A comparison by its name, and whether it is one of times.
fn comparison(operator: &str) -> Option<(Comparison, bool)> {
    Some(match operator {
        "<" => (Comparison::Less, false),
        "<=" => (Comparison::LessOrSame, false),
        ">" => (Comparison::More, false),
        ">=" => (Comparison::MoreOrSame, false),
        "before" => (Comparison::Less, true),
        "not-after" => (Comparison::LessOrSame, true),
        "after" => (Comparison::More, true),
        "not-before" => (Comparison::MoreOrSame, true),
        _ => return None,
    })
}
