//! WHO's prequalified products, as ICVP certificates name them (`vp`).
//!
//! Source: SMART ICVP 0.3.0 (October 2025), value set ICVPProductIds: 60 ids, each the first 24 letters
//! and digits of a vaccine type, `Product`, and the MD5 of the row of WHO's prequalification catalogue
//! that it stands for. Any edit of such a row makes another id, and the catalogue of March 2026 has ids
//! of another kind (`FVP-P-nnn`, `a3K3X…`) to which no map is published. So this is dated data and
//! never a closed list: an id that is not in it is an unknown product, not a wrong one.
//!
//! The code system is declared insensitive to case; ids are compared so.

use super::{Disease, Group, group};

/// When the list below was taken, and from where.
pub const AS_OF: &str = "SMART ICVP 0.3.0, 2025-10";

/// The type of a prequalified vaccine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// Yellow fever.
    YellowFever,
    /// Polio, inactivated.
    Inactivated,
    /// Polio, inactivated, Sabin strains.
    InactivatedSabin,
    /// Polio, oral, types 1, 2 and 3.
    OralTrivalent,
    /// Polio, oral, types 1 and 3.
    OralBivalent,
    /// Polio, oral, one type.
    OralMonovalent,
    /// Polio, novel oral, type 2.
    OralNovel,
    /// Diphtheria, tetanus, acellular pertussis, hepatitis B, Hib, polio.
    HexavalentAcellular,
    /// Diphtheria, tetanus, whole-cell pertussis, hepatitis B, Hib, polio.
    HexavalentWholeCell,
}

use Type::{
    HexavalentAcellular, HexavalentWholeCell, Inactivated, InactivatedSabin, OralBivalent, OralMonovalent, OralNovel,
    OralTrivalent, YellowFever,
};

impl Type {
    const ALL: [Self; 9] = [
        YellowFever,
        Inactivated,
        InactivatedSabin,
        OralTrivalent,
        OralBivalent,
        OralMonovalent,
        OralNovel,
        HexavalentAcellular,
        HexavalentWholeCell,
    ];

    /// What ids of this type begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            YellowFever => "YellowFever",
            Inactivated => "PolioVaccineInactivatedI",
            InactivatedSabin => "PolioVaccineInactivatedS",
            OralTrivalent => "PolioVaccineOralOPVTriva",
            OralBivalent => "PolioVaccineOralOPVBival",
            OralMonovalent => "PolioVaccineOralOPVMonov",
            OralNovel => "PolioVaccineNovelOralnOP",
            HexavalentAcellular | HexavalentWholeCell => "DiphtheriaTetanusPertuss",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            InactivatedSabin => "Polio vaccine, inactivated, Sabin",
            OralNovel => "Polio vaccine, novel oral, type 2",
            HexavalentWholeCell => "Hexavalent vaccine, whole cell",
            YellowFever | Inactivated | OralTrivalent | OralBivalent | OralMonovalent | HexavalentAcellular => {
                self.group().name
            }
        }
    }

    /// The group of vaccines in the other systems that it belongs to. For the novel oral vaccine it is
    /// all polio vaccines, because none of their narrower codes is meant for it; for the whole-cell
    /// hexavalent it is the acellular one's diseases that are the same, not its codes.
    #[must_use]
    pub fn group(self) -> &'static Group {
        match self {
            YellowFever => &group::YELLOW_FEVER,
            Inactivated | InactivatedSabin => &group::POLIO_INACTIVATED,
            OralTrivalent => &group::POLIO_TRIVALENT,
            OralBivalent => &group::POLIO_BIVALENT,
            OralMonovalent => &group::POLIO_MONOVALENT,
            OralNovel => &group::POLIO,
            HexavalentAcellular | HexavalentWholeCell => &group::HEXAVALENT_ACELLULAR,
        }
    }

    /// The CVX code that is true of every product of the type, where there is one.
    #[must_use]
    pub fn cvx(self) -> Option<u16> {
        match self {
            YellowFever => Some(184),
            Inactivated | InactivatedSabin => Some(10),
            OralTrivalent => Some(2),
            OralBivalent => Some(178),
            OralMonovalent => Some(179),
            OralNovel => Some(182),
            HexavalentAcellular => Some(132),
            // CVX has acellular ones only.
            HexavalentWholeCell => None,
        }
    }
}

/// One entry of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prequalified {
    /// Its type.
    pub vaccine: Type,
    /// The trade name; empty where the type's name is the product's.
    pub brand: &'static str,
    /// The maker's short name.
    pub maker: &'static str,
    /// Doses in one container: the list has an entry a size.
    pub doses: u8,
    md5: u128,
}

impl Prequalified {
    /// The id, as the value set spells it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}Product{:032x}", self.vaccine.prefix(), self.md5)
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.brand.is_empty() { self.vaccine.name() } else { self.brand }
    }

    /// The CVX code that is true of it: of the product where there is one, else of its type.
    #[must_use]
    pub fn cvx(&self) -> Option<u16> {
        // Stamaril is what CVX 183 ("alternative formulation") was made for.
        if self.brand == "Stamaril" { Some(183) } else { self.vaccine.cvx() }
    }
}

/// The entry with that id, in any case of letters.
#[must_use]
pub fn find(id: &str) -> Option<&'static Prequalified> {
    let (prefix, md5) = parts(id)?;
    LIST.iter().find(|entry| entry.md5 == md5 && entry.vaccine.prefix().eq_ignore_ascii_case(prefix))
}

/// The diseases that an id's type is against, also for an id that is not listed. `None` for another
/// form of id, and for the prefix that whole families of combinations share.
#[must_use]
pub fn diseases(id: &str) -> Option<&'static [Disease]> {
    if let Some(entry) = find(id) {
        return Some(entry.vaccine.group().diseases);
    }
    let (prefix, _) = parts(id)?;
    let of_type = |vaccine: &Type| {
        !matches!(vaccine, HexavalentAcellular | HexavalentWholeCell) && vaccine.prefix().eq_ignore_ascii_case(prefix)
    };
    Type::ALL.into_iter().find(of_type).map(|vaccine| vaccine.group().diseases)
}

/// Whether a text has the form of an id of this list, or of those that the catalogue of 2026 has.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let api = |prefix: &str, length: usize| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| (1..=length).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    parts(text).is_some() || api("FVP-P-", 6) || api("a3K3X", 13)
}

fn parts(id: &str) -> Option<(&str, u128)> {
    const WORD: &str = "Product";
    let (head, md5) = id.split_at_checked(id.len().checked_sub(32)?)?;
    let (prefix, word) = head.split_at_checked(head.len().checked_sub(WORD.len())?)?;
    let hex = md5.bytes().all(|b| b.is_ascii_hexdigit());
    (hex && word.eq_ignore_ascii_case(WORD) && (1..=24).contains(&prefix.len()))
        .then(|| u128::from_str_radix(md5, 16).ok())?
        .map(|md5| (prefix, md5))
}

const fn listed(vaccine: Type, brand: &'static str, maker: &'static str, doses: u8, md5: u128) -> Prequalified {
    Prequalified { vaccine, brand, maker, doses, md5 }
}

/// The list, by type, maker and size.
pub static LIST: &[Prequalified] = &[
    listed(YellowFever, "", "Bio-Manguinhos", 5, 0xab01f006_f8b24113_f4a28cb5_0bfe6d9d),
    listed(YellowFever, "", "Bio-Manguinhos", 10, 0x5f0639d8_e4d52afe_f089aa71_48c5060c),
    listed(YellowFever, "", "Bio-Manguinhos", 50, 0xe0534dbc_71a6cc09_f56dce25_216c538c),
    listed(YellowFever, "", "Chumakov Centre", 2, 0xd2c75a15_ed309658_b3968519_ddb31690),
    listed(YellowFever, "", "Chumakov Centre", 5, 0x771d1a5c_0acaee3e_2dc9d56a_f1aba49d),
    listed(YellowFever, "", "Chumakov Centre", 10, 0xe9296264_97bdbb71_adbe925f_0c09c79f),
    listed(YellowFever, "SinSaVac", "Chumakov Centre", 10, 0x01a3b83c_f13e8794_8437db11_cf5c34eb),
    listed(
        YellowFever,
        "Stabilized Yellow Fever Vaccine",
        "Institut Pasteur de Dakar",
        5,
        0xf82b015d_fb3b1fee_acd4c44d_95b3b3ec,
    ),
    listed(
        YellowFever,
        "Stabilized Yellow Fever Vaccine",
        "Institut Pasteur de Dakar",
        10,
        0x223330a7_c15da86b_21cc363f_591de002,
    ),
    listed(
        YellowFever,
        "Stabilized Yellow Fever Vaccine",
        "Institut Pasteur de Dakar",
        20,
        0xffea8448_252ee58b_7a92add0_5f0c3431,
    ),
    listed(YellowFever, "Stamaril", "Sanofi Pasteur", 10, 0xd8a09f80_301dc05e_124f99ff_e7711fc0),
    listed(Inactivated, "IPV Vaccine AJV", "AJ Vaccines", 1, 0x087ff260_57e89c00_65174283_47dfbc3c),
    listed(Inactivated, "Picovax", "AJ Vaccines", 5, 0x096d9e8c_31e30cc1_148311ee_66359a50),
    listed(Inactivated, "", "Bilthoven Biologicals", 1, 0xc726fd72_10023aa5_738617a7_9cae2b40),
    listed(Inactivated, "", "Bilthoven Biologicals", 5, 0x3cde3a30_cacdc23b_9ec3bdf4_ba9d23ff),
    listed(Inactivated, "", "Bilthoven Biologicals", 10, 0x4562bbd8_0c6e57db_e29b1228_17623854),
    listed(Inactivated, "ShanIPV", "Sanofi Healthcare India", 5, 0x81ee9ba7_7c4419bb_fe44a27c_fd10027e),
    listed(Inactivated, "ShanIPV", "Sanofi Healthcare India", 10, 0x8b13b5fc_f5e9268b_345775be_7c3f077c),
    listed(Inactivated, "Imovax Polio", "Sanofi Pasteur", 10, 0x532ef986_c8042bbb_15fee240_56fdc4ed),
    listed(Inactivated, "", "Serum Institute of India", 1, 0x1d63ab46_cee67d02_439c47ed_91439667),
    listed(Inactivated, "", "Serum Institute of India", 2, 0x13e82343_f8e192fe_6e3fbfbf_2a47ffd7),
    listed(Inactivated, "", "Serum Institute of India", 5, 0xf8085a2b_d9a1c84f_ba1adee2_ec6f6fb1),
    listed(Inactivated, "", "Serum Institute of India", 10, 0xfea93261_bf2f096e_a48aed82_5522dc2d),
    listed(InactivatedSabin, "", "BIBP", 1, 0x25383b1f_589d42af_3719c707_4f982c9b),
    listed(InactivatedSabin, "Eupolio", "LG Chem", 1, 0x0854d534_a200bbef_fa8be0f5_7dad584a),
    listed(InactivatedSabin, "Eupolio", "LG Chem", 5, 0x031f63df_3184acdf_0cb82f90_f316b6c3),
    listed(InactivatedSabin, "", "Sinovac", 1, 0x2050ea67_709cfcde_28a01f05_46276e96),
    listed(InactivatedSabin, "", "Sinovac", 5, 0xd554f4c3_848920ca_8bcd00d4_4afd18a4),
    listed(OralTrivalent, "Biopolio", "Bharat Biotech", 10, 0xfa4849f7_532d5221_34f41020_63af1617),
    listed(OralTrivalent, "Biopolio", "Bharat Biotech", 20, 0x4df3a93a_b495d85b_3583d0cd_1ae3d83e),
    listed(OralTrivalent, "", "Bio Farma", 20, 0xe0bcdc08_5107751b_3df34ad0_4620ac21),
    listed(OralTrivalent, "", "Haffkine", 20, 0xbd7faeaf_3f0e6334_20fba396_895d6cc9),
    listed(OralBivalent, "", "BIBP", 20, 0xdcbfa0a5_41c65032_a917c39f_a762c2f9),
    listed(OralBivalent, "Biopolio B1/3", "Bharat Biotech", 10, 0x16e88391_1ea0108b_8213bc21_3c9972fe),
    listed(OralBivalent, "Biopolio B1/3", "Bharat Biotech", 20, 0x0e59118b_c5938520_115bac65_a45be04d),
    listed(OralBivalent, "", "Bio Farma", 10, 0xdecf3a77_facc0b8f_1443db5f_7a806857),
    listed(OralBivalent, "", "Bio Farma", 20, 0x10aa94ce_f126e625_42c2c45d_c3604c0b),
    listed(OralBivalent, "Polio Sabin One and Three", "GlaxoSmithKline", 10, 0x14c88c2e_9b35698b_47269039_40c58037),
    listed(OralBivalent, "Polio Sabin One and Three", "GlaxoSmithKline", 20, 0x2d102610_76734e48_cd7b289d_e6ea802e),
    listed(OralBivalent, "", "Haffkine", 20, 0x26e6c50d_fb385f22_3a12238d_c6e202dd),
    listed(OralBivalent, "", "Panacea Biotec", 10, 0xb62fbc87_532804be_42afa8d9_050ef452),
    listed(OralBivalent, "", "Panacea Biotec", 20, 0x02c099d6_9cd245e7_fcd3280a_96f1dccb),
    listed(OralBivalent, "", "Serum Institute of India", 10, 0x06bf2d06_adcc6d9e_2bea8ac2_1846bb09),
    listed(OralBivalent, "", "Serum Institute of India", 20, 0xa5416e91_021f0c00_915e4688_ff508717),
    listed(OralMonovalent, "", "Bio Farma", 20, 0xcea74be2_c728329a_ad7b9b33_ae16a0b1),
    listed(OralMonovalent, "", "Bio Farma", 20, 0xef716e2b_9567223c_e6c95b09_0480ecfe),
    listed(OralMonovalent, "Polio Sabin Mono T1", "GlaxoSmithKline", 10, 0x7d442364_61024438_2098e1c4_a3ba54c3),
    listed(OralMonovalent, "Polio Sabin Mono T1", "GlaxoSmithKline", 20, 0x4580ab03_228ed6c7_0bb6c117_b408f7e5),
    listed(OralMonovalent, "Polio Sabin Mono Three", "GlaxoSmithKline", 10, 0x7a252b22_3173567f_21721ee1_5a36f057),
    listed(OralMonovalent, "Polio Sabin Mono Three", "GlaxoSmithKline", 20, 0xf22fcdfa_611173d0_afbce56d_49867530),
    listed(OralMonovalent, "Polio Sabin Mono Two", "GlaxoSmithKline", 10, 0x1b2bdb76_9d38e0b4_5eb60707_ff9a36cb),
    listed(OralMonovalent, "Polio Sabin Mono Two", "GlaxoSmithKline", 20, 0xb4755cab_194f57a5_fecc8d89_0856bbdf),
    listed(OralMonovalent, "", "Haffkine", 20, 0xae7e506c_a48a3aa6_05b188cd_11eaceab),
    listed(OralMonovalent, "", "Sanofi Pasteur", 20, 0xf6d840e9_cf722a80_b38d0be0_01f47caf),
    listed(OralNovel, "", "Bio Farma", 50, 0x278e9af5_dc50904d_d144a7ce_b4d42dd7),
    listed(OralNovel, "", "Biological E", 20, 0x65b137f0_201901bc_43fc8759_e4f35f35),
    listed(OralNovel, "", "Biological E", 50, 0xab758915_3ddbc796_8e174911_9c5b1678),
    listed(HexavalentAcellular, "Hexaxim", "Sanofi Pasteur", 1, 0xd54558e2_851d2931_1ee7f909_75827dc7),
    listed(HexavalentWholeCell, "Hexasiil", "Serum Institute of India", 1, 0xf4177b40_9d09d83e_48630717_437c5aea),
    listed(HexavalentWholeCell, "Hexasiil", "Serum Institute of India", 10, 0x0e63b58e_2976f385_b77a9b5a_356b68b5),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_spelled_as_published_and_found_in_any_case() {
        let stamaril = "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0";
        let entry = find(stamaril).unwrap();
        assert_eq!(
            (entry.name(), entry.maker, entry.doses, entry.cvx()),
            ("Stamaril", "Sanofi Pasteur", 10, Some(183))
        );
        assert_eq!(entry.id(), stamaril);
        assert_eq!(find(&stamaril.to_uppercase()), Some(entry));
        let leading_zero = "PolioVaccineOralOPVBivalProduct02c099d69cd245e7fcd3280a96f1dccb";
        assert_eq!(find(leading_zero).map(Prequalified::id).as_deref(), Some(leading_zero));
    }

    #[test]
    fn every_id_is_its_own() {
        let mut ids: Vec<_> = LIST.iter().map(Prequalified::id).collect();
        for id in &ids {
            assert_eq!(find(id).map(Prequalified::id).as_ref(), Some(id));
            assert!(is_id(id));
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 60);
    }

    #[test]
    fn an_id_that_is_not_listed_still_says_its_type_but_no_product() {
        let unlisted = format!("YellowFeverProduct{:032x}", 1);
        assert_eq!(find(&unlisted), None);
        assert_eq!(diseases(&unlisted), Some([Disease::YellowFever].as_slice()));
        // Pentavalent vaccines begin alike.
        assert_eq!(diseases(&format!("DiphtheriaTetanusPertussProduct{:032x}", 1)), None);
        assert_eq!(diseases("FVP-P-64"), None);
        assert!(is_id("FVP-P-64") && is_id("a3K3X000006MihuUAC"));
        for text in ["", "Product", "YellowFever", "YellowFeverProduct+8a09f80301dc05e124f99ffe7711fc0", "黄熱"] {
            assert!(!is_id(text) && find(text).is_none(), "{text}");
        }
    }
}
