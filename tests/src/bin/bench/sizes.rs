//! How large the codes are: a promise of the format, not of the machine.

use crate::measure::{Bound, Table};
use tegata_tests::office::Office;
use tegata_tests::sizes::{Sizes, sizes};

pub fn measure(table: &mut Table) {
    let Sizes { people, median, p99, two_doses_median, two_doses_p99, modules_ratio } = sizes(&Office::new(2_000, 1));
    table.heading(&format!("Sizes over {people} people of the sample register, level M"));
    let mut version = |name: &str, version: u8, bound: f64| {
        table.ratio(name, &format!("version {version}"), f64::from(version), "1 version", Bound::AtMost(bound));
    };
    version("compact with two doses, median", two_doses_median, 10.0);
    version("compact with two doses, 99th percentile", two_doses_p99, 12.0);
    version("compact with all doses, median", median, 10.0);
    version("compact with all doses, 99th percentile", p99, 12.0);
    table.ratio(
        "compact's modules, median over people",
        "",
        modules_ratio,
        "their eu-dcc code's (one dose)",
        Bound::AtMost(0.65),
    );
}
