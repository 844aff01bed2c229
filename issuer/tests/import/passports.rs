//! What an import takes from a passport's machine-readable zone.

use super::{codes, import_all, register, rows, wide};
use tegata_certificate::mrz::check_digit;
use tegata_issuer::RegisterNumber;
use tegata_issuer::check::{Diagnostic, Level};

/// A passport's zone with both lines joined, for a person of that name born on 6 May 1980.
fn zone(name: &str, number: &str, nationality: &str) -> String {
    let with_digit = |field: String| format!("{field}{}", check_digit(&field).expect("of the alphabet"));
    let (number, birth) = (with_digit(format!("{number:<<9}")), with_digit("800506".to_owned()));
    let (expiry, optional) = (with_digit("310415".to_owned()), "<".repeat(14) + "0");
    let all = check_digit(&format!("{number}{birth}{expiry}{optional}")).expect("of the alphabet");
    let first = format!("P<{nationality:<<3}{name}");
    format!("{first:<<44}{number}{nationality:<<3}{birth}F{expiry}{optional}{all}")
}

/// What came of one resident: romanised name, passport number and nationality, unless the row was refused; and every
/// blocking finding with the heading of its column.
type Taken = (Option<[Option<String>; 3]>, Vec<(&'static str, String)>);

/// One resident with these cells for romanised name, passport number, nationality and zone.
fn with_passport(cells: &str) -> Taken {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let residents =
        format!("個別宛名番号,氏名,生年月日,ローマ字氏名,旅券番号,国籍,旅券MRZ\n7,山田　花子,19800506,{cells}\n");
    let doses = "7,,20210601,1,131016,,,ファイザー,A1\n";
    let (_, findings) = import_all(&mut register, wide(&residents, doses));
    let record = register.record(&RegisterNumber::parse("7").expect("a number")).expect("reads");
    let person = record.filter(|record| !record.doses.is_empty()).map(|record| record.person);
    let column = |finding: &Diagnostic| finding.column.as_ref().map_or(String::new(), |column| column.name.to_string());
    let found = findings.iter().filter(|finding| finding.code.level() == Level::Block);
    (
        person.map(|person| [person.romanised.map(|name| name.to_mrz()), person.passport, person.nationality]),
        found.map(|finding| (finding.code.name(), column(finding))).collect(),
    )
}

#[test]
fn a_passport_s_zone_gives_name_number_and_nationality_split_at_the_double_filler() {
    let taken = |name: &str, number: &str, nationality: &str| {
        Some([name, number, nationality].map(|text| Some(text.to_owned())))
    };
    let hanako = zone("YAMADA<<HANAKO<MARIA", "TK1234567", "JPN");
    let (first, second) = hanako.split_at(44);
    // Both lines in one cell: joined, with a blank, with a line end, in full width.
    for cell in [
        hanako.clone(),
        format!("{first} {second}"),
        format!("\"{first}\n{second}\""),
        format!("\"{first}\r\n{second}\r\n\""),
        hanako.replace('<', "＜").replace("TK", "ＴＫ"),
    ] {
        assert_eq!(with_passport(&format!(",,,{cell}")), (taken("YAMADA<<HANAKO<MARIA", "TK1234567", "JPN"), vec![]));
    }
    // The family name may have words, the given name may be missing, and a word is of the half that it stands in.
    for name in ["VAN<DER<BERG<<ANNA", "VAN<<DER<BERG<ANNA", "SUHARTO"] {
        let cells = format!(",,,{}", zone(name, "X1", "D"));
        assert_eq!(with_passport(&cells), (taken(name, "X1", "D<<"), vec![]));
    }
    // Columns that say the same, and one that has the whole of a name that the zone had to cut.
    let cells = format!("YAMADA<<HANAKO<MARIA,TK1234567,JPN,{hanako}");
    assert_eq!(with_passport(&cells), (taken("YAMADA<<HANAKO<MARIA", "TK1234567", "JPN"), vec![]));
    let cut = zone("NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "X1", "THA");
    let full = "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<KRASUANG";
    assert_eq!(with_passport(&format!("{full},,,{cut}")), (taken(full, "X1", "THA"), vec![]));
    assert_eq!(with_passport("YAMADA<<HANAKO,,,").0, Some([Some("YAMADA<<HANAKO".to_owned()), None, None]));
}

#[test]
fn a_zone_that_is_misread_or_another_person_s_keeps_the_row_out() {
    let good = zone("YAMADA<<HANAKO", "TK1234567", "JPN");
    let refused = |cells: &str| {
        let (person, found) = with_passport(cells);
        assert!(person.is_none(), "{cells}");
        found
    };
    let at_zone = |code| vec![(code, "旅券MRZ".to_owned())];
    assert_eq!(refused(&format!(",,,{}", good.replace("TK123", "TKI23"))), at_zone("mrz-check-digit"));
    assert_eq!(refused(&format!(",,,{}", &good[..87])), at_zone("bad-mrz"));
    assert_eq!(refused(&format!(",,,{}", good.to_lowercase())), at_zone("bad-mrz"));
    assert_eq!(refused(&format!(",,,{}", good.replacen('P', "V", 1))), at_zone("mrz-not-passport"));
    let card = "I<UTOD231458907<<<<<<<<<<<<<<<8005066F1204159UTO<<<<<<<<<<<8ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    assert_eq!(refused(&format!(",,,{card}")).len(), 1);
    assert_eq!(refused(&format!("YAMADA<<HANAE,,,{good}")), [("mrz-contradicts", "ローマ字氏名".to_owned())]);
    assert_eq!(refused(&format!("HANAKO<<YAMADA,,,{good}")), [("mrz-contradicts", "ローマ字氏名".to_owned())]);
    assert_eq!(refused(&format!(",TK7654321,,{good}")), [("mrz-contradicts", "旅券番号".to_owned())]);
    assert_eq!(refused(&format!(",,USA,{good}")), [("mrz-contradicts", "国籍".to_owned())]);

    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let head = "resident_id,birth_date,dose_no,vaccinated_on,maker,lot,passport_mrz\n";
    let row = |birth: &str| format!("{head}1,{birth},1,2021-06-01,ファイザー,A1,{good}\n");
    // The zone alone names the person; its birth date must be the register's, as far as that is known.
    assert_eq!(codes(&import_all(&mut register, rows(&row("1980-05-07"))).1), [("mrz-birth-differs", 2)]);
    let (summary, findings) = import_all(&mut register, rows(&row("19800500")));
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(summary.changes.people_inserted, 1);
    let none = row("1980-05-06").replace(&good, "");
    assert_eq!(codes(&import_all(&mut register, rows(&none)).1), [("missing-name", 2)]);
}
