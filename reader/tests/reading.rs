//! Codes on grey paper, as pictures and as frames; and pixels that are traps.

use std::time::{Duration, Instant};

use qrcode::{Color, EcLevel, QrCode};
use tegata_reader::{Live, Luma, Malformed, Sighting, still};

const JSON: &str = r#"{"data":{"msg":{"pid":{"n":"手形 さくら"}}},"v":1}"#;

/// A code on paper, some pixels a module, with four modules of margin.
fn code(text: &str, scale: usize, black: u8, white: u8) -> Luma<'static> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).expect("a code");
    let (modules, colours) = (code.width(), code.to_colors());
    let side = (modules + 8) * scale;
    let module = |at: usize| (at / scale).checked_sub(4).filter(|at| *at < modules);
    let pixel = |at: usize| {
        let (column, row) = (module(at % side), module(at / side));
        let dark = column.zip(row).is_some_and(|(column, row)| colours[row * modules + column] == Color::Dark);
        if dark { black } else { white }
    };
    Luma::new(side, side, (0..side * side).map(pixel).collect::<Vec<u8>>()).expect("a picture")
}

fn picture(width: usize, height: usize, pixel: impl FnMut(usize) -> u8) -> Luma<'static> {
    Luma::new(width, height, (0..width * height).map(pixel).collect::<Vec<u8>>()).expect("a picture")
}

fn texts(found: &Sighting) -> Vec<&str> {
    found.codes.iter().map(|code| code.text.as_str()).collect()
}

const fn never() -> bool {
    false
}

/// A clock that says so many times that there is time left.
fn steps(mut left: usize) -> impl FnMut() -> bool {
    move || {
        let up = left == 0;
        left = left.saturating_sub(1);
        up
    }
}

/// Xorshift: the same noise on every machine.
struct Noise(u64);

impl Noise {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u8
    }

    fn coin(&mut self) -> bool {
        self.byte() < 128
    }
}

#[test]
fn json_in_utf_8_is_read_as_it_is_from_a_picture_and_from_a_frame() {
    let paper = code(JSON, 3, 20, 235);
    let mut camera = Live::default();
    for found in [still(&paper, &mut never), camera.look(&paper, &mut never)] {
        assert_eq!((texts(&found), found.seen), (vec![JSON], false));
    }
}

#[test]
fn a_faint_code_is_read_from_the_first_frame_and_an_inverted_one_within_three() {
    let (faint, inverted) = (code(JSON, 4, 200, 214), code(JSON, 4, 235, 20));
    assert_eq!(texts(&Live::default().look(&faint, &mut never)), [JSON]);
    let mut camera = Live::default();
    assert!((0..3).any(|_| texts(&camera.look(&inverted, &mut never)) == [JSON]));
    assert_eq!(texts(&still(&inverted, &mut never)), [JSON]);
}

#[test]
fn frames_of_changing_sizes_are_read_one_after_the_other() {
    let mut camera = Live::default();
    for (round, scale) in [4, 3, 5, 3, 9, 4].into_iter().enumerate() {
        let text = format!("TG1:{round}");
        assert_eq!(texts(&camera.look(&code(&text, scale, 0, 255), &mut never)), [text]);
        assert_eq!(camera.look(&picture(100, 90, |_| 200), &mut never), Sighting::default());
    }
}

#[test]
fn a_frame_larger_than_a_camera_gives_is_reduced_and_read() {
    assert_eq!(texts(&Live::default().look(&code("TG1:LARGE", 80, 30, 220), &mut never)), ["TG1:LARGE"]);
}

#[test]
fn pixels_that_do_not_fit_the_sides_are_no_picture() {
    let of = |width, height, length: usize| Luma::new(width, height, vec![0; length]).map(drop);
    assert_eq!(of(0, 0, 0), Err(Malformed::Empty));
    assert_eq!(of(0, 5, 0), Err(Malformed::Empty));
    assert_eq!(of(4, 4, 15), Err(Malformed::Length));
    assert_eq!(of(4, 4, 17), Err(Malformed::Length));
    assert_eq!(of(32_768, 1, 32_768), Err(Malformed::TooLarge));
    assert_eq!(of(usize::MAX, usize::MAX, 1), Err(Malformed::TooLarge));
    assert_eq!(of(32_767, 1, 32_767), Ok(()));
}

#[test]
fn slivers_and_blanks_have_no_code() {
    for (width, height) in [(1, 1), (1, 5000), (5000, 1), (7, 7), (8, 8), (9, 41), (32_767, 3), (3, 32_767)] {
        for shade in [0, 128, 255] {
            let blank = picture(width, height, |_| shade);
            assert_eq!(still(&blank, &mut never), Sighting::default(), "{width} × {height}");
            assert_eq!(Live::default().look(&blank, &mut never), Sighting::default(), "{width} × {height}");
        }
    }
}

#[test]
fn noise_of_any_size_never_panics_and_says_nothing() {
    let mut noise = Noise(1);
    let mut camera = Live::default();
    for _ in 0..200 {
        let (width, height) = (1 + usize::from(noise.byte()) % 90, 1 + usize::from(noise.byte()) % 90);
        let two_shades = noise.coin();
        let grid = picture(width, height, |_| if two_shades { 255 * u8::from(noise.coin()) } else { noise.byte() });
        assert_eq!(texts(&camera.look(&grid, &mut never)), [""; 0]);
        assert_eq!(texts(&still(&grid, &mut steps(500))), [""; 0]);
    }
}

#[test]
fn a_picture_that_was_not_looked_at_shows_nothing() {
    let paper = code(JSON, 4, 0, 255);
    assert_eq!(still(&paper, &mut steps(0)), Sighting::default());
    assert_eq!(Live::default().look(&paper, &mut steps(0)), Sighting::default());
}

/// Frames that give a reader much to do: noise on a grid, and paper tiled with finder patterns.
fn traps(width: usize, height: usize) -> [Luma<'static>; 3] {
    let mut noise = Noise(7);
    let cells: Vec<u8> = (0..=width * height / 16).map(|_| if noise.coin() { 20 } else { 235 }).collect();
    let ring = |at: usize| (at % 9).min(8 - at % 9);
    [
        picture(width, height, |at| cells[at / width / 4 * (width / 4) + at % width / 4]),
        picture(width, height, |_| if noise.coin() { 20 } else { 235 }),
        picture(width, height, |at| if matches!(ring(at % width).min(ring(at / width)), 1 | 3 | 4) { 0 } else { 255 }),
    ]
}

#[test]
fn a_trap_is_left_when_time_is_up() {
    for trap in traps(1280, 720) {
        for reads in [still, |trap: &Luma<'_>, clock: &mut dyn FnMut() -> bool| Live::default().look(trap, clock)] {
            let (begun, budget) = (Instant::now(), Duration::from_millis(40));
            let found = reads(&trap, &mut || begun.elapsed() >= budget);
            assert_eq!(found.codes, []);
            // What is under way is finished, without optimisation and on slow machines.
            assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        }
    }
}

#[test]
fn the_clock_is_asked_often_and_nothing_new_begins_after_it_said_so() {
    for trap in traps(640, 480) {
        for left in [0, 1, 50, 200] {
            let (mut clock, mut asked_after) = (steps(left), 0);
            let mut count = || {
                let up = clock();
                asked_after += usize::from(up);
                up
            };
            Live::default().look(&trap, &mut count);
            // Once for each loop that it ends.
            assert!(asked_after <= 4, "{asked_after}");
        }
    }
}
