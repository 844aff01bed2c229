//! Pictures without a readable code: a report all the same, and the status of the gravest.

use std::fs;

use image::{GrayImage, ImageFormat, Luma};
use tegata_certificate::{Sealed, base45};
use tegata_tests::office::manifest;

use super::town::{Answer, Town};

/// A town with pictures of its codes, of nothing, and of what nobody should open.
fn town() -> (Town, String) {
    let town = Town::new(5);
    town.does(&town.issue().replace("--picture none", "--picture png"));
    let good = manifest(&town.file("codes"))[0].files[0].clone();
    let good = good.strip_prefix(town.path()).expect("in the town").display().to_string();
    let code = fs::read(town.file(&good)).expect("a picture");
    let blank = GrayImage::from_pixel(600, 400, Luma([200]));
    blank.save_with_format(town.file("blank.png"), ImageFormat::Png).expect("writes");
    fs::write(town.file("cut.png"), &code[..code.len() / 2]).expect("writes");
    fs::write(town.file("empty.png"), b"").expect("writes");
    fs::write(town.file("noise.png"), [0xA5; 4096]).expect("writes");
    fs::write(town.file("huge.png"), declaring(&code, 100_000)).expect("writes");
    fs::write(town.file("endless.png"), declaring(&code, u32::MAX >> 1)).expect("writes");
    let text = manifest(&town.file("codes")).swap_remove(0).text;
    fs::write(town.file("tampered.txt"), with_another_signature(&text)).expect("writes");
    (town, good)
}

/// The code with one bit of its signature changed. It is framed anew, so that it is whole but for that: a
/// character changed in the text may break its base45 or its checksum, by chance.
fn with_another_signature(text: &str) -> String {
    let mut message = Sealed::decode(text).expect("one of ours").message().to_vec();
    *message.last_mut().expect("a signature at its end") ^= 1;
    format!("TG1:{}", base45::encode(&message))
}

/// A PNG file with another width and height in its header, and the checksum that belongs to it.
fn declaring(png: &[u8], side: u32) -> Vec<u8> {
    let mut file = png.to_vec();
    file[16..20].copy_from_slice(&side.to_be_bytes());
    file[20..24].copy_from_slice(&side.to_be_bytes());
    let mut crc = !0_u32;
    for byte in &file[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    file[29..33].copy_from_slice(&(!crc).to_be_bytes());
    file
}

fn verdicts(town: &Town, inputs: &str) -> (Answer, Vec<serde_json::Value>) {
    let answer = town.run(&format!("{} --ndjson {inputs}", town.verify()));
    let reports = answer.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (answer, reports)
}

#[test]
fn each_picture_that_cannot_be_read_gets_a_report_and_status_3() {
    let (town, _) = town();
    let cases = [
        ("blank.png", "no-code"),
        ("cut.png", "damaged-picture"),
        ("empty.png", "not-a-picture"),
        ("noise.png", "not-a-picture"),
        ("sample/doses.csv", "not-a-picture"),
        ("huge.png", "picture-too-large"),
        ("endless.png", "picture-too-large"),
    ];
    for (file, reason) in cases {
        let (answer, reports) = verdicts(&town, file);
        assert_eq!(answer.status, Some(3), "{file}\n{}{}", answer.out, answer.complaint);
        assert_eq!(answer.complaint, "", "{file}");
        assert_eq!(reports.len(), 1, "{file}");
        assert!(answer.out.contains(reason), "{file}: no {reason} in {}", answer.out);
        let told = town.run(&format!("{} --lang en {file}", town.verify()));
        assert!(told.out.lines().count() >= 2 && told.status == Some(3), "{file}\n{}", told.out);
    }
}

#[test]
fn of_several_inputs_the_gravest_status_counts_and_all_are_reported() {
    let (town, good) = town();
    let cases = [
        (vec![good.as_str()], 0, 1),
        (vec![&good, "blank.png"], 3, 2),
        (vec!["blank.png", &good], 3, 2),
        (vec!["tampered.txt", "blank.png", &good], 1, 3),
        (vec!["blank.png", "tampered.txt"], 1, 2),
        (vec!["none.png", &good], 5, 1),
        (vec!["tampered.txt", "none.png", "blank.png", &good], 5, 3),
    ];
    for (inputs, status, reports) in cases {
        let line = inputs.join(" ");
        let (answer, found) = verdicts(&town, &line);
        assert_eq!(answer.status, Some(status), "{line}\n{}{}", answer.out, answer.complaint);
        assert_eq!(found.len(), reports, "{line}");
        assert_eq!(answer.complaint.matches("error: ").count(), usize::from(status == 5), "{line}");
    }
    let (answer, _) = verdicts(&town, "sample");
    assert_eq!(answer.status, Some(5), "{}", answer.complaint);
    assert!(
        answer.complaint.contains("cannot read \"sample\"") && answer.complaint.contains("remedy: "),
        "{}",
        answer.complaint
    );
}
