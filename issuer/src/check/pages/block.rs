//! Pages of the findings that refuse a row.

use crate::check::Code;
use crate::check::page::Texts;

#[rustfmt::skip]
pub(super) static TEXTS: &[Texts] = &[
    Texts {
        code: Code::UndecodableBytes,
        example: "5,山田\u{FFFD}花子,19800506",
        ja: ("文字コードとして正しくないバイト、または以前の変換で失われた文字の跡（�）があります。", "読めない文字を推測して証明書に載せることはできません。"),
        en: ("A byte is no character in the encoding of the file, or a mark shows that an earlier conversion lost one.", "A certificate must not carry a guess of what stood there."),
    },
    Texts {
        code: Code::WrongCellCount,
        example: "6,山田　花子,19800506,1,2021-06-01",
        ja: ("行のセルの数が見出しや他の行と違います。", "列がずれていると、別の欄の値が証明書に載ってしまいます。"),
        en: ("The row has more or fewer cells than its layout.", "Cells may have moved into other columns, and a certificate would say what was meant for another field."),
    },
    Texts {
        code: Code::RowTooLong,
        example: "7,\"山田　花子,19800506 …",
        ja: ("一行が64 KBまたは1,024列を超えています。多くは閉じていない引用符が原因です。", "引用符が閉じるまでの行がすべて一つの行として読まれ、失われます。"),
        en: ("A row is longer than 64 KB or 1,024 cells, mostly because a quotation mark is never closed.", "All rows up to the next quotation mark are taken for one and would be lost."),
    },
    Texts {
        code: Code::MissingNumber,
        example: ",山田　花子,19800506",
        ja: ("個別宛名番号の欄が空です。", "誰の記録か決められず、接種と住民を結び付けられません。"),
        en: ("The register number is empty.", "Without it nobody can say whose record this is, nor join doses and residents."),
    },
    Texts {
        code: Code::BadNumber,
        example: "12 34,山田　花子,19800506",
        ja: ("宛名番号は英数字と「-」の1から20文字です。", "誤って読まれた番号は、別の人の記録になります。"),
        en: ("A register number has 1 to 20 letters, digits and hyphens.", "A number that is read wrongly is another person's."),
    },
    Texts {
        code: Code::MissingName,
        example: "8,,19800506",
        ja: ("漢字氏名もローマ字氏名もありません。", "証明書は氏名で本人と照合します。"),
        en: ("Neither the registered nor the romanised name is there.", "A certificate is compared with its holder by the name."),
    },
    Texts {
        code: Code::NameTooLong,
        example: "9,寿限無寿限無寿限無…（81文字以上）,19800506",
        ja: ("氏名、読み、会場名は80文字までです。", "どの形式の証明書にも収まらず、切り詰めた名前は別の名前になります。"),
        en: ("Names, readings and places have at most 80 characters.", "No format carries more, and a name cut short is another name."),
    },
    Texts {
        code: Code::PrivateCharacter,
        example: "10,山\u{E000}花子,19800506",
        ja: ("その機器だけで定義された文字（外字）があります。", "他の機器では空白や別の文字として表示されます。"),
        en: ("A character is defined on some machines only (gaiji).", "Other machines show a blank or another character in its place."),
    },
    Texts {
        code: Code::UnrepresentableCharacter,
        example: "11,山田\u{202E}花子,19800506",
        ja: ("目に見えない制御文字、書字方向を変える文字、文字ではない符号があります。", "証明書に書けないか、見えている順序と違う名前として読まれます。"),
        en: ("There is an invisible control, a mark that turns the direction of writing, or a code that is no character.", "A certificate cannot carry it, or would show another name than it holds."),
    },
    Texts {
        code: Code::MissingBirthDate,
        example: "12,山田　花子,",
        ja: ("生年月日の欄が空です。", "同姓同名の人を見分けられません。"),
        en: ("The birth date is empty.", "People of the same name cannot be told apart without it."),
    },
    Texts {
        code: Code::BadDate,
        example: "13,山田　花子,不明",
        ja: ("日付として読める形ではありません。", "日付を推測して証明書に載せることはできません。"),
        en: ("The text is in none of the notations for a day.", "A certificate must not carry a day that was guessed."),
    },
    Texts {
        code: Code::ImpossibleDate,
        example: "14,森　愛,19700101,1,20210631,ファイザー",
        ja: ("暦にない日付です。月日の入れ替えや年号の誤りが多く、一つに決まるときは候補を示します。", "実際の日が分からないまま発行すると、間隔や有効期間の判定を誤ります。"),
        en: ("The calendar has no such day. Often day and month were exchanged; where one correction fits, it is suggested.", "Whoever checks a certificate counts days from it."),
    },
    Texts {
        code: Code::FutureDate,
        example: "15,森　愛,19700101,1,20310601,ファイザー",
        ja: ("今日より後の日付です。", "まだ行われていない接種を証明することになります。"),
        en: ("The day lies after today.", "A certificate would attest what has not happened."),
    },
    Texts {
        code: Code::MissingDate,
        example: "16,森　愛,19700101,1,,ファイザー",
        ja: ("接種があるのに接種日が空です。", "接種日のない証明書はどの国でも認められません。"),
        en: ("There is a dose, but not its day.", "No country accepts a dose without its day."),
    },
    Texts {
        code: Code::MissingMaker,
        example: "17,森　愛,19700101,1,20210601,",
        ja: ("接種があるのにメーカーも製品も空です。", "何を接種したか分からない証明書は役に立ちません。"),
        en: ("There is a dose, but neither its maker nor its product.", "A certificate has to say what was given."),
    },
    Texts {
        code: Code::UnknownMaker,
        example: "18,森　愛,19700101,1,20210601,ファイサー",
        ja: ("このメーカーまたは製品は表にありません。書き間違いなら候補を示します。", "製品の取り違えは、入国や施設での判定を変えてしまいます。"),
        en: ("No product is known by this name. Where it is a slip of the pen, the right one is suggested.", "The product decides whether a dose counts at a border or door."),
    },
    Texts {
        code: Code::MissingDoseNumber,
        example: "19,森　愛,19700101,,20210601,ファイザー",
        ja: ("何回目の接種かが空です。", "回数は接種の完了を判断するために読まれます。"),
        en: ("The number of the dose is empty.", "Verifiers read from it whether a series is complete."),
    },
    Texts {
        code: Code::BadDoseNumber,
        example: "20,森　愛,19700101,初回,20210601,ファイザー",
        ja: ("接種回数は1から99の数字です。", "回数の読み違いは、未完了の人を完了とします。"),
        en: ("A dose number is 1 to 99.", "A number read wrongly makes an incomplete series complete."),
    },
    Texts {
        code: Code::BadLot,
        example: "21,森　愛,19700101,1,20210601,ファイザー,手書き判読不能",
        ja: ("ロット番号は20文字以内の英数字と記号です。", "ロットは回収や取消しの対象を探す手掛かりです。"),
        en: ("A lot has at most 20 printable letters, digits and signs.", "Recalls and withdrawals find certificates by their lot."),
    },
    Texts {
        code: Code::RomanisedNotMrz,
        example: "22,山田　花子,Yamada Hanako",
        ja: ("旅券の機械読取部の形（大文字、姓と名の間に「<<」）ではありません。", "どこまでが姓かを推測すると、国境で旅券と食い違います。"),
        en: ("The name is not in capitals with << between family and given name.", "Guessing where the family name ends makes a certificate that differs from the passport."),
    },
    Texts {
        code: Code::BadNationality,
        example: "23,山田　花子,日本",
        ja: ("国籍は3文字の国コードです。", "海外の確認システムは3文字のコードだけを読みます。"),
        en: ("A nationality is a code of three letters.", "Systems abroad read nothing else."),
    },
    Texts {
        code: Code::BadPassport,
        example: "24,山田　花子,TK-1234567",
        ja: ("旅券番号は英大文字と数字の9文字以内です。", "番号が旅券と違う証明書は、国境で本人のものと認められません。"),
        en: ("A passport number has at most 9 capital letters and digits.", "A certificate with another number than the passport is refused at a border."),
    },
    Texts {
        code: Code::MrzCheckDigit,
        example: "P<JPNYAMADA<<HANAKO<<<… TK1234567<7JPN…",
        ja: ("機械読取部の検査数字が合いません。読み間違いがあります。", "旅券と一致しない番号や日付が証明書に載ります。"),
        en: ("A check digit does not hold: some character was misread.", "A certificate would carry a number or a day that the passport has not."),
    },
    Texts {
        code: Code::BadMrz,
        example: "P<JPN YAMADA HANAKO",
        ja: ("旅券の機械読取部（各44文字の2行）ではありません。", "一部だけでは検査数字で確かめられません。"),
        en: ("This is not the two lines of 44 characters of a passport.", "Part of a zone cannot be checked by its digits."),
    },
    Texts {
        code: Code::MrzNotPassport,
        example: "I<JPN…",
        ja: ("在留カードや査証など、旅券ではない文書の機械読取部です。", "海外用の証明書は旅券の番号に結び付けます。"),
        en: ("The zone is that of a card or a visa.", "A certificate for travel is bound to the number of a passport."),
    },
    Texts {
        code: Code::MrzBirthDiffers,
        example: "25,山田　花子,19800506,P<JPNYAMADA<<HANAKO… 8005079…",
        ja: ("機械読取部の生年月日が住民記録と違います。", "別の人（家族など）の旅券である疑いがあります。"),
        en: ("The birth date in the zone is not the one of the register.", "The passport may be that of another person, often of the family."),
    },
    Texts {
        code: Code::MrzContradicts,
        example: "26,YAMADA<<HANAKO,P<JPNYAMADA<<HANA…",
        ja: ("氏名、番号、国籍のいずれかの欄が機械読取部と違います。", "どちらか一方は誤りで、誤ったまま署名されます。"),
        en: ("Name, number or nationality in a column differs from the zone.", "One of the two is wrong and would be signed."),
    },
    Texts {
        code: Code::NoMatchingResident,
        example: "999999999,,20210601,…",
        ja: ("この宛名番号の住民は、住民ファイルにも登録簿にもいません。", "接種を別の人に結び付けないため、取り込みません。"),
        en: ("Neither the residents' file nor the register has this number.", "A dose must not be joined to somebody else."),
    },
    Texts {
        code: Code::ConflictingPerson,
        example: "27,山田　花子,19800506 / 27,山田　太郎,19800506",
        ja: ("同じ宛名番号の二つの行で、氏名や生年月日などが違います。", "どちらが本人か分からないまま発行できません。"),
        en: ("Two rows with the same number differ in name, birth date or other particulars.", "It is open which of the two the person is."),
    },
    Texts {
        code: Code::ConflictingDose,
        example: "28,…,1,20210601,ファイザー,A1 / 28,…,1,20210601,ファイザー,B2",
        ja: ("同じ人の同じ回の接種が二通りに書かれています。", "どちらかは事実と違います。"),
        en: ("The same dose of the same person is written in two ways.", "One of them is not what happened."),
    },
    Texts {
        code: Code::DoseBeforeBirth,
        example: "29,森　愛,20210601,1,19700101,ファイザー",
        ja: ("生まれる前の接種です。二つの日付の欄の入れ替えなら候補を示します。", "少なくとも一方の日付は誤りです。"),
        en: ("The dose lies before the birth. Where the two dates were exchanged, that is suggested.", "At least one of the two dates is wrong."),
    },
    Texts {
        code: Code::DoseOrder,
        example: "30,…,1,20210701,… / 30,…,2,20210601,…",
        ja: ("2回目が1回目より前など、回数と日付の順序が逆です。取り違えがはっきりするまで、食い違う接種はどちらも取り込みません。", "2021年に最も多かった誤りで、16万件が見つかりました。"),
        en: ("Numbers and days of the doses run in opposite order. None of the doses that contradict each other is taken until it is clear which is wrong.", "It was the most frequent error of 2021: 160,000 records had it or a day to come."),
    },
];
