use super::*;
use crate::date::{BirthDate, Date};
use proptest::prelude::*;

/// Doc 9303's own specimens and made-up ones: one of each layout, and those with long numbers.
const GOOD: [&str; 8] = [
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<",
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<<<<<<<<",
    "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<<<<<<<<<<<<<<",
    "I<UTOSTEVENSON<<PETER<<<<<<<<<<<<<<<\nD23145890<UTO3407127M95071227349<<<8",
    "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nC01X0006H1D<<6408125F1710319<<<<<<<<<<<<<<<0",
];

fn codes(text: &str) -> Vec<&'static str> {
    match Mrz::read(text) {
        Ok(_) => Vec::new(),
        Err(error) => error.faults().iter().map(|fault| fault.code()).collect(),
    }
}

/// A passport's zone with that name field, birth date, sex and so on, its check digits put right.
fn td3(first: &str, number: &str, birth: &str, sex: &str, expiry: &str, optional: &str) -> String {
    let with_digit = |field: &str| format!("{field}{}", check_digit(field).expect("of the alphabet"));
    let (number, birth) = (with_digit(&format!("{number:<<9}")), with_digit(birth));
    let (expiry, optional) = (with_digit(expiry), with_digit(&format!("{optional:<<14}")));
    let all = check_digit(&format!("{number}{birth}{expiry}{optional}")).expect("of the alphabet");
    format!("{first:<<44}\n{number}UTO{birth}{sex}{expiry}{optional}{all}")
}

#[test]
fn every_layout_is_read_field_by_field() {
    let zones: Vec<Mrz> = GOOD.iter().map(|text| Mrz::read(text).expect(text)).collect();
    let layouts = ["TD3", "TD2", "TD1", "MRV-A", "MRV-B", "TD1", "TD2", "TD3"];
    assert_eq!(zones.iter().map(|zone| zone.layout.name()).collect::<Vec<_>>(), layouts);
    let [passport, _, card, visa, _, long, longer, german] = zones.as_slice() else { panic!("eight") };
    assert_eq!((passport.code.as_str(), passport.issuer.as_str(), passport.number.as_str()), ("P", "UTO", "L898902C3"));
    assert_eq!((passport.birth.to_string().as_str(), passport.expiry.to_string().as_str()), ("740812", "120415"));
    assert_eq!((passport.sex, passport.optional.as_str()), (Some(Sex::Female), "ZE184226B"));
    assert_eq!((passport.name.family(), passport.name.given()), ("ERIKSSON", "ANNA<MARIA"));
    assert!(passport.is_passport() && !card.is_passport() && !visa.is_passport());
    assert_eq!((card.number.as_str(), card.nationality.as_str()), ("D23145890", "UTO"));
    assert_eq!((visa.nationality.as_str(), visa.optional.as_str()), ("XXX", "6ZE184226B"));
    for long in [long, longer] {
        assert_eq!((long.number.as_str(), long.optional.as_str()), ("D23145890734", ""));
    }
    assert_eq!((german.issuer.as_str(), german.nationality.as_str()), ("D", "D"));
}

#[test]
fn lines_may_be_parted_by_any_blank_or_joined() {
    for good in GOOD {
        let zone = Mrz::read(good).expect("reads");
        for text in [
            good.replace('\n', ""),
            good.replace('\n', "\r\n") + "\r\n",
            good.replace('\n', " "),
            format!("\n  {}  \n\n", good.replace('\n', "  \n\n ")),
        ] {
            assert!(Mrz::read(&text) == Ok(zone.clone()), "{text:?}");
        }
    }
}

#[test]
fn what_is_no_zone_is_refused_by_its_form() {
    let good = GOOD[0];
    for text in [
        String::new(),
        "\n\n".to_owned(),
        good.to_lowercase(),
        good.replacen('<', "-", 1),
        good.replacen('<', "＜", 1),
        good.replacen('<', " ", 1),
        good[..good.len() - 1].to_owned(),
        format!("{good}<"),
        good.lines().next().expect("a line").to_owned(),
        format!("{}\n{good}", good.lines().next().expect("a line")),
        "<".repeat(88),
        format!("{good}{}", " ".repeat(200)),
        "山".repeat(30),
    ] {
        let codes = codes(&text);
        // All filler has the right shape; there is no number then, and no digit that could hold.
        assert!(
            codes == ["mrz-format"] || text == "<".repeat(88) && codes.contains(&"check-digit:document_number"),
            "{text:?}: {codes:?}"
        );
    }
}

#[test]
fn a_check_digit_that_does_not_hold_is_named_by_its_field() {
    // Places in the second line of the specimen passport, and of a visa, which has no digit over all.
    let (passport, visa) = (GOOD[0], GOOD[4]);
    let fields = [
        (9, "check-digit:document_number"),
        (19, "check-digit:date_of_birth"),
        (27, "check-digit:date_of_expiry"),
        (42, "check-digit:personal_number"),
    ];
    let changed = |zone: &str, place: usize| {
        let at = zone.find('\n').expect("two lines") + 1 + place;
        let digit = (zone.as_bytes()[at] - b'0' + 1) % 10;
        codes(&format!("{}{digit}{}", &zone[..at], &zone[at + 1..]))
    };
    for (place, code) in fields {
        // The digit over all is over the digits too.
        assert_eq!(changed(passport, place), [code, "check-digit:composite"]);
    }
    assert_eq!(changed(passport, 43), ["check-digit:composite"]);
    for (place, code) in &fields[..3] {
        assert_eq!(changed(visa, *place), [*code]);
    }
}

#[test]
fn what_a_field_cannot_hold_is_refused_though_the_digits_hold() {
    let of = |first, birth, sex, expiry| td3(first, "AB1234567", birth, sex, expiry, "");
    let name = "P<UTOERIKSSON<<ANNA";
    assert_eq!(codes(&of(name, "740812", "F", "310415")), [""; 0]);
    for text in [
        of("P<UTOERIKSS0N<<ANNA", "740812", "F", "310415"),
        of("P<UTO", "740812", "F", "310415"),
        of("P<<<<ERIKSSON<<ANNA", "740812", "F", "310415"),
        of("P<1TOERIKSSON<<ANNA", "740812", "F", "310415"),
        of("1<UTOERIKSSON<<ANNA", "740812", "F", "310415"),
        of(name, "741312", "F", "310415"),
        of(name, "740231", "F", "310415"),
        of(name, "7408<1", "F", "310415"),
        of(name, "74O812", "F", "310415"),
        of(name, "740812", "F", "310499"),
    ] {
        assert_eq!(codes(&text), ["mrz-format"], "{text}");
    }
    for sex in ["X", "1", "W"] {
        assert_eq!(codes(&of(name, "740812", sex, "310415")), ["mrz-sex"]);
    }
}

#[test]
fn fillers_stand_for_what_is_not_known() {
    let zone = |birth, sex, expiry| Mrz::read(&td3("P<UTOMONONYM", "AB12", birth, sex, expiry, "")).expect("reads");
    let open = zone("74<<<<", "<", "<<<<<<");
    assert_eq!((open.sex, open.number.as_str(), open.name.given()), (None, "AB12", ""));
    let today = Date::from_ymd(2026, 6, 15).expect("a day");
    assert_eq!((open.birth.birth(today), open.expiry.expiry(today)), (BirthDate::Year(1974), None));
    assert_eq!(zone("7408<<", "M", "310415").birth.birth(today), BirthDate::Month(1974, 8));
    assert_eq!(zone("740800", "M", "310415").birth.birth(today), BirthDate::Month(1974, 8));
    assert_eq!(zone("<<<<<<", "M", "310415").birth.birth(today), BirthDate::Unknown);
    // The personal number's digit may be 0 or a filler where there is none.
    let filler = td3("P<UTOMONONYM", "AB12", "740812", "M", "310415", "");
    let at = filler.len() - 2;
    assert_eq!(codes(&format!("{}<{}", &filler[..at], &filler[at + 1..])), [""; 0]);
    assert_eq!(
        codes(&format!("{}1{}", &filler[..at], &filler[at + 1..])),
        ["check-digit:personal_number", "check-digit:composite"]
    );
}

#[test]
fn the_century_is_the_last_that_has_not_its_birth_to_come() {
    let today = Date::from_ymd(2026, 6, 15).expect("a day");
    let birth = |text| MrzDate::parse(text).expect(text).birth(today).to_string();
    for (text, date) in [
        ("260615", "2026-06-15"),
        ("260616", "1926-06-16"),
        ("2606<<", "2026-06"),
        ("2607<<", "1926-07"),
        ("26<<<<", "2026"),
        ("27<<<<", "1927"),
        ("000229", "2000-02-29"),
        ("991231", "1999-12-31"),
    ] {
        assert_eq!(birth(text), date, "{text}");
    }
    let expiry = |text| MrzDate::parse(text).expect(text).expiry(today).map(|date| date.to_string());
    assert_eq!(expiry("310415").as_deref(), Some("2031-04-15"));
    assert_eq!(expiry("760101").as_deref(), Some("2076-01-01"));
    assert_eq!(expiry("770101").as_deref(), Some("1977-01-01"));
    assert_eq!(expiry("990101").as_deref(), Some("1999-01-01"));
}

#[test]
fn dates_agree_as_far_as_both_are_known_and_without_a_century() {
    use DateAgreement::{Different, Partial, Same, Unknown};
    for (zone, birth, agreement) in [
        ("740812", "1974-08-12", Same),
        ("240812", "1924-08-12", Same),
        ("740812", "1974-08-13", Different),
        ("740812", "1974-08", Partial),
        ("740812", "1974-09", Different),
        ("740812", "1974", Partial),
        ("740812", "1975", Different),
        ("74<<<<", "1974-08-12", Partial),
        ("74<<<<", "1974", Partial),
        ("740812", "", Unknown),
        ("<<<<<<", "1974-08-12", Unknown),
        ("<<0812", "1974-08-12", Unknown),
        ("<<0812", "1974-08-13", Different),
    ] {
        let birth = BirthDate::parse(birth).expect("a birth date");
        assert_eq!(MrzDate::parse(zone).expect(zone).compare(birth), agreement, "{zone}");
    }
}

#[test]
fn a_name_that_fills_its_field_may_have_been_cut() {
    let name = |first: &str| Mrz::read(&td3(first, "AB1", "740812", "M", "310415", "")).expect("reads");
    let full = name("P<UTOABCDEFGHIJKLMNOPQRSTUVWXYZ<ABCDEFGH<<AN");
    assert!(full.name_may_be_cut);
    assert_eq!((full.name.family(), full.name.given()), ("ABCDEFGHIJKLMNOPQRSTUVWXYZ<ABCDEFGH", "AN"));
    let loose = name("P<UTOVAN<DER<<BERG<<ANNA");
    assert!(!loose.name_may_be_cut);
    assert_eq!((loose.name.family(), loose.name.given()), ("VAN<DER", "BERG<ANNA"));
}

#[test]
fn nothing_that_can_reach_a_log_tells_of_the_person() {
    for text in GOOD {
        let shown = format!("{:?}", Mrz::read(text).map(|zone| (zone.birth, zone)));
        assert!(
            ["ERIKSSON", "ANNA", "898", "STEVENSON", "D23", "7408", "34"].iter().all(|secret| !shown.contains(secret)),
            "{shown}"
        );
        let refused = Mrz::read(&text.replace("UTO", "U-O")).or_else(|_| Mrz::read(&text.replace('1', "2")));
        let shown = refused.map_or_else(|error| format!("{error:?} {error}"), |_| String::new());
        assert!(
            ["ERIKSSON", "STEVENSON", "898", "D23", "7408"].iter().all(|secret| !shown.contains(secret)),
            "{shown}"
        );
    }
}

/// Where a single wrong character must be noticed: every checked field and its digit.
fn checked_places(zone: &Mrz) -> Vec<usize> {
    let places = zone.layout.places();
    let mut fields = vec![places.number, places.birth, places.expiry];
    if places.optional_is_checked {
        fields.push(places.optional);
    }
    let mut at: Vec<usize> = fields.into_iter().flat_map(|(from, to)| from..=to).collect();
    if let Some((parts, digit)) = places.composite {
        at.extend(parts.iter().flat_map(|&(from, to)| from..to));
        at.push(digit);
    }
    at
}

#[test]
fn every_single_wrong_character_is_noticed_that_the_weights_can_tell() {
    for good in GOOD {
        let zone = Mrz::read(good).expect("reads");
        let joined = good.replace('\n', "");
        for at in checked_places(&zone) {
            for other in ('0'..='9').chain('A'..='Z').chain(['<']) {
                let was = joined[at..=at].to_owned();
                // 7, 3 and 1 are units modulo 10: characters whose values differ by tens look the same to them.
                if check_digit(&was) == check_digit(other.encode_utf8(&mut [0; 4])) {
                    continue;
                }
                let changed = format!("{}{other}{}", &joined[..at], &joined[at + 1..]);
                assert!(Mrz::read(&changed).is_err(), "{other} for {was} at {at} of {joined}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,300}") {
        let _ = Mrz::read(&text);
    }

    #[test]
    fn no_zone_makes_it_panic(text in proptest::sample::select(vec![88_usize, 72, 90]).prop_flat_map(|length| {
        proptest::collection::vec(proptest::sample::select(b"ABMFPVZ0123456789<<<<<<".to_vec()), length)
    })) {
        let text = String::from_utf8(text).expect("ASCII");
        if let Err(error) = Mrz::read(&text) {
            prop_assert!(!error.faults().is_empty());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn every_passport_is_read_as_it_was_made(
        family in "[A-Z]{1,12}(<[A-Z]{1,8}){0,1}", given in "[A-Z]{1,12}", number in "[A-Z0-9]{1,9}",
        birth in 0_i32..18_000, sex in "[MF<]",
    ) {
        let (year, month, day) = Date::from_days(birth.into()).expect("a day").ymd();
        let printed = format!("{:02}{month:02}{day:02}", year % 100);
        let zone = Mrz::read(&td3(&format!("P<UTO{family}<<{given}"), &number, &printed, &sex, "310415", "X1")).expect("reads");
        prop_assert_eq!((zone.name.family(), zone.name.given()), (family.as_str(), given.as_str()));
        prop_assert_eq!((zone.number.as_str(), zone.optional.as_str()), (number.as_str(), "X1"));
        let today = Date::from_ymd(2026, 6, 15).expect("a day");
        prop_assert_eq!(zone.birth.birth(today), BirthDate::Day(Date::from_days(birth.into()).expect("a day")));
    }
}
