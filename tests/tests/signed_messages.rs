//! Chains of certificates and signed messages that are wrong in one thing each.

use tegata_certificate::UnixTime;
use tegata_certificate::x509::der::{element, tag};
use tegata_certificate::x509::{Candidate, Certificate, ChainError, PublicKey, find_issuer};
use tegata_tests::fuzzing::maker::{Made, Message, Party, master_list, oid};
use tegata_trust_lists::import::cms::{self, CmsError};
use tegata_trust_lists::import::icao::{MasterList, MasterListError};
use tegata_trust_lists::import::who::{AuthorityError, open_authority};
use tegata_trust_lists::import::{ImportError, Input, InputFile, ListKind, ListSigner, Outcome, Policy};

const STATE: Party = Party { country: "UT", name: "Nowhere", secret: 1 };
const OFFICE: Party = Party { country: "ut", name: "Office", secret: 2 };
/// Somebody who gives himself the state's name and identifier.
const FORGER: Party = Party { country: "UT", name: "Nowhere", secret: 9 };

const NOW: UnixTime = UnixTime(1_767_225_600);
const BEFORE: UnixTime = UnixTime(1_700_000_000);
const AFTER: UnixTime = UnixTime(2_100_000_000);

fn csca() -> Made {
    Made::of(STATE, STATE).authority()
}

fn issuer(certificate: &[u8], trusted: &[Vec<u8>], now: UnixTime) -> Result<usize, ChainError> {
    let read: Vec<_> = trusted.iter().map(|der| Certificate::from_der(der).expect("a certificate")).collect();
    find_issuer(&Certificate::from_der(certificate).expect("a certificate"), read.iter().map(Candidate::from), now)
}

#[test]
fn every_candidate_of_a_name_or_identifier_is_tried_until_one_signed() {
    let office = Made::of(OFFICE, STATE).signed_by(STATE);
    // The same name and identifier over another key: a renewed CSCA, or a forger's.
    let namesake = Made { spki: FORGER.spki(), ..csca() }.signed_by(STATE);
    let own = csca().signed_by(STATE);
    assert_eq!(issuer(&office, &[namesake.clone(), own.clone()], NOW), Ok(1));
    assert_eq!(issuer(&office, std::slice::from_ref(&namesake), NOW), Err(ChainError::SignatureInvalid));
    assert_eq!(issuer(&office, &[], NOW), Err(ChainError::NoTrustAnchor));
    // Without identifiers the names decide, whatever kind of string and case they are in.
    let nameless = Made { extensions: Vec::new(), ..Made::of(OFFICE, STATE) };
    let lower = Party { name: "NOWHERE", ..STATE };
    let renamed = Made { issuer: lower.subject(), ..nameless.clone() }.signed_by(STATE);
    assert_eq!(issuer(&nameless.signed_by(STATE), std::slice::from_ref(&own), NOW), Ok(0));
    assert_eq!(issuer(&renamed, std::slice::from_ref(&own), NOW), Ok(0));
    // Lithuania and Togo write identifiers that no key of theirs has: the name finds, the signature decides.
    let odd = element(tag::SEQUENCE, &[&element(tag::primitive(0), &[b"odd"])]);
    let odd = Made { extensions: vec![(oid::AUTHORITY_KEY_IDENTIFIER, odd)], ..Made::of(OFFICE, STATE) };
    assert_eq!(issuer(&odd.signed_by(STATE), &[namesake.clone(), own.clone()], NOW), Ok(1));
    assert_eq!(issuer(&odd.signed_by(STATE), &[namesake], NOW), Err(ChainError::NoTrustAnchor));
    let elsewhere = Made { issuer: OFFICE.subject(), ..nameless }.signed_by(STATE);
    assert_eq!(issuer(&elsewhere, &[own], NOW), Err(ChainError::NoTrustAnchor));
}

#[test]
fn equal_subject_and_issuer_do_not_make_a_certificate_its_own_issuer() {
    // A link certificate: the old key vouches for the new one, under one name.
    let link = Made { spki: OFFICE.spki(), ..csca() }.signed_by(STATE);
    assert_eq!(issuer(&link, &[link.clone(), csca().signed_by(STATE)], NOW), Ok(1));
    assert_eq!(issuer(&link, std::slice::from_ref(&link), NOW), Err(ChainError::SignatureInvalid));
}

#[test]
fn an_issuer_must_be_live_of_the_same_country_and_may_issue() {
    let office = Made::of(OFFICE, STATE).signed_by(STATE);
    let under = |csca: Made, now| issuer(&office, &[csca.signed_by(STATE)], now);
    assert_eq!(under(csca(), NOW), Ok(0));
    assert_eq!(under(csca(), BEFORE), Err(ChainError::NotYetValid));
    assert_eq!(under(csca(), AFTER), Err(ChainError::Expired));
    assert_eq!(under(Made::of(STATE, STATE), NOW), Err(ChainError::NotCa));
    // Six states leave cA out and say keyCertSign; where a usage is stated, it decides.
    let usage = |bits: u8| element(tag::BIT_STRING, &[&[1, bits]]);
    assert_eq!(under(Made::of(STATE, STATE).with(oid::KEY_USAGE, usage(0b110)), NOW), Ok(0));
    assert_eq!(under(csca().with(oid::KEY_USAGE, usage(0x80)), NOW), Err(ChainError::NotCa));
    let foreign = Made::of(Party { country: "XX", ..OFFICE }, STATE).signed_by(STATE);
    assert_eq!(issuer(&foreign, &[csca().signed_by(STATE)], NOW), Err(ChainError::CountryMismatch));
}

#[test]
fn any_changed_byte_of_a_certificate_breaks_it() {
    let good = Made::of(OFFICE, STATE).signed_by(STATE);
    let key = PublicKey::from_spki(&STATE.spki()).expect("a key");
    let holds = |der: &[u8]| Certificate::from_der(der).is_ok_and(|read| read.is_signed_by(&key).is_ok());
    assert!(holds(&good));
    for place in 0..good.len() {
        let mut changed = good.clone();
        changed[place] ^= 1;
        assert!(!holds(&changed), "byte {place}");
    }
}

#[test]
fn an_extension_that_stands_twice_is_refused() {
    let twice = csca().authority().signed_by(STATE);
    assert!(Certificate::from_der(&twice).is_err());
}

fn open(message: &[u8], content_type: &'static [u8]) -> Result<Vec<u8>, CmsError> {
    let message = cms::Message::read(message)?;
    message.open(content_type, &[]).map(|signed| signed.content.to_vec())
}

fn message() -> Message {
    Message::of(oid::MASTER_LIST, b"content", &[csca().signed_by(STATE)])
}

#[test]
fn a_signed_message_gives_its_content_under_its_own_type() {
    assert_eq!(open(&message().signed_by(STATE), oid::MASTER_LIST), Ok(b"content".to_vec()));
    assert_eq!(open(&message().signed_by(STATE), oid::DATA), Err(CmsError::WrongContentType));
    // The attributes speak of another type than the message.
    let relabelled = Message { content_type: oid::DATA, ..message() };
    assert_eq!(open(&relabelled.signed_by(STATE), oid::DATA), Err(CmsError::ContentTypeMismatch));
    let unlabelled = Message { attributes: message().attributes.split_off(1), ..message() };
    assert_eq!(open(&unlabelled.signed_by(STATE), oid::MASTER_LIST), Err(CmsError::ContentTypeMismatch));
}

#[test]
fn attributes_that_are_missing_repeated_or_of_another_content_are_refused() {
    let attributes = message().attributes;
    let with = |attributes: Vec<_>| Message { attributes, ..message() }.signed_by(STATE);
    let [kind, digest] = <[_; 2]>::try_from(attributes.clone()).expect("two");
    assert_eq!(open(&with(vec![kind.clone()]), oid::MASTER_LIST), Err(CmsError::MessageDigestMismatch));
    let repeated = with(vec![kind, digest.clone(), digest]);
    assert_eq!(open(&repeated, oid::MASTER_LIST), Err(CmsError::Malformed));
    let other = Message { content: b"another".to_vec(), ..message() }.signed_by(STATE);
    assert_eq!(open(&other, oid::MASTER_LIST), Err(CmsError::MessageDigestMismatch));
    // Section 5.3 of RFC 5652: without attributes the type is signed by nobody. Else the attributes of one message
    // could pass for the content of another.
    assert_eq!(open(&with(Vec::new()), oid::MASTER_LIST), Err(CmsError::ContentTypeMismatch));
    let bare = Message { attributes: Vec::new(), content_type: oid::DATA, ..message() };
    assert_eq!(open(&bare.signed_by(STATE), oid::DATA), Ok(b"content".to_vec()));
}

#[test]
fn a_message_needs_its_signer_s_certificate_and_its_signer_s_key() {
    let none = Message { certificates: Vec::new(), ..message() };
    assert_eq!(open(&none.signed_by(STATE), oid::MASTER_LIST), Err(CmsError::SignerCertMissing));
    let serial = Made { serial: vec![FORGER.secret], ..csca() }.signed_by(STATE);
    let forged = Message { certificates: vec![serial], ..message() }.signed_by(FORGER);
    assert_eq!(open(&forged, oid::MASTER_LIST), Err(CmsError::SignatureInvalid));
}

#[test]
fn any_changed_byte_of_a_message_is_refused_or_says_the_same() {
    let good = message().signed_by(STATE);
    for place in 0..good.len() {
        let mut changed = good.clone();
        changed[place] ^= 1;
        // Versions, the list of digests and the issuer's name beside the serial number are signed by nobody.
        if let Ok(content) = open(&changed, oid::MASTER_LIST) {
            assert_eq!(content, b"content", "byte {place}");
        }
    }
}

#[test]
fn a_message_with_indefinite_lengths_is_the_same_message() {
    let good = message().signed_by(STATE);
    // The outermost two elements, as New Zealand's passports have them.
    let inner = &good[good.len() - usize::from(u16::from_be_bytes([good[2], good[3]]))..];
    let indefinite = [&[0x30, 0x80][..], inner, &[0, 0]].concat();
    assert_eq!(open(&indefinite, oid::MASTER_LIST), Ok(b"content".to_vec()));
    assert_eq!(open(&indefinite[..indefinite.len() - 2], oid::MASTER_LIST), Err(CmsError::Malformed));
}

const LISTS: Party = Party { country: "UT", name: "Lists", secret: 3 };

fn signed_list(signer: &Made, content: &[u8]) -> Vec<u8> {
    Message::of(oid::MASTER_LIST, content, &[signer.signed_by(STATE)]).signed_by(LISTS)
}

fn list_signer() -> Made {
    Made::of(LISTS, STATE).usage(oid::MASTER_LIST_SIGNER)
}

#[test]
fn a_master_list_needs_a_signer_for_master_lists_under_a_trusted_csca() {
    let csca = csca().signed_by(STATE);
    let content = master_list(std::slice::from_ref(&csca));
    let judge = |list: &[u8], now| {
        let trusted = [Certificate::from_der(&csca).expect("a certificate")];
        MasterList::open(list, &trusted, now).map(|list| list.certificates.len())
    };
    let good = signed_list(&list_signer(), &content);
    assert_eq!(judge(&good, NOW), Ok(1));
    assert_eq!(judge(&good, BEFORE), Err(MasterListError::SignerNotYetValid));
    assert_eq!(judge(&good, AFTER), Err(MasterListError::SignerExpired));
    let usage = element(tag::BIT_STRING, &[&[1, 0b110]]);
    let certifies = signed_list(&list_signer().with(oid::KEY_USAGE, usage), &content);
    assert_eq!(judge(&certifies, NOW), Err(MasterListError::NotAMasterListSigner), "for certificates alone");
    let plain = signed_list(&Made::of(LISTS, STATE), &content);
    assert_eq!(judge(&plain, NOW), Err(MasterListError::NotAMasterListSigner));
    assert_eq!(
        MasterList::open(&good, &[], NOW).expect_err("nobody is trusted"),
        MasterListError::Chain(ChainError::NoTrustAnchor)
    );
    let malformed = Err(MasterListError::Cms(CmsError::Malformed));
    assert_eq!(judge(&signed_list(&list_signer(), b"no list"), NOW), malformed);
}

#[test]
fn one_unreadable_certificate_does_not_lose_the_list() {
    let csca_der = csca().signed_by(STATE);
    let end_entity = Made::of(OFFICE, STATE).signed_by(STATE);
    let other_use = csca().usage(oid::MASTER_LIST_SIGNER).signed_by(STATE);
    let expired = Made { validity: ["100101000000Z", "200101000000Z"], ..csca() }.signed_by(STATE);
    let nobody = Made { subject: element(tag::SEQUENCE, &[]), ..csca() }.signed_by(STATE);
    let unusable = Made { spki: element(tag::SEQUENCE, &[]), ..csca() }.signed_by(STATE);
    let unreadable = element(tag::SEQUENCE, &[&[5, 0]]);
    let entries = [csca_der.clone(), csca_der.clone(), end_entity, other_use, expired, nobody, unusable, unreadable];
    let list = signed_list(&list_signer(), &master_list(&entries));
    let policy = Policy::new(NOW);
    let files = [InputFile { name: "list".to_owned(), bytes: list }];
    let signer = ListSigner::parse(&csca_der).expect("a certificate");
    let input = Input { files: &files, signer: Some(&signer), country: None, iss: None, anchors: &[], policy: &policy };
    let imported = ListKind::MasterList.read(&input).expect("a list");
    let count = |outcome| imported.report.count(outcome);
    assert_eq!(imported.anchors.len(), 1);
    assert_eq!(imported.anchors[0].sha256, Certificate::from_der(&csca_der).expect("a certificate").sha256());
    for (outcome, wanted) in [
        (Outcome::Taken, 1),
        (Outcome::Duplicate, 1),
        (Outcome::OtherPurpose, 2),
        (Outcome::Expired, 1),
        (Outcome::NoCountry, 1),
        (Outcome::UnusableKey, 1),
        (Outcome::Malformed, 1),
    ] {
        assert_eq!(count(outcome), wanted, "{outcome:?}");
    }
    let unsigned = Input { signer: None, ..input };
    assert_eq!(ListKind::MasterList.read(&unsigned).err(), Some(ImportError::SignerMissing));
}

#[test]
fn a_health_csca_is_an_anchor_and_one_for_another_use_is_not() {
    let health = csca().usage(b"\x67\x81\x08\x01\x01\x0e\x01").signed_by(STATE);
    let csca_der = csca().signed_by(STATE);
    let list = signed_list(&list_signer(), &master_list(std::slice::from_ref(&health)));
    let policy = Policy::new(NOW);
    let files = [InputFile { name: "list".to_owned(), bytes: list }];
    let signer = ListSigner::parse(&csca_der).expect("a certificate");
    let input = Input { files: &files, signer: Some(&signer), country: None, iss: None, anchors: &[], policy: &policy };
    assert_eq!(ListKind::MasterList.read(&input).expect("a list").anchors.len(), 1);
}

#[test]
fn an_authority_counts_only_as_the_trust_anchor_s_own_key_signed_it() {
    let anchor_der = csca().signed_by(STATE);
    let anchor = Certificate::from_der(&anchor_der).expect("a certificate");
    let authority = Made::of(OFFICE, OFFICE).authority().signed_by(OFFICE);
    let signed = |certificates: &[Vec<u8>], signer| Message::of(oid::DATA, &authority, certificates).signed_by(signer);
    assert_eq!(open_authority(&signed(std::slice::from_ref(&anchor_der), STATE), &anchor), Ok(authority.clone()));
    assert_eq!(open_authority(&signed(&[], STATE), &anchor), Ok(authority.clone()), "without its certificate");
    // The authority vouches for itself.
    let own = signed(std::slice::from_ref(&authority), OFFICE);
    assert_eq!(open_authority(&own, &anchor), Err(AuthorityError::OtherSigner));
    let text = Message::of(oid::DATA, b"no certificate", &[]).signed_by(STATE);
    assert_eq!(open_authority(&text, &anchor), Err(AuthorityError::NoCertificate));
}
