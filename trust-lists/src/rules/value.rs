//! Values while an expression is evaluated.

use super::moment::Moment;
use std::borrow::Cow;
use std::rc::Rc;
use tegata_certificate::json::{Json, Object};

/// The deepest nesting of values that an expression may build.
const DEPTH_MAX: u32 = 64;

/// A value: of the data, of the expression, or made on the way. Cloning one copies nothing that is long.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Null: also what is not there.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// A time.
    Moment(Moment),
    /// A list or an object of the data.
    Data(&'a Json<'a>),
    /// A list or an object that was made.
    Made(Made<'a>),
}

/// A list or an object that was made on the way.
#[derive(Clone, Debug)]
pub struct Made<'a> {
    depth: u32,
    items: Items<'a>,
}

#[derive(Clone, Debug)]
enum Items<'a> {
    List(Rc<[Value<'a>]>),
    Object(Rc<[(&'static str, Value<'a>)]>),
}

impl<'a> Value<'a> {
    /// A value of the data.
    #[must_use]
    pub fn of(json: &'a Json<'a>) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::Number(*number),
            Json::Text(text) => Self::Text(text),
            Json::List(_) | Json::Object(_) => Self::Data(json),
        }
    }

    /// A list; `None` where it would be nested too deeply.
    pub(super) fn list(items: Vec<Self>) -> Option<Self> {
        let depth = deepest(items.iter())?;
        Some(Self::Made(Made { depth, items: Items::List(items.into()) }))
    }

    /// An object; `None` where it would be nested too deeply.
    pub(super) fn object(members: Vec<(&'static str, Self)>) -> Option<Self> {
        let members: Rc<[_]> = members.into();
        let depth = deepest(members.iter().map(|(_, value)| value))?;
        Some(Self::Made(Made { depth, items: Items::Object(members) }))
    }

    /// Whether it counts as true or as false; a time is neither.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        Some(match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Moment(_) => return None,
            Self::Data(Json::List(items)) => !items.is_empty(),
            Self::Data(Json::Object(object)) => object.members().next().is_some(),
            Self::Data(_) => false,
            Self::Made(Made { items: Items::List(items), .. }) => !items.is_empty(),
            Self::Made(Made { items: Items::Object(members), .. }) => !members.is_empty(),
        })
    }

    /// Equality without conversion, of null, booleans, numbers and texts. Anything else equals nothing.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            _ => false,
        }
    }

    /// Its number, if it is whole.
    pub(super) fn integer(&self) -> Option<f64> {
        match self {
            Self::Number(number) if is_whole(*number) => Some(*number),
            _ => None,
        }
    }

    /// How many items it has, if it is a list.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Self::Data(Json::List(items)) => Some(items.len()),
            Self::Made(Made { items: Items::List(items), .. }) => Some(items.len()),
            _ => None,
        }
    }

    /// The item of a list at that place, or null.
    pub(super) fn item(&self, place: usize) -> Self {
        match self {
            Self::Data(Json::List(items)) => items.get(place).map_or(Self::Null, Value::of),
            Self::Made(Made { items: Items::List(items), .. }) => items.get(place).cloned().unwrap_or(Self::Null),
            _ => Self::Null,
        }
    }

    /// What a part of a path leads to: an item of a list or a member of an object, or null.
    pub(super) fn step(&self, part: &str) -> Self {
        match self {
            Self::Data(Json::Object(object)) => object.get(part).map_or(Self::Null, Value::of),
            Self::Made(Made { items: Items::Object(members), .. }) => {
                members.iter().find(|(name, _)| *name == part).map_or(Self::Null, |(_, value)| value.clone())
            }
            _ => part.parse().map_or(Self::Null, |place| self.item(place)),
        }
    }

    fn depth(&self) -> u32 {
        if let Self::Made(made) = self { made.depth } else { 0 }
    }

    /// The value as JSON, a time as ECMAScript writes it. Lists that hold one another several times grow: this is for
    /// whoever looks at a result, not for what strangers' rules may make.
    #[must_use]
    pub fn to_json(&self) -> Json<'a> {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(number) => Json::Number(*number),
            Self::Text(text) => Json::Text(Cow::Borrowed(text)),
            Self::Moment(moment) => Json::Text(Cow::Owned(moment.to_string())),
            Self::Data(json) => (*json).clone(),
            Self::Made(Made { items: Items::List(items), .. }) => Json::List(items.iter().map(Self::to_json).collect()),
            Self::Made(Made { items: Items::Object(members), .. }) => {
                let members = members.iter().map(|(name, value)| (Cow::Borrowed(*name), value.to_json())).collect();
                Object::of(members).map_or(Json::Null, Json::Object)
            }
        }
    }
}

/// Whether a number has no fraction.
pub(super) fn is_whole(number: f64) -> bool {
    number.fract() == 0.0
}

fn deepest<'v, 'a: 'v>(values: impl Iterator<Item = &'v Value<'a>>) -> Option<u32> {
    let depth = 1 + values.map(Value::depth).max().unwrap_or(0);
    (depth <= DEPTH_MAX).then_some(depth)
}
