//! CertLogic against a naive evaluator of its own arithmetic, and against hostile expressions.

use proptest::prelude::*;
use serde_json::{Value as Any, json};
use tegata_certificate::jcs;
use tegata_certificate::json::Json;
use tegata_trust_lists::rules::{Expression, ExpressionFault, Unevaluable, Value};

/// What a naive reading of the specification comes to. Times are milliseconds under a name that no data has.
mod naive {
    use serde_json::{Value as Any, json};

    pub fn evaluate(expression: &Any, data: &Any) -> Option<Any> {
        match expression {
            Any::Bool(_) | Any::String(_) | Any::Number(_) => Some(expression.clone()),
            Any::Null => None,
            Any::Array(items) => {
                items.iter().map(|item| evaluate(item, data)).collect::<Option<Vec<_>>>().map(Any::Array)
            }
            Any::Object(object) => {
                let (operator, operands) = object.iter().next()?;
                if operator == "var" {
                    return Some(walk(data, operands.as_str()?));
                }
                operation(operator, operands.as_array()?, data)
            }
        }
    }

    fn walk(data: &Any, path: &str) -> Any {
        if path.is_empty() {
            return data.clone();
        }
        let mut at = data.clone();
        for part in path.split('.') {
            at = match (&at, part.parse::<usize>()) {
                (Any::Array(items), Ok(place)) => items.get(place).cloned().unwrap_or(Any::Null),
                (Any::Object(object), _) => object.get(part).cloned().unwrap_or(Any::Null),
                _ => Any::Null,
            };
        }
        at
    }

    fn truth(value: &Any) -> Option<bool> {
        if value.get("%time").is_some() {
            return None;
        }
        Some(
            !matches!(value, Any::Null | Any::Bool(false))
                && *value != json!("")
                && *value != json!(0)
                && *value != json!([])
                && *value != json!({}),
        )
    }

    fn same(a: &Any, b: &Any) -> bool {
        !a.is_array() && !a.is_object() && a == b
    }

    fn operation(operator: &str, operands: &[Any], data: &Any) -> Option<Any> {
        let value = |place: usize| evaluate(operands.get(place)?, data);
        Some(match operator {
            "if" => return value(if truth(&value(0)?)? { 1 } else { 2 }),
            "and" => {
                let mut last = Any::Null;
                for operand in operands {
                    last = evaluate(operand, data)?;
                    if !truth(&last)? {
                        return Some(last);
                    }
                }
                last
            }
            "!" => json!(!truth(&value(0)?)?),
            "===" => json!(same(&value(0)?, &value(1)?)),
            "in" => {
                let wanted = value(0)?;
                json!(value(1)?.as_array()?.iter().any(|item| same(item, &wanted)))
            }
            "+" => json!(value(0)?.as_i64()? + value(1)?.as_i64()?),
            "<" | ">" | "<=" | ">=" => {
                let values = operands.iter().map(|one| evaluate(one, data)?.as_i64()).collect::<Option<Vec<_>>>()?;
                compare(operator, &values)
            }
            "before" | "after" | "not-after" | "not-before" => {
                let time = |one| evaluate(one, data)?.get("%time")?.as_i64();
                let values = operands.iter().map(time).collect::<Option<Vec<_>>>()?;
                let same = [("before", "<"), ("after", ">"), ("not-after", "<="), ("not-before", ">=")];
                compare(same.iter().find(|(name, _)| *name == operator)?.1, &values)
            }
            "plusTime" => {
                let text = value(0)?;
                json!({ "%time": plus(text.as_str()?, operands[1].as_i64()?, operands[2].as_str()?)? })
            }
            "dccDateOfBirth" => {
                let text = value(0)?;
                let text = text.as_str()?;
                if text.contains('T') {
                    return None;
                }
                json!({ "%time": plus(text, 0, "day")? })
            }
            "reduce" => {
                let (list, mut accumulator) = (value(0)?, value(2)?);
                if list.is_null() {
                    return Some(accumulator);
                }
                for current in list.as_array()? {
                    accumulator = evaluate(&operands[1], &json!({ "current": current, "accumulator": accumulator }))?;
                }
                accumulator
            }
            "extractFromUVCI" => {
                let text = value(0)?;
                if text.is_null() {
                    return Some(Any::Null);
                }
                let text = text.as_str()?.replacen("URN:UVCI:", "\u{0}", 1);
                let text = text.strip_prefix('\u{0}').map_or_else(|| text.replace('\u{0}', "URN:UVCI:"), str::to_owned);
                let index = usize::try_from(operands[1].as_i64()?).ok();
                let parts: Vec<&str> = text.split(['/', '#', ':']).collect();
                index.and_then(|index| parts.get(index)).map_or(Any::Null, |part| json!(part))
            }
            _ => return None,
        })
    }

    fn compare(operator: &str, values: &[i64]) -> Any {
        json!(values.windows(2).all(|pair| match operator {
            "<" => pair[0] < pair[1],
            ">" => pair[0] > pair[1],
            "<=" => pair[0] <= pair[1],
            _ => pair[0] >= pair[1],
        }))
    }

    fn leap(year: i64) -> bool {
        (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    }

    fn month_days(year: i64, month: i64) -> i64 {
        [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][(month - 1) as usize]
    }

    /// Days since 1970, one year and one month after the other.
    fn days(year: i64, month: i64, day: i64) -> i64 {
        let mut days = 0;
        for one in 1970..year {
            days += if leap(one) { 366 } else { 365 };
        }
        for one in year..1970 {
            days -= if leap(one) { 366 } else { 365 };
        }
        (1..month).map(|one| month_days(year, one)).sum::<i64>() + days + day - 1
    }

    /// Milliseconds of a text moved by so many units; only the forms that the generator writes.
    fn plus(text: &str, amount: i64, unit: &str) -> Option<i64> {
        let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
        let numbers: Vec<i64> = date.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let (year, month) = (*numbers.first()?, numbers.get(1).copied().unwrap_or(12));
        if !(1..=12).contains(&month) || numbers.len() > 3 || date.len() != [0, 4, 7, 10][numbers.len()] {
            return None;
        }
        let day = numbers.get(2).copied().unwrap_or(month_days(year, month));
        if day < 1 || day > month_days(year, month) {
            return None;
        }
        let (clock, offset) = match time.find(['+', '-', 'Z']) {
            Some(at) if time[at..].starts_with('Z') => (&time[..at], 0),
            Some(at) => {
                let sign = if time[at..].starts_with('-') { -1 } else { 1 };
                let (h, m) = time[at + 1..].split_once(':')?;
                (&time[..at], sign * (h.parse::<i64>().ok()? * 60 + m.parse::<i64>().ok()?))
            }
            None => (time, 0),
        };
        let clock: Vec<i64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        if clock.len() != 3 {
            return None;
        }
        let of_day = (clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000;
        let utc = days(year, month, day) * 86_400_000 + of_day - offset * 60_000;
        match unit {
            "hour" => return Some(utc + amount * 3_600_000),
            "day" => return Some(utc + amount * 86_400_000),
            _ => {}
        }
        // Back to a calendar, step by step.
        let (mut left, of_day) = (utc.div_euclid(86_400_000), utc.rem_euclid(86_400_000));
        let (mut year, mut month) = (1970, 1);
        while left < 0 || left >= month_days(year, month) {
            if left < 0 {
                month -= 1;
                if month == 0 {
                    (year, month) = (year - 1, 12);
                }
                left += month_days(year, month);
            } else {
                left -= month_days(year, month);
                month += 1;
                if month == 13 {
                    (year, month) = (year + 1, 1);
                }
            }
        }
        for _ in 0..amount.abs() * if unit == "year" { 12 } else { 1 } {
            month += amount.signum();
            (year, month) = match month {
                0 => (year - 1, 12),
                13 => (year + 1, 1),
                _ => (year, month),
            };
        }
        Some((days(year, month, 1) + left) * 86_400_000 + of_day)
    }
}

fn data() -> Any {
    json!({
        "n": 3, "zero": 0, "s": "a", "none": null, "yes": true, "list": [1, 2, 3, 2], "texts": ["a", "b", null],
        "empty": [], "object": { "x": { "y": [10, { "z": "deep" }] } }, "day": "2020-02-29", "month": "2021-01",
        "year": "2004", "moment": "2021-12-31T23:30:00-01:30", "uvci": "URN:UVCI:01:NL:187/37512422923#Z"
    })
}

fn path() -> impl Strategy<Value = Any> {
    let paths = [
        "",
        "n",
        "zero",
        "s",
        "none",
        "yes",
        "list",
        "list.1",
        "list.9",
        "texts",
        "empty",
        "object.x.y.1.z",
        "object.x.y.0",
        "day",
        "month",
        "year",
        "moment",
        "uvci",
        "missing.a",
        "s.0",
        "accumulator",
        "current",
        "current.x",
    ];
    prop::sample::select(paths.to_vec()).prop_map(|path| json!({ "var": path }))
}

fn expression() -> impl Strategy<Value = Any> {
    let days =
        ["2020-02-29", "2021-01-31", "1999-12-31", "2021", "2021-11", "2021-13", "x", "2022-03-01T00:00:00+09:00"];
    let leaf = prop_oneof![
        path(),
        (-3i64..6).prop_map(|n| json!(n)),
        prop::sample::select(["", "a", "b", "01:AT:X#Y"].to_vec()).prop_map(|text| json!(text)),
        any::<bool>().prop_map(|value| json!(value)),
        prop::sample::select(days.to_vec()).prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(5, 48, 3, |inner| {
        let two = ["===", "in", "+"];
        let several = ["<", ">", "<=", ">=", "before", "after", "not-after", "not-before"];
        let units = ["year", "month", "day", "hour"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Any::Array),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| json!({ "if": [a, b, c] })),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| json!({ "and": parts })),
            inner.clone().prop_map(|part| json!({ "!": [part] })),
            (prop::sample::select(two.to_vec()), inner.clone(), inner.clone())
                .prop_map(|(name, a, b)| json!({ name: [a, b] })),
            (prop::sample::select(several.to_vec()), prop::collection::vec(inner.clone(), 2..=3))
                .prop_map(|(name, parts)| json!({ name: parts })),
            (
                prop::sample::select(several[4..].to_vec()),
                prop::collection::vec((path(), -40i64..40, prop::sample::select(units.to_vec())), 2..=3)
            )
                .prop_map(|(name, parts)| {
                    let times: Vec<Any> =
                        parts.into_iter().map(|(t, n, unit)| json!({ "plusTime": [t, n, unit] })).collect();
                    json!({ name: times })
                }),
            (inner.clone(), -40i64..40, prop::sample::select(units.to_vec()))
                .prop_map(|(time, amount, unit)| json!({ "plusTime": [time, amount, unit] })),
            inner.clone().prop_map(|date| json!({ "dccDateOfBirth": [date] })),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| json!({ "reduce": [a, b, c] })),
            (inner, -1i64..5).prop_map(|(text, index)| json!({ "extractFromUVCI": [text, index] })),
        ]
    })
}

/// What comes of an expression here, a time as the naive evaluator has it.
fn evaluate(expression: &Any, data: &Any) -> Result<Option<Any>, String> {
    let (expression, data) = (expression.to_string(), data.to_string());
    let json = Json::parse(expression.as_bytes()).expect("JSON");
    let expression = Expression::compile(&json).map_err(|issues| format!("{issues:?}"))?;
    let data = Json::parse(data.as_bytes()).expect("JSON");
    match expression.evaluate(&Value::of(&data)) {
        Err(Unevaluable::TooLong) => Err("too long".into()),
        Err(_) => Ok(None),
        Ok(value) => Ok(Some(serde_json::from_str(&jcs::canonical(&value.to_json())).expect("JSON"))),
    }
}

/// Times of the naive evaluator as our own writes them.
fn written(value: Any) -> Any {
    match value {
        Any::Object(object) if object.contains_key("%time") => {
            let ms = object["%time"].as_i64().expect("milliseconds");
            let second = tegata_certificate::UnixTime(ms.div_euclid(1000)).to_string();
            json!(second.replace('Z', &format!(".{:03}Z", ms.rem_euclid(1000))))
        }
        Any::Object(object) => Any::Object(object.into_iter().map(|(name, value)| (name, written(value))).collect()),
        Any::Array(items) => Any::Array(items.into_iter().map(written).collect()),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn every_expression_comes_to_what_a_naive_evaluator_says(expression in expression()) {
        let data = data();
        match evaluate(&expression, &data) {
            Ok(found) => prop_assert_eq!(found, naive::evaluate(&expression, &data).map(written), "{}", expression),
            Err(why) => prop_assert_eq!(why, "too long", "{}", expression),
        }
    }
}

fn faults(text: &str) -> Vec<ExpressionFault> {
    let json = Json::parse(text.as_bytes()).expect("JSON");
    Expression::compile(&json).err().unwrap_or_default().into_iter().map(|issue| issue.fault).collect()
}

#[test]
fn operands_too_many_are_told_by_the_check_and_passed_over_where_the_reference_never_looks() {
    let compiled = |text: &str| {
        let json = Json::parse(text.as_bytes()).expect("JSON");
        (Expression::compile(&json).is_ok(), Expression::compile_as_evaluated(&json).is_ok())
    };
    for text in [
        r#"{"if":[true,1,2,{"no":[]}]}"#,
        r#"{"!":[true,null]}"#,
        r#"{"plusTime":["2021-01-01",1,"day","more"]}"#,
        r#"{"dccDateOfBirth":["2021",1]}"#,
        r#"{"extractFromUVCI":["a",1,2]}"#,
        r#"{"reduce":[[],1,2,3]}"#,
    ] {
        assert_eq!(compiled(text), (false, true), "{text}");
    }
    for text in [r#"{"===":[1,1,1]}"#, r#"{"<":[1,2,3,4]}"#, r#"{"if":[true,1]}"#, r#"{"and":[true]}"#, r#"{"!":[]}"#] {
        assert_eq!(compiled(text), (false, false), "{text}");
    }
}

#[test]
fn expressions_are_bounded_in_depth_and_length() {
    let deep = |levels: usize| format!("{}true{}", "{\"!\":[".repeat(levels), "]}".repeat(levels));
    assert!(faults(&deep(40)).is_empty());
    // Two levels of JSON each: more than this is not even JSON here.
    assert_eq!(faults(&format!("{}1{}", "[".repeat(100), "]".repeat(100))), [ExpressionFault::TooDeep]);
    let long = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    assert!(faults(&long(4_000)).is_empty());
    assert_eq!(faults(&long(200_000)), [ExpressionFault::TooLong], "told once");
    let path = |parts: usize| format!("{{\"var\":\"{}\"}}", vec!["a"; parts].join("."));
    assert!(faults(&path(64)).is_empty());
    assert_eq!(faults(&path(65)), [ExpressionFault::TooDeep]);
}

#[test]
fn work_is_bounded_whatever_a_rule_does() {
    let list: Vec<u32> = (0..2_000).collect();
    let data = json!({ "list": list });
    let nested = json!({ "reduce": [{ "var": "list" }, { "reduce": [
        { "var": "current" }, 1, { "in": [{ "var": "accumulator" }, [1, 2, 3]] }] }, 0] });
    assert!(evaluate(&nested, &data).is_ok());
    // A list of lists of lists of …, and a list that holds the last one twice, two thousand times.
    let deeper = json!({ "reduce": [{ "var": "list" }, [{ "var": "accumulator" }], 0] });
    let doubled = json!({ "reduce": [{ "var": "list" }, [{ "var": "accumulator" }, { "var": "accumulator" }], 0] });
    let whole = json!({ "reduce": [{ "var": "list" }, { "var": "" }, 0] });
    let squared = json!({ "reduce": [{ "var": "list" }, { "+": [{ "var": "accumulator" }, { "if": [
        { "in": ["x", { "var": "current" }] }, 1, 1] }] }, 0] });
    let square = json!({ "list": vec![list; 100] });
    for (hostile, data) in [(deeper, &data), (doubled, &data), (whole, &data), (squared, &square)] {
        assert_eq!(evaluate(&hostile, data), Err("too long".into()), "{hostile}");
    }
    let grown = (0..2_000)
        .fold(json!(1), |sum, _| if sum.to_string().len() < 200 { json!({ "+": [sum.clone(), sum] }) } else { sum });
    assert!(evaluate(&grown, &json!({})).is_ok());
}
