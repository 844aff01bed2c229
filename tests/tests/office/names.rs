//! What people are called is text, whatever it looks like: on pages, in forms that come back, in statements.

use crate::place::{BIRTH, Place};
use tegata_issuer::office::Role;

/// Names that mean something to a page, a template, a database, a table or a folder.
const ODD: [(&str, &str); 6] = [
    ("11", "<script>alert(1)</script>"),
    ("12", "' OR 1=1 --"),
    ("13", "{{7*7}}"),
    ("14", "=cmd()"),
    ("15", "../../etc/passwd"),
    ("16", "\" autofocus x=\""),
];

fn escaped(text: &str) -> String {
    let each = |c: char| match c {
        '<' => "&#60;".to_owned(),
        '>' => "&#62;".to_owned(),
        '\'' => "&#39;".to_owned(),
        '"' => "&#34;".to_owned(),
        '&' => "&#38;".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(each).collect()
}

#[test]
fn a_name_is_shown_as_it_is_written() {
    let people = ODD.map(|(number, name)| [number, name, "ヤマダ　ハナコ", "131016", "0"]);
    let place = Place::with("", &people, "");
    let mut browser = place.signed_in(Role::Clerk, "near");
    for (number, _) in ODD {
        let fields = [("purpose", "issue"), ("number", number), ("birth", BIRTH)];
        let found = browser.post("/search", &fields);
        let page = browser.get(found.to());
        assert_eq!(page.status, 200, "{number}");
        let number = tegata_issuer::RegisterNumber::parse(number).expect("a number");
        let kept = place.register(|register| register.record(&number).expect("reads").expect("somebody"));
        let name = kept.person.registered.expect("a name").to_line();
        let at = page.body.find(&escaped(&name));
        assert!(at.is_some(), "{name} is not shown as it is: {}", page.body);
        assert!(!page.body.contains("<script") && !page.body.contains(">49<") && !page.body.contains("autofocus x=\""));
    }
    // All of one name and birth date are listed, with the same care.
    let all = browser.post("/search", &[("purpose", "issue"), ("kana", "ヤマダ　ハナコ"), ("birth", BIRTH)]);
    assert!(all.status == 200 && all.body.matches("/person/").count() == 7, "{}", all.body);
    assert!(!all.body.contains("<script"));
}

#[test]
fn what_was_typed_comes_back_as_it_was_typed_and_asks_the_database_nothing() {
    let place = Place::new("");
    let mut browser = place.signed_in(Role::Clerk, "near");
    for (_, odd) in ODD {
        let answer = browser.post("/search", &[("purpose", "issue"), ("kana", odd), ("birth", BIRTH)]);
        assert_eq!(answer.status, 404, "{odd}");
        assert!(answer.body.contains(&format!("value=\"{}\"", escaped(odd))), "{odd}: {}", answer.body);
        let answer = browser.post("/search", &[("purpose", odd), ("number", odd), ("birth", odd)]);
        assert!(answer.status == 422 && !answer.body.contains("<script"), "{odd}");
        let path = odd.replace(['<', '>', '"', ' ', '{', '}'], "%3C");
        assert_eq!(browser.get(&format!("/person/{path}")).status, 404, "{odd}");
    }
}
