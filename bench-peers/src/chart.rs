//! A chart of times as SVG, readable on light and dark pages.

use std::fmt::Write as _;

/// One time.
pub struct Bar {
    pub label: &'static str,
    /// Microseconds.
    pub time: f64,
    pub ours: bool,
}

const WIDTH: f64 = 760.0;
const LABELS: f64 = 300.0;
const ROW: f64 = 28.0;
const TOP: f64 = 44.0;

/// Bars from the top down. What is longer than two and a half times the middle one is cut, and its number says how long it is.
pub fn draw(bars: &[Bar]) -> String {
    let mut times: Vec<f64> = bars.iter().map(|bar| bar.time).collect();
    times.sort_by(f64::total_cmp);
    let middle = times.get(times.len() / 2).copied().unwrap_or(1.0);
    let longest = times.last().copied().unwrap_or(1.0).min(middle * 2.5);
    let height = TOP + ROW * bars.len() as f64 + 12.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title>Microseconds, one thread: shorter is better</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"600\" fill=\"#1b1b1f\">Microseconds, one thread: shorter \
         is better</text>\n"
    );
    for (at, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * at as f64;
        let length = (bar.time.min(longest) / longest * (WIDTH - LABELS - 90.0)).max(1.0);
        let colour = if bar.ours { "#0b57d0" } else { "#9aa0a6" };
        let cut = if bar.time > longest { " →" } else { "" };
        // Writing to memory does not fail.
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\" fill=\"#1b1b1f\">{}</text>\
             <rect x=\"{LABELS:.0}\" y=\"{:.0}\" width=\"{length:.1}\" height=\"18\" rx=\"3\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.0}\" fill=\"#1b1b1f\">{:.1}{cut}</text>",
            LABELS - 10.0,
            y + 14.0,
            bar.label,
            y,
            LABELS + length + 8.0,
            y + 14.0,
            bar.time
        );
    }
    svg.push_str("</svg>\n");
    svg
}
