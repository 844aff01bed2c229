//! The EU's products: what `mp` and `ma` of an EU DCC mean, and what is written there.
//!
//! Source: EU value sets 2.12.0 (vaccines-covid-19-names 2022-11-30, auth-holders 2022-01-26,
//! encoding instructions 2023-05-05). `vaccine` is the narrowest SNOMED CT code that the instructions
//! allow for the product; deprecated names are listed to be read and are never written.
//!
//! `brand` is ICD-11's code of the product where WHO's DDCC concept maps (2023-02-15) call it
//! equivalent. They do so for BBIBP-CorV, not for the product of the same maker that the EU later
//! renamed to WIBP-CorV; and EU `CoviVac` (Chumakov, inactivated) is not CVX 503 (live attenuated),
//! though the names sound alike: so neither has a row in the table of products.

use super::{COVID_19, EuProduct};

const MRNA: &str = "1119349007";
const VECTOR: &str = "29061000087103";
const INACTIVATED: &str = "1157024006";
const RECOMBINANT: &str = "1162643001";
const ANY: &str = "28531000087107";

const fn row(name: &'static str, product: &'static str, maker: &'static str, vaccine: &'static str) -> EuProduct {
    EuProduct { disease: COVID_19, vaccine, product, maker, name, brand: None, written: true }
}

const fn branded(row: EuProduct, brand: &'static str) -> EuProduct {
    EuProduct { brand: Some(brand), ..row }
}

/// A row that is read only: the EU took the code back.
const fn deprecated(row: EuProduct) -> EuProduct {
    EuProduct { written: false, ..row }
}

pub(super) const COMIRNATY: EuProduct = branded(row("Comirnaty", "EU/1/20/1528", "ORG-100030215", MRNA), "XM8NQ0");
pub(super) const SPIKEVAX: EuProduct = branded(row("Spikevax", "EU/1/20/1507", "ORG-100031184", MRNA), "XM3DT5");
pub(super) const VAXZEVRIA: EuProduct = branded(row("Vaxzevria", "EU/1/21/1529", "ORG-100001699", VECTOR), "XM4YL8");
pub(super) const JCOVDEN: EuProduct = branded(row("Jcovden", "EU/1/20/1525", "ORG-100001417", VECTOR), "XM6QV1");
pub(super) const NUVAXOVID: EuProduct =
    branded(row("Nuvaxovid", "EU/1/21/1618", "ORG-100032020", RECOMBINANT), "XM9T65");
pub(super) const COVAXIN: EuProduct = branded(row("Covaxin", "Covaxin", "Bharat-Biotech", INACTIVATED), "XM1G90");
pub(super) const SPUTNIK_LIGHT: EuProduct =
    branded(row("Sputnik Light", "Sputnik-Light", "Gamaleya-Research-Institute", VECTOR), "XM5QM6");
pub(super) const SPUTNIK_V: EuProduct =
    branded(row("Sputnik V", "Sputnik-V", "Gamaleya-Research-Institute", VECTOR), "XM5ZJ4");
pub(super) const CONVIDECIA: EuProduct = branded(row("Convidecia", "Convidecia", "ORG-100013793", VECTOR), "XM1AG7");
pub(super) const EPIVACCORONA: EuProduct =
    branded(row("EpiVacCorona", "EpiVacCorona", "Vector-Institute", RECOMBINANT), "XM6SZ8");
pub(super) const BBIBP_CORV: EuProduct =
    branded(row("BBIBP-CorV", "BBIBP-CorV", "ORG-100020693", INACTIVATED), "XM8866");
pub(super) const CORONAVAC: EuProduct =
    branded(row("CoronaVac", "CoronaVac", "Sinovac-Biotech", INACTIVATED), "XM7HT3");
pub(super) const COVIFENZ: EuProduct = row("Covifenz", "Covifenz", "ORG-100008549", ANY);
pub(super) const MEDIGEN: EuProduct =
    branded(row("MVC COVID-19 vaccine", "MVC-COV1901", "ORG-100033914", RECOMBINANT), "XM4EC8");
pub(super) const VALNEVA: EuProduct = row("COVID-19 Vaccine Valneva", "EU/1/21/1624", "ORG-100036422", ANY);

/// The products, and what the EU calls them.
pub(super) const PRODUCTS: &[EuProduct] = &[
    COMIRNATY,
    SPIKEVAX,
    VAXZEVRIA,
    JCOVDEN,
    NUVAXOVID,
    COVAXIN,
    SPUTNIK_LIGHT,
    SPUTNIK_V,
    CONVIDECIA,
    EPIVACCORONA,
    BBIBP_CORV,
    CORONAVAC,
    COVIFENZ,
    MEDIGEN,
    VALNEVA,
    row("CVnCoV", "CVnCoV", "ORG-100006270", MRNA),
    deprecated(row("NVX-CoV2373", "NVX-CoV2373", "ORG-100032020", RECOMBINANT)),
    deprecated(row(
        "Inactivated SARS-CoV-2 (Vero Cell)",
        "Inactivated-SARS-CoV-2-Vero-Cell",
        "ORG-100010771",
        INACTIVATED,
    )),
    branded(row("Covishield", "Covishield", "ORG-100001981", VECTOR), "XM97T2"),
    row("Covid-19 (recombinant)", "Covid-19-recombinant", "Fiocruz", VECTOR),
    row("R-COVI", "R-COVI", "ORG-100007893", VECTOR),
    row("CoviVac", "CoviVac", "Chumakov-Federal-Scientific-Center", INACTIVATED),
    branded(row("Hayat-Vax", "Hayat-Vax", "ORG-100023050", INACTIVATED), "XM9FQ7"),
    row("Abdala", "Abdala", "CIGB", ANY),
    branded(row("WIBP-CorV", "WIBP-CorV", "Sinopharm-WIBP", INACTIVATED), "XM1AU2"),
    row("Covovax", "Covovax", "ORG-100001981", RECOMBINANT),
    deprecated(row("Vidprevtyn", "Vidprevtyn", "ORG-100000788", ANY)),
    deprecated(row("VLA2001", "VLA2001", "ORG-100036422", ANY)),
    branded(row("EpiVacCorona-N", "EpiVacCorona-N", "Vector-Institute", RECOMBINANT), "XM3SK8"),
    row("Sputnik M", "Sputnik-M", "Gamaleya-Research-Institute", VECTOR),
    row("Vacina adsorvida covid-19 (inativada)", "Covid-19-adsorvida-inativada", "Instituto-Butantan", INACTIVATED),
    row("NVSI-06-08", "NVSI-06-08", "NVSI", ANY),
    row("YS-SC2-010", "YS-SC2-010", "Yisheng-Biopharma", ANY),
    row("SCTV01C", "SCTV01C", "ORG-100026614", ANY),
    row("AZD2816", "AZD2816", "ORG-100001699", VECTOR),
    branded(row("Soberana 02", "Soberana-02", "Finlay-Institute", ANY), "XM3PG0"),
    branded(row("Soberana Plus", "Soberana-Plus", "Finlay-Institute", ANY), "XM0RV9"),
    row("VidPrevtyn Beta", "EU/1/21/1580", "ORG-100000788", ANY),
    row("Bimervax", "EU/1/22/1709", "ORG-100036914", ANY),
];
