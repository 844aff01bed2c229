//! The hand-written judge of EU DCC payloads says what a JSON Schema engine says, release by
//! release, for payloads that were bent at random places.

use std::{cell::Cell, collections::BTreeMap};

use jsonschema::Validator;
use proptest::{prelude::*, sample::select};
use serde_json::{Value as Json, json};
use tegata_certificate::eu_dcc::schema;
use tegata_tests::vectors::{self, Manifest, as_read, cbor_of_json};

/// The published schemas by release; `format` is a remark in their draft.
fn validators() -> Option<BTreeMap<String, Validator>> {
    let manifest = Manifest::read(&vectors::family("eu-dcc")?);
    let validator = |name: &str| {
        let release = name.trim_start_matches("schema/").trim_end_matches(".json").to_owned();
        let schema = vectors::json(&manifest.path(name));
        let options = jsonschema::options().should_validate_formats(false);
        (release, options.build(&schema).expect("a published schema"))
    };
    let validators: BTreeMap<_, _> = manifest.below("schema", "json").map(validator).collect();
    if validators.is_empty() {
        println!("eu-dcc: skipped: no schemas in these vectors");
        return None;
    }
    Some(validators)
}

/// What the engine says by the schema that the payload names, and one kind of entry besides.
fn engine_says(validators: &BTreeMap<String, Validator>, payload: &Json) -> bool {
    let named = payload["ver"].as_str().and_then(|ver| validators.get(ver));
    let validator = named.unwrap_or_else(|| &validators["1.3.0"]);
    let kinds = ["v", "t", "r"].iter().filter(|kind| payload.get(kind).is_some()).count();
    validator.is_valid(payload) && kinds == 1
}

fn vaccination() -> Json {
    json!({"tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215",
        "dn": 1, "sd": 2, "dt": "2021-02-18", "co": "XA", "is": "Ministry", "ci": "URN:UVCI:01:XA:1"})
}

fn test() -> Json {
    json!({"tg": "840539006", "tt": "LP6464-4", "nm": "Name", "ma": "1232",
        "sc": "2021-02-18T10:00:00Z", "dr": "2021-02-18T10:00:00Z", "tr": "260415000",
        "tc": "Centre", "co": "XA", "is": "Ministry", "ci": "URN:UVCI:01:XA:1"})
}

fn recovery() -> Json {
    json!({"tg": "840539006", "fr": "2021-02-18", "co": "XA", "is": "Ministry",
        "df": "2021-03-01", "du": "2021-08-01", "ci": "URN:UVCI:01:XA:1"})
}

fn fitting() -> impl Strategy<Value = Json> {
    let releases = ["1.0.0", "1.0.1", "1.1.0", "1.2.0", "1.2.1", "1.3.0", "1.3.1", "1.3.2", "1.3.3"];
    let groups = vec![("v", vaccination()), ("t", test()), ("r", recovery())];
    (select(releases.to_vec()), select(groups)).prop_map(|(release, (group, entry))| {
        json!({"ver": release, "dob": "1964-08-12", group: [entry],
            "nam": {"fn": "Muster", "fnt": "MUSTER", "gn": "Erika", "gnt": "ERIKA<EVA"}})
    })
}

/// A change at a place that is chosen by numbers, so that it can be made in any payload.
#[derive(Clone, Debug)]
enum Change {
    Drop,
    Rename(&'static str),
    Set(Json),
    Repeat,
    Add(&'static str, Json),
}

fn changes() -> impl Strategy<Value = Vec<(usize, usize, Change)>> {
    let names = vec!["v", "t", "r", "ver", "dob", "nam", "fnt", "gnt", "tc", "dr", "nm", "x", ""];
    let change = prop_oneof![
        2 => Just(Change::Drop),
        1 => select(names.clone()).prop_map(Change::Rename),
        5 => values().prop_map(Change::Set),
        1 => Just(Change::Repeat),
        1 => (select(names), values()).prop_map(|(name, value)| Change::Add(name, value)),
    ];
    prop::collection::vec((0..8_usize, 0..16_usize, change), 0..4)
}

/// Values at and beyond the schemas' edges.
fn values() -> impl Strategy<Value = Json> {
    let length = select(vec![0_usize, 1, 49, 50, 51, 79, 80, 81]);
    let letter = select(vec!["A", "a", "<", "é", "手", "😀", "-", "1", "\n"]);
    let long = (length, letter).prop_map(|(length, letter)| Json::from(letter.repeat(length)));
    let texts = [
        "1964",
        "1964-08",
        "1964-08-",
        "1864-08-12",
        "2064-99-99",
        "x1964-08-12x",
        "1964-08-12\n",
        "１９６４",
        "1.3.0",
        "1.3.9",
        "1x3x0",
        "11111",
        "1111",
        "1.3.0\n",
        "1\n3\n0",
        "1.2.1",
        "1.0.0",
        "xAx",
        "ABCDEFGHIJKL",
        "MÜLLER",
        "A<B\n",
        "2021-02-30",
        "",
    ];
    let numbers = [
        json!(-1),
        json!(0),
        json!(1),
        json!(9),
        json!(10),
        json!(9.0),
        json!(10.0),
        json!(1.5),
        json!(-0.0),
        json!(1e300),
        json!(0.5),
        json!(u64::MAX),
        json!(i64::MIN),
    ];
    let others = [json!(null), json!(true), json!([]), json!({}), json!([{}]), json!([null])];
    let groups = [vaccination(), test(), recovery()].map(|entry| json!([entry]));
    prop_oneof![
        3 => long,
        4 => select(texts.map(Json::from).to_vec()),
        3 => select(numbers.to_vec()),
        2 => select(others.to_vec()),
        1 => select(groups.to_vec()),
    ]
}

/// Where the objects of a payload are: itself, its name and each entry of each group.
fn objects(payload: &Json) -> Vec<String> {
    let mut paths = vec![String::new(), "/nam".to_owned()];
    for group in ["v", "t", "r"] {
        let entries = payload[group].as_array().map_or(0, Vec::len);
        paths.extend((0..entries).map(|place| format!("/{group}/{place}")));
    }
    paths.retain(|path| payload.pointer(path).is_some_and(Json::is_object));
    paths
}

fn apply(payload: &mut Json, (object, member, change): &(usize, usize, Change)) {
    let paths = objects(payload);
    let Some(object) = payload.pointer_mut(&paths[object % paths.len()]) else { return };
    let Some(object) = object.as_object_mut() else { return };
    let names: Vec<String> = object.keys().cloned().collect();
    let Some(name) = names.get(member % names.len().max(1)) else { return };
    match change {
        Change::Drop => drop(object.remove(name)),
        Change::Rename(new) => {
            let value = object.remove(name).unwrap_or_default();
            object.insert((*new).to_owned(), value);
        }
        Change::Set(value) => drop(object.insert(name.clone(), value.clone())),
        Change::Add(name, value) => drop(object.insert((*name).to_owned(), value.clone())),
        Change::Repeat => {
            if let Some(Json::Array(entries)) = object.get_mut(name) {
                entries.extend(entries.first().cloned());
            }
        }
    }
}

#[test]
fn our_judgement_of_bent_payloads_is_that_of_a_schema_engine() {
    let Some(validators) = validators() else { return };
    let cases = ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() };
    let (valid, invalid) = (Cell::new(0_u32), Cell::new(0_u32));
    proptest!(cases, |(payload in fitting(), changes in changes())| {
        let mut payload = payload;
        for change in &changes {
            apply(&mut payload, change);
        }
        let found = schema::findings(&as_read(&cbor_of_json(&payload)));
        let wanted = engine_says(&validators, &payload);
        prop_assert_eq!(schema::is_valid(&found), wanted, "{} {:?}", payload, found);
        let count = if wanted { &valid } else { &invalid };
        count.set(count.get() + 1);
    });
    // A generator that bends everything, or nothing, would show little.
    let (valid, invalid) = (valid.get(), invalid.get());
    assert!(valid > 2_000 && invalid > 2_000, "{valid} valid, {invalid} invalid");
}

#[test]
fn our_judgement_of_the_published_payloads_is_that_of_a_schema_engine() {
    let Some(validators) = validators() else { return };
    let manifest = Manifest::read(&vectors::family("eu-dcc").expect("found above"));
    let cases = manifest.below("schema-cases", "json").map(|name| vectors::json(&manifest.path(name)));
    let vectors = manifest.below("vectors", "json").map(|name| vectors::json(&manifest.path(name))["JSON"].clone());
    let mut checked = 0;
    for payload in cases.chain(vectors).filter(Json::is_object) {
        let found = schema::findings(&as_read(&cbor_of_json(&payload)));
        assert_eq!(schema::is_valid(&found), engine_says(&validators, &payload), "{found:?}");
        checked += 1;
    }
    assert!(checked > 0, "no published payload");
}
