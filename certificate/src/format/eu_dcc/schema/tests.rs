//! What the schemas' releases allow and refuse, written by hand; `tests` compares with an engine.

use super::*;

fn text(value: &str) -> Value<'static> {
    Value::Text(value.to_owned().into())
}

fn map(members: &[(&str, Value<'static>)]) -> Value<'static> {
    Value::Map(members.iter().map(|(k, v)| (text(k), v.clone())).collect())
}

fn vaccination() -> Value<'static> {
    map(&[
        ("tg", text("840539006")),
        ("vp", text("1119349007")),
        ("mp", text("EU/1/20/1528")),
        ("ma", text("ORG-100030215")),
        ("dn", Value::Unsigned(1)),
        ("sd", Value::Unsigned(2)),
        ("dt", text("2021-02-18")),
        ("co", text("XA")),
        ("is", text("Ministry")),
        ("ci", text("URN:UVCI:01:XA:1")),
    ])
}

fn test() -> Value<'static> {
    map(&[
        ("tg", text("840539006")),
        ("tt", text("LP6464-4")),
        ("sc", text("2021-02-18T10:00:00Z")),
        ("tr", text("260415000")),
        ("tc", text("Centre")),
        ("co", text("XA")),
        ("is", text("Ministry")),
        ("ci", text("URN:UVCI:01:XA:1")),
    ])
}

fn payload(ver: &str, group: &str, entry: Value<'static>) -> Value<'static> {
    map(&[
        ("ver", text(ver)),
        ("nam", map(&[("fnt", text("MUSTER")), ("gnt", text("ERIKA<EVA"))])),
        ("dob", text("1964-08-12")),
        (group, Value::Array(vec![entry])),
    ])
}

/// Sets a member by a path of names and places; `None` takes it away.
fn set(value: &mut Value<'static>, path: &str, new: Option<Value<'static>>) {
    let (head, rest) = path.split_once('/').unwrap_or((path, ""));
    match value {
        Value::Array(list) => set(&mut list[head.parse::<usize>().unwrap()], rest, new),
        Value::Map(object) if rest.is_empty() => {
            object.retain(|(key, _)| key.as_text() != Some(head));
            object.extend(new.map(|new| (text(head), new)));
        }
        Value::Map(object) => {
            let slot = object.iter_mut().find(|(key, _)| key.as_text() == Some(head));
            set(&mut slot.unwrap().1, rest, new);
        }
        _ => unreachable!("a path of the test"),
    }
}

fn with(mut payload: Value<'static>, path: &str, new: Option<Value<'static>>) -> Vec<(FindingCode, String)> {
    set(&mut payload, path, new);
    findings(&payload).into_iter().map(|f| (f.code, f.path)).collect()
}

const ALL: [&str; 9] = ["1.0.0", "1.0.1", "1.1.0", "1.2.0", "1.2.1", "1.3.0", "1.3.1", "1.3.2", "1.3.3"];

/// The releases that accept this change of a fitting payload.
fn accepting(group: &str, entry: &Value<'static>, path: &str, new: Option<Value<'static>>) -> Vec<&'static str> {
    ALL.into_iter().filter(|ver| with(payload(ver, group, entry.clone()), path, new.clone()).is_empty()).collect()
}

#[test]
fn a_fitting_payload_has_no_findings_in_any_release() {
    for ver in ALL {
        assert!(findings(&payload(ver, "v", vaccination())).is_empty(), "{ver}");
        assert!(findings(&payload(ver, "t", test())).is_empty(), "{ver}");
    }
}

#[test]
fn releases_differ_where_their_schemas_do() {
    let (v, t) = (vaccination(), test());
    let long = |n: usize| Some(text(&"é".repeat(n)));
    let since = |first: &str| -> Vec<_> { ALL.into_iter().filter(|v| *v >= first).collect() };
    let until = |first: &str| -> Vec<_> { ALL.into_iter().filter(|v| *v < first).collect() };
    assert_eq!(accepting("v", &v, "dob", Some(text("1964-08"))), since("1.1.0"));
    assert_eq!(accepting("v", &v, "dob", Some(text(""))), since("1.3.0"));
    assert_eq!(accepting("v", &v, "dob", Some(text("x1964-08-12T00"))), until("1.1.0"));
    assert_eq!(accepting("v", &v, "v/0/is", long(50)), ALL);
    assert_eq!(accepting("v", &v, "v/0/is", long(51)), since("1.3.0"));
    assert_eq!(accepting("v", &v, "v/0/is", long(81)), [""; 0]);
    assert_eq!(accepting("v", &v, "v/0/dn", Some(Value::Unsigned(10))), since("1.3.0"));
    assert_eq!(accepting("v", &v, "v/0/dn", Some(Value::Float(1e300))), since("1.3.0"));
    assert_eq!(accepting("v", &v, "v/0/dn", Some(Value::Float(3.0))), ALL);
    assert_eq!(accepting("v", &v, "nam/fnt", None), since("1.3.2"));
    assert_eq!(accepting("t", &t, "t/0/tc", None), since("1.3.0"));
    assert_eq!(accepting("t", &t, "t/0/nm", long(81)), until("1.3.0"));
    assert_eq!(accepting("t", &t, "t/0/dr", Some(Value::Null)), since("1.2.0"));
    let two = Some(Value::Array(vec![v.clone(), v.clone()]));
    assert_eq!(accepting("v", &v, "v", two), until("1.3.0"));
}

#[test]
fn each_fault_is_named_with_its_place() {
    use FindingCode::{Missing, MixedKinds, OutOfRange, WrongCount, WrongForm, WrongType};
    let v = || payload("1.3.0", "v", vaccination());
    let one = |code, path: &str| vec![(code, path.to_owned())];
    assert_eq!(with(v(), "v/0/ma", None), one(Missing, "v/0/ma"));
    assert_eq!(with(v(), "v/0/dn", Some(text("1"))), one(WrongType, "v/0/dn"));
    assert_eq!(with(v(), "v/0/dn", Some(Value::Float(1.5))), one(WrongType, "v/0/dn"));
    assert_eq!(with(v(), "v/0/sd", Some(Value::Unsigned(0))), one(OutOfRange, "v/0/sd"));
    assert_eq!(with(v(), "v/0/co", Some(text("xa"))), one(WrongForm, "v/0/co"));
    assert_eq!(with(v(), "v/0/co", Some(text("xAx"))), []);
    assert_eq!(with(v(), "nam/gnt", Some(text("ÉVA"))), one(WrongForm, "nam/gnt"));
    assert_eq!(with(v(), "nam", Some(Value::Null)), one(WrongType, "nam"));
    assert_eq!(with(v(), "nam", None), one(Missing, "nam"));
    assert_eq!(with(v(), "v", None), one(MixedKinds, ""));
    assert_eq!(with(v(), "v", Some(Value::Array(vec![]))), one(WrongCount, "v"));
    assert_eq!(with(v(), "v", Some(Value::Array(vec![Value::Null]))), one(WrongType, "v/0"));
    let both = Some(Value::Array(vec![test()]));
    assert_eq!(with(v(), "t", both), one(MixedKinds, ""));
    assert_eq!(with(v(), "dob", Some(text("1864-08-12"))), one(WrongForm, "dob"));
    assert_eq!(with(v(), "ver", None), one(Missing, "ver"));
}

#[test]
fn an_unknown_release_is_told_and_judged_by_1_3_0() {
    let found = findings(&payload("1.4.0", "v", vaccination()));
    assert_eq!(found, [Finding::new(FindingCode::UnknownVersion, "ver")]);
    assert!(is_valid(&found));
    assert!(!is_valid(&findings(&payload("one", "v", vaccination()))));
}

#[test]
fn tagged_stamps_are_texts_and_other_tags_are_not() {
    let at = |tag, inner: Value<'static>| Some(Value::Tag(tag, Box::new(inner)));
    let t = || payload("1.3.0", "t", test());
    assert_eq!(with(t(), "t/0/sc", at(0, text("2021-02-18T10:00:00Z"))), []);
    assert_eq!(with(t(), "t/0/sc", at(1, Value::Unsigned(1_613_642_400))), []);
    assert_eq!(with(t(), "dob", at(1004, text("1964-08-12"))), []);
    assert_eq!(with(t(), "dob", at(1004, text("1864-08-12"))).len(), 1);
    assert_eq!(with(t(), "t/0/sc", at(1, text("2021-02-18T10:00:00Z"))).len(), 1);
    assert_eq!(with(t(), "t/0/sc", at(2, text("x"))).len(), 1);
    assert_eq!(with(t(), "t/0/is", at(0, text("Ministry"))).len(), 1);
}

#[test]
fn the_dots_of_a_version_are_any_character() {
    for fitting in ["1.3.0", "10.20.30", "1x3x0", "11111", "123456", "1é3💉0"] {
        assert!(is_version(fitting), "{fitting}");
    }
    for other in ["", "1", "1.3", "1.3.", ".3.0", "1.3.0x", "1111", "1\n3\n0", "1..3.0", "１.3.0"] {
        assert!(!is_version(other), "{other}");
    }
}

#[test]
fn the_number_of_findings_is_bounded() {
    let entries = vec![Value::Map(vec![]); 5_000];
    let mut hostile = payload("1.0.0", "v", Value::Null);
    set(&mut hostile, "v", Some(Value::Array(entries)));
    assert_eq!(findings(&hostile).len(), MAX_FINDINGS);
}
