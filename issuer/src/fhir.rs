//! The names that FHIR R4 and JP Core give to things: profiles, extensions and systems of identifiers and codes.
//!
//! Sources: HL7 FHIR R4 (4.0.1); JP Core implementation guide 1.x (jpfhir.jp/fhir/core); HL7 terminology. The code of
//! a local government has the OID that the specification of health check-ups gives it.

/// JP Core's profile of Patient.
pub(crate) const JP_PATIENT: &str = "http://jpfhir.jp/fhir/core/StructureDefinition/JP_Patient";
/// JP Core's profile of Immunization.
pub(crate) const JP_IMMUNIZATION: &str = "http://jpfhir.jp/fhir/core/StructureDefinition/JP_Immunization";

/// How a name is written: `IDE` (kanji), `SYL` (kana) or `ABC` (Latin letters). JP Core demands it of every name.
pub(crate) const REPRESENTATION: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";
/// Nationality, with an extension `code` inside.
pub(crate) const NATIONALITY: &str = "http://hl7.org/fhir/StructureDefinition/patient-nationality";
/// Why an element has no value.
pub(crate) const DATA_ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// The number of a person in the municipality's register (個別宛名番号). The base specification and JP Core have no
/// name for it; JP Core's own system is that of a hospital's patients.
pub(crate) const RESIDENT: &str = "https://github.com/tegata/tegata/fhir/resident-number";
/// The number of a coupon (接種券番号).
pub(crate) const COUPON: &str = "https://github.com/tegata/tegata/fhir/coupon-number";
/// The beginning of JP Core's systems of patient numbers: `1` and the hospital's ten digits follow.
pub(crate) const JP_PATIENT_NUMBERS: &str = "urn:oid:1.2.392.100495.20.3.51.";
/// The beginning of the systems of passport numbers: the state's three letters follow.
pub(crate) const PASSPORTS: &str = "http://hl7.org/fhir/sid/passport-";
/// Codes of local governments (地方公共団体コード), six digits.
pub(crate) const MUNICIPALITIES: &str = "urn:oid:1.2.392.200119.6.105";
/// Kinds of identifiers; `PPN` is a passport's number.
pub(crate) const IDENTIFIER_TYPES: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
/// ISO 3166-1.
pub(crate) const COUNTRIES: &str = "urn:iso:std:iso:3166";
/// How confidential a resource is; `R` and `V` are more than usual.
pub(crate) const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
/// What somebody did for an immunisation: `AP` gave it, `OP` ordered it.
pub(crate) const PERFORMERS: &str = "http://terminology.hl7.org/CodeSystem/v2-0443";
