use super::*;

fn code(system: CodeSystem, code: &str) -> VaccineCode {
    VaccineCode { system, code: code.into() }
}

#[test]
fn keys_and_codes_name_one_product_each() {
    for (i, a) in PRODUCTS.iter().enumerate() {
        for b in &PRODUCTS[i + 1..] {
            assert_ne!(a.key, b.key);
            assert_ne!(a.cvx, b.cvx);
        }
        assert_eq!(by_cvx(u64::from(a.cvx)), Some(a));
        assert_eq!(by_register_text(a.key), Some(a));
        assert_eq!(by_register_text(a.name), Some(a));
        assert_eq!(by_code(&code(CodeSystem::Cvx, &a.cvx.to_string())), Some(a));
    }
}

#[test]
fn a_code_belongs_to_one_group_and_has_its_system_s_form() {
    for system in CodeSystem::ALL {
        for group in group::GROUPS {
            for text in group.codes(system) {
                assert_eq!(group::find(system, text), Some(*group));
                assert_eq!(VaccineCode::who((*text).into()).system, system, "{text}");
            }
        }
    }
    for product in PRODUCTS {
        assert!(!product.diseases().is_empty());
        assert!(product.icd11_brand.is_none_or(is_icd11));
        assert!(product.icd11_brand.is_none_or(|brand| group::find(CodeSystem::Icd11, brand).is_none()));
    }
}

#[test]
fn the_eu_s_rows_are_its_value_sets() {
    for (i, eu) in eu::PRODUCTS.iter().enumerate() {
        assert_eq!(by_eu_product(eu.product), Some(eu));
        assert_eq!(
            group::find(CodeSystem::SnomedCt, eu.vaccine).map(|group| group.diseases),
            Some([Disease::Covid19].as_slice())
        );
        assert!(eu::PRODUCTS[i + 1..].iter().all(|other| other.product != eu.product));
        assert!(eu.brand.is_none() || eu::PRODUCTS[i + 1..].iter().all(|other| other.brand != eu.brand));
    }
    for product in PRODUCTS.iter().filter_map(|product| product.eu) {
        assert!(eu::PRODUCTS.contains(&product) && product.written);
    }
    let maker = |mp: &str| by_eu_product(mp).map(|eu| eu.maker);
    assert_eq!(maker("EU/1/20/1528"), Some("ORG-100030215"));
    assert_eq!(maker("CoronaVac"), Some("Sinovac-Biotech"));
    assert_eq!(maker("Covovax"), Some("ORG-100001981"));
    assert_eq!(maker("eu/1/20/1528"), None);
}

#[test]
fn a_shared_code_names_no_product() {
    let eu = meaning(&code(CodeSystem::SnomedCt, "1119349007"), Some("EU/1/20/1528")).unwrap();
    assert_eq!((eu.name, eu.product), ("Comirnaty", None), "eleven rows share the EU's code");
    let brand = meaning(&code(CodeSystem::Icd11, "XM8NQ0"), None).unwrap();
    assert_eq!((brand.name, brand.product), ("Comirnaty", None));
    let kind = meaning(&code(CodeSystem::Icd11, "XM0GQ8"), None).unwrap();
    assert_eq!((kind.name, kind.product), ("COVID-19 mRNA vaccine", None));
    assert_eq!(by_code(&code(CodeSystem::SnomedCt, "1119349007")), None);
    // One row, one code: named.
    let sinovac = meaning(&code(CodeSystem::SnomedCt, "1157024006"), Some("CoronaVac")).unwrap();
    assert_eq!(sinovac.product.map(|product| product.cvx), Some(511));
    assert_eq!(by_code(&code(CodeSystem::Icd11, "XM7HT3")).map(|product| product.cvx), Some(511));
}

#[test]
fn products_are_called_what_each_family_calls_them() {
    let product = |key| by_key(key).unwrap();
    let icd = |key| product(key).code(CodeSystem::Icd11).code().map(str::to_owned);
    // The Japanese app: CVX 207 and 208 in its cards, XM0GQ8 in its seals.
    assert_eq!((product("spikevax").cvx, product("comirnaty").cvx), (207, 208));
    assert_eq!(icd("comirnaty").as_deref(), Some("XM0GQ8"));
    assert_eq!(icd("vaxzevria").as_deref(), Some("XM9QW8"));
    assert_eq!(icd("nuvaxovid").as_deref(), Some("XM5JC5"));
    assert_eq!(icd("coronavac").as_deref(), Some("XM1NL1"));
    assert_eq!(product("comirnaty").code(CodeSystem::Atc), Mapping::Group("J07BN01"));
    assert_eq!(product("comirnaty").code(CodeSystem::WhoProduct), Mapping::None);
    assert_eq!(product("comirnaty").code(CodeSystem::Gtin), Mapping::None);
    let stamaril = "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0";
    assert_eq!(product("stamaril").code(CodeSystem::WhoProduct), Mapping::Exact(stamaril.into()));
    assert_eq!(by_code(&code(CodeSystem::WhoProduct, stamaril)).map(|product| product.key), Some("stamaril"));
    for kind in [
        "yellow-fever",
        "yellow-fever-unspecified",
        "polio-inactivated",
        "polio-oral",
        "polio-unspecified",
        "hexavalent",
    ] {
        assert_eq!(product(kind).code(CodeSystem::WhoProduct), Mapping::Ambiguous, "{kind}");
    }
    assert_eq!(product("vaxelis").code(CodeSystem::WhoProduct), Mapping::None);
}

#[test]
fn what_was_given_is_told_from_any_system() {
    let says = |system, text: &str| meaning(&code(system, text), None).map(|meaning| (meaning.name, meaning.diseases));
    let yellow_fever = [Disease::YellowFever].as_slice();
    assert_eq!(says(CodeSystem::Icd11, "XM0N24"), Some(("Yellow fever vaccine", yellow_fever)));
    assert_eq!(
        says(CodeSystem::WhoProduct, "YELLOWFEVERPRODUCTD8A09F80301DC05E124F99FFE7711FC0"),
        Some(("Stamaril", yellow_fever))
    );
    assert_eq!(
        says(CodeSystem::WhoProduct, "YellowFeverProduct00000000000000000000000000000000"),
        Some(("Yellow fever vaccine", yellow_fever))
    );
    let novel = says(CodeSystem::WhoProduct, "PolioVaccineNovelOralnOPProduct278e9af5dc50904dd144a7ceb4d42dd7");
    assert_eq!(novel, Some(("Polio vaccine, novel oral, type 2", [Disease::Poliomyelitis].as_slice())));
    let hexavalent =
        says(CodeSystem::WhoProduct, "DiphtheriaTetanusPertussProduct0e63b58e2976f385b77a9b5a356b68b5").unwrap();
    assert!(hexavalent.0 == "Hexasiil" && hexavalent.1.contains(&Disease::Poliomyelitis));
    assert_eq!(says(CodeSystem::Atc, "J07BX03"), Some(("COVID-19 vaccine", [Disease::Covid19].as_slice())));
    for (system, text) in [
        (CodeSystem::Cvx, "9999"),
        (CodeSystem::Cvx, "-1"),
        (CodeSystem::Cvx, ""),
        (CodeSystem::Icd11, "1119349007"),
        (CodeSystem::WhoProduct, "FVP-P-64"),
        (CodeSystem::Other, "208"),
    ] {
        assert_eq!(says(system, text), None);
    }
}

#[test]
fn a_system_is_told_from_the_code_s_form() {
    for (text, system) in [
        ("J07BX03", CodeSystem::Atc),
        ("1119349007", CodeSystem::SnomedCt),
        ("", CodeSystem::SnomedCt),
        ("29061000087103", CodeSystem::SnomedCt),
        ("J07BX3", CodeSystem::SnomedCt),
    ] {
        assert_eq!(VaccineCode::eu(text.into()).system, system, "{text}");
    }
    for (text, system) in [
        ("XM0N24", CodeSystem::Icd11),
        ("XM0n24", CodeSystem::Other),
        ("YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0", CodeSystem::WhoProduct),
        ("FVP-P-64", CodeSystem::WhoProduct),
        ("836385002", CodeSystem::SnomedCt),
        ("25", CodeSystem::Other),
        ("", CodeSystem::Other),
    ] {
        assert_eq!(VaccineCode::who(text.into()).system, system, "{text}");
    }
    for system in CodeSystem::ALL {
        assert_eq!(system.uri().map_or(CodeSystem::Other, CodeSystem::of_uri), system);
    }
    assert_eq!(CodeSystem::of_uri("http://id.who.int/icd/release/11/mms"), CodeSystem::Icd11);
    assert_eq!(CodeSystem::of_uri("urn:oid:1.2.36.1.2001.1005.17"), CodeSystem::AuAir);
    assert_eq!(CodeSystem::of_uri("http://hl7.org/fhir/sid/cvx-TEMPORARY-CODE-SYSTEM"), CodeSystem::Other);
}

#[test]
fn the_register_s_own_maker_names_are_known_and_others_are_not() {
    let key = |text| by_register_text(text).map(|product| product.key);
    for (_, product) in product::JAPANESE {
        assert!(by_key(product).is_some());
    }
    assert_eq!(key("ファイザー"), Some("comirnaty"));
    assert_eq!(key("ファイザー（5〜11歳）"), Some("comirnaty-5-11"));
    assert_eq!(key("武田／モデルナ"), Some("spikevax"));
    assert_eq!(key(" アストラゼネカ "), Some("vaxzevria"));
    assert_eq!(key("pfizer"), Some("comirnaty"));
    assert_eq!(key("CVX:37"), Some("yellow-fever"));
    assert_eq!(key("STAMARIL"), Some("stamaril"));
    assert_eq!(key("YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0"), Some("stamaril"));
    assert_eq!(key("YellowFeverProductf82b015dfb3b1feeacd4c44d95b3b3ec"), Some("yellow-fever-unspecified"));
    // A maker of many vaccines names none.
    assert_eq!(key("Sanofi Pasteur"), None);
    // No CVX code is true of a whole-cell hexavalent vaccine.
    assert_eq!(key("DiphtheriaTetanusPertussProduct0e63b58e2976f385b77a9b5a356b68b5"), None);
    assert_eq!(key("ファイサー"), None);
    assert_eq!(key(""), None);
}
