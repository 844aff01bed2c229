//! Rows in JSON: the cells of our long form, one object a dose.

use super::body::{misfit, objects};
use crate::office::trouble::Trouble;
use serde::Deserialize;
use utoipa::ToSchema;

/// The cells of a row, by their headings; and all of them as the lines of a file.
macro_rules! cells {
    ($($(#[$doc:meta])* $cell:ident $most:tt;)*) => {
        /// One dose with its person: a row of our long form, its cells as docs/mapping.md tells. What is left out is not
        /// known; a column that no row has leaves what the register knows of it.
        #[derive(Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct RowBody {$(
            $(#[$doc])*
            #[serde(default)]
            #[schema(max_length = $most)]
            $cell: Option<String>,
        )*}

        impl RowBody {
            const HEADINGS: &[&str] = &[$(stringify!($cell)),*];

            fn cells(&self) -> [Option<&str>; Self::HEADINGS.len()] {
                [$(self.$cell.as_deref()),*]
            }

            /// Whether every cell keeps to its length.
            fn fits(&self) -> bool {
                [$((self.$cell.as_deref(), $most)),*]
                    .into_iter()
                    .all(|(cell, most)| cell.is_none_or(|cell| cell.chars().count() <= most))
            }
        }
    };
}

cells! {
    /// The number in the register: 1 to 20 letters, digits and hyphens.
    resident_id 40;
    /// The name as registered.
    name 200;
    /// Its reading in kana.
    name_kana 200;
    /// The name as in the passport's machine-readable zone.
    name_romaji 200;
    /// The birth date.
    birth_date 40;
    /// The sex, as ISO 5218 or in words.
    sex 20;
    /// The nationality: three letters.
    nationality 40;
    /// The passport's number.
    passport_no 40;
    /// The passport's machine-readable zone.
    passport_mrz 200;
    /// Whether the address is shielded (支援措置): 1 or 0.
    shield_flag 20;
    /// When the dose was recorded.
    recorded_at 40;
    /// The number of the dose.
    dose_no 20;
    /// The day.
    vaccinated_on 40;
    /// The coupon's number.
    ticket_no 40;
    /// The municipality that gave the dose: six digits.
    municipality_code 20;
    /// The place.
    site 200;
    /// The doctor: read over, never kept.
    doctor 200;
    /// The maker, as the Vaccination Record System names it.
    maker 200;
    /// The product's code.
    product_code 100;
    /// The lot.
    lot 100;
}

/// The most rows of a call.
const MOST: usize = 100_000;

/// Rows to take in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RowsBody {
    /// The rows; those of one person one after another.
    #[schema(min_items = 1, max_items = 100000)]
    #[serde(deserialize_with = "objects")]
    rows: Vec<RowBody>,
}

impl RowsBody {
    /// The same as a file of our long form, with the headings that some row has and those that every file must have.
    pub(super) fn file(&self) -> Result<Vec<u8>, Trouble> {
        const NEEDED: [&str; 4] = ["resident_id", "birth_date", "dose_no", "vaccinated_on"];
        if self.rows.is_empty() || self.rows.len() > MOST || !self.rows.iter().all(RowBody::fits) {
            return Err(misfit());
        }
        let all: Vec<_> = self.rows.iter().map(RowBody::cells).collect();
        let is_there = |at: usize| all.iter().any(|row| row.get(at).is_some_and(Option::is_some));
        let has = |names: &[&str]| {
            RowBody::HEADINGS.iter().enumerate().any(|(at, name)| names.contains(name) && is_there(at))
        };
        // One of several must be a column; a name that is not sent must not be one, or the register's would be taken away.
        let no_name = !has(&["name", "name_romaji", "passport_mrz"]);
        let no_product = !has(&["maker", "product_code"]);
        let wanted: Vec<(usize, &str)> = RowBody::HEADINGS
            .iter()
            .copied()
            .enumerate()
            .filter(|(at, name)| {
                let stands_in = (*name == "name" && no_name) || (*name == "maker" && no_product);
                is_there(*at) || NEEDED.contains(name) || stands_in
            })
            .collect();
        let headings: Vec<&str> = wanted.iter().map(|(_, name)| *name).collect();
        let mut file = headings.join(",");
        file.push('\n');
        for row in &all {
            for (place, (at, _)) in wanted.iter().enumerate() {
                if place > 0 {
                    file.push(',');
                }
                quote(row.get(*at).copied().flatten().unwrap_or_default(), &mut file);
            }
            file.push('\n');
        }
        Ok(file.into_bytes())
    }
}

/// A cell of a file. A line's end within it would move the lines of findings: it is a blank then, and what else is no
/// character of a name is the import's business.
fn quote(cell: &str, to: &mut String) {
    to.push('"');
    for character in cell.chars() {
        match character {
            '"' => to.push_str("\"\""),
            '\n' | '\r' => to.push(' '),
            other => to.push(other),
        }
    }
    to.push('"');
}
