use super::*;
use ciborium::{Value, cbor};

fn bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writes to memory");
    bytes
}

fn content(claims: Result<Value, ciborium::value::Error>) -> Content {
    Content::of(&bytes(&claims.expect("a value")))
}

/// A message around claims, with a key identifier of whatever kind.
fn message(claims: Value, kid: Value) -> Vec<u8> {
    let protected = bytes(&Value::Map(vec![(Value::from(1), Value::from(-7)), (Value::from(4), kid)]));
    let parts =
        [Value::Bytes(protected), Value::Map(Vec::new()), Value::Bytes(bytes(&claims)), Value::Bytes(vec![0; 64])];
    bytes(&Value::Tag(18, Box::new(Value::Array(parts.into()))))
}

#[test]
fn what_an_envelope_holds_is_told_by_its_inner_key() {
    assert_eq!(content(cbor!({6 => 1, -260 => {1 => {}}})), Content::EuDcc);
    assert_eq!(content(cbor!({6 => 1, -260 => {-6 => {}}})), Content::Icvp);
    let link = Content::Other(Recognised::VerifiableHealthLink);
    assert_eq!(content(cbor!({-260 => {5 => "vhlink:/x"}})), link);
    assert_eq!(content(cbor!({-260 => {5 => [{"u" => "shlink://x"}]}})), link);
    assert_eq!(content(cbor!({"-260" => {"5" => "vhlink:/x"}})), link);
    assert_eq!(content(cbor!({-260 => {99 => {}}})), Content::Other(Recognised::OtherHcert));
    assert_eq!(content(cbor!({-260 => {}})), Content::Unclear);
    assert_eq!(content(cbor!({4 => 1, 169 => {4 => "x"}})), Content::Other(Recognised::Identity));
    let core = content(cbor!({"name" => "x", "birthDate" => "1980-01-01", "vaccine" => {"code" => "x"}}));
    assert_eq!(core, Content::Other(Recognised::Ddcc));
    assert_eq!(content(cbor!({"name" => "x", "vaccine" => "y"})), Content::Unclear, "two common words are no document");
    assert_eq!(content(cbor!([1, 2])), Content::Unclear);
    assert_eq!(Content::of(&[]), Content::Unclear);
}

#[test]
fn a_certificate_with_a_link_beside_it_is_read_and_two_certificates_in_one_are_not() {
    assert_eq!(content(cbor!({-260 => {1 => {}, 5 => "vhlink:/x"}})), Content::EuDcc);
    let both = cbor!({6 => 1, 4 => 2, -260 => {1 => {}, -6 => {}}}).expect("a value");
    assert_eq!(Content::of(&bytes(&both)), Content::Unclear);
    for wanted in [EU_DCC_V1, ICVP] {
        assert_eq!(Claims::read(&bytes(&both), wanted, Profile::Lenient).err(), Some(PayloadError::Structure));
    }
}

#[test]
fn links_and_legacy_documents_are_named_and_give_no_message() {
    let kid = || Value::Bytes(vec![0; 8]);
    let link = || Value::Map(vec![(Value::from(HCERT), cbor!({5 => "vhlink:/x"}).expect("a value"))]);
    let of = |claims, kid| take(message(claims, kid), Profile::Lenient).map(|message| message.format).err();
    assert_eq!(of(link(), kid()), Some(DecodeError::Recognised(Recognised::VerifiableHealthLink)));
    // As issued in the wild: the kid is a text. What it is, is said; a certificate with such a kid is refused.
    let text = || Value::Text("I1BAX8FATLs=".into());
    assert_eq!(of(link(), text()), Some(DecodeError::Recognised(Recognised::VerifiableHealthLink)));
    let certificate = cbor!({-260 => {-6 => {}}}).expect("a value");
    assert_eq!(of(certificate, text()), Some(DecodeError::Frame(CoseError::Header.into())));
}

#[test]
fn lost_blanks_are_called_what_they_are() {
    // The value of ":::" is beyond 65535.
    let lost = decode(&format!("{PREFIX}{}:::", "A".repeat(300)));
    assert_eq!(lost.err(), Some(DecodeError::Frame(FrameError::BlanksLost)));
    // A short text may well have none, and one that has some lost none.
    assert_eq!(decode(&format!("{PREFIX}:::")).err(), Some(DecodeError::Frame(FrameError::Base45)));
    assert_eq!(
        decode(&format!("{PREFIX}{}  ::::", "A".repeat(300))).err(),
        Some(DecodeError::Frame(FrameError::Base45))
    );
}
