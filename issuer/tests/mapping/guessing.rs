//! `--guess`: the mapping that is proposed reads the file as it was meant, and shows nobody's data.

use super::{CH, DIVOC, Desk, bundled, hashes, mapped, ours, today};
use std::fs;
use std::path::Path;
use tegata_issuer::{Encoding, Input, Layout, Mapping, SampleOptions, Sources, guess, write_sample};

fn proposed(file: &[u8]) -> String {
    guess(Input::from_bytes("vendor.csv", file.to_vec()), today()).expect("a proposal")
}

/// The records that a file gives by its own guess.
fn by_guess(file: &[u8]) -> Vec<[u8; 32]> {
    let mapping = proposed(file);
    let mut desk = Desk::new();
    let (summary, findings) = desk.import(mapped(&mapping, file));
    assert_eq!(summary.refused(), 0, "{findings:?}\n{mapping}");
    hashes(&desk.records())
}

fn with_mapping(path: &Path, mapping: Option<String>) -> Input {
    let mut input = Input::open(path).expect("opens");
    input.mapping = mapping.map(|text| Box::new(Mapping::parse("guess.toml", &text).expect("a mapping")));
    input
}

#[test]
fn our_own_layouts_are_guessed_in_every_encoding_with_and_without_headings() {
    for encoding in Encoding::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let options = |layout| SampleOptions { people: 60, seed: 5, faults: 0.0, layout, encoding };
        let sample = write_sample(&options(Layout::Long), folder.path()).expect("writes");
        let file = fs::read(&sample.files[0]).expect("reads");
        let mut desk = Desk::new();
        desk.import(Sources::Long(Input::from_bytes("rows.csv", file.clone())));
        assert_eq!(by_guess(&file), hashes(&desk.records()), "{encoding:?}");

        let sample = write_sample(&options(Layout::Vrs), folder.path()).expect("writes");
        let mut desk = Desk::new();
        let open = |place: usize, mapping| Some(with_mapping(&sample.files[place], mapping));
        desk.import(Sources::Wide { residents: open(0, None), doses: open(1, None) });
        let expected = hashes(&desk.records());
        let mappings = [0, 1].map(|place| proposed(&fs::read(&sample.files[place]).expect("reads")));
        let [residents, doses] = mappings;
        let mut desk = Desk::new();
        desk.import(Sources::Wide { residents: open(0, Some(residents.clone())), doses: open(1, Some(doses)) });
        assert_eq!(hashes(&desk.records()), expected, "{encoding:?}");

        // The export of the record system often has no headings.
        let all = fs::read(&sample.files[1]).expect("reads");
        let first = all.iter().position(|&b| b == b'\n').expect("a line") + 1;
        let mut bare = if encoding == Encoding::Utf8Bom { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        bare.extend_from_slice(&all[first..]);
        let path = folder.path().join("bare.csv");
        fs::write(&path, &bare).expect("writes");
        let doses = proposed(&bare);
        assert!(doses.contains("headings = false"), "{doses}");
        let mut desk = Desk::new();
        let doses = Some(with_mapping(&path, Some(doses)));
        desk.import(Sources::Wide { residents: open(0, Some(residents)), doses });
        assert_eq!(hashes(&desk.records()), expected, "{encoding:?}");
    }
}

#[test]
fn files_of_the_shapes_that_come_with_the_program_are_guessed() {
    for (name, file) in [("ch", CH), ("divoc", DIVOC)] {
        let mut desk = Desk::new();
        desk.import(bundled(name, file));
        assert_eq!(by_guess(file.as_bytes()), hashes(&desk.records()), "{name}");
    }
}

/// What an invented vendor writes, and the same in our own form.
struct Vendor {
    file: &'static str,
    ours: &'static str,
    /// What the proposal must say.
    says: &'static [&'static str],
}

const VENDORS: [Vendor; 5] = [
    Vendor {
        file: "宛名番号\t姓\t名\tセイ\tメイ\t生年月日\t性別\t接種回\t接種実施日\t製造会社\t製造番号\t医療機関名\t備考
1001\t山田\t花子\tヤマダ\tハナコ\t昭和55年5月6日\t女\t1\t2021/06/01\tファイザー社製\tTX1013\t中央病院\t特になし
1001\t山田\t花子\tヤマダ\tハナコ\t昭和55年5月6日\t女\t2\t2021/06/22\tファイザー社製\tTX1014\t中央病院\t
1002\t佐藤\t誠\tサトウ\tマコト\t昭和25年1月2日\t男\t1\t2021/07/01\tモデルナ社製\t3002289\t東診療所\t\n",
        ours: "resident_id,name,name_kana,birth_date,sex,dose_no,vaccinated_on,maker,lot,site
1001,山田 花子,ヤマダ ハナコ,1980-05-06,2,1,2021-06-01,ファイザー,TX1013,中央病院
1001,山田 花子,ヤマダ ハナコ,1980-05-06,2,2,2021-06-22,ファイザー,TX1014,中央病院
1002,佐藤 誠,サトウ マコト,1950-01-02,1,1,2021-07-01,モデルナ,3002289,東診療所\n",
        says: &["layout = \"long\"", "separator = \"tab\"", "name = [\"姓\", \"名\"]", "\"備考\": not known", "\"ファイザー社製\" = \"comirnaty\""],
    },
    Vendor {
        file: "Patient ID;Full Name;DOB;Gender;Dose 1 Date;Dose 1 Lot;Dose 1 Vaccine;Notes;Dose 2 Date;Dose 2 Lot;Dose 2 Vaccine
A-1;Example Ann;31/12/1979;Female;14/02/2021;EW1;Pfizer-BioNTech;;07/03/2021;EW2;Pfizer-BioNTech
A-2;Example Bob;01/02/1950;Male;15/02/2021;3001;Moderna;;;;\n",
        ours: "resident_id,name,birth_date,sex,dose_no,vaccinated_on,maker,lot
A-1,Example Ann,1979-12-31,2,1,2021-02-14,Pfizer,EW1
A-1,Example Ann,1979-12-31,2,2,2021-03-07,Pfizer,EW2
A-2,Example Bob,1950-02-01,1,1,2021-02-15,Moderna,3001\n",
        says: &["layout = \"wide\"", "date = \"DD/MM/YYYY\"  # sure", "[doses]", "width = 4", "\"Female\" = \"2\""],
    },
    Vendor {
        file: "id,name,dob,lot 2,dose date 2,brand 2,dose date 1,lot 1,brand 1
1,Example Ann,12/31/1979,L2,03/07/2021,Pfizer,02/14/2021,L1,Pfizer
2,Example Bob,02/01/1950,,,,02/15/2021,L3,Janssen\n",
        ours: "resident_id,name,birth_date,dose_no,vaccinated_on,maker,lot
1,Example Ann,1979-12-31,1,2021-02-14,Pfizer,L1
1,Example Ann,1979-12-31,2,2021-03-07,Pfizer,L2
2,Example Bob,1950-02-01,1,2021-02-15,Janssen,L3\n",
        says: &["date = \"MM/DD/YYYY\"", "[[dose]]", "number = 2"],
    },
    Vendor {
        file: "1001,山田　花子,ヤマダ　ハナコ,19800506,2,1,20210601,ファイザー,TX1013
1001,山田　花子,ヤマダ　ハナコ,19800506,2,2,20210622,ファイザー,TX1014
1002,佐藤　誠,サトウ　マコト,19500102,1,1,20210701,武田/モデルナ,AB2289\n",
        ours: "resident_id,name,name_kana,birth_date,sex,dose_no,vaccinated_on,maker,lot
1001,山田　花子,ヤマダ　ハナコ,1980-05-06,2,1,2021-06-01,ファイザー,TX1013
1001,山田　花子,ヤマダ　ハナコ,1980-05-06,2,2,2021-06-22,ファイザー,TX1014
1002,佐藤　誠,サトウ　マコト,1950-01-02,1,1,2021-07-01,モデルナ,AB2289\n",
        says: &["headings = false", "resident_id = 1 ", "dose_no = 6 ", "sex = 5 ", "lot = 9 "],
    },
    Vendor {
        file: "住民ID,氏名（漢字）,氏名（カナ）,生年月日(西暦),国籍,パスポート番号,旅券MRZ,第１回接種日,第１回メーカー,第１回ロット番号,第２回接種日,第２回メーカー,第２回ロット番号
7,李　明,リ　メイ,1974-08-12,ウトピア,,P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<< L898902C36UTO7408122F1204159ZE184226B<<<<<10,2021-06-01,ファイザー,L1,2021-06-22,ファイザー,L2\n",
        ours: "resident_id,name,name_kana,birth_date,passport_mrz,dose_no,vaccinated_on,maker,lot
7,李　明,リ　メイ,1974-08-12,P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<< L898902C36UTO7408122F1204159ZE184226B<<<<<10,1,2021-06-01,ファイザー,L1
7,李　明,リ　メイ,1974-08-12,P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<< L898902C36UTO7408122F1204159ZE184226B<<<<<10,2,2021-06-22,ファイザー,L2\n",
        says: &["passport_mrz = \"旅券MRZ\"", "\"国籍\": the heading is known, but its cells cannot be read", "count = 2"],
    },
];

#[test]
fn layouts_of_invented_vendors_are_guessed_and_read_as_they_were_meant() {
    for vendor in VENDORS {
        let mapping = proposed(vendor.file.as_bytes());
        for says in vendor.says {
            assert!(mapping.contains(says), "{says}\n{mapping}");
        }
        assert_eq!(by_guess(vendor.file.as_bytes()), hashes(&ours(vendor.ours)), "{mapping}");
    }
}

#[test]
fn days_that_can_be_read_in_two_ways_are_said_to_be_so() {
    let file = "id,name,dob,dose,vaccination date,brand\n1,Example Ann,01/02/1979,1,03/04/2021,Pfizer\n";
    let mapping = proposed(file.as_bytes());
    assert!(
        mapping.contains("date = \"DD/MM/YYYY\"  # look at it: every day could also be read as MM/DD/YYYY"),
        "{mapping}"
    );
}

#[test]
fn what_is_missing_is_said_and_no_mapping_is_made_up() {
    let mapping = proposed("氏名,接種日\n山田,2021-06-01\n".as_bytes());
    for missing in ["resident_id", "birth_date", "dose_no", "maker"] {
        assert!(mapping.contains(&format!("# MISSING: {missing}.")), "{mapping}");
    }
    assert!(Mapping::parse("guess.toml", &mapping).is_err());
    // Nothing at all is known: still no more than numbers of columns is shown.
    let mapping = proposed("山田 花子,東京都\n佐藤 誠,大阪府\n".as_bytes());
    assert!(!mapping.contains("山田") && !mapping.contains("東京都"), "{mapping}");
}

#[test]
fn no_cell_of_a_person_is_in_a_proposal() {
    let folder = tempfile::tempdir().expect("a folder");
    for (layout, heads) in [(Layout::Long, 1), (Layout::Vrs, 1), (Layout::Long, 0), (Layout::Vrs, 0)] {
        let options = SampleOptions { people: 40, seed: 9, faults: 0.2, layout, encoding: Encoding::Utf8 };
        let sample = write_sample(&options, folder.path()).expect("writes");
        for path in &sample.files {
            let bytes = fs::read(path).expect("reads");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let rows: Vec<&str> = text.lines().collect();
            let file = rows[1 - heads..].join("\n");
            let mapping = proposed(file.as_bytes());
            let words: Vec<&str> = mapping.split(|c: char| c.is_whitespace() || "\"=,[]".contains(c)).collect();
            for cell in
                rows[1..].iter().flat_map(|row| row.split(',')).map(str::trim).filter(|cell| cell.chars().count() > 2)
            {
                assert!(!words.contains(&cell), "{cell}\n{mapping}");
            }
        }
    }
}
