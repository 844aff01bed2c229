use super::*;
use tegata_certificate::mrz::check_digit;
use tegata_certificate::{BirthDate, RegisteredName, RomanisedName, TravelDocument};

/// A passport's zone.
fn passport(name: &str, birth: &str, sex: &str) -> Mrz {
    let with_digit = |field: &str| format!("{field}{}", check_digit(field).expect("of the alphabet"));
    let (number, birth, expiry) = (with_digit("TK1234567"), with_digit(birth), with_digit("310415"));
    let optional = format!("{:<<14}0", "");
    let all = check_digit(&format!("{number}{birth}{expiry}{optional}")).expect("of the alphabet");
    let first = format!("P<JPN{name}");
    Mrz::read(&format!("{first:<<44}\n{number}JPN{birth}{sex}{expiry}{optional}{all}")).expect("a zone")
}

fn holder(name: &str, birth: &str, number: Option<&str>) -> Holder {
    let document = number.map(|number| TravelDocument { passport: true, number: number.to_owned() });
    let romanised = RomanisedName::parse_mrz(name);
    // A name that a zone could not hold is kept as it was written.
    let registered = romanised.is_none().then(|| RegisteredName::Whole(name.to_owned()));
    Holder { romanised, registered, document, ..Holder::born(BirthDate::parse(birth).expect("a birth date")) }
}

fn words(binding: &Binding) -> (&'static str, Vec<&'static str>) {
    let differs = binding.differs().iter().map(|particular| particular.name());
    (binding.result().name(), differs.chain(binding.weaker().iter().map(|weakness| weakness.name())).collect())
}

fn bound(name: &str, birth: &str, number: Option<&str>, shown: &Mrz) -> (&'static str, Vec<&'static str>) {
    words(&Binding::of(&holder(name, birth, number), shown))
}

const NUMBER: Option<&str> = Some("TK1234567");

#[test]
fn name_birth_date_and_number_make_a_match_and_each_that_differs_is_told() {
    let shown = passport("YAMADA<<HANAKO<MARIA", "840401", "F");
    let bound = |name, birth, number| bound(name, birth, number, &shown);
    let name = "YAMADA<<HANAKO<MARIA";
    assert_eq!(bound(name, "1984-04-01", NUMBER), ("match", vec![]));
    assert_eq!(bound(name, "1984-04-01", Some("tk 1234-567")), ("match", vec![]));
    assert_eq!(bound(name, "1984-04-01", None), ("match", vec!["no-document-number"]));
    assert_eq!(bound(name, "1984-04-01", Some(" - ")), ("match", vec!["no-document-number"]));
    assert_eq!(bound(name, "1984-04-01", Some("TK7654321")), ("different-document", vec!["document-number"]));
    assert_eq!(bound(name, "1984-04-02", NUMBER), ("mismatch", vec!["date-of-birth"]));
    assert_eq!(bound("YAMADA<<HANAKO", "1984-04-01", NUMBER), ("mismatch", vec!["name"]));
    let all = ("mismatch", vec!["date-of-birth", "document-number", "name"]);
    assert_eq!(bound("SATO<<TARO", "1950-01-01", Some("XX1")), all);
}

#[test]
fn twins_and_siblings_are_other_people() {
    for (name, other) in [
        ("YAMADA<<HANAKO", "YAMADA<<HANAE"),
        ("YAMADA<<HANAKO", "YAMADA<<HANA"),
        ("YAMADA<<HANAKO", "YAMADA<<HANAKOO"),
        ("MEIER<<ANNA", "MEYER<<ANNA"),
        ("MACDONALD<<IAN", "MC<DONALD<<IAN"),
        ("OENO<<YU", "ONO<<YU"),
    ] {
        let shown = passport(name, "840401", "F");
        assert_eq!(bound(other, "1984-04-01", NUMBER, &shown), ("mismatch", vec!["name"]), "{name} {other}");
    }
}

#[test]
fn order_marks_and_apostrophes_do_not_matter() {
    for (shown, names) in [
        ("VAN<DER<BERG<<ANNA", &["ANNA<<VAN<DER<BERG", "van der Berg, Anna", "VAN<DER<BERG<ANNA"][..]),
        ("MUELLER<<JUERGEN", &["MÜLLER  JÜRGEN", "Jürgen Müller", "Mu\u{308}ller Ju\u{308}rgen"]),
        ("MULLER<<JURGEN", &["Müller Jürgen"]),
        ("MUXXLLER<<JUERGEN", &["Müller Jürgen"]),
        ("OBRIEN<<SINEAD", &["O'BRIEN  SINÉAD", "O’Brien Sinead"]),
        ("NUNEZ<<JOSE", &["Núñez José"]),
        ("NUNXXEZ<<JOSE", &["Núñez José"]),
        ("SPECIMEN<<SPECIMEN", &["SPECIMEN"]),
    ] {
        let zone = passport(shown, "840401", "F");
        for name in names {
            assert_eq!(bound(name, "1984-04-01", NUMBER, &zone), ("match", vec![]), "{shown} {name}");
        }
    }
}

#[test]
fn a_cut_name_agrees_as_far_as_it_goes_and_no_further() {
    let cut = |said: &str, shown: &str| bound(said, "1984-04-01", NUMBER, &passport(shown, "840401", "F")).1;
    // Both sides are cut: 39 places each.
    let (said, shown) = ("WOLFESCHLEGELSTEINHAUSENBERGERD  HUBERT", "WOLFESCHLEGELSTEINHAUSENBERGERDORFF<<HU");
    assert_eq!(cut(said, shown), ["name-truncated"]);
    // The zone alone: given names are cut or left out.
    let full = "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<KRASUANG";
    assert_eq!(cut(full, "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"), ["name-truncated"]);
    assert_eq!(cut(full, "NILAVADHANANANDAR<<CHAYAPA<DEJTHAMRONGK"), ["name"]);
    assert_eq!(cut(full, "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<X"), ["name"]);
    // Not full, so not cut.
    assert_eq!(cut(full, "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG"), ["name"]);
    assert_eq!(cut("NILAVADHANANANDA<<CHAYAPA", "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"), ["name"]);
    // One word of the shorter stands for one of the longer.
    let (said, shown) = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ<<ABRAHAM<XENIA<YU", "ABCDEFGHIJKLMNOPQRSTUVWXYZ<<ABR<ABRA<AB");
    assert_eq!(cut(said, shown), ["name"]);
    // A cut within the spelling of a letter.
    assert_eq!(cut("Abcdefghijklmnopqrstuvwxyz Abcdefgh Bü", "ABCDEFGHIJKLMNOPQRSTUVWXYZ<ABCDEFGH<<BU"), [""; 0]);
    assert_eq!(
        cut("Abcdefghijklmnopqrstuvwxyz Abcdefghi Böll", "ABCDEFGHIJKLMNOPQRSTUVWXYZ<ABCDEFGHI<BO"),
        ["name-truncated"]
    );
}

#[test]
fn birth_dates_agree_as_far_as_both_are_known() {
    let shown = |birth| passport("SATO<<TARO", birth, "M");
    let bound = |birth, number, zone| bound("SATO<<TARO", birth, number, &shown(zone));
    assert_eq!(bound("1984", NUMBER, "840401"), ("match", vec!["partial-date-of-birth"]));
    assert_eq!(bound("1984-04", NUMBER, "840401"), ("match", vec!["partial-date-of-birth"]));
    assert_eq!(bound("1984-04-01", NUMBER, "84<<<<"), ("match", vec!["partial-date-of-birth"]));
    assert_eq!(bound("1985", NUMBER, "840401"), ("mismatch", vec!["date-of-birth"]));
    assert_eq!(bound("", NUMBER, "840401"), ("match", vec!["no-date-of-birth"]));
    assert_eq!(bound("1984-04-01", NUMBER, "<<<<<<"), ("match", vec!["no-date-of-birth"]));
    // A name alone is no person.
    assert_eq!(bound("", Some("XX1"), "840401"), ("not-comparable", vec!["document-number", "no-date-of-birth"]));
    assert_eq!(bound("", None, "840401"), ("not-comparable", vec!["no-document-number", "no-date-of-birth"]));
}

#[test]
fn without_a_name_in_latin_letters_there_is_nothing_to_compare_but_what_differs() {
    let shown = passport("YAMADA<<HANAKO", "840401", "F");
    for name in ["山田 花子", "YAMADA 花子", "Ямада Ханако"] {
        assert_eq!(bound(name, "1984-04-01", NUMBER, &shown), ("not-comparable", vec!["no-romanised-name"]), "{name}");
        assert_eq!(bound(name, "1984-04-02", NUMBER, &shown).0, "mismatch", "{name}");
    }
    let nobody = Binding::of(&Holder::born(BirthDate::Unknown), &shown);
    assert_eq!(nobody.result(), BindingResult::NotComparable);
    let both = Holder {
        romanised: RomanisedName::parse_mrz("YAMADA<<HANAKO"),
        registered: Some(RegisteredName::Whole("山田 花子".to_owned())),
        ..holder("", "1984-04-01", NUMBER)
    };
    assert_eq!(words(&Binding::of(&both, &shown)), ("match", vec![]));
}

#[test]
fn the_sex_is_advice() {
    let bound = |said, shown| {
        words(&Binding::of(
            &Holder { sex: said, ..holder("SATO<<YU", "1984-04-01", NUMBER) },
            &passport("SATO<<YU", "840401", shown),
        ))
    };
    assert_eq!(bound(Some(Sex::Female), "F"), ("match", vec![]));
    assert_eq!(bound(Some(Sex::Female), "M"), ("match", vec!["sex"]));
    for (said, shown) in
        [(None, "M"), (Some(Sex::Female), "<"), (Some(Sex::NotKnown), "M"), (Some(Sex::NotApplicable), "F")]
    {
        assert_eq!(bound(said, shown), ("match", vec![]));
    }
}
