//! Reads frames for `cargo xtask bench scanning`: `frames PATH...`, of grey pictures (.pgm) and clips (.y4m).
//!
//! One line of JSON a frame: `{"file": …, "frame": …, "live": {"texts": […], "seen": …, "ms": …}, "still": …}`. A
//! picture is a camera's first frame and a still, a clip's frames are live only.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use tegata_reader::{Live, Luma, Sighting, still};

/// The budgets of the page's reader.
const FRAME: Duration = Duration::from_millis(40);
const PICTURE: Duration = Duration::from_secs(2);

fn main() -> io::Result<()> {
    for path in std::env::args().skip(1) {
        let mut file = BufReader::new(std::fs::File::open(&path)?);
        let mut head = String::new();
        file.read_line(&mut head)?;
        if head.trim_end() == "P5" {
            picture(Path::new(&path), &mut file)?;
        } else {
            clip(Path::new(&path), &head, &mut file)?;
        }
    }
    Ok(())
}

fn picture(path: &Path, file: &mut impl io::BufRead) -> io::Result<()> {
    let mut head = String::new();
    file.read_line(&mut head)?;
    file.read_line(&mut head)?;
    let numbers: Vec<usize> = head.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [width, height, _] = numbers[..] else { return Err(io::ErrorKind::InvalidData.into()) };
    let mut pixels = Vec::new();
    file.read_to_end(&mut pixels)?;
    let luma = Luma::new(width, height, pixels).map_err(io::Error::other)?;
    let (mut time, mut live) = timed(|| Live::default().look(&luma, &mut after(FRAME)));
    // Others use the machine too: a look that ran out of time is repeated.
    for _ in 0..4 {
        if time < FRAME {
            break;
        }
        (time, live) = timed(|| Live::default().look(&luma, &mut after(FRAME)));
    }
    let (_, still) = timed(|| still(&luma, &mut after(PICTURE)));
    println!("{{\"file\": {}, \"live\": {live}, \"still\": {still}}}", name(path));
    Ok(())
}

fn clip(path: &Path, head: &str, file: &mut impl io::BufRead) -> io::Result<()> {
    let side = |letter: char| head.split(' ').find_map(|word| word.strip_prefix(letter)?.trim_end().parse().ok());
    let (Some(width), Some(height)) = (side('W'), side('H')) else { return Err(io::ErrorKind::InvalidData.into()) };
    let (width, height): (usize, usize) = (width, height);
    let mut camera = Live::default();
    let mut frame = vec![0; width * height];
    let mut chroma = vec![0; 2 * width.div_ceil(2) * height.div_ceil(2)];
    for at in 0.. {
        let mut mark = Vec::new();
        if file.read_until(b'\n', &mut mark)? == 0 {
            break;
        }
        file.read_exact(&mut frame)?;
        file.read_exact(&mut chroma)?;
        let luma = Luma::new(width, height, &frame).map_err(io::Error::other)?;
        let (_, live) = timed(|| camera.look(&luma, &mut after(FRAME)));
        println!("{{\"file\": {}, \"frame\": {at}, \"live\": {live}}}", name(path));
    }
    Ok(())
}

fn after(time: Duration) -> impl FnMut() -> bool {
    let end = Instant::now() + time;
    move || Instant::now() >= end
}

/// The time that a look took, and what to tell of it.
fn timed(look: impl FnOnce() -> Sighting) -> (Duration, String) {
    let begun = Instant::now();
    let found = look();
    let time = begun.elapsed();
    let texts: Vec<String> = found.codes.iter().map(|code| quoted(&code.text)).collect();
    let ms = time.as_secs_f64() * 1e3;
    (time, format!("{{\"texts\": [{}], \"seen\": {}, \"ms\": {ms:.3}}}", texts.join(", "), found.seen))
}

fn name(path: &Path) -> String {
    quoted(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// A string of JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\0'..='\x1f' => drop(write!(quoted, "\\u{:04x}", u32::from(character))),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
