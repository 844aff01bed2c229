//! Pages without a register: what a template gets, and what it must not do.

use super::*;
use crate::issue::{Edition, Purpose};
use crate::record::{Dose, Person, Record, RegisterNumber};
use std::fs;
use tegata_certificate::{BirthDate, Format, RegisteredName, RomanisedName, UnixTime, vaccine};

fn today() -> Date {
    Date::from_ymd(2026, 11, 28).expect("a day")
}

fn press() -> Option<Press> {
    match Fonts::find(&[]) {
        Ok(fonts) => Some(Press::new(Templates::built_in(), fonts)),
        Err(PaperError::NoFonts(_)) => {
            eprintln!("SKIPPED: no Japanese fonts here; apt-get install fonts-ipaexfont");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

fn sheet(name: &str, kana: &str, doses: usize) -> Sheet {
    let products = ["comirnaty", "spikevax"].map(|key| vaccine::by_key(key).expect("a product"));
    let doses = (0..doses).map(|place| Dose {
        number: u8::try_from(place + 1).expect("few"),
        date: Date::from_days(18_800 + 150 * i64::try_from(place).expect("few")).expect("a day"),
        product: products[place % 2],
        maker: None,
        lot: Some(format!("FA{:04}-{place}", 1234 + place)),
        site: None,
        ticket: None,
        municipality: None,
    });
    let person = Person {
        number: RegisterNumber::parse("4711").expect("a number"),
        registered: Some(RegisteredName::Whole(name.to_owned())),
        kana: Some(kana.to_owned()),
        romanised: RomanisedName::new("TAKAHASHI", "SAKIKO"),
        birth: BirthDate::Day(Date::from_ymd(1984, 4, 1).expect("a day")),
        sex: None,
        municipality: None,
        nationality: None,
        passport: None,
        shielded: false,
    };
    Sheet {
        record: Record { person, doses: doses.collect() },
        edition: Edition { format: Format::Compact, purpose: Purpose::Domestic, dose: None, generation: None },
        identifier: "ABCDEFGHIJKLMNOPQRSTUVWXY".to_owned(),
        text: format!("TG1:{}", "ABCDEFGH0123456789".repeat(15)),
        issued_at: UnixTime(1_795_800_000),
        expires_at: UnixTime(2_111_400_000),
        authority: Authority { name_ja: "架空市".to_owned(), name_en: "Kakuu City".to_owned() },
        address: Some(Address {
            postcode: "123-4567".to_owned(),
            lines: vec!["架空県架空市中央一丁目２番３号".to_owned(), "架空ハイツ　１０１号室".to_owned()],
            recipient: None,
        }),
        verifier: Some("https://verify.example/".to_owned()),
    }
}

#[test]
fn every_kind_is_a_page_whose_code_is_read_back() {
    let Some(press) = press() else { return };
    for (place, sheet) in [
        sheet("髙橋　﨑子", "タカハシ　サキコ", 5),
        sheet(
            "ヴァンデンブルーク＝ホワイト　アレクサンドリナ　エリザベス　マルガレーテ",
            "ヴァンデンブルークホワイト　アレクサンドリナ　エリザベス　マルガレーテ",
            12,
        ),
    ]
    .iter()
    .enumerate()
    {
        for kind in PaperKind::ALL {
            let pdf = press.page(sheet, kind, today()).unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
            assert!(pdf.starts_with(b"%PDF-1."));
            if let Some(folder) = std::env::var_os("TEGATA_PAPER_OUT") {
                let path = std::path::Path::new(&folder).join(format!("{}-{place}.pdf", kind.name()));
                fs::write(path, &pdf).expect("writes");
            }
        }
    }
}
