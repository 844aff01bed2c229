//! Codes: what each is, who signed it, when it is in force, and what the vaccination comes to at a border.
//!
//! Entries of low confidence are open questions of the standard's authors: what we make of them is printed and
//! counted as skipped.

use ciborium::Value as Cbor;
use serde_json::Value as Json;
use tegata_certificate::icvp::{self, Border, Generation};
use tegata_certificate::{
    Algorithm, Certificate, Date, DecodeError, FindingCode, KidPlace, Recognised, Sealed, SignerCertificate, UnixTime,
    base45, deflate,
};
use tegata_tests::published::Published;
use tegata_tests::vectors::{self, Plain, Reading, Tally};
use tegata_verifier::{Moment, Outcome, Policy, Verdict, Verifier};

use super::{Case, imports};

/// One code, and what was made of it.
struct Code<'a> {
    case: &'a Case<'a>,
    text: String,
    sealed: Result<Sealed, DecodeError>,
    /// The certificates of the list that the entry names.
    signers: Vec<SignerCertificate>,
}

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let text = String::from_utf8(case.bytes()).expect("UTF-8");
    let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
    let list = case.value()["trust_list"].as_str().or_else(|| case.expected("key_in"));
    let signers = list.map(|list| signers(&case.read(list))).unwrap_or_default();
    let code = Code { sealed: Sealed::decode(&text), case, text, signers };
    let Published { bundle, pin, state } = imports::lists(case, list);
    vectors::record(&bundle, &pin, &code.text, case.now());
    let verifier = Verifier::new(state, Policy { accept_demo: true, ..Policy::default() }).expect("a demonstration");
    let verdict = verifier.verify(&code.text, Moment::Now(case.now()));
    if case.value()["confidence"] == "low" {
        let reason = verdict.reason().map(|reason| reason.code());
        println!("  {}: open upstream; here {} {reason:?}", case.name(), verdict.outcome().name());
        return tally.skip("open questions of the standard's authors (low confidence)");
    }
    code.decoding(tally);
    code.signature(tally);
    code.content(tally);
    code.judgement(&verdict, tally);
    if let Some((_, until)) = case.expected("overall").and_then(|overall| overall.split_once(", until ")) {
        let end = UnixTime::parse(&format!("{until}T00:00:00Z")).expect("a day");
        let judged = |at| verifier.verify(&code.text, Moment::At { at, now: case.now() });
        let reason = |at| judged(at).reason().map(|reason| reason.code());
        let ends = reason(end.plus(-86_400)).is_none() && reason(end.plus(86_400)) == Some("key-expired");
        code.check(tally, "until the signer's end", ends);
    }
}

/// Bare links are unsigned: named, and never a certificate.
pub fn links(case: &Case<'_>, tally: &mut Tally) {
    let text = String::from_utf8(case.bytes()).expect("UTF-8");
    for link in text.lines().filter(|line| line.starts_with("vhlink:/") || line.starts_with("shlink:/")) {
        let named = Sealed::decode(link).map(|sealed| sealed.format());
        tally.check(case.name(), is_link(named.err()));
    }
}

fn is_link(error: Option<DecodeError>) -> bool {
    let links = [Recognised::VerifiableHealthLink, Recognised::SmartHealthLink];
    matches!(error, Some(DecodeError::Recognised(kind)) if links.contains(&kind))
}

/// Every leaf certificate of a list, whatever else the list says of it.
fn signers(document: &[u8]) -> Vec<SignerCertificate> {
    let document: Json = serde_json::from_slice(document).expect("JSON");
    let methods = document["verificationMethod"].as_array().map(Vec::as_slice).unwrap_or_default();
    let leaf = |method: &Json| vectors::base64(method["publicKeyJwk"]["x5c"][0].as_str()?);
    methods.iter().filter_map(leaf).filter_map(|der| SignerCertificate::from_der(&der).ok()).collect()
}

/// The parts of a COSE_Sign1 message.
struct Message {
    protected: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl Message {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut value: Cbor = ciborium::from_reader(bytes).ok()?;
        while let Cbor::Tag(_, inner) = value {
            value = *inner;
        }
        let parts = value.into_array().ok()?;
        let [protected, _, payload, signature] = <[Cbor; 4]>::try_from(parts).ok()?;
        let [protected, payload, signature] = [protected, payload, signature].map(|part| part.into_bytes().ok());
        Some(Self { protected: protected?, payload: payload?, signature: signature? })
    }

    /// What the signature covers (RFC 9052 section 4.4).
    fn signature_input(&self) -> Vec<u8> {
        let parts = [self.protected.clone(), Vec::new(), self.payload.clone()].map(Cbor::Bytes);
        let parts = [Cbor::Text("Signature1".into())].into_iter().chain(parts).collect();
        let mut input = Vec::new();
        ciborium::into_writer(&Cbor::Array(parts), &mut input).expect("writes to memory");
        input
    }
}

impl Code<'_> {
    fn check(&self, tally: &mut Tally, what: &str, held: bool) {
        tally.check(format!("{} {what}", self.case.name()), held);
    }

    /// The message inside, taken apart by another reader, however the product judges it.
    fn message(&self) -> Option<Message> {
        let bytes = base45::decode(self.text.strip_prefix("HC1:")?).ok()?;
        Message::read(&deflate::inflate(&bytes).ok()?)
    }

    fn claims(&self) -> Option<Cbor> {
        ciborium::from_reader(self.message()?.payload.as_slice()).ok()
    }

    /// The payload of an ICVP, signed by whomever.
    fn payload(&self) -> Option<Cbor> {
        member(&member(&self.claims()?, -260)?, -6)
    }

    /// The certificate, if a key of the list signed it.
    fn certificate(&self) -> Option<Certificate> {
        let sealed = self.sealed.as_ref().ok()?;
        let authentic = self.signers.iter().find_map(|signer| sealed.open(&signer.key).ok())?;
        authentic.read().ok()
    }

    fn decoding(&self, tally: &mut Tally) {
        let expected = self.case.expected("decode").expect("always said");
        let decoded = match &self.sealed {
            Ok(_) => true,
            Err(error) => matches!(error, DecodeError::Recognised(_)),
        };
        // What is read only by some readers may be refused here: the verdict is compared below.
        if expected.starts_with("ok") || expected.starts_with("COSE_Sign1 ok") {
            self.check(tally, "decodes", decoded);
        }
        let Some(message) = self.message() else { return };
        let wanted = &self.case.value()["decoded"];
        if wanted["claims"].is_null() {
            return;
        }
        self.check(tally, "signature's length", Some(message.signature.len() as u64) == wanted["sig_len"].as_u64());
        if let Ok(sealed) = &self.sealed {
            let tags: Vec<u64> = serde_json::from_value(wanted["tags"].clone()).expect("numbers");
            self.check(tally, "tags", sealed.tags() == tags);
            let kid = wanted["kid_b64"].as_str().and_then(vectors::base64);
            self.check(tally, "kid", sealed.kid().map(<[u8]>::to_vec) == kid);
            let unprotected = wanted["unprotected"].get("4").is_some() && wanted["protected"].get("4").is_none();
            self.check(tally, "kid's place", (sealed.kid_place() == Some(KidPlace::Unprotected)) == unprotected);
            self.check(tally, "payload", sealed.unverified_payload() == message.payload);
        }
        let claims = self.claims().map(|claims| Plain::from_cbor(&named(&claims), Reading::Exact));
        self.check(tally, "claims", claims == Some(Plain::from_json(&wanted["claims"], Reading::Exact)));
    }

    fn signature(&self, tally: &mut Tally) {
        let Some(expected) = self.case.expected("signature") else { return };
        let Some(message) = self.message() else {
            return self.check(tally, "signature of a message that nobody can read", false);
        };
        let input = message.signature_input();
        let opens = self.signers.iter().any(|signer| signer.key.verify(&input, &message.signature).is_ok());
        match expected.split([' ', ':']).next() {
            Some("valid") => self.check(tally, "signature", opens),
            Some("invalid" | "no" | "alg") => self.check(tally, "signature", !opens),
            // Algorithms that the network does not allow: the verdict refuses them, whatever their numbers say.
            _ => {}
        }
    }

    fn content(&self, tally: &mut Tally) {
        if let Some(expected) = self.case.expected("generation") {
            let found = self.payload().as_ref().and_then(|payload| Generation::of(&vectors::as_read(payload)));
            self.check(tally, "generation", found.map(generation_name) == Some(expected));
        }
        // What is an ICVP and signed by a listed key is read, whatever is wrong with it.
        let said = |member| self.case.expected(member).unwrap_or_default();
        let due = !said("generation").is_empty() && said("signature") == "valid" && said("decode") == "ok";
        let Some(payload) = self.payload() else {
            return if due {
                self.check(tally, "payload", false)
            };
        };
        if let Some(expected) = self.case.expected("schema")
            && !expected.contains("catalogue")
        {
            let findings = icvp::findings(&vectors::as_read(&payload));
            self.check(
                tally,
                "schema",
                findings.is_some_and(|findings| findings.is_empty() == expected.starts_with("ok")),
            );
        }
        let Some(certificate) = self.certificate() else {
            return if due {
                self.check(tally, "certificate", false)
            };
        };
        self.check(tally, "essentials", essentials(&certificate, &payload));
        let today = self.case.now().date().expect("of this era");
        let expect = self.case.value()["expect"].as_object().expect("expectations");
        for (_, policy) in expect.iter().filter(|(name, _)| name.starts_with("policy")) {
            let border = icvp::border(&certificate.doses[0], today);
            self.check(tally, "policy", counts_as(border, policy.as_str().expect("words")));
        }
    }

    fn recognised(&self, kind: Recognised) -> bool {
        self.sealed.as_ref().err() == Some(&DecodeError::Recognised(kind))
    }

    /// Whether the remark is made that the entry tells.
    fn remarked(&self, verdict: &Verdict<'_>, tally: &mut Tally) -> bool {
        let found = |code, path| verdict.findings().iter().any(|finding| finding.code == code && finding.path == path);
        let told = |member, words: &str| self.case.expected(member).is_some_and(|told| told.contains(words));
        if told("schema", "two doses") {
            return found(FindingCode::WrongCount, "v");
        }
        if told("time", "no exp") {
            return found(FindingCode::Missing, "exp");
        }
        tally.skip("remarks that the verifier does not make: an end that is of no effect");
        // That end stands in the certificate, for whoever looks.
        verdict.certificate().is_some_and(|certificate| {
            certificate.expires_at.is_some() || certificate.doses.iter().any(|dose| dose.valid_until.is_some())
        })
    }

    /// Why a code that is rejected is, where the entry states it.
    fn rejected_as(&self) -> Option<&'static str> {
        let overall = self.case.expected("overall")?;
        let signature = self.case.expected("signature").unwrap_or_default();
        let listed = self.case.expected("trust") == Some("listed");
        let kid = self.sealed.as_ref().ok().and_then(Sealed::kid);
        if overall.contains("algorithm not allowed") || signature.starts_with("alg ") {
            // A key of a curve that may not sign is on no list: what names it comes from nobody known.
            let usable = self.signers.iter().any(|signer| {
                let allowed = matches!(signer.key.algorithm(), Algorithm::Es256 | Algorithm::Ps256);
                allowed && kid.is_some_and(|kid| signer.sha256.starts_with(kid))
            });
            return Some(if usable { "algorithm-mismatch" } else { "unknown-issuer" });
        }
        if overall.contains("no content") {
            return Some("malformed-payload");
        }
        if overall.contains("other content type") {
            return Some("family-not-checked");
        }
        if signature.starts_with("invalid") && listed {
            return Some("signature-invalid");
        }
        let decode = self.case.expected("decode").unwrap_or_default();
        let damaged = ["crit lists", "extra byte", "zero bytes"].iter().any(|fault| decode.contains(fault));
        damaged.then_some("damaged")
    }

    fn judgement(&self, verdict: &Verdict<'_>, tally: &mut Tally) {
        let reason = verdict.reason().map(|reason| reason.code());
        let accepted = matches!(verdict.outcome(), Outcome::Valid | Outcome::ValidCheck);
        let overall = self.case.expected("overall").expect("always said");
        let generation = self.case.expected("generation").is_some();
        let held = if self.case.expected("link").is_some() {
            // Named as what it is, and never accepted as a certificate.
            !accepted && is_link(self.sealed.as_ref().err().copied())
        } else if overall.contains("indeterminate") {
            let other = self.recognised(Recognised::OtherHcert) && verdict.outcome() == Outcome::NotChecked;
            if generation { accepted && !verdict.findings().is_empty() } else { other }
        } else if overall.starts_with("accept with remark") {
            accepted && self.remarked(verdict, tally)
        } else if overall.starts_with("accept") {
            verdict.outcome() == Outcome::Valid
        } else if overall.starts_with("reject for travel") {
            // It is authentic: a person weighs what it comes to.
            let policy = self.case.expected("policy").expect("why it does not count");
            let wanted = if policy.contains("too early") { "dose-too-recent" } else { "product-not-listed" };
            verdict.outcome() == Outcome::ValidCheck && reason == Some(wanted)
        } else {
            !accepted && self.rejected_as().is_none_or(|wanted| reason == Some(wanted))
        };
        self.check(tally, &format!("verdict {} {reason:?}", verdict.outcome().name()), held);
        let because = |wanted: &str| reason == Some(wanted);
        if overall.contains("legacy") {
            self.check(tally, "named as legacy", self.recognised(Recognised::Ddcc));
        }
        if overall.contains("other content type") {
            self.check(tally, "named as another's", self.recognised(Recognised::Identity));
        }
        if overall.contains("names the likely cause") {
            self.check(tally, "named cause", because("blanks-lost"));
        }
        if self.case.expected("trust") == Some("not listed") {
            self.check(tally, "unknown, not forged", because("unknown-issuer"));
        }
        if self.case.value()["trust_list"].is_null() {
            return;
        }
        match self.case.expected("time") {
            Some(time) if time.starts_with("expired") => self.check(tally, "expired", because("expired")),
            Some(time) if time.starts_with("iat in the future") => self.check(tally, "time", because("not-yet-valid")),
            Some(time) if time.starts_with("no exp") => {
                let noted = verdict.findings().iter().any(|finding| finding.path == "exp");
                self.check(tally, "no end", noted && verdict.certificate().is_some_and(|c| c.expires_at.is_none()));
            }
            Some(_) => self.check(tally, "in force", !because("expired") && !because("not-yet-valid")),
            None => {}
        }
    }
}

pub fn generation_name(generation: Generation) -> &'static str {
    match generation {
        Generation::Gen0 => "gen0",
        Generation::Gen1 => "gen1",
        Generation::Gen2 => "gen2",
    }
}

fn member(value: &Cbor, key: i64) -> Option<Cbor> {
    value.as_map()?.iter().find(|(name, _)| *name == Cbor::from(key)).map(|(_, value)| value.clone())
}

/// The value with its integer keys as texts, as the index shows them.
fn named(value: &Cbor) -> Cbor {
    match value {
        Cbor::Map(members) => {
            let key = |key: &Cbor| match key {
                Cbor::Integer(number) => Cbor::Text(i128::from(*number).to_string()),
                other => other.clone(),
            };
            Cbor::Map(members.iter().map(|(name, value)| (key(name), named(value))).collect())
        }
        Cbor::Array(items) => Cbor::Array(items.iter().map(named).collect()),
        other => other.clone(),
    }
}

/// Whether the certificate says what stands in the payload.
fn essentials(certificate: &Certificate, payload: &Cbor) -> bool {
    let text = |value: &Cbor, key: &str| {
        let members = value.as_map()?;
        members.iter().find(|(name, _)| name.as_text() == Some(key))?.1.as_text().map(str::to_owned)
    };
    let inner =
        |key: &str| payload.as_map()?.iter().find(|(name, _)| name.as_text() == Some(key)).map(|(_, value)| value);
    let entries = match inner("vx").or_else(|| inner("v")) {
        Some(Cbor::Array(entries)) => entries.clone(),
        Some(entry) => vec![entry.clone()],
        None => return false,
    };
    let nfc = |text: String| match Plain::from_json(&text.into(), Reading::Loose) {
        Plain::Text(text) => Some(text),
        _ => None,
    };
    let name = certificate.holder.registered.as_ref().map(|name| name.to_line());
    let doses = certificate.doses.iter().zip(&entries).all(|(dose, entry)| {
        let date = text(entry, "dv").or_else(|| text(entry, "dt")).as_deref().and_then(Date::parse);
        dose.vaccine.code == text(entry, "vp").unwrap_or_default() && dose.lot == text(entry, "bo") && dose.date == date
    });
    let document = certificate.holder.document.as_ref().map(|document| document.number.clone());
    name.and_then(nfc) == text(payload, "n").and_then(nfc)
        && certificate.holder.birth.to_string() == text(payload, "dob").unwrap_or_default()
        && certificate.holder.guardian == text(payload, "gn")
        && document == text(payload, "nid").or_else(|| text(payload, "id"))
        && certificate.doses.len() == entries.len()
        && doses
}

/// Whether a dose comes to what the words of a policy say.
fn counts_as(border: Border, words: &str) -> bool {
    let stated = words.split_once("from ").and_then(|(_, rest)| rest.get(..10)).and_then(Date::parse);
    match border {
        Border::TooEarly { from } => words.contains("too early") && stated.is_none_or(|stated| stated == from),
        Border::NotListed | Border::Undated => words.contains("invalid"),
        Border::Valid { from } => {
            !words.contains("too early") && !words.contains("invalid") && stated.is_none_or(|stated| stated == from)
        }
    }
}
