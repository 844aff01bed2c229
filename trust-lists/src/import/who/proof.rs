//! Proofs of DID documents: JsonWebSignature2020 over URDNA2015.
//!
//! What is signed are the statements (RDF) that the JSON means under its contexts. Documents of this
//! network have one shape and one of four pinned lists of contexts, and no nameless nodes but the proof
//! itself; so each member is written down as the statement that it is, the statements are sorted, and
//! no context is ever read. A member of any other name would be dropped by a general processor, and so be
//! signed by nobody: here it makes the proof fail.

use super::super::json;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use tegata_certificate::x509::{Hash, PublicKey, SignatureAlgorithm};

use super::super::encoding::base64url;

const DID_CONTEXT: &str = "https://www.w3.org/ns/did/v1";
const JWS_CONTEXT: &str = "https://w3id.org/security/suites/jws-2020/v1";
const TNG_CONTEXT: &str = "https://smart.who.int/trust/tng-context/v1";

const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const JSON: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON";
const DATE_TIME: &str = "http://www.w3.org/2001/XMLSchema#dateTime";
const CREATED: &str = "http://purl.org/dc/terms/created";
const SECURITY: &str = "https://w3id.org/security#";
const VALUE_SET: &str = "https://smart.who.int/trust/ValueSet-";

/// The proof's own node.
const NAMELESS: &str = "_:c14n0";

/// Members that name a place in one of WHO's sets of values, and the set.
const CODES: [(&str, &str); 3] = [("domain", "Domains"), ("participant", "Participants"), ("keyusage", "KeyUsage")];

/// Why a document is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProofError {
    /// It has none.
    #[error("the document has no proof")]
    Absent,
    /// Document or proof has a member that is not among those that are signed, or a shape of its own.
    #[error("the document is of a form whose proof cannot be checked")]
    Form,
    /// The proof does not hold.
    #[error("the document's proof does not hold")]
    Invalid,
}

/// Checks a document's proof under the key of whoever signs the documents, a SubjectPublicKeyInfo in DER.
///
/// # Errors
/// [`ProofError`].
pub fn check_proof(document: &[u8], spki: &[u8]) -> Result<(), ProofError> {
    check(&json::parse(document, "JSON").map_err(|_| ProofError::Form)?, spki)
}

/// The same for a document that was read already.
pub(super) fn check(document: &Value, spki: &[u8]) -> Result<(), ProofError> {
    let document = document.as_object().ok_or(ProofError::Form)?;
    let proof = document.get("proof").ok_or(ProofError::Absent)?.as_object().ok_or(ProofError::Form)?;
    let realm = realm(document.get("@context").ok_or(ProofError::Form)?)?;
    let (header, signature) = jws(proof)?;
    let (proof, document) = (proof_statements(proof)?, document_statements(document, realm)?);
    let message = [header.as_bytes(), b".", &proof.hash()[..], &document.hash()[..]].concat();
    let key = PublicKey::from_spki(spki).map_err(|_| ProofError::Invalid)?;
    // Not r and s as JOSE has them: the gateway writes DER.
    key.verify(SignatureAlgorithm::Ecdsa(Hash::Sha256), &message, &signature).map_err(|_| ProofError::Invalid)
}

/// What WHO's context appends to the names of its sets of values; `None` if that context is not there.
fn realm(contexts: &Value) -> Result<Option<&'static str>, ProofError> {
    let texts: Option<Vec<&str>> = contexts.as_array().ok_or(ProofError::Form)?.iter().map(Value::as_str).collect();
    match texts.ok_or(ProofError::Form)?.as_slice() {
        [DID_CONTEXT, JWS_CONTEXT] => Ok(None),
        [DID_CONTEXT, JWS_CONTEXT, own] => {
            let known = ["", "-DEV", "-UAT"].into_iter().find(|realm| *own == format!("{TNG_CONTEXT}{realm}.jsonld"));
            known.map(Some).ok_or(ProofError::Form)
        }
        _ => Err(ProofError::Form),
    }
}

/// The protected header as it stands, and the signature.
fn jws(proof: &Map<String, Value>) -> Result<(&str, Vec<u8>), ProofError> {
    let text = proof.get("jws").and_then(Value::as_str).ok_or(ProofError::Form)?;
    let (header, signature) = text.split_once("..").ok_or(ProofError::Form)?;
    let read = base64url(header).and_then(|bytes| json::parse(&bytes, "JSON").ok()).ok_or(ProofError::Form)?;
    if read != json!({"b64": false, "crit": ["b64"], "alg": "ES256"}) {
        return Err(ProofError::Form);
    }
    Ok((header, base64url(signature).ok_or(ProofError::Form)?))
}

fn proof_statements(proof: &Map<String, Value>) -> Result<Statements, ProofError> {
    let mut statements = Statements::default();
    for (name, value) in proof {
        let text = value.as_str().ok_or(ProofError::Form)?;
        let security = format!("{SECURITY}{name}");
        match (name.as_str(), text) {
            ("jws", _) => {}
            ("type", "JsonWebSignature2020") => statements.link(NAMELESS, TYPE, &format!("{SECURITY}{text}"))?,
            ("proofPurpose", "assertionMethod") => {
                statements.link(NAMELESS, &security, &format!("{SECURITY}{text}"))?;
            }
            ("verificationMethod", _) => statements.link(NAMELESS, &security, text)?,
            ("nonce", _) => statements.literal(NAMELESS, &security, text, None),
            ("created", _) => statements.literal(NAMELESS, CREATED, text, Some(DATE_TIME)),
            _ => return Err(ProofError::Form),
        }
    }
    // What says who signed, when, and what for, must be among them.
    let all = ["type", "proofPurpose", "verificationMethod", "created"];
    if all.iter().all(|name| proof.contains_key(*name)) { Ok(statements) } else { Err(ProofError::Form) }
}

fn document_statements(document: &Map<String, Value>, realm: Option<&str>) -> Result<Statements, ProofError> {
    let mut statements = Statements::default();
    let id = iri(text(document, "id")?)?;
    for (name, value) in document {
        let security = format!("{SECURITY}{name}");
        match name.as_str() {
            "@context" | "id" | "proof" => {}
            "controller" => statements.link(&id, &security, value.as_str().ok_or(ProofError::Form)?)?,
            "verificationMethod" => {
                for method in value.as_array().ok_or(ProofError::Form)? {
                    let named = match method {
                        Value::String(reference) => reference,
                        Value::Object(method) => {
                            method_statements(method, realm, &mut statements)?;
                            text(method, "id")?
                        }
                        _ => return Err(ProofError::Form),
                    };
                    statements.link(&id, &security, named)?;
                }
            }
            _ => return Err(ProofError::Form),
        }
    }
    Ok(statements)
}

fn method_statements(
    method: &Map<String, Value>,
    realm: Option<&str>,
    statements: &mut Statements,
) -> Result<(), ProofError> {
    let id = iri(text(method, "id")?)?;
    // Its type brings the meaning of the key with it.
    if text(method, "type")? != "JsonWebKey2020" {
        return Err(ProofError::Form);
    }
    for (name, value) in method {
        let security = format!("{SECURITY}{name}");
        let set = CODES.iter().find(|(code, _)| code == name).map(|(_, set)| *set);
        match (name.as_str(), set, realm) {
            ("id", ..) => {}
            ("type", ..) => statements.link(&id, TYPE, &format!("{SECURITY}JsonWebKey2020"))?,
            ("controller", ..) => statements.link(&id, &security, value.as_str().ok_or(ProofError::Form)?)?,
            ("publicKeyJwk", ..) => statements.literal(&id, &security, &canonical(value)?, Some(JSON)),
            (_, Some(set), Some(realm)) => {
                let code = match value.as_object() {
                    Some(object) if object.len() == 1 => text(object, "code")?,
                    _ => return Err(ProofError::Form),
                };
                let place = code.strip_prefix('#').ok_or(ProofError::Form)?;
                let set = format!("{VALUE_SET}{set}{realm}.jsonld");
                statements.link(&id, &set, &format!("{set}#{place}"))?;
            }
            _ => return Err(ProofError::Form),
        }
    }
    Ok(())
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str, ProofError> {
    object.get(name).and_then(Value::as_str).ok_or(ProofError::Form)
}

/// An absolute name in angle brackets.
fn iri(name: &str) -> Result<String, ProofError> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`');
    let absolute = ["did:", "https://", "http://"].iter().any(|scheme| name.starts_with(scheme));
    if absolute && name.chars().all(plain) { Ok(format!("<{name}>")) } else { Err(ProofError::Form) }
}

/// RFC 8785, of what keys are made of: objects, lists and texts.
fn canonical(value: &Value) -> Result<String, ProofError> {
    let quoted = |text: &str| Value::from(text).to_string();
    match value {
        Value::String(text) => Ok(quoted(text)),
        Value::Array(items) => {
            let items = items.iter().map(canonical).collect::<Result<Vec<_>, _>>()?;
            Ok(format!("[{}]", items.join(",")))
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<_>>());
            let member = |(name, value): (&String, &Value)| Ok(format!("{}:{}", quoted(name), canonical(value)?));
            let members = members.into_iter().map(member).collect::<Result<Vec<_>, ProofError>>()?;
            Ok(format!("{{{}}}", members.join(",")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Err(ProofError::Form),
    }
}

/// Statements as N-Quads, each once, in order.
#[derive(Default)]
struct Statements(BTreeSet<String>);

impl Statements {
    fn link(&mut self, subject: &str, predicate: &str, object: &str) -> Result<(), ProofError> {
        self.0.insert(format!("{subject} <{predicate}> {} .\n", iri(object)?));
        Ok(())
    }

    fn literal(&mut self, subject: &str, predicate: &str, text: &str, datatype: Option<&str>) {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r");
        let datatype = datatype.map_or_else(String::new, |datatype| format!("^^<{datatype}>"));
        self.0.insert(format!("{subject} <{predicate}> \"{escaped}\"{datatype} .\n"));
    }

    fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        self.0.iter().for_each(|statement| hash.update(statement));
        hash.finalize().into()
    }
}
