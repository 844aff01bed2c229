//! When each product was first given to anybody.
//!
//! The day of the first authorisation anywhere, or of the first use under an emergency order where that was earlier, so that
//! nobody's true dose is doubted but a trial's. Sources: for COVID-19 vaccines the emergency listings and authorisations
//! as the WHO's and the makers' announcements date them; for the older vaccines the year of the first licence (Plotkin's
//! Vaccines, 7th edition, chapter 1). Products that are not in the table are not doubted before the first COVID-19 vaccine,
//! or at all where they are against another disease.

use crate::register::Series;
use std::sync::LazyLock;
use tegata_certificate::Date;

/// Year, month and day from which on the product may have been given.
const fn first(cvx: u16) -> Option<(i32, u32, u32)> {
    Some(match cvx {
        // COVID-19, by product.
        208 => (2020, 12, 2),
        218 => (2021, 10, 29),
        219 => (2022, 6, 17),
        520 => (2022, 8, 31),
        300 => (2022, 8, 31),
        301 => (2022, 10, 12),
        302 => (2022, 12, 8),
        308..=310 => (2023, 8, 30),
        207 => (2020, 12, 18),
        228 => (2022, 6, 17),
        519 => (2022, 8, 12),
        229 => (2022, 8, 31),
        230 => (2022, 10, 12),
        311..=312 => (2023, 9, 11),
        210 => (2020, 12, 30),
        211 => (2021, 11, 1),
        313 => (2023, 10, 3),
        212 => (2021, 2, 17),
        502 => (2021, 1, 2),
        505 => (2020, 8, 11),
        504 => (2021, 5, 6),
        506 => (2020, 6, 25),
        509 => (2020, 10, 13),
        510 => (2020, 6, 24),
        511 => (2020, 6, 24),
        512 => (2022, 2, 24),
        515 => (2021, 7, 19),
        518 => (2022, 3, 1),
        // Others, by the year of the first licence.
        37 | 183 | 184 => (1936, 1, 1),
        10 => (1955, 4, 12),
        2 | 179 | 182 => (1961, 1, 1),
        89 => (1955, 4, 12),
        178 => (2009, 1, 1),
        132 => (2000, 10, 1),
        146 => (2016, 2, 15),
        4 | 3 => (1971, 1, 1),
        5 => (1963, 1, 1),
        21 => (1974, 1, 1),
        134 => (1954, 1, 1),
        45 => (1981, 1, 1),
        88 => (1945, 1, 1),
        _ => return None,
    })
}

/// The first emergency use of any COVID-19 vaccine.
const FIRST_COVID_19: (i32, u32, u32) = (2020, 6, 24);

/// The first day on which the product may have been given, in days from 1970-01-01; `None` if that is not known.
pub(crate) fn first_use(cvx: u16) -> Option<i32> {
    /// By CVX code; asked several times a dose.
    static DAYS: LazyLock<Vec<Option<i32>>> = LazyLock::new(|| {
        let covid = |cvx| (Series::of(cvx) == Series::Covid19).then_some(FIRST_COVID_19);
        let day = |cvx| first(cvx).or_else(|| covid(cvx)).and_then(|(y, m, d)| Date::from_ymd(y, m, d));
        (0..1024).map(|cvx| day(cvx).map(Date::days)).collect()
    });
    DAYS.get(usize::from(cvx)).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tegata_certificate::vaccine::PRODUCTS;

    #[test]
    fn every_product_has_a_first_day_that_the_calendar_has() {
        for product in PRODUCTS {
            assert!(first_use(product.cvx).is_some(), "{}", product.key);
        }
        assert_eq!(first_use(208), Date::from_ymd(2020, 12, 2).map(Date::days));
        assert_eq!(first_use(213), Date::from_ymd(2020, 6, 24).map(Date::days));
    }
}
