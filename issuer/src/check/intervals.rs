//! The shortest interval between two doses of a series that is not doubted.
//!
//! Conservative: shorter than anything that was recommended anywhere, so that what falls below is either a mistake in the
//! record or a mistake at the bedside. COVID-19, first to second dose: 14 days (the shortest schedule in use was 21 days
//! for Comirnaty, 14 to 28 for CoronaVac, with the CDC's four days of grace); later doses: 24 days (the CDC's additional
//! primary dose of the immunocompromised after 28 days, less those four). Other vaccines: 6 days, the shortest gap that
//! Japan's schedules for inactivated vaccines know; live vaccines are given further apart, but a product's row does not
//! say which it is.

use crate::register::Series;

/// The shortest interval in days between dose `number` and the next.
pub(crate) fn shortest(series: Series, number: u8) -> i32 {
    match (series, number) {
        (Series::Covid19, 1) => 14,
        (Series::Covid19, _) => 24,
        (Series::Product(_), _) => 6,
    }
}
