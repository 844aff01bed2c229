//! Evaluating an expression: bounded in work, whatever the rule and the data say.

use super::expression::{Comparison, Expression, Node};
use super::fault::Unevaluable;
use super::moment::Moment;
use super::value::Value;

/// The most steps of one evaluation. A state's rule takes some forty, and three hundred more where it looks a code up
/// in the longest value set.
const STEPS_MAX: usize = 100_000;

impl Expression {
    /// What the expression comes to for some data.
    ///
    /// # Errors
    /// [`Unevaluable`]: by the specification there is no value.
    pub fn evaluate<'a>(&'a self, data: &Value<'a>) -> Result<Value<'a>, Unevaluable> {
        Evaluator { steps: 0 }.node(&self.0, data)
    }
}

struct Evaluator {
    steps: usize,
}

impl Evaluator {
    /// Charges work before it is done.
    fn charge(&mut self, steps: usize) -> Result<(), Unevaluable> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps <= STEPS_MAX { Ok(()) } else { Err(Unevaluable::TooLong) }
    }

    fn node<'a>(&mut self, node: &'a Node, data: &Value<'a>) -> Result<Value<'a>, Unevaluable> {
        self.charge(1)?;
        Ok(match node {
            Node::Bool(value) => Value::Bool(*value),
            Node::Number(number) => Value::Number(*number),
            Node::Text(text) => Value::Text(text),
            Node::List(items) => {
                let values = items.iter().map(|item| self.node(item, data)).collect::<Result<_, _>>()?;
                Value::list(values).ok_or(Unevaluable::TooLong)?
            }
            Node::Var(parts) => self.var(parts, data)?,
            Node::If(operands) => {
                let [guard, then, otherwise] = &**operands;
                let branch = if self.truth(guard, data)? { then } else { otherwise };
                self.node(branch, data)?
            }
            Node::And(operands) => self.and(operands, data)?,
            Node::Not(operand) => Value::Bool(!self.truth(operand, data)?),
            Node::Same(operands) => {
                let [left, right] = self.both(operands, data)?;
                Value::Bool(left.is_same(&right))
            }
            Node::In(operands) => self.is_in(operands, data)?,
            Node::Plus(operands) => {
                let [left, right] = self.both(operands, data)?;
                let sum = left.integer().zip(right.integer()).map(|(left, right)| left + right);
                Value::Number(sum.filter(|sum| sum.is_finite()).ok_or(Unevaluable::NoInteger)?)
            }
            Node::Compare(comparison, operands) => {
                let number = |value: &Value<'_>| value.integer().ok_or(Unevaluable::NoInteger);
                self.compare(*comparison, operands, data, number)?
            }
            Node::CompareTimes(comparison, operands) => {
                let time = |value: &Value<'_>| match value {
                    Value::Moment(moment) => Ok(*moment),
                    _ => Err(Unevaluable::NoTime),
                };
                self.compare(*comparison, operands, data, time)?
            }
            Node::PlusTime(operand, amount, unit) => {
                let time = Moment::parse(self.text(operand, data)?);
                let moved = time.and_then(|time| time.plus(*amount, *unit));
                Value::Moment(moved.ok_or(Unevaluable::BadTime)?)
            }
            Node::DateOfBirth(operand) => {
                let date = Moment::date_of_birth(self.text(operand, data)?);
                Value::Moment(date.ok_or(Unevaluable::BadTime)?)
            }
            Node::Reduce(operands) => self.reduce(operands, data)?,
            Node::ExtractFromUvci(operand, index) => self.extract(operand, *index, data)?,
        })
    }

    fn truth<'a>(&mut self, node: &'a Node, data: &Value<'a>) -> Result<bool, Unevaluable> {
        self.node(node, data)?.truth().ok_or(Unevaluable::NeitherTrueNorFalse)
    }

    fn text<'a>(&mut self, node: &'a Node, data: &Value<'a>) -> Result<&'a str, Unevaluable> {
        match self.node(node, data)? {
            Value::Text(text) => {
                // Reading it takes as long as it is.
                self.charge(text.len() / 16)?;
                Ok(text)
            }
            _ => Err(Unevaluable::NoText),
        }
    }

    fn both<'a>(&mut self, operands: &'a [Node; 2], data: &Value<'a>) -> Result<[Value<'a>; 2], Unevaluable> {
        let [left, right] = operands;
        Ok([self.node(left, data)?, self.node(right, data)?])
    }

    fn var<'a>(&mut self, parts: &[Box<str>], data: &Value<'a>) -> Result<Value<'a>, Unevaluable> {
        self.charge(parts.len())?;
        let Some((first, rest)) = parts.split_first() else {
            return Ok(data.clone());
        };
        Ok(rest.iter().fold(data.step(first), |value, part| value.step(part)))
    }

    /// The first falsy value, or the last. What stands behind a falsy one is not evaluated.
    fn and<'a>(&mut self, operands: &'a [Node], data: &Value<'a>) -> Result<Value<'a>, Unevaluable> {
        let mut last = Value::Null;
        for operand in operands {
            last = self.node(operand, data)?;
            if !last.truth().ok_or(Unevaluable::NeitherTrueNorFalse)? {
                break;
            }
        }
        Ok(last)
    }

    fn is_in<'a>(&mut self, operands: &'a [Node; 2], data: &Value<'a>) -> Result<Value<'a>, Unevaluable> {
        let [wanted, list] = self.both(operands, data)?;
        let length = list.length().ok_or(Unevaluable::NoList)?;
        self.charge(length)?;
        Ok(Value::Bool((0..length).any(|place| list.item(place).is_same(&wanted))))
    }

    fn compare<'a, T: PartialOrd>(
        &mut self,
        comparison: Comparison,
        operands: &'a [Node],
        data: &Value<'a>,
        as_operand: impl Fn(&Value<'a>) -> Result<T, Unevaluable>,
    ) -> Result<Value<'a>, Unevaluable> {
        let values = operands.iter().map(|operand| as_operand(&self.node(operand, data)?));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        Ok(Value::Bool(values.windows(2).all(|pair| match pair {
            [left, right] => comparison.holds(left, right),
            _ => false,
        })))
    }

    fn reduce<'a>(&mut self, operands: &'a [Node; 3], data: &Value<'a>) -> Result<Value<'a>, Unevaluable> {
        let [list, lambda, initial] = operands;
        let list = self.node(list, data)?;
        let mut accumulator = self.node(initial, data)?;
        if matches!(list, Value::Null) {
            return Ok(accumulator);
        }
        let length = list.length().ok_or(Unevaluable::NoList)?;
        for place in 0..length {
            let members = vec![("accumulator", accumulator), ("current", list.item(place))];
            let inner = Value::object(members).ok_or(Unevaluable::TooLong)?;
            accumulator = self.node(lambda, &inner)?;
        }
        Ok(accumulator)
    }

    /// A part of a certificate identifier, which is split at `/`, `#` and `:`.
    fn extract<'a>(&mut self, operand: &'a Node, index: i64, data: &Value<'a>) -> Result<Value<'a>, Unevaluable> {
        let text = match self.node(operand, data)? {
            Value::Null => return Ok(Value::Null),
            Value::Text(text) => text,
            _ => return Err(Unevaluable::NoText),
        };
        self.charge(text.len() / 16)?;
        let text = text.strip_prefix("URN:UVCI:").unwrap_or(text);
        let part = usize::try_from(index).ok().and_then(|index| text.split(['/', '#', ':']).nth(index));
        Ok(part.map_or(Value::Null, Value::Text))
    }
}

impl Comparison {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrSame => left <= right,
            Self::More => left > right,
            Self::MoreOrSame => left >= right,
        }
    }
}
