//! Pages of the findings that are only told.

use crate::check::Code;
use crate::check::page::Texts;

#[rustfmt::skip]
pub(super) static TEXTS: &[Texts] = &[
    Texts {
        code: Code::RepairedWidth,
        example: "ﾔﾏﾀﾞ ﾊﾅｺ → ヤマダ ハナコ",
        ja: ("全角の英数字または半角カナを通常の幅に直しました。", "失われた情報はありません。"),
        en: ("Full-width letters and digits or half-width kana were taken in their ordinary width.", "Nothing is lost by it."),
    },
    Texts {
        code: Code::RepairedBlanks,
        example: "　山田　花子　 → 山田　花子",
        ja: ("前後の空白を除きました。", "失われた情報はありません。"),
        en: ("Blanks before and after the text were left out.", "Nothing is lost by it."),
    },
    Texts {
        code: Code::RepairedDate,
        example: "R3.6.1 → 2021-06-01",
        ja: ("和暦や区切りの違う日付を同じ日として読みました。", "読み取った日を示すので、違っていれば直せます。"),
        en: ("A date in an era of Japan or another notation was taken as the same day.", "The day is shown, so that a wrong one is seen."),
    },
    Texts {
        code: Code::RepairedMunicipality,
        example: "11002 → 011002",
        ja: ("表計算ソフトが落とした先頭の0を補いました。", "検査数字が正しいことを示しています。"),
        en: ("The leading zero that a spreadsheet had dropped was restored.", "The check digit proves it."),
    },
    Texts {
        code: Code::RepairedForm,
        example: "カ\u{3099} → ガ",
        ja: ("結合文字を一つの文字（NFC）にまとめました。", "見た目は同じですが、比較や検索ができるようになります。"),
        en: ("Combined characters were brought into one (NFC).", "It looks the same, and can be compared and found."),
    },
    Texts {
        code: Code::WaitsForResident,
        example: "50,,20210601,…",
        ja: ("この行は正しいのですが、同じ人の住民ファイルの行が拒否されました。", "住民の行を直して取り込むと、この行も入ります。"),
        en: ("The row is good, but the row of the same person in the residents' file was refused.", "It goes in with the corrected row of the resident."),
    },
    Texts {
        code: Code::WaitsForDose,
        example: "51,…,1,20210701,… / 51,…,2,20210601,…",
        ja: ("別の行の接種日と順序が食い違うため、この行も取り込みませんでした。", "どちらが誤りか分かるまで、どちらも証明できません。"),
        en: ("The day of another dose contradicts this one, so that neither was taken.", "Until it is clear which is wrong, neither can be attested."),
    },
    Texts {
        code: Code::BadMunicipality,
        example: "131017",
        ja: ("自治体コードの検査数字が合わないため、コードなしで取り込みました。", "どの証明書にも載らない項目です。"),
        en: ("The check digit of the municipality code does not hold; the row was taken without it.", "No certificate shows it."),
    },
    Texts {
        code: Code::BadTicket,
        example: "12345678901",
        ja: ("券番号が10桁（または18桁）の数字ではないため、券番号なしで取り込みました。", "どの証明書にも載らない項目です。"),
        en: ("The coupon number has neither ten nor eighteen digits; the row was taken without it.", "No certificate shows it."),
    },
    Texts {
        code: Code::BadSex,
        example: "不詳",
        ja: ("性別として読めないため、性別なしで取り込みました。", "誤った性別が証明書に載ることはありません。"),
        en: ("The text is no code for sex; the row was taken without it.", "No certificate will show a wrong one."),
    },
    Texts {
        code: Code::BadRecordTime,
        example: "20210601246060",
        ja: ("登録日時として読めません。", "保存しない項目です。"),
        en: ("The record time is not a moment.", "It is only checked, and not kept."),
    },
    Texts {
        code: Code::BadFlag,
        example: "不明",
        ja: ("支援措置の有無として読めないため、有として取り込みました。", "住所を守る側に倒しています。"),
        en: ("The flag is neither yes nor no; it was taken as yes.", "That is the side on which nobody is harmed."),
    },
    Texts {
        code: Code::NameOver20,
        example: "52,アレクサンドラ・マリア・フォン・ホーエンベルク,…",
        ja: ("氏名が20文字を超えています。", "紙の証明書では2行に分けて印刷します。"),
        en: ("The name has more than 20 characters.", "Paper certificates print it on two lines."),
    },
    Texts {
        code: Code::ResidentWithoutDoses,
        example: "53,山田　花子,19800506",
        ja: ("接種ファイルにこの人の接種がありません。", "未接種なら正常です。接種しているはずの人なら、番号の不一致を疑ってください。"),
        en: ("The doses' file has no dose of this person.", "That is as it should be for whoever had none; otherwise look for another number."),
    },
    Texts {
        code: Code::RomanisedMissing,
        example: "54,山田　花子,…,TK1234567,JPN,（空）",
        ja: ("旅券番号があるのにローマ字氏名がない人の数です。ファイルごとに一度だけ示します。", "海外用の証明書を発行できません。"),
        en: ("So many people have a passport number, but no romanised name; told once a file.", "They get no certificate for travel."),
    },
    Texts {
        code: Code::FhirStatus,
        example: "\"status\":\"entered-in-error\"",
        ja: ("取り消された接種、行われなかった接種、または使われていない患者の記録です。", "受けていない接種は証明できません。"),
        en: ("The dose was entered in error or not given, or the patient is no longer in use or was replaced.", "What was not given cannot be attested."),
    },
    Texts {
        code: Code::FhirRomanised,
        example: "\"name\":[{\"family\":\"Sato\",\"given\":[\"Jiro\"]}]",
        ja: ("英字の氏名が旅券の機械読取部の形ではないため、取り込みませんでした。", "海外用の証明書の氏名は、旅券と一字ずつ一致しなければなりません。"),
        en: ("The name in Latin letters is not in the form of a machine-readable zone, and was left out.", "The name on a certificate for travel must match the passport letter by letter."),
    },
    Texts {
        code: Code::FhirUtcDay,
        example: "\"occurrenceDateTime\":\"2021-06-01T20:00:00Z\"",
        ja: ("世界協定時で書かれた日時を、日本の日付に直しました。例は日本では6月2日です。", "証明書には接種した土地の日付が載ります。"),
        en: ("A time in UTC was taken as its day in Japan; the example was on June 2 there.", "Certificates show the day of the place where the dose was given."),
    },
    Texts {
        code: Code::FhirOtherResource,
        example: "{\"resourceType\":\"Observation\", ...}",
        ja: ("PatientとImmunization以外のリソースです。種類ごとに一度だけ示します。", "証明書に要らないものは保存しません。"),
        en: ("A resource other than Patient and Immunization; told once for each kind in a file.", "What no certificate needs is not kept."),
    },
];
