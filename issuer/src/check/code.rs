//! The closed list of findings, each with its level, its stable number and name, and its texts.

use super::{Language, Level};
use serde::{Serialize, Serializer};

/// Declares the codes: variant, stable number and name, level, then title and remedy in each language.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $number:literal $name:literal $level:ident { ja: $ja:literal, $ja_remedy:literal; en: $en:literal, $en_remedy:literal })*) => {
        /// What can be wrong with a row. The list is closed; numbers and names are stable: a new finding gets the next
        /// number of its level, and one that is given up leaves its number unused for ever.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable number: `E` for [`Level::Block`], `W` for [`Level::Eye`], `I` for [`Level::Info`], and three digits.
            #[must_use]
            pub fn number(self) -> &'static str {
                match self { $(Self::$variant => $number,)* }
            }

            /// The stable kebab-case name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the finding means for its row.
            #[must_use]
            pub fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)* }
            }

            /// What is wrong, in one sentence.
            #[must_use]
            pub fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Ja) => $ja, (Self::$variant, Language::En) => $en,)*
                }
            }

            /// What to do about it.
            #[must_use]
            pub fn remedy(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Ja) => $ja_remedy, (Self::$variant, Language::En) => $en_remedy,)*
                }
            }
        }
    };
}

impl Code {
    /// The code with that number or name, in either case.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.number().eq_ignore_ascii_case(text) || code.name().eq_ignore_ascii_case(text))
    }

    /// Number and name, as messages show them: `E012 impossible-date`.
    #[must_use]
    pub fn label(self) -> String {
        format!("{} {}", self.number(), self.name())
    }
}

codes! {
    /// Bytes that are no character in the file's encoding, or the mark of an earlier such loss.
    UndecodableBytes "E001" "undecodable-bytes" Block {
        ja: "文字として読めないバイトがあります", "元のシステムで正しい文字に直して、もう一度書き出してください";
        en: "bytes that are no character in this file's encoding", "correct the text where it comes from and export it again"
    }
    /// A row with more or fewer cells than its file's layout.
    WrongCellCount "E002" "wrong-cell-count" Block {
        ja: "列の数が他の行と違います", "区切り文字が値に含まれていないか確かめてください";
        en: "the row has another number of cells than the layout", "look for a separator inside a value"
    }
    /// A row longer than any real one: most often a quotation mark that is never closed.
    RowTooLong "E003" "row-too-long" Block {
        ja: "行が長すぎます", "閉じていない引用符（\"）がないか、この行から確かめてください";
        en: "the row is too long", "look for a quotation mark that is never closed, from this line on"
    }
    /// The row has no register number.
    MissingNumber "E004" "missing-number" Block {
        ja: "宛名番号がありません", "この人の個別宛名番号を記入してください";
        en: "no register number", "fill in the person's register number (個別宛名番号)"
    }
    /// The register number is not 1 to 20 letters, digits and `-`.
    BadNumber "E005" "bad-number" Block {
        ja: "宛名番号として読めません", "英数字と「-」の20文字以内で記入してください";
        en: "not a register number", "use at most 20 letters, digits and \"-\""
    }
    /// Neither a registered nor a romanised name.
    MissingName "E006" "missing-name" Block {
        ja: "氏名がありません", "住民記録のとおりに氏名を記入してください";
        en: "no name", "fill in the name as the resident register has it"
    }
    /// A name or reading that is longer than a certificate holds.
    NameTooLong "E007" "name-too-long" Block {
        ja: "80文字を超えています", "証明書に載せる80文字以内の表記を記入してください";
        en: "longer than 80 characters", "write it in the form that fits 80 characters"
    }
    /// A name with a character that is defined on some machines only (外字).
    PrivateCharacter "E008" "private-character" Block {
        ja: "外字が含まれています", "標準の文字に置き換えてください。外字は他の機器では表示できません";
        en: "a locally defined character (gaiji)", "replace it by a standard character; no other machine can show this one"
    }
    /// A character that no certificate can carry or that hides what is written: controls, marks of direction.
    UnrepresentableCharacter "E009" "unrepresentable-character" Block {
        ja: "証明書に載せられない文字（制御文字や書字方向の文字など）が含まれています", "見えない文字を取り除いてください。入力し直すのが確実です";
        en: "a character that no certificate can carry (a control, or a mark of direction)", "remove the invisible character; typing the text anew is the surest way"
    }
    /// No birth date.
    MissingBirthDate "E010" "missing-birth-date" Block {
        ja: "生年月日がありません", "生年月日を記入してください";
        en: "no birth date", "fill in the birth date"
    }
    /// A text where a date should be.
    BadDate "E011" "bad-date" Block {
        ja: "日付として読めません", "20210601、2021-06-01、令和3年6月1日のいずれかの形で記入してください";
        en: "not a date", "write it as 20210601, 2021-06-01 or 令和3年6月1日"
    }
    /// A date that the calendar does not have.
    ImpossibleDate "E012" "impossible-date" Block {
        ja: "存在しない日付です", "正しい日付を確かめて直してください";
        en: "there is no such day", "look up the right day and correct it"
    }
    /// A date after today.
    FutureDate "E013" "future-date" Block {
        ja: "未来の日付です", "正しい日付を確かめて直してください";
        en: "a day that has not come yet", "look up the right day and correct it"
    }
    /// A dose without a day.
    MissingDate "E014" "missing-date" Block {
        ja: "接種日がありません", "接種日を記入してください";
        en: "a dose without its day", "fill in the day the dose was given"
    }
    /// A dose without maker or product.
    MissingMaker "E015" "missing-maker" Block {
        ja: "メーカーがありません", "ワクチンのメーカーまたは製品を記入してください";
        en: "a dose without its maker", "fill in the vaccine's maker or product"
    }
    /// A maker or product that no product of ours is known by.
    UnknownMaker "E016" "unknown-maker" Block {
        ja: "登録されていないメーカーまたは製品です", "メーカー名を確かめてください（例: ファイザー、武田/モデルナ、アストラゼネカ、CVX:208）";
        en: "an unknown maker or product", "check the name (for example ファイザー, 武田/モデルナ, アストラゼネカ, CVX:208)"
    }
    /// A dose without its number in the series.
    MissingDoseNumber "E017" "missing-dose-number" Block {
        ja: "接種回数がありません", "何回目の接種かを1から99の数字で記入してください";
        en: "a dose without its number", "say which dose it is, 1 to 99"
    }
    /// A dose number that is not 1 to 99.
    BadDoseNumber "E018" "bad-dose-number" Block {
        ja: "接種回数が1から99の数字ではありません", "何回目の接種かを1から99の数字で記入してください";
        en: "the dose number is not 1 to 99", "say which dose it is, 1 to 99"
    }
    /// A lot number that is longer than a certificate holds, or not printable.
    BadLot "E019" "bad-lot" Block {
        ja: "ロット番号として読めません", "20文字以内の英数字で記入してください";
        en: "not a lot number", "use at most 20 printable letters and digits"
    }
    /// A romanised name that is not in the form of a machine-readable zone.
    RomanisedNotMrz "E020" "romanised-not-mrz" Block {
        ja: "ローマ字氏名が旅券の機械読取部の形ではありません", "旅券の機械読取部のとおり「YAMADA<<TARO」の形で記入するか、空にしてください";
        en: "the romanised name is not as in a passport's machine-readable zone", "copy it from the passport as YAMADA<<TARO, or leave it empty"
    }
    /// A nationality that is not three letters.
    BadNationality "E021" "bad-nationality" Block {
        ja: "国籍が3文字の国コードではありません", "JPNのような3文字のコードで記入してください";
        en: "the nationality is not a three-letter code", "use the three-letter code, such as JPN"
    }
    /// A passport number that no passport has.
    BadPassport "E022" "bad-passport" Block {
        ja: "旅券番号として読めません", "旅券のとおり英大文字と数字9文字以内で記入してください";
        en: "not a passport number", "copy it from the passport: at most 9 capital letters and digits"
    }
    /// A passport's machine-readable zone in which a character was misread.
    MrzCheckDigit "E023" "mrz-check-digit" Block {
        ja: "旅券の機械読取部の検査数字が合いません", "旅券を見て写し間違い（0とO、1とIなど）を直してください";
        en: "a check digit of the passport's machine-readable zone does not hold", "compare it with the passport character by character (0 and O, 1 and I)"
    }
    /// A passport's machine-readable zone that is none.
    BadMrz "E024" "bad-mrz" Block {
        ja: "旅券の機械読取部として読めません", "旅券の顔写真ページ下端の2行（各44文字）をそのまま記入するか、空にしてください";
        en: "not a passport's machine-readable zone", "copy the two lines of 44 characters at the foot of the passport's page, or leave it empty"
    }
    /// The machine-readable zone of a card or a visa.
    MrzNotPassport "E025" "mrz-not-passport" Block {
        ja: "旅券ではない文書（カードや査証など）の機械読取部です", "旅券の機械読取部を記入するか、空にしてください";
        en: "the machine-readable zone of another document than a passport", "copy the passport's, or leave it empty"
    }
    /// The passport's birth date is not the register's.
    MrzBirthDiffers "E026" "mrz-birth-differs" Block {
        ja: "旅券の生年月日が住民記録と異なります", "別の人の旅券ではないか確かめてください";
        en: "the passport's birth date is not the register's", "check whether the passport is another person's"
    }
    /// A column says something else than the passport's machine-readable zone.
    MrzContradicts "E027" "mrz-contradicts" Block {
        ja: "旅券の機械読取部と内容が食い違っています", "旅券を見て、どちらが正しいか確かめて揃えてください";
        en: "the passport's machine-readable zone says something else", "look at the passport, and make both say the same"
    }
    /// A dose whose register number no resident has.
    NoMatchingResident "E028" "no-matching-resident" Block {
        ja: "この宛名番号の住民が見つかりません", "住民ファイルにこの人を加えるか、宛名番号を直してください";
        en: "no resident has this register number", "add the person to the residents' file, or correct the number"
    }
    /// The same person again with other particulars.
    ConflictingPerson "E029" "conflicting-person" Block {
        ja: "同じ宛名番号の別の行と、人の内容が食い違っています", "どちらが正しいかを確かめ、両方の行を揃えてください";
        en: "another row has the same register number with other particulars", "find out which is right and make both rows agree"
    }
    /// The same dose again with another content.
    ConflictingDose "E030" "conflicting-dose" Block {
        ja: "同じ人の同じ回の接種が、別の行と食い違っています", "どちらが正しいかを確かめ、一方を直すか消してください";
        en: "another row gives the same dose of the same person differently", "find out which is right; correct or delete the other"
    }
    /// A dose given before the person was born.
    DoseBeforeBirth "E031" "dose-before-birth" Block {
        ja: "接種日が生年月日より前です", "接種日と生年月日のどちらが誤りかを確かめて直してください";
        en: "the dose was given before the person was born", "find out whether the day of the dose or the birth date is wrong, and correct it"
    }
    /// A later dose with an earlier day than one before it.
    DoseOrder "E032" "dose-order" Block {
        ja: "後の回の接種日が、前の回より前です", "回数が入れ違っていないか、日付が誤っていないかを確かめて直してください";
        en: "a later dose has an earlier day than one before it", "look whether the numbers were exchanged or a day is wrong, and correct it"
    }
    /// A line or an entry that is no FHIR resource.
    FhirJson "E033" "fhir-json" Block {
        ja: "FHIRリソースとして読めません", "1件のリソースを1MiB以内のJSON（UTF-8）で、もう一度書き出してください";
        en: "not a FHIR resource", "export it again as one resource in JSON (UTF-8), of at most 1 MiB"
    }
    /// An element that is missing or of another kind than FHIR has there.
    FhirElement "E034" "fhir-element" Block {
        ja: "FHIRの要素がないか、FHIR R4の型ではありません", "FHIR R4の仕様どおりに書き出してください";
        en: "an element is missing, or not of the kind that FHIR R4 has there", "export it as FHIR R4 defines it"
    }
    /// A patient without an identifier of a known system.
    FhirIdentifier "E035" "fhir-identifier" Block {
        ja: "宛名番号として扱う識別子がありません", "個別宛名番号の識別子を含めて書き出すか、--fhir-identifier-systemでsystemを指定してください";
        en: "no identifier of a system that gives register numbers", "export the register number as an identifier, or name its system with --fhir-identifier-system"
    }
    /// An immunisation whose patient is not there.
    FhirReference "E036" "fhir-reference" Block {
        ja: "接種を受けた人が見つからないか、1人に決まりません", "この人のPatientも一緒に書き出して、取り込んでください";
        en: "the patient of this immunisation is not there, or not a single one", "export the Patient too, and import it together"
    }
    /// An element that changes what the others mean.
    FhirModifier "E037" "fhir-modifier" Block {
        ja: "他の要素の意味を変える要素があります", "元の記録を確かめ、この要素なしで書き出せるものだけを取り込んでください";
        en: "an element that changes what the others mean", "look into the record, and export without it what is true without it"
    }
    /// Two elements that cannot both be true.
    FhirContradiction "E038" "fhir-contradiction" Block {
        ja: "要素どうしが食い違っています", "元の記録を確かめ、正しいものだけにして書き出してください";
        en: "elements that contradict each other", "look into the record, and export what is right"
    }
    /// A My Number, which must not be kept beside a record.
    MyNumber "E039" "my-number" Block {
        ja: "個人番号（マイナンバー）と思われる12桁の番号があります", "個人番号を取り除いてください。宛名番号がたまたま検査数字に合う場合は--numbers-checkedを付けて取り込んでください";
        en: "twelve digits that look like a My Number", "take it out; if these are register numbers that only look like it, import with --numbers-checked"
    }
    /// A birth date before 1900.
    BirthImplausible "W001" "birth-implausible" Eye {
        ja: "生年月日が1900年より前です", "年号の読み違いではないか確かめてください";
        en: "the birth date lies before 1900", "look whether an era was read wrongly"
    }
    /// Somebody who would have been older than 120 years at a dose.
    Over120 "W002" "over-120" Eye {
        ja: "接種時に120歳を超えています", "生年月日と接種日を確かめてください";
        en: "older than 120 years at the dose", "look at the birth date and the day of the dose"
    }
    /// A dose before the product was first in use.
    BeforeFirstUse "W003" "before-first-use" Eye {
        ja: "このワクチンが使われ始める前の日付です", "接種日の年と年号の読み違いを確かめてください";
        en: "a day before this vaccine was first in use", "look at the year, and whether an era was read wrongly"
    }
    /// Somebody too young for the product, as where the birth year is that of the dose.
    TooYoung "W004" "too-young" Eye {
        ja: "このワクチンの対象より幼い時の接種です", "生年が接種年になっていないか確かめてください";
        en: "too young for this vaccine on that day", "look whether the year of the dose was written as the birth year"
    }
    /// A dose of a vaccine that newborns do not get, on the day of birth.
    DoseOnBirthDate "W005" "dose-on-birth-date" Eye {
        ja: "接種日が生年月日と同じです", "二つの日付の欄を取り違えていないか確かめてください";
        en: "the day of the dose is the birth date", "look whether one of the two dates was written into both columns"
    }
    /// Two doses of a series closer together than the shortest interval.
    IntervalTooShort "W006" "interval-too-short" Eye {
        ja: "前の回からの間隔が短すぎます", "両方の接種日を確かめてください";
        en: "too soon after the dose before", "look at the days of both doses"
    }
    /// A number between two doses that no dose has.
    MissingMiddleDose "W007" "missing-middle-dose" Eye {
        ja: "途中の回の接種がありません", "抜けている回の記録を探すか、回数を確かめてください";
        en: "a dose between two others is missing", "look for the record of the missing dose, or look at the numbers"
    }
    /// The same product on the same day under two numbers.
    SameDoseTwice "W008" "same-dose-twice" Eye {
        ja: "同じ日の同じワクチンが二つの回数で記録されています", "同じ接種が二度入力されていないか確かめてください";
        en: "the same vaccine on the same day under two numbers", "look whether one dose was entered twice"
    }
    /// A lot that nearly all other rows give with another maker.
    LotOtherMaker "W009" "lot-other-maker" Eye {
        ja: "このロットは、ほかの行ではほぼ別のメーカーです", "メーカーとロットのどちらが誤りかを確かめてください";
        en: "nearly all other rows give this lot with another maker", "look which of the two is wrong, the maker or the lot"
    }
    /// A lot on a day far from all others that it was used on.
    LotOutOfRange "W010" "lot-out-of-range" Eye {
        ja: "このロットが使われた時期から大きく外れた日付です", "接種日とロットを確かめてください";
        en: "a day far from all others on which this lot was used", "look at the day of the dose and at the lot"
    }
    /// A rare lot that is one slip of the pen from a frequent one.
    LotLikeFrequent "W011" "lot-like-frequent" Eye {
        ja: "よく使われているロットと1文字違いの、まれなロットです", "ロットの写し間違いではないか確かめてください";
        en: "a rare lot, one character from one that is often used", "look whether the lot was copied wrongly"
    }
    /// An 18-digit coupon whose municipality code is none.
    CouponCheckDigit "W012" "coupon-check-digit" Eye {
        ja: "18桁の接種券番号の自治体コードの検査数字が合いません", "接種券を見て番号の読み違いを直してください";
        en: "the municipality code in the 18-digit coupon has a wrong check digit", "compare the number with the coupon"
    }
    /// An 18-digit coupon for another dose or municipality than the row.
    CouponContradicts "W013" "coupon-contradicts" Eye {
        ja: "18桁の接種券番号が、行の回数または自治体と食い違っています", "回数と自治体コードを接種券で確かめてください";
        en: "the 18-digit coupon is for another dose or municipality than the row", "compare dose number and municipality with the coupon"
    }
    /// The same coupon for two doses.
    DuplicateCoupon "W014" "duplicate-coupon" Eye {
        ja: "同じ接種券が別の接種にも使われています", "両方の行の券番号と宛名番号を確かめてください";
        en: "the same coupon is given for another dose too", "look at the coupon and the register number of both rows"
    }
    /// Two register numbers with the same reading and birth date.
    SamePersonTwice "W015" "same-person-twice" Eye {
        ja: "別の宛名番号に、同じ読みと生年月日の人がいます", "同じ人が二度登録されていないか確かめてください";
        en: "another register number has the same reading and birth date", "look whether one person is registered twice"
    }
    /// A romanised name that is not how the kana are read.
    RomanisedUnlikeKana "W016" "romanised-unlike-kana" Eye {
        ja: "ローマ字氏名がカナ氏名と合いません", "別の人の旅券ではないか確かめてください";
        en: "the romanised name is not how the kana are read", "look whether the passport is another person's"
    }
    /// A romanised name with family and given name exchanged.
    NameHalvesSwapped "W017" "name-halves-swapped" Eye {
        ja: "ローマ字氏名の姓と名が入れ替わっているようです", "旅券の機械読取部のとおり「姓<<名」の順に直してください";
        en: "family and given name seem exchanged in the romanised name", "write it as in the passport's machine-readable zone, FAMILY<<GIVEN"
    }
    /// Full-width letters or digits, or half-width kana, were taken in their ordinary width.
    RepairedWidth "I001" "repaired-width" Info {
        ja: "全角・半角を直しました", "そのままで構いません";
        en: "full-width or half-width characters were taken in their ordinary form", "nothing to do"
    }
    /// Blanks around a text were dropped.
    RepairedBlanks "I002" "repaired-blanks" Info {
        ja: "前後の空白を除きました", "そのままで構いません";
        en: "blanks around the text were dropped", "nothing to do"
    }
    /// A date in another notation was taken as the same day.
    RepairedDate "I003" "repaired-date" Info {
        ja: "日付の書き方を揃えました", "そのままで構いません";
        en: "a date in another notation was taken as the same day", "nothing to do"
    }
    /// A leading zero was restored, as the check digit proves.
    RepairedMunicipality "I004" "repaired-municipality" Info {
        ja: "自治体コードの先頭の0を補いました（検査数字で確認済み）", "そのままで構いません";
        en: "the municipality code's leading zero was restored, as its check digit proves", "nothing to do"
    }
    /// Characters were brought to Unicode's normal form (NFC).
    RepairedForm "I005" "repaired-form" Info {
        ja: "文字を正規の形（NFC）に揃えました", "字形が変わって見えるときは確かめてください";
        en: "characters were brought to their normal form (NFC)", "check it where the shape of a character matters"
    }
    /// A good row that waits because its person's row was refused.
    WaitsForResident "I006" "waits-for-resident" Info {
        ja: "この人の住民ファイルの行が取り込めなかったため、この行も待ちます", "住民ファイルの該当する行を直して、もう一度取り込んでください";
        en: "this row waits, because its person's row in the residents' file was refused", "correct that row and import again"
    }
    /// A dose that waits because another row contradicts its day.
    WaitsForDose "I007" "waits-for-dose" Info {
        ja: "同じ人の別の回の日付と順序が食い違うため、この行も待ちます", "両方の行を確かめ、誤っている方を直して、もう一度取り込んでください";
        en: "this row waits, because another dose of the same person contradicts its day", "look at both rows, correct the one that is wrong and import again"
    }
    /// A municipality code whose check digit does not hold; the code is left out.
    BadMunicipality "I008" "bad-municipality" Info {
        ja: "自治体コードの検査数字が合いません。コードなしで取り込みました", "正しい6桁のコードを確かめてください";
        en: "the municipality code's check digit does not hold; taken without the code", "look up the right six-digit code"
    }
    /// A coupon number that is not at most ten digits; it is left out.
    BadTicket "I009" "bad-ticket" Info {
        ja: "券番号が10桁の数字ではありません。券番号なしで取り込みました", "正しい10桁の券番号を確かめてください";
        en: "the coupon number is not ten digits; taken without it", "look up the right ten digits"
    }
    /// A sex that is none of the codes; taken as not said.
    BadSex "I010" "bad-sex" Info {
        ja: "性別として読めません。性別なしで取り込みました", "1（男）か2（女）で記入してください";
        en: "not a code for sex; taken without it", "use 1 (male) or 2 (female)"
    }
    /// A record time that is not a moment; it is not kept.
    BadRecordTime "I011" "bad-record-time" Info {
        ja: "登録日時として読めません", "14桁（年月日時分秒）で記入してください";
        en: "not a record time", "write fourteen digits, YYYYMMDDhhmmss"
    }
    /// A flag that is neither yes nor no; taken as yes, which harms nobody.
    BadFlag "I012" "bad-flag" Info {
        ja: "支援措置の有無として読めません。有として取り込みました", "1（有）か0（無）で記入してください";
        en: "neither yes nor no; taken as shielded", "use 1 (shielded) or 0 (not shielded)"
    }
    /// A name that a paper certificate prints on two lines.
    NameOver20 "I013" "name-over-20" Info {
        ja: "氏名が20文字を超えています", "そのままで構いません。紙の証明書では2行になります";
        en: "a name of more than 20 characters", "nothing to do; paper prints it on two lines"
    }
    /// A resident of whom the doses' file says nothing.
    ResidentWithoutDoses "I014" "resident-without-doses" Info {
        ja: "この住民の接種が接種ファイルにありません", "接種を受けていなければ、そのままで構いません";
        en: "the doses' file has no dose of this resident", "nothing to do, if there was none"
    }
    /// Passport holders without a romanised name, counted once a file.
    RomanisedMissing "I015" "romanised-missing" Info {
        ja: "旅券番号があるのにローマ字氏名がない人がいます", "海外用の証明書が要る人は、旅券のとおり記入してください";
        en: "people with a passport number but no romanised name", "fill it in as in the passport for those who need certificates for travel"
    }
    /// An immunisation that was not given, or a record that is not in use.
    FhirStatus "I016" "fhir-status" Info {
        ja: "取り消された、実施されなかった、または使われていない記録のため、取り込みません", "そのままで構いません";
        en: "entered in error, not done, or no longer in use: not taken", "nothing to do"
    }
    /// A name in Latin letters that is not as in a passport.
    FhirRomanised "I017" "fhir-romanised" Info {
        ja: "英字氏名が旅券の機械読取部の形ではないため、取り込みません", "旅券の氏名が必要なときは、textに「YAMADA<<TARO」の形で入れてください";
        en: "the name in Latin letters is not in the form of a passport's machine-readable zone, and not taken", "where the passport's name is needed, give it as text, YAMADA<<TARO"
    }
    /// A moment in UTC, which in Japan was on another day.
    FhirUtcDay "I018" "fhir-utc-day" Info {
        ja: "世界協定時の日時のため、日本の日付にしました", "日本国外での接種のときは、その土地の日付を確かめてください";
        en: "a time in UTC was taken as its day in Japan", "where it was not in Japan, check the day of the place"
    }
    /// A resource of another kind.
    FhirOtherResource "I019" "fhir-other-resource" Info {
        ja: "PatientとImmunization以外のリソースは取り込みません", "そのままで構いません";
        en: "resources other than Patient and Immunization are not taken", "nothing to do"
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
