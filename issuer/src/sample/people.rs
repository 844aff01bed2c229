//! Fictional people of a Japanese town and their doses.

use super::random::Random;
use crate::municipality::MunicipalityCode;
use tegata_certificate::Date;

/// Family names: kanji, kana, letters. Some need characters that only CP932 and Unicode have.
const FAMILIES: [(&str, &str, &str); 36] = [
    ("佐藤", "サトウ", "SATO"),
    ("鈴木", "スズキ", "SUZUKI"),
    ("髙橋", "タカハシ", "TAKAHASHI"),
    ("田中", "タナカ", "TANAKA"),
    ("伊藤", "イトウ", "ITO"),
    ("渡邉", "ワタナベ", "WATANABE"),
    ("山本", "ヤマモト", "YAMAMOTO"),
    ("中村", "ナカムラ", "NAKAMURA"),
    ("小林", "コバヤシ", "KOBAYASHI"),
    ("加藤", "カトウ", "KATO"),
    ("吉田", "ヨシダ", "YOSHIDA"),
    ("山﨑", "ヤマサキ", "YAMASAKI"),
    ("佐々木", "ササキ", "SASAKI"),
    ("山口", "ヤマグチ", "YAMAGUCHI"),
    ("松本", "マツモト", "MATSUMOTO"),
    ("井上", "イノウエ", "INOUE"),
    ("木村", "キムラ", "KIMURA"),
    ("林", "ハヤシ", "HAYASHI"),
    ("齋藤", "サイトウ", "SAITO"),
    ("清水", "シミズ", "SHIMIZU"),
    ("山田", "ヤマダ", "YAMADA"),
    ("森", "モリ", "MORI"),
    ("阿部", "アベ", "ABE"),
    ("池田", "イケダ", "IKEDA"),
    ("橋本", "ハシモト", "HASHIMOTO"),
    ("石川", "イシカワ", "ISHIKAWA"),
    ("前田", "マエダ", "MAEDA"),
    ("藤田", "フジタ", "FUJITA"),
    ("後藤", "ゴトウ", "GOTO"),
    ("岡田", "オカダ", "OKADA"),
    ("長谷川", "ハセガワ", "HASEGAWA"),
    ("村上", "ムラカミ", "MURAKAMI"),
    ("近藤", "コンドウ", "KONDO"),
    ("坂本", "サカモト", "SAKAMOTO"),
    ("大野", "オオノ", "ONO"),
    ("廣瀬", "ヒロセ", "HIROSE"),
];
/// Given names: kanji, kana, letters, sex (ISO 5218).
const GIVEN: [(&str, &str, &str, u8); 32] = [
    ("蓮", "レン", "REN", 1),
    ("湊", "ミナト", "MINATO", 1),
    ("大翔", "ヒロト", "HIROTO", 1),
    ("健一", "ケンイチ", "KENICHI", 1),
    ("誠", "マコト", "MAKOTO", 1),
    ("浩", "ヒロシ", "HIROSHI", 1),
    ("翔太", "ショウタ", "SHOTA", 1),
    ("拓也", "タクヤ", "TAKUYA", 1),
    ("大輔", "ダイスケ", "DAISUKE", 1),
    ("直樹", "ナオキ", "NAOKI", 1),
    ("茂", "シゲル", "SHIGERU", 1),
    ("隆", "タカシ", "TAKASHI", 1),
    ("一郎", "イチロウ", "ICHIRO", 1),
    ("正義", "マサヨシ", "MASAYOSHI", 1),
    ("悠真", "ユウマ", "YUMA", 1),
    ("勝", "マサル", "MASARU", 1),
    ("陽葵", "ヒマリ", "HIMARI", 2),
    ("結衣", "ユイ", "YUI", 2),
    ("さくら", "サクラ", "SAKURA", 2),
    ("美咲", "ミサキ", "MISAKI", 2),
    ("花子", "ハナコ", "HANAKO", 2),
    ("和子", "カズコ", "KAZUKO", 2),
    ("幸子", "サチコ", "SACHIKO", 2),
    ("愛", "アイ", "AI", 2),
    ("恵子", "ケイコ", "KEIKO", 2),
    ("洋子", "ヨウコ", "YOKO", 2),
    ("久美子", "クミコ", "KUMIKO", 2),
    ("直美", "ナオミ", "NAOMI", 2),
    ("裕子", "ユウコ", "YUKO", 2),
    ("真由美", "マユミ", "MAYUMI", 2),
    ("凛", "リン", "RIN", 2),
    ("みどり", "ミドリ", "MIDORI", 2),
];
/// The first five digits of municipality codes.
const MUNICIPALITIES: [u32; 6] = [13_101, 1_100, 14_100, 27_100, 40_130, 47_201];
const SITES: [&str; 12] = [
    "中央公民館",
    "市民体育館",
    "保健センター",
    "駅前集団接種会場",
    "第一小学校体育館",
    "総合病院",
    "みなと内科クリニック",
    "東部コミュニティセンター",
    "西口大規模接種会場",
    "さくら医院",
    "文化会館",
    "南部保健福祉センター",
];
/// First doses: how the register names the maker, and the days to the next dose.
const FIRST: [(&str, u64); 12] = {
    let mut first = [("ファイザー", 21); 12];
    first[3] = ("武田/モデルナ", 28);
    first[7] = ("アストラゼネカ", 56);
    first
};
const BOOSTERS: [&str; 4] = ["ファイザー", "武田/モデルナ", "ファイザー", "武田/ノババックス"];
const LATE_BOOSTERS: [&str; 4] = ["ファイザー(BA.1)", "ファイザー(BA.4-5)", "モデルナ(BA.1)", "モデルナ(BA.4-5)"];

/// A fictional person.
#[derive(Clone)]
pub(super) struct FictionalPerson {
    pub(super) number: u64,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) romanised: String,
    /// How family and given name are written in a passport, whether there is one or not.
    pub(super) letters: (&'static str, &'static str),
    pub(super) birth: Date,
    pub(super) sex: u8,
    pub(super) municipality: String,
    pub(super) passport: String,
    pub(super) nationality: String,
    pub(super) shielded: bool,
    pub(super) doses: Vec<FictionalDose>,
}

/// A fictional dose.
#[derive(Clone)]
pub(super) struct FictionalDose {
    pub(super) number: usize,
    pub(super) recorded: String,
    pub(super) date: Date,
    pub(super) ticket: u64,
    pub(super) site: String,
    pub(super) doctor: String,
    pub(super) maker: &'static str,
    pub(super) lot: String,
}

/// The person at that place of the register, from 0: the same for the same seed. `None` never happens: every
/// day here lies in the years 1926 to 2025.
pub(super) fn person(seed: u64, at: u64) -> Option<FictionalPerson> {
    let mut random = Random::new(seed, at);
    let (name, birth) = identity(seed, at)?;
    let (family, family_kana, family_letters) = FAMILIES.get(name % FAMILIES.len()).copied()?;
    let (given, given_kana, given_letters, sex) = GIVEN.get(name / FAMILIES.len()).copied()?;
    // A quarter has a passport; the register then has its name and number.
    let travels = random.below(4) == 0;
    let letters = if travels { format!("{family_letters}<<{given_letters}") } else { String::new() };
    let passport = if travels { format!("TK{:07}", random.below(10_000_000)) } else { String::new() };
    let municipality =
        MunicipalityCode::from_body(random.pick(&MUNICIPALITIES)).map(|code| code.to_string()).unwrap_or_default();
    Some(FictionalPerson {
        number: 1_000_000_007 + at * 13,
        name: format!("{family}　{given}"),
        kana: format!("{family_kana}　{given_kana}"),
        romanised: letters,
        letters: (family_letters, given_letters),
        birth,
        sex,
        nationality: if travels { "JPN".to_owned() } else { String::new() },
        passport,
        shielded: random.below(200) == 0,
        doses: doses(&mut random, at)?,
        municipality,
    })
}

/// Which name a person has, and which birth date: no two of 33 million have both in common, since two such would be doubted.
/// In every run of 29,200 people each birth date from 1926-01-01 to 2005-12 comes once, and in every run after it with
/// another name.
fn identity(seed: u64, at: u64) -> Option<(usize, Date)> {
    const DAYS: u64 = 80 * 365;
    const NAMES: u64 = (FAMILIES.len() * GIVEN.len()) as u64;
    // Prime to the number of days.
    const STEP: u64 = 7919;
    let day = (at % DAYS * STEP + Random::new(seed, u64::MAX).below(DAYS)) % DAYS;
    let name = (Random::new(!seed, u64::MAX - day).below(NAMES) + at / DAYS) % NAMES;
    Some((usize::try_from(name).ok()?, day_after(FIRST_BIRTH, day)?))
}

/// 1926-01-01, in days from 1970-01-01.
const FIRST_BIRTH: i32 = -16_071;
/// 2021-04-12, on which the first doses are given.
const FIRST_DOSE: i32 = 18_729;

fn doses(random: &mut Random, at: u64) -> Option<Vec<FictionalDose>> {
    // As of 2023 most people had three or more.
    let count: u64 = random.pick(&[1, 2, 2, 3, 3, 3, 4, 4, 5]);
    let (first, interval) = random.pick(&FIRST);
    let mut date = day_after(FIRST_DOSE, random.below(150))?;
    (1..=usize::try_from(count).unwrap_or(1))
        .map(|number| {
            let maker = match number {
                1 | 2 => first,
                3 | 4 => random.pick(&BOOSTERS),
                _ => random.pick(&LATE_BOOSTERS),
            };
            let (family, ..) = random.pick(&FAMILIES);
            let (year, month, day) = date.ymd();
            let dose = FictionalDose {
                number,
                recorded: format!(
                    "{year:04}{month:02}{day:02}{:02}{:02}{:02}",
                    9 + random.below(9),
                    random.below(60),
                    random.below(60)
                ),
                date,
                ticket: 1_000_000_000 + (at * 10 + number as u64) % 9_000_000_000,
                site: random.pick(&SITES).to_owned(),
                doctor: format!("{family}　医師"),
                maker,
                lot: lot(random, maker, number, at, date),
            };
            // So long that every booster was in use by then.
            let wait = if number == 1 { interval } else { 190 + random.below(60) };
            date = day_after(date.days(), wait)?;
            Some(dose)
        })
        .collect()
}

/// People who get the first two doses from one lot of each maker.
pub(super) const LOT_PEOPLE: u64 = 200;
/// Days for which a lot of boosters lasts.
const LOT_DAYS: i32 = 45;

/// A made-up lot: one of forty of each product. First doses come from the same as those of the neighbours, boosters from one of
/// two of those weeks, as in a town; so no lot is seen half a year from its others. No two of a maker are one edit apart.
fn lot(random: &mut Random, maker: &str, number: usize, at: u64, date: Date) -> String {
    let weeks = u64::try_from((date.days() - FIRST_DOSE) / LOT_DAYS).unwrap_or(0);
    let place = if number <= 2 { at / LOT_PEOPLE } else { weeks * 2 + random.below(2) } % 40;
    let kind = if maker.contains("BA.1") {
        2
    } else if maker.contains("BA.4-5") {
        3
    } else {
        u64::from(number > 2)
    };
    let lot = (kind * 40 + place) * 53 + 1013;
    match maker.chars().next() {
        Some('フ') => format!("TX{lot:04}"),
        Some('武') if maker.contains("ノババックス") => format!("40{lot:05}"),
        Some('武' | 'モ') => format!("30{lot:05}"),
        _ => format!("TV{lot:04}A"),
    }
}

/// The day so many days after one that is itself counted from 1970-01-01.
fn day_after(start: i32, plus: u64) -> Option<Date> {
    Date::from_days(i64::from(start) + i64::try_from(plus).ok()?)
}
