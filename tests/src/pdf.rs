//! Pages as programs that are not ours see them: poppler's (`pdfinfo`, `pdffonts`, `pdftotext`, `pdftoppm`) and
//! `zbarimg`.
//!
//! A machine without them leaves these tests out, loudly: [`there`] says so.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Whether the programs are there; what is missing is told on standard error.
#[must_use]
pub fn there() -> bool {
    let packages = [("pdftoppm", "-v", "poppler-utils"), ("zbarimg", "--version", "zbar-tools")];
    let missing: Vec<&str> = packages
        .into_iter()
        .filter(|(program, probe, _)| !Command::new(program).arg(probe).output().is_ok_and(|o| o.status.success()))
        .map(|(_, _, package)| package)
        .collect();
    if !missing.is_empty() {
        eprintln!("SKIPPED: pages are not looked at; apt-get install {}", missing.join(" "));
    }
    missing.is_empty()
}

fn run(program: &str, arguments: &[&str], file: &Path) -> Output {
    let output = Command::new(program).args(arguments).arg(file).output().expect("the program starts");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A value that `pdfinfo` tells: `Title`, `Pages`, `PDF subtype`, `Tagged`. None if the document does not say.
#[must_use]
pub fn info(pdf: &Path, name: &str) -> Option<String> {
    let output = run("pdfinfo", &[], pdf);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut values = told.lines().filter_map(|line| line.split_once(':'));
    values.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// The document's own account of itself (XMP): which standards it keeps, its title, its author.
#[must_use]
pub fn metadata(pdf: &Path) -> String {
    String::from_utf8_lossy(&run("pdfinfo", &["-meta"], pdf).stdout).into_owned()
}

/// A font of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentFont {
    /// Its name, with the six letters before it if it is a subset.
    pub name: String,
    /// Whether its outlines are in the document.
    pub embedded: bool,
    /// Whether only the outlines that are used are.
    pub subset: bool,
    /// Whether its letters can be copied as text.
    pub text: bool,
}

/// The fonts that `pdffonts` finds.
#[must_use]
pub fn fonts(pdf: &Path) -> Vec<DocumentFont> {
    let output = run("pdffonts", &[], pdf);
    String::from_utf8_lossy(&output.stdout).lines().skip(2).map(font_of).collect()
}

/// `name … emb sub uni object ID`: names and types may hold blanks, so columns are counted from the end.
fn font_of(line: &str) -> DocumentFont {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let [name, .., embedded, subset, text, _, _] = columns.as_slice() else {
        panic!("no line of pdffonts: {line}");
    };
    let yes = |column: &str| column == "yes";
    DocumentFont { name: (*name).to_owned(), embedded: yes(embedded), subset: yes(subset), text: yes(text) }
}

/// The text of a page (from 1), as somebody who copies it gets it.
#[must_use]
pub fn text(pdf: &Path, page: usize) -> String {
    let page = page.to_string();
    let output = Command::new("pdftotext")
        .args(["-enc", "UTF-8", "-f", &page, "-l", &page])
        .arg(pdf)
        .arg("-")
        .output()
        .expect("pdftotext starts");
    assert!(output.status.success(), "pdftotext: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A page (from 1) as a grey picture of so many dots an inch, in a file beside the document.
#[must_use]
pub fn picture(pdf: &Path, page: usize, dpi: u32) -> PathBuf {
    let stem = pdf.with_extension(format!("{page}.{dpi}"));
    let (page, dots) = (page.to_string(), dpi.to_string());
    let output = Command::new("pdftoppm")
        .args(["-gray", "-singlefile", "-r", &dots, "-f", &page, "-l", &page])
        .arg(pdf)
        .arg(&stem)
        .output()
        .expect("pdftoppm starts");
    assert!(output.status.success(), "pdftoppm: {}", String::from_utf8_lossy(&output.stderr));
    let mut path = stem.into_os_string();
    path.push(".pgm");
    path.into()
}

/// The texts of the QR codes that `zbarimg` reads in a picture; none if it sees none.
#[must_use]
pub fn read_by_zbar(picture: &Path) -> Vec<String> {
    let arguments = ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"];
    let output = Command::new("zbarimg").args(arguments).arg(picture).output().expect("zbarimg starts");
    // 4: no code was seen, which is an answer.
    assert!(matches!(output.status.code(), Some(0 | 4)), "zbarimg: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// A grey picture.
#[derive(Clone)]
pub struct Grey {
    width: usize,
    pixels: Vec<u8>,
}

/// A code as it lies in a picture, in pixels: measured by its three corner squares, without its quiet zone.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Measured {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Side of a module.
    pub module: f64,
}

impl Grey {
    /// Reads a binary PGM of 8 bits, as `pdftoppm -gray` writes it.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("reads");
        let mut parts = bytes.splitn(4, u8::is_ascii_whitespace);
        let mut part = || parts.next().expect("a header").to_vec();
        assert_eq!(part(), b"P5");
        let number = |part: Vec<u8>| String::from_utf8(part).expect("digits").parse::<usize>().expect("a number");
        let (width, height) = (number(part()), number(part()));
        let rest = part();
        let pixels = rest.strip_prefix(b"255\n").expect("8 bits").to_vec();
        assert_eq!(pixels.len(), width * height, "whole");
        Self { width, pixels }
    }

    fn dark(&self, x: usize, y: usize) -> bool {
        self.pixels.get(y * self.width + x).is_some_and(|pixel| x < self.width && *pixel < 128)
    }

    /// Middles and widths of corner squares along a line: dark and light as 1 : 1 : 3 : 1 : 1.
    fn corners_along(length: usize, dark: impl Fn(usize) -> bool) -> Vec<(f64, f64)> {
        let mut edges = vec![0];
        edges.extend((1..length).filter(|place| dark(*place) != dark(place - 1)));
        edges.push(length);
        let runs: Vec<(usize, usize)> = edges.windows(2).map(|pair| (pair[0], pair[1] - pair[0])).collect();
        let square = |five: &[(usize, usize)]| {
            let total: usize = five.iter().map(|(_, run)| run).sum();
            let module = total as f64 / 7.0;
            let wanted = [1.0, 1.0, 3.0, 1.0, 1.0];
            let near = five.iter().zip(wanted).all(|((_, run), wanted)| (*run as f64 / module - wanted).abs() < 0.5);
            (module >= 2.0 && dark(five[0].0) && near).then(|| (five[0].0 as f64 + total as f64 / 2.0, total as f64))
        };
        runs.windows(5).filter_map(square).collect()
    }

    /// The one code that lies upright in the picture; none if its corner squares are not three.
    #[must_use]
    pub fn code(&self) -> Option<Measured> {
        let height = self.pixels.len() / self.width;
        // What was seen on neighbouring lines, together: middle across, middle down, width, lines.
        let mut squares: Vec<(f64, f64, f64, usize)> = Vec::new();
        for y in 0..height {
            for (x, across) in Self::corners_along(self.width, |x| self.dark(x, y)) {
                let column = x as usize;
                let down = Self::corners_along(height, |y| self.dark(column, y));
                let square = |(middle, along): &(f64, f64)| {
                    (middle - y as f64).abs() < across / 4.0 && (along / across - 1.0).abs() < 0.2
                };
                let Some((middle, _)) = down.into_iter().find(square) else { continue };
                let known = |known: &&mut (f64, f64, f64, usize)| (known.0 - x).hypot(known.1 - middle) < across / 2.0;
                match squares.iter_mut().find(known) {
                    Some(square) => square.3 += 1,
                    None => squares.push((x, middle, across, 1)),
                }
            }
        }
        // A corner square is seen on the lines of its core, three modules of its seven; data that looks like one is not.
        squares.retain(|square| square.3 as f64 > square.2 * 2.0 / 7.0);
        let [first, second, third] = squares.as_slice() else { return None };
        let mut order = [*first, *second, *third];
        order.sort_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
        let [corner, ..] = order;
        let right = order.iter().map(|square| square.0).fold(corner.0, f64::max);
        let module = order.iter().map(|square| square.2).sum::<f64>() / 21.0;
        let half = 3.5 * module;
        let width = right - corner.0 + 2.0 * half;
        Some(Measured { left: corner.0 - half, top: corner.1 - half, width, module })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three corner squares of a code of 25 modules, four pixels each, at (40, 60).
    fn drawn() -> Grey {
        let (width, height, module) = (200, 240, 4);
        let mut picture = Grey { width, pixels: vec![255; width * height] };
        for (left, top) in [(0, 0), (18, 0), (0, 18)] {
            for (x, y) in (0..7).flat_map(|x| (0..7).map(move |y| (x, y))) {
                let ring = [x, y].iter().any(|place| [1, 5].contains(place))
                    && [x, y].iter().all(|place| (1..=5).contains(place));
                if ring {
                    continue;
                }
                for (i, j) in (0..module).flat_map(|i| (0..module).map(move |j| (i, j))) {
                    let (x, y) = (40 + (left + x) * module + i, 60 + (top + y) * module + j);
                    picture.pixels[y * width + x] = 0;
                }
            }
        }
        picture
    }

    #[test]
    fn a_code_is_measured_by_its_corner_squares() {
        let code = drawn().code().expect("three squares");
        assert_eq!(code, Measured { left: 40.0, top: 60.0, width: 100.0, module: 4.0 });
    }

    #[test]
    fn real_codes_of_many_sizes_are_measured_to_a_pixel() {
        for (place, module) in (0..60).zip([3, 4, 5, 7].into_iter().cycle()) {
            let text: String =
                (0..40 + 9 * place).map(|i| char::from(b'A' + (i * i * 7 + i * place) as u8 % 26)).collect();
            let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().expect("a code");
            let (left, top, side) = (33, 51, code.size * module);
            let (width, height) = (left + side + 40, top + side + 30);
            let mut picture = Grey { width, pixels: vec![255; width * height] };
            for (x, y) in (0..side).flat_map(|x| (0..side).map(move |y| (x, y))) {
                if code[y / module][x / module].value() {
                    picture.pixels[(top + y) * width + left + x] = 0;
                }
            }
            let measured = picture.code().unwrap_or_else(|| panic!("{place}: three squares"));
            let near = |is: f64, wanted: usize| (is - wanted as f64).abs() <= 1.0;
            assert!(near(measured.left, left) && near(measured.top, top) && near(measured.width, side), "{place}");
            assert!((measured.module - module as f64).abs() < 0.1, "{place}");
        }
    }

    #[test]
    fn two_corner_squares_are_no_code() {
        let mut picture = drawn();
        let width = picture.width;
        picture.pixels[130 * width..].fill(255);
        assert_eq!(picture.code(), None);
    }

    #[test]
    fn a_line_of_pdffonts_is_read_from_its_end() {
        let line = "ABCDEF+IPAexGothic                   CID TrueType      Identity-H       yes yes yes     12  0";
        let font = font_of(line);
        assert_eq!(font, DocumentFont { name: "ABCDEF+IPAexGothic".into(), embedded: true, subset: true, text: true });
        let bare =
            font_of("Helvetica                            Type 1            WinAnsi          no  no  no       4  0");
        assert!(!bare.embedded && !bare.subset && !bare.text);
    }

    /// The smallest document with a font: one page of 72 × 72 mm/25.4 points that is not embedded.
    const SMALL: &str = "%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 144 72]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 37>> stream
BT /F 12 Tf 10 30 Td (TEGATA) Tj ET  
endstream endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
trailer <</Root 1 0 R>>
";

    #[test]
    fn poppler_and_zbar_answer_about_a_document() {
        if !there() {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let pdf = folder.path().join("small.pdf");
        std::fs::write(&pdf, SMALL).expect("writes");
        assert_eq!(info(&pdf, "Pages").as_deref(), Some("1"));
        assert_eq!(info(&pdf, "Nothing of the kind"), None);
        assert_eq!(fonts(&pdf).iter().map(|font| font.embedded).collect::<Vec<_>>(), [false]);
        assert_eq!(text(&pdf, 1).trim(), "TEGATA");
        let picture = picture(&pdf, 1, 150);
        let grey = Grey::read(&picture);
        assert_eq!((grey.width, grey.pixels.len()), (300, 300 * 150));
        assert_eq!(grey.code(), None);
        assert!(read_by_zbar(&picture).is_empty());
    }
}
