//! Register in, certificates out: the issuer's half of the journey.
//!
//! Files of a town hall go through [`import()`]: their encoding is detected, every row is checked, good rows
//! go into the [`Register`], and every other row is refused with a [`check::Diagnostic`] that says where, what
//! and how to mend it. What the register then holds of one person, a [`Record`], is what a certificate is
//! made from: [`issue`] lays it out, has it signed and draws it as a [`Symbol`]. Nothing is ever signed
//! from anything but a record.
//!
//! ```
//! use tegata_certificate::Date;
//! use tegata_issuer::check::Diagnostic;
//! use tegata_issuer::{Input, Register, RegisterNumber, Sources, import};
//!
//! let folder = tempfile::tempdir()?;
//! let mut register = Register::open_or_create(folder.path().join("register.sqlite"))?;
//!
//! let rows = "resident_id,name,birth_date,dose_no,vaccinated_on,maker,lot
//! 1001,山田　花子,1980-05-06,1,2021-06-01,ファイザー,TX1013
//! 1002,佐藤　誠,1950-01-02,1,2021-06-31,ファイザー,TX1014
//! ";
//! let rows = Sources::Long(Input::from_bytes("rows.csv", rows.into()));
//! let today = Date::from_ymd(2021, 7, 1).ok_or("no such day")?;
//! let mut findings = Vec::new();
//! let summary = import(&mut register, rows, today, false, &mut |finding: &Diagnostic| findings.push(finding.clone()))?;
//!
//! assert_eq!((summary.changes.people_inserted, summary.refused()), (1, 1));
//! assert_eq!((findings[0].code.name(), findings[0].line), ("impossible-date", 3));
//!
//! let number = RegisterNumber::parse("1001").ok_or("no register number")?;
//! let record = register.record(&number)?.ok_or("nobody")?;
//! assert_eq!(record.doses[0].product.key, "comirnaty");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What signs takes the number of somebody in the register, and nothing else: there is no way to hand it claims, nor to
//! get at the key that it holds.
//!
//! ```compile_fail
//! # use tegata_issuer::issue::IssuingKey;
//! fn sign_anything(key: &IssuingKey<'_>, claims: &[u8]) {
//!     key.signer().sign(claims);
//! }
//! ```
//!
//! ```compile_fail
//! use tegata_issuer::issue::layout::lay_out;
//! ```
//!
//! | module | is |
//! |---|---|
//! | `import` | layouts, encodings and cells: rows in, entries and findings out |
//! | [`audit`] | what the audit of the register tells: reports, exports, who was affected by a breach |
//! | [`check`] | the findings: a closed list of codes with pages in two languages, and what is checked across rows |
//! | [`report`] | what was found, as a page, as lines of JSON, or in the file itself |
//! | `register` | people, doses and certificates, in an SQLite file or on PostgreSQL |
//! | `export` | records out again, as FHIR R4 or as our long form |
//! | [`issue`] | from records to signed texts, idempotent |
//! | [`paper`] | certificates as letters, kiosk sheets and cards: PDF, print files and their proofs |
//! | [`review`] | what became of certificates when their records changed |
//! | [`correct`](mod@correct) | one record corrected by hand, with all that follows, in one transaction |
//! | [`approval`] | what one person alone may not do |
//! | [`lifecycle`] | a person's certificates, each with its state and history |
//! | [`withdraw`] | requests to withdraw certificates, and to reinstate them |
//! | [`health_cards`] | what an issuer of SMART Health Cards publishes: keys, and numbers of what was withdrawn |
//! | `symbol` | a text as a QR code: PNG, SVG, terminal |
//! | `sample` | synthetic registers with planted faults |

pub mod approval;
pub mod audit;
pub mod check;
pub mod correct;
mod export;
mod fhir;
pub mod health_cards;
mod import;
pub mod issue;
pub mod lifecycle;
mod municipality;
pub mod office;
pub mod paper;
mod record;
mod register;
pub mod report;
pub mod review;
mod sample;
mod symbol;
pub mod withdraw;

pub use export::{ExportError, ExportForm, ExportSummary, Selection, export};
pub use import::{
    Encoding, FHIR_SYSTEMS, FhirOptions, FileSummary, ImportError, ImportOptions, Input, MappedLayout, Mapping,
    MappingError, MappingFault, Sink, Sources, Summary, guess, import, import_with,
};
pub use municipality::MunicipalityCode;
pub use record::{Dose, Person, Record, RegisterNumber};
pub use register::{AccountEntry, AccountError};
pub use register::{
    Act, ActKind, ActOutcome, ActPurpose, Actor, ActorError, AuditEntry, AuditFault, AuditFilter, AuditProof,
    CertificateHash, Detail, Head, Pseudonym, PurposeError, StationError, StationLimit, StationState, Suspension,
    SuspensionReason, is_night,
};
pub use register::{
    CardList, CardNumber, ClosedRange, FindingChoice, ImportEntry, LetterChoice, LetterEntry, LetterError,
    LetterReason, LetterState, Merge, MergeError, Merger, NewLetter, Numbering, OpenFinding, Place, Register,
    RegisterError, RegisterLocation, Status, Tally, Usage, Way, Which, make_key_file,
};
pub use register::{RekeyError, Rekeyed, RetentionTerms, Retired, rekey};
pub use sample::{Layout, SAMPLE_MANIFEST, SampleOptions, SampleSummary, write_sample};
pub use symbol::{EcLevel, PRINT_MODULE_MM, PRINT_WIDTH_MM, Palette, QUIET_ZONE, Symbol, SymbolError};
