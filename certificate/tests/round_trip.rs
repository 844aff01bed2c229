//! What is written and signed opens with its key, reads as what was written, and opens to nothing
//! else when a bit of the text is flipped.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::Signer as _;
use proptest::prelude::*;
use tegata_certificate::{
    Algorithm, BirthDate, Certificate, Country, Date, Dose, Format, Holder, KeyIdentity, Kind, RegisteredName,
    RomanisedName, Sealed, Sex, StatusIndex, TravelDocument, UnixTime, VerifyingKey, Written, eu_dcc, icvp, vaccine,
    x509,
};

/// A certificate of Japan's for [`p256_key`], which signs seals about vaccinations: `C=JP, CN=DA`, document type NV.
const SIGNER: &str = "\
    MIIBczCCARigAwIBAgIBATAKBggqhkjOPQQDAjAaMQswCQYDVQQGEwJKUDELMAkGA1UEAwwCREEwIBcNMjYxMTI3MDY1MjExWhgP\
    MjEwMDEwMzAwNjUyMTFaMBoxCzAJBgNVBAYTAkpQMQswCQYDVQQDDAJEQTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHE1+k/Z\
    Ognc6Yu/aBtL/PUOfA1jVOYq+wv/KjQpYXhl7UwfAt25Aj7lalV+UV1qncZsEfIglg3llDNN9Yh3ZySjTTBLMBIGA1UdJQQLMAkG\
    B2eBCAEBDgIwFgYHZ4EIAQEGAgQLMAkCAQAxBBMCTlYwHQYDVR0OBBYEFFdxpcMRmCimbvddbGLb/PW8PQWgMAoGCCqGSM49BAMC\
    A0kAMEYCIQCLz3o7Q8d6xjRRq2KBLZbDXgOe96jC3llrfU2EeaJPHgIhALIZZOdEQ3L54nGyqqk8AgZlMo1qvJ5DOwoLh9gZJw2w";

fn ed25519() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[7; 32])
}

fn p256_key() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[9; 32]).expect("a scalar")
}

fn verifying_key(algorithm: Algorithm) -> VerifyingKey {
    match algorithm {
        Algorithm::EdDsa => VerifyingKey::ed25519(ed25519().verifying_key().as_bytes()).expect("good"),
        _ => VerifyingKey::p256(p256_key().verifying_key().to_sec1_point(false).as_bytes()).expect("good"),
    }
}

fn seal(certificate: &Certificate, algorithm: Algorithm) -> Written {
    let key = verifying_key(algorithm);
    let kid = if certificate.format == Format::Shc { key.jwk_thumbprint() } else { key.thumbprint() };
    let identity = KeyIdentity { algorithm, kid, certificate: None };
    let unsigned = certificate.format.write(certificate, &identity).expect("writes");
    let signature = match algorithm {
        Algorithm::EdDsa => ed25519().sign(unsigned.to_be_signed()).to_bytes().to_vec(),
        _ => {
            let signature: p256::ecdsa::Signature = p256_key().sign(unsigned.to_be_signed());
            signature.to_bytes().to_vec()
        }
    };
    unsigned.seal(&signature).expect("seals")
}

fn open(text: &str, algorithm: Algorithm) -> Option<Certificate> {
    let sealed = Sealed::decode(text).ok()?;
    sealed.open(&verifying_key(algorithm)).ok()?.read().ok()
}

fn text() -> impl Strategy<Value = String> {
    "[A-Za-z0-9 ぁ-んァ-ヶ一-龠髙﨑é]{1,20}"
}

fn birth() -> impl Strategy<Value = BirthDate> {
    prop_oneof![
        (-25_000i64..20_000).prop_map(|days| BirthDate::Day(Date::from_days(days).expect("in range"))),
        (1900u64..2020, 1u64..13).prop_map(|(year, month)| BirthDate::month(year, month).expect("in range")),
        (1900u64..2020).prop_map(|year| BirthDate::year(year).expect("in range")),
    ]
}

fn romanised() -> impl Strategy<Value = RomanisedName> {
    ("[A-Z]{1,20}", "[A-Z]{1,20}").prop_map(|(family, given)| RomanisedName::new(&family, &given).expect("letters"))
}

fn dose(place: u64) -> impl Strategy<Value = Dose> {
    let product = prop::sample::select(vaccine::PRODUCTS);
    let number = prop_oneof![Just(place), 1u64..9];
    (
        product,
        18_000i64..21_000,
        prop::option::of("[A-Z0-9]{1,10}"),
        number,
        prop::option::of(1u64..9),
        prop::option::of("[A-Z]{2}"),
        prop::option::of(text()),
        prop::option::of(text()),
    )
        .prop_map(|(vaccine, day, lot, number, total, country, product, centre)| Dose {
            product,
            lot,
            date: Date::from_days(day),
            number: Some(number),
            total,
            country: country.as_deref().and_then(Country::parse),
            centre,
            ..Dose::of(vaccine::VaccineCode { system: vaccine::CodeSystem::Cvx, code: vaccine.cvx.to_string() })
        })
}

prop_compose! {
    fn compact()(
        romanised in prop::option::of(romanised()), registered in text(), kana in prop::option::of("[ァ-ヶ]{1,10}"), birth in birth(),
        sex in prop::option::of(prop::sample::select(vec![0u64, 1, 2, 9])), nationality in prop::option::of("[A-Z]{3}"),
        document in prop::option::of((any::<bool>(), "[A-Z0-9]{5,9}")),
        doses in (1u64..6).prop_flat_map(|count| (1..=count).map(dose).collect::<Vec<_>>()),
        issued in 0i64..4_000_000_000, life in 0i64..400_000_000, shard: u64, index: u64,
    ) -> Certificate {
        let holder = Holder {
            romanised,
            registered: Some(RegisteredName::Whole(registered)),
            kana,
            birth,
            sex: sex.and_then(Sex::from_number),
            nationality,
            document: document.map(|(passport, number)| TravelDocument { passport, number }),
            guardian: None,
        };
        Certificate {
            doses,
            issued_at: Some(UnixTime(issued)),
            expires_at: Some(UnixTime(issued + life)),
            status: Some(StatusIndex { shard, index }),
            ..Certificate::about(holder, Format::Compact, Kind::Vaccination)
        }
    }
}

prop_compose! {
    /// What a health card can say: no numbers of doses, no series, no countries.
    fn health_card()(
        romanised in prop::option::of(romanised()), family in text(), given in prop::option::of(text()), whole: bool,
        birth in birth(), doses in (1u64..4).prop_flat_map(|count| (1..=count).map(dose).collect::<Vec<_>>()),
        issued in 0i64..4_000_000_000, life in prop::option::of(1i64..400_000_000), rid in prop::option::of("[A-Za-z0-9_-]{11}"),
    ) -> Certificate {
        let registered = match whole {
            true => RegisteredName::Whole(format!("手{family}")),
            false => RegisteredName::Parts { family: Some(format!("手{family}")), given },
        };
        let doses = doses.into_iter().map(|dose| Dose {
            number: None, total: None, country: None, product: None, ..dose
        });
        Certificate {
            issuer: Some("https://card.example".into()),
            doses: doses.collect(),
            issued_at: Some(UnixTime(issued)),
            expires_at: life.map(|life| UnixTime(issued + life)),
            revocation_id: rid,
            ..Certificate::about(Holder { romanised, registered: Some(registered), ..Holder::born(birth) }, Format::Shc, Kind::Vaccination)
        }
    }
}

prop_compose! {
    fn eu_dcc()(
        romanised in romanised(), family in prop::option::of(text()), given in text(), birth in birth(), mut dose in dose(1),
        product in prop::sample::select(vaccine::PRODUCTS).prop_filter("has EU codes", |product| product.eu.is_some()),
        issued in 0i64..4_000_000_000, life in 0i64..400_000_000, opaque in "[A-Z0-9]{10,20}", issuer in text(),
    ) -> Certificate {
        let eu = product.eu.expect("filtered");
        let japan = Country::parse("JP").expect("letters");
        dose.vaccine = vaccine::VaccineCode { system: vaccine::CodeSystem::SnomedCt, code: eu.vaccine.to_owned() };
        dose.disease = Some(eu.disease.to_owned());
        dose.product = Some(eu.product.to_owned());
        dose.maker = Some(eu.maker.to_owned());
        (dose.lot, dose.centre) = (None, None);
        dose.country = dose.country.or(Some(japan));
        dose.total = dose.total.or(dose.number);
        let holder = Holder {
            romanised: Some(romanised),
            registered: Some(RegisteredName::Parts { family, given: Some(given) }),
            ..Holder::born(birth)
        };
        Certificate {
            country: Some(japan),
            issuer: Some(issuer),
            doses: vec![dose],
            identifiers: vec![eu_dcc::uvci(japan, &opaque).expect("alphabet")],
            issued_at: Some(UnixTime(issued)),
            expires_at: Some(UnixTime(issued + life)),
            ..Certificate::about(holder, Format::EuDcc, Kind::Vaccination)
        }
    }
}

prop_compose! {
    /// What both written generations of ICVP hold, as they give it back.
    fn icvp()(
        name in "[A-Z]{1,20}( [A-Z]{1,20})?", birth in 0i64..20_000, sex in prop::sample::select(vec![0u64, 1, 2, 9]),
        nationality in "[A-Z]{3}", document in prop::option::of((any::<bool>(), "[A-Z0-9]{5,9}")),
        guardian in prop::option::of(text()), clinician in prop::option::of(text()), lot in "[A-Z0-9]{1,10}",
        product in prop::sample::select(vaccine::who::LIST), day in 18_000i64..21_000,
        issued in 1_758_240_000i64..4_000_000_000, life in 0i64..400_000_000,
    ) -> Certificate {
        let code = vaccine::VaccineCode { system: vaccine::CodeSystem::WhoProduct, code: product.id() };
        let holder = Holder {
            registered: Some(RegisteredName::Whole(name)),
            sex: Sex::from_number(sex),
            nationality: Some(nationality),
            document: document.map(|(passport, number)| TravelDocument { passport, number }),
            guardian,
            ..Holder::born(BirthDate::Day(Date::from_days(birth).expect("in range")))
        };
        Certificate {
            country: Country::parse("JP"),
            issuer: Some("JPN".into()),
            doses: vec![Dose { lot: Some(lot), date: Date::from_days(day), clinician, ..Dose::of(code) }],
            issued_at: Some(UnixTime(issued)),
            expires_at: Some(UnixTime(issued + life)),
            ..Certificate::about(holder, Format::Icvp, Kind::Vaccination)
        }
    }
}

prop_compose! {
    /// What a seal can say: an unknown sex has no letter, and a document is a passport.
    fn vds_nc()(
        family in "[A-Z]{1,12}(<[A-Z]{1,6})?", given in "[A-Z]{1,18}", birth in birth(),
        sex in prop::option::of(prop::sample::select(vec![1u64, 2, 9])), number in prop::option::of("[A-Z0-9]{5,11}"),
        doses in (1u64..5).prop_flat_map(|count| (1..=count).map(dose).collect::<Vec<_>>()),
        countries in prop::collection::vec(prop::sample::select(vec!["JP", "DE", "GB", "FR", "UT"]), 4),
        said in prop::collection::vec(("XM[A-Z0-9]{4}", prop::option::of("[A-Z0-9]{4}"), text(), text(), "[A-Z0-9]{1,20}"), 4),
        identifier in "[A-Z0-9]{1,12}",
    ) -> Certificate {
        let doses = doses.into_iter().zip(countries).zip(said);
        let doses = doses.map(|((dose, country), (code, disease, product, centre, lot))| Dose {
            vaccine: vaccine::VaccineCode { system: vaccine::CodeSystem::Icd11, code },
            disease,
            product: Some(product),
            lot: Some(lot),
            total: None,
            country: Country::parse(country),
            centre: Some(centre),
            ..dose
        });
        let holder = Holder {
            romanised: RomanisedName::new(&family, &given),
            sex: sex.and_then(Sex::from_number),
            document: number.map(|number| TravelDocument { passport: true, number }),
            ..Holder::born(birth)
        };
        Certificate {
            country: Country::parse("JP"),
            doses: doses.collect(),
            identifiers: vec![identifier],
            ..Certificate::about(holder, Format::VdsNc, Kind::Vaccination)
        }
    }
}

fn seal_vds_nc(certificate: &Certificate) -> Written {
    let signer = Base64::decode_vec(SIGNER).expect("base64");
    let key = verifying_key(Algorithm::Es256);
    let identity = KeyIdentity { algorithm: Algorithm::Es256, kid: key.thumbprint(), certificate: Some(&signer) };
    let unsigned = Format::VdsNc.write(certificate, &identity).expect("writes");
    let signature: p256::ecdsa::Signature = p256_key().sign(unsigned.to_be_signed());
    unsigned.seal(&signature.to_bytes()).expect("seals")
}

/// Opens a seal with the key of [`SIGNER`], whichever certificate it brings along.
fn open_vds_nc(text: &str) -> Option<Certificate> {
    let signer = Base64::decode_vec(SIGNER).expect("base64");
    let signer = x509::Certificate::from_der(&signer).expect("a certificate");
    let key = x509::PublicKey::from_spki(signer.spki()).expect("a key");
    Sealed::decode(text).ok()?.open_by_certificate(&key).ok()?.read().ok()
}

fn seal_icvp(certificate: &Certificate, generation: icvp::Generation) -> Written {
    let key = verifying_key(Algorithm::Es256);
    let identity = KeyIdentity { algorithm: Algorithm::Es256, kid: key.thumbprint(), certificate: None };
    let unsigned = icvp::write(certificate, &identity, generation).expect("writes");
    let signature: p256::ecdsa::Signature = p256_key().sign(unsigned.to_be_signed());
    unsigned.seal(&signature.to_bytes()).expect("seals")
}

/// The text with one bit of one character flipped, where that is still a text.
fn flip(text: &str, bit: usize) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let bit = bit % (bytes.len() * 7);
    bytes[bit / 7] ^= 1 << (bit % 7);
    String::from_utf8(bytes).ok()
}

proptest! {
    #[test]
    fn a_certificate_for_travel_reads_as_it_was_written_in_either_generation(mut certificate in icvp(), from in prop::option::of(18_000i64..21_000), issuer in text()) {
        let written = seal_icvp(&certificate, icvp::Generation::Gen2);
        prop_assert!(open(written.text(), Algorithm::Es256) == Some(certificate.clone()));
        // The released generation also holds the first and last day, and whatever authority.
        certificate.doses[0].valid_from = from.and_then(Date::from_days);
        certificate.doses[0].valid_until = from.and_then(|day| Date::from_days(day + 3_652));
        certificate.issuer = Some(issuer);
        let written = seal(&certificate, Algorithm::Es256);
        prop_assert!(open(written.text(), Algorithm::Es256) == Some(certificate));
    }

    #[test]
    fn a_compact_certificate_reads_as_it_was_written(certificate in compact(), es256: bool) {
        let algorithm = if es256 { Algorithm::Es256 } else { Algorithm::EdDsa };
        let written = seal(&certificate, algorithm);
        prop_assert!(open(written.text(), algorithm) == Some(certificate));
    }

    #[test]
    fn an_eu_certificate_reads_as_it_was_written_and_without_findings(certificate in eu_dcc()) {
        let written = seal(&certificate, Algorithm::Es256);
        prop_assert!(open(written.text(), Algorithm::Es256) == Some(certificate));
    }

    #[test]
    fn a_health_card_reads_as_it_was_written_and_without_findings(certificate in health_card()) {
        let written = seal(&certificate, Algorithm::Es256);
        prop_assert!(open(written.text(), Algorithm::Es256) == Some(certificate));
    }

    #[test]
    fn a_seal_reads_as_it_was_written_and_without_findings(certificate in vds_nc()) {
        let written = seal_vds_nc(&certificate);
        prop_assert!(open_vds_nc(written.text()) == Some(certificate));
    }

    #[test]
    fn a_flipped_bit_of_a_seal_is_refused_or_opens_to_the_same_certificate(certificate in vds_nc(), bits in prop::collection::vec(any::<usize>(), 20)) {
        let written = seal_vds_nc(&certificate);
        for changed in bits.into_iter().filter_map(|bit| flip(written.text(), bit)) {
            if let Some(read) = open_vds_nc(&changed) {
                let read = Certificate { findings: Vec::new(), ..read };
                prop_assert!(read == certificate);
            }
        }
    }

    #[test]
    fn a_flipped_bit_of_a_health_card_is_refused_or_opens_to_the_same_message(certificate in health_card(), bits in prop::collection::vec(any::<usize>(), 20)) {
        let written = seal(&certificate, Algorithm::Es256);
        for changed in bits.into_iter().filter_map(|bit| flip(written.text(), bit)) {
            if let Ok(sealed) = Sealed::decode(&changed) && sealed.open(&verifying_key(Algorithm::Es256)).is_ok() {
                prop_assert_eq!(sealed.message(), written.message());
            }
        }
    }

    #[test]
    fn no_chunk_and_no_file_of_cards_makes_the_reader_panic(texts in prop::collection::vec("(shc:/)?[0-9]{0,2}/?[0-9]{0,2}/?[0-9x]{0,40}", 0..6), file in any::<String>()) {
        let mut set: Option<tegata_certificate::shc::ChunkSet> = None;
        for text in &texts {
            let Ok(chunk) = tegata_certificate::shc::Chunk::parse(text) else { continue };
            match &mut set {
                Some(set) => drop(set.add(&chunk)),
                None => set = tegata_certificate::shc::ChunkSet::of(&chunk).ok(),
            }
        }
        prop_assert!(set.is_none_or(|set| set.jws().is_some() == (set.missing().count() == 0)));
        drop(tegata_certificate::shc::cards_in(file.as_bytes()));
    }

    #[test]
    fn a_flipped_bit_is_refused_or_opens_to_the_same_message(certificate in compact(), bits in prop::collection::vec(any::<usize>(), 20)) {
        let written = seal(&certificate, Algorithm::EdDsa);
        for changed in bits.into_iter().filter_map(|bit| flip(written.text(), bit)) {
            if let Ok(sealed) = Sealed::decode(&changed) && sealed.open(&verifying_key(Algorithm::EdDsa)).is_ok() {
                prop_assert_eq!(sealed.message(), written.message());
            }
        }
    }

    #[test]
    fn a_flipped_bit_of_an_eu_code_is_refused_or_opens_to_the_same_message(certificate in eu_dcc(), bits in prop::collection::vec(any::<usize>(), 20)) {
        let written = seal(&certificate, Algorithm::Es256);
        for changed in bits.into_iter().filter_map(|bit| flip(written.text(), bit)) {
            if let Ok(sealed) = Sealed::decode(&changed) && sealed.open(&verifying_key(Algorithm::Es256)).is_ok() {
                prop_assert_eq!(sealed.message(), written.message());
            }
        }
    }

    #[test]
    fn no_text_and_no_message_makes_the_reader_panic(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for prefix in ["", "HC1:", "TG1:", "shc:/", "eyJ"] {
            drop(Sealed::decode(&format!("{prefix}{text}")));
            drop(Sealed::decode(&format!("{prefix}{}", tegata_certificate::base45::encode(&bytes))));
        }
        for format in [Format::Compact, Format::EuDcc] {
            drop(Sealed::from_message(bytes.clone(), format, format.profile()));
        }
    }

    #[test]
    fn no_signed_payload_makes_the_reader_panic(payload in prop::collection::vec(any::<u8>(), 0..300), cut: usize, certificate in compact()) {
        let identity = KeyIdentity { algorithm: Algorithm::EdDsa, kid: verifying_key(Algorithm::EdDsa).thumbprint(), certificate: None };
        let mut changed = Format::Compact.write(&certificate, &identity).expect("writes").payload().to_vec();
        let place = cut % changed.len();
        changed[place] ^= payload.first().copied().unwrap_or(1);
        for payload in [payload, changed] {
            let protected = [&[0xa2, 0x01, 0x27, 0x04, 0x44][..], &identity.kid[..4]].concat();
            let input = [&[0x84, 0x6a][..], b"Signature1", &[0x49], &protected, &[0x40, 0x59], &(payload.len() as u16).to_be_bytes(), &payload].concat();
            let signature = ed25519().sign(&input).to_bytes();
            let message = [&[0xd2, 0x84, 0x49][..], &protected, &[0xa0, 0x59], &(payload.len() as u16).to_be_bytes(), &payload, &[0x58, 64], &signature].concat();
            for format in [Format::Compact, Format::EuDcc] {
                let Ok(sealed) = Sealed::from_message(message.clone(), format, tegata_certificate::cbor::Profile::Lenient) else { continue };
                if let Ok(authentic) = sealed.open(&verifying_key(Algorithm::EdDsa)) {
                    drop(authentic.read());
                }
            }
        }
    }
}

#[test]
fn a_certificate_opens_with_no_other_key_and_no_other_algorithm() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let certificate = compact().new_tree(&mut runner).expect("makes one").current();
    let written = seal(&certificate, Algorithm::EdDsa);
    let sealed = Sealed::decode(written.text()).expect("decodes");
    let other = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let other = VerifyingKey::ed25519(other.verifying_key().as_bytes()).expect("good");
    assert_eq!(sealed.open(&other).err(), Some(tegata_certificate::OpenError::Signature));
    let p256 = verifying_key(Algorithm::Es256);
    assert_eq!(sealed.open(&p256).err(), Some(tegata_certificate::OpenError::AlgorithmMismatch));
}

#[test]
fn a_name_in_another_normal_form_is_read_as_it_is_and_written_in_nfc() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut certificate = compact().new_tree(&mut runner).expect("makes one").current();
    certificate.holder.registered = Some(RegisteredName::Whole("QQQQQ".into()));
    let identity = KeyIdentity {
        algorithm: Algorithm::EdDsa,
        kid: verifying_key(Algorithm::EdDsa).thumbprint(),
        certificate: None,
    };
    let message = seal(&certificate, Algorithm::EdDsa).message().to_vec();
    let unsigned = Format::Compact.write(&certificate, &identity).expect("writes");
    // As many bytes, so every length stays: the accent is a character of its own.
    let replace = |bytes: &[u8]| {
        let place = bytes.windows(5).position(|part| part == b"QQQQQ").expect("is there");
        [&bytes[..place], "QQe\u{301}".as_bytes(), &bytes[place + 5..]].concat()
    };
    let signature = ed25519().sign(&replace(unsigned.to_be_signed())).to_bytes();
    let mut message = replace(&message);
    let end = message.len() - signature.len();
    message[end..].copy_from_slice(&signature);

    let sealed = Sealed::from_message(message, Format::Compact, Format::Compact.profile()).expect("decodes");
    let mut read = sealed.open(&verifying_key(Algorithm::EdDsa)).expect("signed").read().expect("reads");
    assert!(read.holder.registered == Some(RegisteredName::Whole("QQe\u{301}".into())));
    let written = open(seal(&read, Algorithm::EdDsa).text(), Algorithm::EdDsa);
    read.holder.registered = Some(RegisteredName::Whole("QQé".into()));
    assert!(written == Some(read));
}

use proptest::strategy::ValueTree as _;
