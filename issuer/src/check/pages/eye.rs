//! Pages of the findings that hold a person until somebody confirms them.

use crate::check::Code;
use crate::check::page::Texts;

#[rustfmt::skip]
pub(super) static TEXTS: &[Texts] = &[
    Texts {
        code: Code::BirthImplausible,
        example: "31,山田　花子,00550506",
        ja: ("生年月日が1900年より前です。「55」年のような年号の年がそのまま読まれた疑いがあります。", "本人と照合できない証明書になります。"),
        en: ("The birth date lies before 1900. Perhaps the year of an era was read as it stood.", "The certificate would not match its holder."),
    },
    Texts {
        code: Code::Over120,
        example: "32,山田　花子,19000101,1,20210601,ファイザー",
        ja: ("接種時の年齢が120歳を超えます。", "生年月日か接種日の誤りがほとんどです。"),
        en: ("The person would have been older than 120 years.", "Mostly the birth date or the day of the dose is wrong."),
    },
    Texts {
        code: Code::BeforeFirstUse,
        example: "33,森　愛,19700101,1,20030601,ファイザー",
        ja: ("この製品が世界で初めて使われた日より前です。令和3年が2003年になった場合などは候補を示します。", "治験の参加者でなければ、ありえない日付です。"),
        en: ("The day lies before anybody was given this product. Where the year of an era was read wrongly, the likely day is suggested.", "Only a participant of a trial can have such a dose."),
    },
    Texts {
        code: Code::TooYoung,
        example: "34,森　愛,20210506,1,20210601,ファイザー",
        ja: ("生後6か月未満での新型コロナワクチン接種です。", "接種した年を生年として入力した誤りが典型です。"),
        en: ("A COVID-19 vaccine at less than six months of age.", "Typically the year of the dose was entered as the birth year."),
    },
    Texts {
        code: Code::DoseOnBirthDate,
        example: "35,森　愛,20210601,1,20210601,ファイザー",
        ja: ("接種日と生年月日が同じ日です。", "一方の日付をもう一方の欄にも写した誤りです。"),
        en: ("The day of the dose and the birth date are the same.", "One of the two dates was written into both columns."),
    },
    Texts {
        code: Code::IntervalTooShort,
        example: "36,…,1,20210601,… / 36,…,2,20210605,…",
        ja: ("前の回との間隔が、知られている最短の間隔より短いです。", "日付の読み違いか、別の人の接種が混じっています。"),
        en: ("The interval to the dose before is shorter than any that was recommended.", "A day was misread, or a dose of somebody else has slipped in."),
    },
    Texts {
        code: Code::MissingMiddleDose,
        example: "37,…,1,20210601,… / 37,…,3,20220201,…",
        ja: ("1回目と3回目だけなど、途中の回がありません。", "他の自治体での接種が抜けているか、回数の誤りです。"),
        en: ("A number between two doses is missing, as with first and third only.", "The dose was given elsewhere, or a number is wrong."),
    },
    Texts {
        code: Code::SameDoseTwice,
        example: "38,…,2,20210622,… / 38,…,3,20210622,…",
        ja: ("同じ日の同じ製品が二つの回数で記録されています。", "一度の接種を二度と証明する恐れがあります。"),
        en: ("The same product on the same day stands under two numbers.", "One dose would be attested as two."),
    },
    Texts {
        code: Code::LotOtherMaker,
        example: "39,…,20210601,武田/モデルナ,FF1234",
        ja: ("このロットの他の接種は、ほぼすべて別のメーカーです（20件以上のうち例外は20分の1まで）。", "メーカーかロットのどちらかが隣の行から写された疑いがあります。"),
        en: ("Nearly all other doses of this lot (of 20 or more, all but one in twenty) are of another maker.", "Maker or lot was perhaps copied from a neighbouring row."),
    },
    Texts {
        code: Code::LotOutOfRange,
        example: "40,…,20220901,ファイザー,FF1234",
        ja: ("このロットの他の接種から半年以上離れた日付です（20件以上見られたロット）。", "ワクチンの保存期間を超えており、日付かロットの誤りが疑われます。"),
        en: ("The day lies half a year or more from all other doses of a lot that was seen 20 times or more.", "No vaccine keeps as long, so that the day or the lot is doubtful."),
    },
    Texts {
        code: Code::LotLikeFrequent,
        example: "41,…,20210601,ファイザー,FF1284",
        ja: ("同じメーカーで50件以上見られるロットと1文字違いで、ほとんど見られないロットです。", "手書きや読取りの誤りが典型です。"),
        en: ("The lot is seen hardly ever, and is one character from a lot of the same maker that is seen 50 times or more.", "Typically handwriting or the camera was misread."),
    },
    Texts {
        code: Code::CouponCheckDigit,
        example: "42,…,211310170000001234,…",
        ja: ("18桁の券番号のうち自治体コード（3から8桁目）の検査数字が合いません。", "読み違えた券番号は、別の人の接種券を指します。"),
        en: ("Digits 3 to 8 of the coupon, the municipality code, do not hold.", "A coupon that is read wrongly is another person's."),
    },
    Texts {
        code: Code::CouponContradicts,
        example: "43,…,4,20210601,211310160000001234,131016,…",
        ja: ("18桁の券番号に含まれる回数（2桁目）または自治体コードが、行の内容と違います。", "カメラで1を4と読むなどの誤りが実際に起きました。"),
        en: ("The dose (digit 2) or municipality in the coupon differs from the row.", "Cameras did read 1 as 4."),
    },
    Texts {
        code: Code::DuplicateCoupon,
        example: "44,…,1234567890,… / 45,…,1234567890,…",
        ja: ("同じ自治体、同じ回、同じ番号の接種券が二度使われています。", "どちらかの接種は別の人のものです。両方の人を確認まで止めます。"),
        en: ("The coupon of one municipality, dose and number is used twice.", "One of the doses is somebody else's; both people are held."),
    },
    Texts {
        code: Code::SamePersonTwice,
        example: "46,…,ヤマダ　ハナコ,19800506 / 47,…,ヤマダ　ハナコ,19800506",
        ja: ("別の宛名番号に、読みも生年月日も同じ人がいます。", "一人の接種が二人に分かれていると、証明書が不完全になります。両方の人を確認まで止めます。"),
        en: ("Another register number has the same reading and birth date.", "The doses of one person may be split between two records; both are held."),
    },
    Texts {
        code: Code::RomanisedUnlikeKana,
        example: "48,…,ヤマダ　ハナコ,SUZUKI<<ICHIRO",
        ja: ("ローマ字氏名とカナ氏名の読みが大きく違います（国籍が空か日本の人だけを調べます。表記のゆれは問いません）。", "家族など別の人の旅券が結び付いている疑いがあります。"),
        en: ("The romanised name is far from how the kana are read. Only people without nationality or of Japan are looked at, and every usual spelling passes.", "Perhaps the passport of somebody else was joined."),
    },
    Texts {
        code: Code::NameHalvesSwapped,
        example: "49,…,ヤマダ　ハナコ,HANAKO<<YAMADA",
        ja: ("カナ氏名と比べると、姓と名が逆です。", "2021年12月、実際に逆のまま署名され、再発行が必要になりました。"),
        en: ("Beside the kana, family and given name are the wrong way round.", "In December 2021 such names were signed, and the certificates had to be issued anew."),
    },
];
