//! Clips for a camera that is a file: uncompressed (YUV4MPEG2), grey, a few frames without a code first.

use crate::codes::Codes;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tegata_issuer::{EcLevel, Symbol};

/// Paper in the light of a room, ink, and what is white on paper.
const GROUND: u8 = 176;
const INK: u8 = 38;
const PAPER: u8 = 226;
/// Frames before a code, and frames with it.
const EMPTY: usize = 4;
const SHOWN: usize = 6;

/// The codes that have a clip of their own.
const CLIPS: [&str; 14] = [
    "hanako",
    "compact",
    "eu-dcc",
    "icvp",
    "icvp-gen2",
    "shc",
    "shc-parts",
    "vds-nc",
    "revoked",
    "tampered",
    "unknown-issuer",
    "expired",
    "not-a-certificate",
    "list-stale",
];

/// A grey picture.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn empty(width: usize, height: usize) -> Self {
        // Light falls from one side.
        let shade = |place: usize| GROUND - (place % width * 24 / width) as u8;
        Self { width, height, pixels: (0..width * height).map(shade).collect() }
    }

    /// Draws modules, quiet zone and all, as large as they fit into a part of the picture.
    fn draw(&mut self, modules: &[Vec<bool>], (left, width): (usize, usize)) {
        let side = modules.len() + 8;
        let scale = width.min(self.height) * 9 / 10 / side;
        assert!(scale >= 2, "a code that no camera could read");
        let (x0, y0) = (left + (width - side * scale) / 2, (self.height - side * scale) / 2);
        for y in 0..side * scale {
            for x in 0..side * scale {
                let at = |place: usize| (place / scale).checked_sub(4);
                let dark = at(x).zip(at(y)).and_then(|(column, row)| modules.get(row)?.get(column)).copied();
                self.pixels[(y0 + y) * self.width + x0 + x] = if dark == Some(true) { INK } else { PAPER };
            }
        }
    }
}

/// A symbol's modules, from its picture with one pixel each.
fn modules(text: &str) -> io::Result<(Vec<Vec<bool>>, u8)> {
    let symbol = Symbol::encode(text, EcLevel::M).map_err(io::Error::other)?;
    let file = symbol.png(1).map_err(io::Error::other)?;
    let mut decoder = png::Decoder::new(io::Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let side = reader.info().width as usize;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or_default()];
    reader.next_frame(&mut pixels)?;
    let rows = pixels.chunks(side).skip(4).take(symbol.modules());
    Ok((
        rows.map(|row| row[4..4 + symbol.modules()].iter().map(|grey| *grey == 0).collect()).collect(),
        symbol.version(),
    ))
}

/// The same symbol with its content gone: the three squares are there, and nothing that can be read.
fn ruined(mut modules: Vec<Vec<bool>>) -> Vec<Vec<bool>> {
    let side = modules.len();
    let mut state = 1_u32;
    for (y, row) in modules.iter_mut().enumerate() {
        for (x, module) in row.iter_mut().enumerate() {
            let corner = (x < 9 || x >= side - 8) && y < 9 || x < 9 && y >= side - 8;
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if !corner && x != 6 && y != 6 {
                *module = state >> 31 == 1;
            }
        }
    }
    modules
}

fn write_clip(path: &Path, frames: &[&Picture]) -> io::Result<()> {
    let first = frames.first().expect("frames");
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "YUV4MPEG2 W{} H{} F30:1 Ip A1:1 C420jpeg", first.width, first.height)?;
    let colourless = vec![128; first.width * first.height / 2];
    for frame in frames {
        file.write_all(b"FRAME\n")?;
        file.write_all(&frame.pixels)?;
        file.write_all(&colourless)?;
    }
    file.flush()
}

/// Writes all clips, and says which there are.
pub fn write(folder: &Path, codes: &Codes) -> io::Result<Value> {
    let clips = folder.join("clips");
    fs::create_dir_all(&clips)?;
    let mut index = serde_json::Map::new();
    let mut note = |name: &str, versions: &[u8], size: (usize, usize)| {
        index.insert(
            name.to_owned(),
            json!({ "file": format!("clips/{name}.y4m"), "versions": versions, "size": size }),
        );
    };
    let hd = (1280, 720);
    for name in CLIPS {
        let code = codes.get(name);
        let texts = if code.parts.is_empty() { std::slice::from_ref(&code.text) } else { &code.parts };
        let empty = Picture::empty(hd.0, hd.1);
        let mut shown = Vec::new();
        let mut versions = Vec::new();
        for text in texts {
            let (modules, version) = modules(text)?;
            let mut picture = Picture::empty(hd.0, hd.1);
            picture.draw(&modules, (0, hd.0));
            shown.push(picture);
            versions.push(version);
        }
        let frames = shown.iter().flat_map(|code| [[&empty; EMPTY].as_slice(), &[code; SHOWN]].concat());
        write_clip(&clips.join(format!("{name}.y4m")), &frames.collect::<Vec<_>>())?;
        note(name, &versions, hd);
    }
    // What cheap phones give.
    let small = (640, 480);
    let (of_hanako, version) = modules(&codes.get("hanako").text)?;
    let (empty, mut shown) = (Picture::empty(small.0, small.1), Picture::empty(small.0, small.1));
    shown.draw(&of_hanako, (0, small.0));
    write_clip(&clips.join("small.y4m"), &[[&empty; EMPTY].as_slice(), &[&shown; SHOWN]].concat())?;
    note("small", &[version], small);
    // A poster's code beside the certificate's.
    let (poster, of_poster) = modules(&codes.get("not-a-certificate").text)?;
    let (empty, mut both) = (Picture::empty(hd.0, hd.1), Picture::empty(hd.0, hd.1));
    both.draw(&poster, (0, hd.0 / 3));
    both.draw(&of_hanako, (hd.0 / 3, hd.0 * 2 / 3));
    write_clip(&clips.join("two-codes.y4m"), &[[&empty; EMPTY].as_slice(), &[&both; SHOWN]].concat())?;
    note("two-codes", &[of_poster, version], hd);
    // To be measured by: two in turn, for the same code is not taken again at once, each out of a steady scan.
    let of_other = modules(&codes.get("revoked-later").text)?.0;
    let mut frames = Vec::new();
    let turns = [&of_hanako, &of_other].map(|modules| {
        let mut picture = Picture::empty(hd.0, hd.1);
        picture.draw(modules, (0, hd.0));
        picture
    });
    let blank = Picture::empty(hd.0, hd.1);
    for turn in &turns {
        frames.extend([&blank; 20]);
        frames.extend([turn; 15]);
    }
    write_clip(&clips.join("bench.y4m"), &frames)?;
    note("bench", &[version, version], hd);
    let mut unreadable = Picture::empty(hd.0, hd.1);
    unreadable.draw(&ruined(of_hanako), (0, hd.0));
    write_clip(&clips.join("unreadable.y4m"), &[&unreadable; 3])?;
    note("unreadable", &[version], hd);
    write_clip(&clips.join("empty.y4m"), &[&empty; 3])?;
    note("empty", &[], hd);
    Ok(Value::Object(index))
}
