//! A code layer by layer, for whoever wants to know what it is made of. Nothing is judged: no signature
//! is checked here, and what is shown may be a forgery.

use crate::Reason;
use crate::display::plain;
use ciborium::Value as Cbor;
use serde_json::{Value, json};
use std::io::{self, Write};
use tegata_certificate::x509::Certificate;
use tegata_certificate::{
    Algorithm, ClaimedAlgorithm, DecodeError, Encoding, LookupHints, Recognised, Sealed, UnixTime,
};

/// The name of the form of [`Inspection::to_json`].
const FORM: &str = "tegata-inspect/1";
/// The most characters of a text that are shown.
const SHOWN_MAX: usize = 400;
/// Members whose values tell of the form and never of a person: versions, types, code systems, the envelope.
const PUBLIC: [&str; 22] = [
    "alg",
    "crv",
    "fhirVersion",
    "fullUrl",
    "iss",
    "kid",
    "kty",
    "reference",
    "resourceType",
    "status",
    "system",
    "tg",
    "type",
    "url",
    "use",
    "ver",
    "zip",
    "nbf",
    "exp",
    "iat",
    "hdr",
    "flag",
];

/// What a code is made of.
pub struct Inspection {
    layers: Vec<Value>,
}

impl Inspection {
    /// Takes a text apart as far as it goes. Personal data is masked unless `show`.
    #[must_use]
    pub fn of(text: &str, show: bool) -> Self {
        let mut layers = vec![json!({
            "layer": "text",
            "characters": text.chars().count(),
            "begins": plain(&text.chars().take_while(|c| *c != ':').take(8).collect::<String>(), 8),
        })];
        match Sealed::decode(text) {
            Ok(sealed) => layers.extend(sealed_layers(&sealed, show)),
            Err(DecodeError::Recognised(kind)) => layers.push(recognised_layer(kind, text, show)),
            Err(error) => layers.push(json!({ "layer": "frame", "error": error.to_string() })),
        }
        Self { layers }
    }

    /// Whether it could be taken apart down to its content.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.layers.iter().all(|layer| layer.get("error").is_none())
    }

    /// As data.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "inspect": FORM, "layers": self.layers })
    }

    /// What stands in its place, as data, where a picture or a file gives no text.
    #[must_use]
    pub fn unreadable_json(reason: Reason) -> Value {
        json!({ "inspect": FORM, "error": reason.code() })
    }

    /// In lines, for people.
    ///
    /// # Errors
    /// What writing gives.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for layer in &self.layers {
            writeln!(out, "── {}", layer["layer"].as_str().unwrap_or_default())?;
            for (name, value) in layer.as_object().into_iter().flatten().filter(|(name, _)| *name != "layer") {
                write_member(out, name, value, 1)?;
            }
        }
        Ok(())
    }
}

fn write_member(out: &mut dyn Write, name: &str, value: &Value, depth: usize) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    let name = plain(name, SHOWN_MAX);
    match value {
        Value::Object(members) if !members.is_empty() => {
            writeln!(out, "{indent}{name}:")?;
            members.iter().try_for_each(|(name, value)| write_member(out, name, value, depth + 1))
        }
        Value::Array(items) if !items.is_empty() => {
            writeln!(out, "{indent}{name}:")?;
            items.iter().enumerate().try_for_each(|(n, item)| write_member(out, &format!("[{n}]"), item, depth + 1))
        }
        Value::String(text) => writeln!(out, "{indent}{name}: {}", plain(text, SHOWN_MAX)),
        other => writeln!(out, "{indent}{name}: {other}"),
    }
}

/// Frame, headers and content.
fn sealed_layers(sealed: &Sealed, show: bool) -> [Value; 3] {
    let mut frame = json!({
        "layer": "frame",
        "format": sealed.format().name(),
        "bytes": sealed.message().len(),
    });
    if !sealed.tags().is_empty() {
        frame["tags"] = json!(sealed.tags());
    }
    let mut signature = json!({
        "layer": "signature",
        "checked": false,
        "algorithm": algorithm(sealed.claimed_algorithm()),
        "bytes": sealed.signature().len(),
    });
    match sealed.hints() {
        LookupHints::Kid(kid) => signature["kid"] = json!(kid.map(base16ct::lower::encode_string)),
        LookupHints::Issuer { iss, kid } => {
            signature["iss"] = json!(iss);
            signature["kid"] = json!(base16ct::lower::encode_string(kid));
        }
        LookupHints::SignerCertificate(der) => signature["signer_certificate"] = certificate(der),
    }
    let payload = sealed.unverified_payload();
    let content = match sealed.format().encoding() {
        Encoding::Cbor => ciborium::from_reader(payload).ok().map(|value: Cbor| of_cbor(&value)),
        Encoding::Json => serde_json::from_slice(payload).ok(),
    };
    let mut content_layer =
        json!({ "layer": "content", "encoding": sealed.format().encoding().name(), "bytes": payload.len() });
    match content {
        Some(content) => content_layer["content"] = if show { content } else { masked_envelope(content) },
        None => content_layer["error"] = json!("the content cannot be read"),
    }
    [frame, signature, content_layer]
}

fn algorithm(claimed: ClaimedAlgorithm) -> Value {
    let (number, signed) = match claimed {
        ClaimedAlgorithm::Protected(number) => (number, true),
        ClaimedAlgorithm::Unprotected(number) => (number, false),
        ClaimedAlgorithm::Absent => return Value::Null,
    };
    json!({ "number": number, "name": Algorithm::from_cose(number).map(Algorithm::name), "in_signed_header": signed })
}

/// A signer's certificate names an office, not a person.
fn certificate(der: &[u8]) -> Value {
    let Ok(certificate) = Certificate::from_der(der) else {
        return json!({ "error": "not a certificate", "bytes": der.len() });
    };
    let name = |name: tegata_certificate::x509::Name<'_>| json!({ "country": name.country(), "organisation": name.organisation(), "common_name": name.common_name() });
    json!({
        "subject": name(certificate.subject()),
        "issuer": name(certificate.issuer()),
        "not_before": certificate.not_before().to_string(),
        "not_after": certificate.not_after().to_string(),
        "sha256": base16ct::lower::encode_string(&certificate.sha256()),
        "bytes": der.len(),
    })
}

/// What a link says of itself; it is never followed.
fn recognised_layer(kind: Recognised, text: &str, show: bool) -> Value {
    let mut layer = json!({ "layer": "recognised", "kind": kind.name(), "checked": false });
    let link = text.split_once("shlink:/").map(|(_, payload)| payload);
    let decode = |payload: &str| {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        serde_json::from_slice(&Base64UrlUnpadded::decode_vec(payload.trim_end_matches('=')).ok()?).ok()
    };
    if let Some(content) = link.and_then(decode) {
        // Its address and key open the document: whoever has them needs nothing else.
        let content: Value = content;
        layer["content"] = if show { content } else { masked_link(content) };
    }
    layer
}

fn masked_link(mut content: Value) -> Value {
    for (name, value) in content.as_object_mut().into_iter().flatten() {
        if !matches!(name.as_str(), "flag" | "v" | "exp") {
            *value = masked(value.take());
        }
    }
    content
}

/// The claims of the envelope, and of everything else only what tells of its form.
fn masked_envelope(mut content: Value) -> Value {
    for (name, value) in content.as_object_mut().into_iter().flatten() {
        // CWT: issuer, and the times (RFC 8392 section 4).
        let envelope = matches!(name.as_str(), "1" | "4" | "5" | "6") && !value.is_object() && !value.is_array();
        match (name.as_str(), value.as_i64()) {
            ("4" | "5" | "6" | "exp" | "nbf" | "iat", Some(seconds)) => {
                *value = json!(format!("{seconds} ({})", UnixTime(seconds)));
            }
            _ if envelope || PUBLIC.contains(&name.as_str()) => {}
            _ => *value = masked(value.take()),
        }
    }
    content
}

fn masked(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let shown = PUBLIC.contains(&name.as_str()) && !contains_structure(&value);
                let value = if shown { value } else { masked(value) };
                (name, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(masked).collect(),
        Value::String(text) => json!(format!("•••• ({} characters)", text.chars().count())),
        Value::Number(_) | Value::Bool(_) => json!("••••"),
        Value::Null => Value::Null,
    }
}

/// Whether a value holds objects: those are looked into, whatever their name.
fn contains_structure(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(contains_structure),
        _ => false,
    }
}

/// CBOR as JSON has it: keys as texts, bytes in hexadecimal digits, tags beside their content.
fn of_cbor(value: &Cbor) -> Value {
    match value {
        Cbor::Integer(number) => {
            i64::try_from(*number).map_or_else(|_| json!(i128::from(*number).to_string()), |n| json!(n))
        }
        Cbor::Bytes(bytes) => json!(format!("h'{}'", base16ct::lower::encode_string(bytes))),
        Cbor::Float(number) => json!(number),
        Cbor::Text(text) => json!(text),
        Cbor::Bool(truth) => json!(truth),
        Cbor::Tag(tag, content) => json!({ "tag": tag, "content": of_cbor(content) }),
        Cbor::Array(items) => items.iter().map(of_cbor).collect(),
        Cbor::Map(members) => members.iter().map(|(name, value)| (key(name), of_cbor(value))).collect(),
        _ => Value::Null,
    }
}

fn key(name: &Cbor) -> String {
    match of_cbor(name) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUuY29tL2EiLCJmbGFnIjoiTCIsImtleSI6InNlY3JldCJ9";

    #[test]
    fn names_and_numbers_are_masked_and_the_form_is_shown() {
        let content = json!({
            "1": "JP", "4": 1_780_000_000, "-260": { "1": { "ver": "1.3.0", "nam": { "fnt": "YAMADA" }, "dob": "1980-01-01",
            "v": [{ "tg": "840539006", "dn": 2, "ci": "URN:UVCI:01:JP:X" }] } },
        });
        let shown = masked_envelope(content).to_string();
        for kept in ["\"JP\"", "1.3.0", "840539006", "2026-05-28"] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
        for gone in ["YAMADA", "1980", "UVCI", "\"dn\":2"] {
            assert!(!shown.contains(gone), "{gone}: {shown}");
        }
    }

    #[test]
    fn a_public_name_around_personal_data_hides_it_all_the_same() {
        let shown = masked(json!({ "type": [{ "family": "YAMADA" }], "url": { "family": "YAMADA" } })).to_string();
        assert!(!shown.contains("YAMADA"), "{shown}");
    }

    #[test]
    fn what_a_link_opens_with_is_shown_on_demand_only() {
        let masked = Inspection::of(LINK, false).to_json().to_string();
        assert!(masked.contains("smart-health-link") && masked.contains("\"L\""), "{masked}");
        assert!(!masked.contains("example.com") && !masked.contains("secret"), "{masked}");
        assert!(Inspection::of(LINK, true).to_json().to_string().contains("example.com"));
    }

    #[test]
    fn what_is_damaged_is_shown_as_far_as_it_goes() {
        let inspection = Inspection::of("HC1:ABC", false);
        assert!(!inspection.is_whole());
        let mut out = Vec::new();
        inspection.write(&mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("error"));
    }
}
