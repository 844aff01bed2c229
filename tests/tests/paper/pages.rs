//! What stands on a page, by the eyes of others: poppler and zbar.

use crate::press::{Printed, fonts, press, program, sheet, today, zbar};
use std::fs;
use tegata_issuer::paper::{Fonts, PaperError, PaperKind, Press, Templates};

const LONG: &str = "ヴァンデンブルーク＝ホワイト　アレクサンドリナ　エリザベス　マルガレーテ";

#[test]
fn every_kind_is_one_page_for_archives_with_its_fonts_embedded() {
    let Some(press) = press() else { return };
    for (name, doses) in [("髙橋　﨑子", 5), (LONG, 14), ("一", 0)] {
        for kind in PaperKind::ALL {
            let pdf = press.page(&sheet(name, LONG, doses), kind, today()).expect("prints");
            // For whoever wants to look at them.
            if let Some(folder) = std::env::var_os("TEGATA_PAPER_OUT") {
                let path = std::path::Path::new(&folder).join(format!("{}-{doses}.pdf", kind.name()));
                fs::write(path, &pdf).expect("writes");
            }
            let claims = String::from_utf8_lossy(&pdf);
            for claim in
                ["<pdfaid:part>3</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>", "<pdfuaid:part>1"]
            {
                assert!(claims.contains(claim), "{claim}");
            }
            let printed = Printed::new(&pdf);
            let path = printed.pdf.to_str().expect("a path");
            let Some(information) = program("pdfinfo", &[path], "poppler-utils") else { return };
            for (key, value) in [("Pages:", "1"), ("Tagged:", "yes"), ("Page size:", "595.276 x 841.89 pts (A4)")] {
                let line = information.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("no {key}"));
                assert!(line.ends_with(value), "{line}");
            }
            assert!(information.contains("架空市") && information.contains("ワクチン接種証明書"));
            let Some(embedded) = program("pdffonts", &[path], "poppler-utils") else { return };
            let lines: Vec<&str> = embedded.lines().skip(2).collect();
            assert!(!lines.is_empty());
            for line in lines {
                assert!(line.contains(" yes yes yes "), "embedded, subset, with Unicode: {line}");
            }
        }
    }
}

#[test]
fn names_are_extracted_as_the_register_has_them() {
    let Some(press) = press() else { return };
    for kind in PaperKind::ALL {
        let printed =
            Printed::new(&press.page(&sheet("髙橋　﨑子", "タカハシ　サキコ", 5), kind, today()).expect("prints"));
        let Some(text) = printed.text() else { return };
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let all =
            ["髙橋", "﨑子", "VANDERBERGSAKIKO", "1984", "FA1234-0", "FA1238-4", "架空市", "KakuuCity", "2036-11"];
        for wanted in all {
            assert!(plain.contains(wanted), "{}: {wanted} is not in it", kind.name());
        }
        for group in ["ABCDE", "FGHIJ", "UVWXY"] {
            assert!(plain.contains(group), "{}: the issue number", kind.name());
        }
        let addressed = plain.contains("123-4567") && plain.contains("様");
        assert_eq!(addressed, kind == PaperKind::Letter, "{}", kind.name());
    }
}

#[test]
fn other_readers_read_the_code_and_it_is_as_large_as_promised() {
    let Some(press) = press() else { return };
    let sheet = sheet("髙橋　﨑子", "タカハシ　サキコ", 5);
    for kind in PaperKind::ALL {
        let printed = Printed::new(&press.page(&sheet, kind, today()).expect("prints"));
        let Some(picture) = printed.picture(300) else { return };
        let Some(read) = zbar(&picture) else { return };
        assert_eq!(read, [sheet.text.as_str()], "{}", kind.name());
        let (width, modules) = (code_width_mm(&picture, 300.0), modules(&sheet));
        let least = if kind == PaperKind::Card { 40.0 } else { 60.0 };
        assert!(width >= least - 0.2, "{}: {width} mm", kind.name());
        let module = (width + 0.1) / modules;
        assert!(module >= if kind == PaperKind::Card { 0.4 } else { 0.5 }, "{}: {module} mm", kind.name());
    }
}

/// Modules a side of the code.
fn modules(sheet: &tegata_issuer::paper::Sheet) -> f64 {
    f64::from(4 * u32::from(sheet.edition.symbol(&sheet.text).expect("fits").version()) + 17)
}

/// Width of the code in millimetres, measured in the picture: between the outer edges of the two upper finders.
fn code_width_mm(picture: &std::path::Path, dpi: f64) -> f64 {
    let picture = image::open(picture).expect("opens").into_luma8();
    let (width, height) = picture.dimensions();
    let dark = |x: u32, y: u32| x < width && y < height && picture.get_pixel(x, y).0[0] < 128;
    // A square ring around a square: dark at its edge, light within, dark in the middle, and as high as it is wide.
    let is_finder = |begin: u32, end: u32, y: u32| {
        let side = end - begin;
        let at = |sevenths: u32| side * (2 * sevenths + 1) / 14;
        let high = (y..height).take_while(|row| dark(begin + at(0), *row)).count();
        high.abs_diff(side as usize) <= 3
            && dark(begin + at(3), y + at(3))
            && !dark(begin + at(1), y + at(3))
            && !dark(begin + at(3), y + at(5))
            && dark(begin + at(6), y + at(3))
    };
    for y in 0..height {
        let mut finders = Vec::new();
        let mut x = 0;
        while x < width {
            let begin = x;
            while dark(x, y) {
                x += 1;
            }
            if x - begin > 20 && is_finder(begin, x, y) {
                finders.push((begin, x));
            }
            x += 1;
        }
        if let [first, .., last] = finders.as_slice() {
            return f64::from(last.1 - first.0) / dpi * 25.4;
        }
    }
    panic!("no code is in the picture");
}

#[test]
fn what_a_name_holds_is_printed_and_never_run() {
    let Some(press) = press() else { return };
    for hostile in [
        "#panic(\"x\")",
        "$a^2$ \\ *b*",
        "#include \"/etc/passwd\"",
        "] #sys.inputs [",
        "\"), #read(\"letter.typ\")",
        "<label> @ref",
    ] {
        let mut sheet = sheet(hostile, hostile, 1);
        sheet.record.doses[0].lot = Some(hostile.to_owned());
        sheet.verifier = Some(hostile.to_owned());
        let address = sheet.address.as_mut().expect("has one");
        address.lines = vec![hostile.to_owned()];
        address.recipient = Some(hostile.to_owned());
        for kind in PaperKind::ALL {
            let printed = Printed::new(&press.page(&sheet, kind, today()).expect("prints"));
            let Some(text) = printed.text() else { return };
            let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert!(plain(&text).contains(&plain(hostile)), "{}: {hostile}", kind.name());
        }
    }
}

#[test]
fn a_character_that_no_font_has_holds_the_page_back() {
    let Some(press) = press() else { return };
    // A letter of Tangut, which no font for Japanese has, and a form that a variation selector asks for.
    for (name, character) in [("田中　𗀀", '𗀀'), ("葛\u{E0100}城", '\u{E0100}')] {
        match press.page(&sheet(name, "タナカ", 1), PaperKind::Kiosk, today()) {
            Err(PaperError::Characters(missing)) => assert_eq!(missing, [character]),
            other => panic!("{name}: {:?}", other.map(|pdf| pdf.len())),
        }
    }
    let message = press.page(&sheet("𗀀", "", 1), PaperKind::Card, today()).expect_err("no font has it").to_string();
    assert!(message.contains("U+17000") && message.contains("--fonts") && !message.contains('𗀀'), "{message}");
}

#[test]
fn a_letter_without_an_address_is_refused_by_what_is_missing() {
    let Some(press) = press() else { return };
    let nowhere =
        tegata_issuer::paper::Sheet { address: None, ..sheet("髙橋　﨑子", "タカハシ　サキコ", 1) };
    assert!(press.page(&nowhere, PaperKind::Kiosk, today()).is_ok());
    for refused in [press.page(&nowhere, PaperKind::Letter, today()), press.pdf(&[nowhere], PaperKind::Letter, today())]
    {
        let error = refused.expect_err("goes nowhere");
        assert!(matches!(error, PaperError::NoAddress) && error.to_string().contains("--addresses"), "{error}");
    }
}

#[test]
fn a_folder_of_fonts_goes_before_the_system_s_and_takes_nothing_away() {
    let Some(system) = fonts() else { return };
    let gothic = std::path::Path::new("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf");
    if !gothic.is_file() {
        eprintln!("SKIPPED: {} is not here\n    install it by: sudo apt-get install fonts-ipaexfont", gothic.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let empty = Fonts::find(&[folder.path().to_owned()]);
    assert!(matches!(empty, Err(PaperError::NoFontsIn(_))), "{empty:?}");
    fs::copy(gothic, folder.path().join("own.ttf")).expect("copies");
    let both = Fonts::find(&[folder.path().to_owned()]).expect("finds");
    let names = |fonts: &Fonts| format!("{fonts:?}");
    assert!(names(&both).starts_with("[\"IPAexGothic\""), "{}", names(&both));
    // As many as before: what is there twice is taken once.
    assert_eq!(
        names(&both).matches('"').count(),
        names(&system).matches('"').count(),
        "{} {}",
        names(&both),
        names(&system)
    );
    let press = Press::new(Templates::built_in(), both);
    let printed =
        Printed::new(&press.page(&sheet("髙橋　﨑子", "タカハシ", 1), PaperKind::Card, today()).expect("prints"));
    let path = printed.pdf.to_str().expect("a path");
    let Some(embedded) = program("pdffonts", &[path], "poppler-utils") else { return };
    assert!(embedded.contains("IPAexMincho") && embedded.contains("IPAexGothic"), "{embedded}");
}

#[test]
fn a_card_refuses_a_code_that_would_be_too_fine_and_a_letter_takes_it() {
    let Some(press) = press() else { return };
    let mut sheet = sheet("田中　一", "タナカ　ハジメ", 1);
    sheet.text = format!("TG1:{}", "ABCDEFGH0123456789".repeat(90));
    sheet.edition.format = tegata_certificate::Format::EuDcc;
    assert!(matches!(press.page(&sheet, PaperKind::Card, today()), Err(PaperError::Dense)));
    let printed = Printed::new(&press.page(&sheet, PaperKind::Letter, today()).expect("prints"));
    let Some(picture) = printed.picture(300) else { return };
    let (width, modules) = (code_width_mm(&picture, 300.0), modules(&sheet));
    assert!((width + 0.1) / modules >= 0.5, "{width} mm, {modules} modules");
}

#[test]
fn an_office_edits_a_template_and_a_template_reaches_nothing_else() {
    let Some(fonts) = fonts() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let paths = Templates::write_built_in(folder.path()).expect("writes");
    assert_eq!(paths.len(), 4);
    assert!(Templates::write_built_in(folder.path()).is_err(), "what is there is not written over");
    let kiosk = folder.path().join("kiosk.typ");
    let original = fs::read_to_string(&kiosk).expect("is there");
    let print = |text: &str| {
        fs::write(&kiosk, text).expect("writes");
        let press = Press::new(Templates::read(folder.path()).expect("reads"), fonts.clone());
        press.page(&sheet("田中　一", "タナカ　ハジメ", 2), PaperKind::Kiosk, today())
    };
    let edited = original.replace(
        "#let kiosk(sheet) = {",
        "#let kiosk(sheet) = {\n  place(bottom + right, dx: -22mm, dy: -40mm)[健康推進課]",
    );
    let printed = Printed::new(&print(&edited).expect("prints"));
    assert!(printed.text().is_none_or(|text| text.contains("健康推進課")));

    let with = |line: &str| print(&format!("{line}\n{original}"));
    let said = |line: &str| match with(line) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{line} went through"),
    };
    for outside in
        ["#read(\"/etc/passwd\")", "#read(\"../../../../etc/passwd\")", "#import \"@preview/example:0.1.0\": *"]
    {
        let said = said(outside);
        assert!(said.contains("kiosk.typ:1"), "{outside}: {said}");
    }
    assert!(said("#let a = (").contains("kiosk.typ"));
    assert!(said("#pagebreak()").contains("pages"), "a page more than there are sheets");
    // Over the code, and no code at all.
    let covered = original.replace(
        "#for (place, sheet)",
        "#set page(foreground: rect(width: 100%, height: 100%, fill: black))\n#for (place, sheet)",
    );
    assert!(matches!(print(&covered), Err(PaperError::NotReadBack)));
    #[cfg(unix)]
    {
        fs::write(&kiosk, &original).expect("writes");
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("crest.svg")).expect("links");
        assert!(matches!(Templates::read(folder.path()), Err(PaperError::Template { .. })));
    }
}
