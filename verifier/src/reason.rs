//! Why a verdict is what it is: a closed list. Each reason has a stable code, belongs to one step,
//! leads to one outcome, and is worded in two languages with what to do next. None names a person.

use crate::{Language, Outcome, Step};

/// What a reason says to people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wording {
    /// What is the matter, in one line.
    pub title: &'static str,
    /// What to do next.
    pub action: &'static str,
}

/// Declares the reasons: code, step, outcome, and Japanese and English wording side by side, so
/// that none can be added without all of them.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $code:literal $step:ident $outcome:ident
        [$ja_title:literal, $ja_action:literal] [$en_title:literal, $en_action:literal];)*) => {
        /// Why a step did not simply pass.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable kebab-case code used in reports.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The step that it belongs to.
            #[must_use]
            pub fn step(self) -> Step {
                match self { $(Self::$name => Step::$step,)* }
            }

            /// The outcome that it leads to.
            #[must_use]
            pub fn outcome(self) -> Outcome {
                match self { $(Self::$name => Outcome::$outcome,)* }
            }

            /// What it says to people.
            #[must_use]
            pub fn wording(self, language: Language) -> Wording {
                let (ja, en) = match self {
                    $(Self::$name => (
                        Wording { title: $ja_title, action: $ja_action },
                        Wording { title: $en_title, action: $en_action },
                    ),)*
                };
                match language { Language::Ja => ja, Language::En => en }
            }
        }
    };
}

reasons! {
    /// The file is not a picture of a kind that is read.
    NotAPicture "not-a-picture" Read NotChecked
        ["画像として読めません", "PNG・JPEG・WebP の画像か、コードの文字列を渡してください"]
        ["Not a picture that can be read", "Give a PNG, JPEG or WebP picture, or the text of the code"];
    /// The picture is larger than is read.
    PictureTooLarge "picture-too-large" Read NotChecked
        ["画像が大きすぎます", "縮小するか、コードの部分だけを撮り直してください"]
        ["The picture is too large", "Scale it down, or take a picture of the code alone"];
    /// The picture's file is cut off or damaged.
    DamagedPicture "damaged-picture" Read NotChecked
        ["画像が途中で切れているか壊れています", "画像をもう一度保存するか撮り直してください"]
        ["The picture is cut off or damaged", "Copy or take the picture again"];
    /// No code in the picture.
    NoCode "no-code" Read NotChecked
        ["コードが見つかりません", "コード全体が大きく、明るく写るように撮り直してください"]
        ["No code found", "Take the picture again, with the whole code large and bright"];
    /// A code is there but cannot be read.
    UnreadableCode "unreadable-code" Read NotChecked
        ["コードはありますが読み取れません", "ピントを合わせて撮り直すか、別の用紙・画面で見せてもらってください"]
        ["There is a code, but it cannot be read", "Take a sharper picture, or ask for another print or screen"];
    /// Not a certificate of a family known here.
    NotACertificate "not-a-certificate" Read NotChecked
        ["接種証明書のコードではありません", "証明書のコードを見せてもらってください"]
        ["Not the code of a certificate", "Ask for the code of the certificate"];
    /// A family that is recognised and not checked here.
    FamilyNotChecked "family-not-checked" Read NotChecked
        ["この種類の証明書は確認できません", "別の種類の証明書があれば見せてもらってください"]
        ["This kind of certificate is not checked here", "Ask whether there is a certificate of another kind"];
    /// One or more of the codes that make up a certificate are missing.
    MissingQrChunk "missing-qr-chunk" Read NotChecked
        ["複数に分かれたコードの一部が足りません", "同じ証明書のコードをすべて続けて読み取ってください"]
        ["Some of the codes that make up this certificate are missing", "Scan all codes of the certificate, one after the other"];
    /// The text is longer than any certificate.
    TooLong "too-long" Decode NotChecked
        ["証明書としては長すぎます", "もう一度読み取ってください"]
        ["Longer than any certificate", "Scan the code again"];
    /// The text is not what its family writes: characters, compression, structure.
    Damaged "damaged" Decode NotChecked
        ["コードの内容が壊れています", "もう一度読み取ってください。同じ結果なら再発行が必要です"]
        ["The content of the code is damaged", "Scan it again; if it stays so, the holder needs a new one"];
    /// The text has lost the blanks that belong to the code.
    BlanksLost "blanks-lost" Decode NotChecked
        ["コードの文字列から空白が失われています", "空白も符号の一部です。コードを読み取り直してください"]
        ["The text of the code has lost its blanks", "Blanks are part of it: scan the code itself again"];
    /// No listed key has the message's key identifier.
    UnknownIssuer "unknown-issuer" Issuer NotValid
        ["発行者が信頼リストにありません", "受け入れないでください。リストが古い場合は更新してください"]
        ["The issuer is not on the trust list", "Do not accept it; if the list is old, update it"];
    /// The signer's certificate names a listed authority that did not issue it.
    SignerNotIssued "signer-not-issued" Issuer NotValid
        ["署名者の証明書は記載の国が発行したものではありません", "偽造です。受け入れないでください"]
        ["The signer's certificate was not issued by the state it names", "Do not accept it: it is a forgery"];
    /// The authority that issued the signer's certificate is not valid yet.
    AuthorityNotYetValid "authority-not-yet-valid" Issuer NotValid
        ["署名者の証明書を発行した機関の証明書がまだ有効ではありません", "端末の日時を確かめてください"]
        ["The authority behind the signer is not valid yet", "Check the date and time of this device"];
    /// The authority that issued the signer's certificate has expired.
    AuthorityExpired "authority-expired" Issuer NotValid
        ["署名者の証明書を発行した機関の証明書の期限が切れています", "再発行を案内してください。リストが古い場合は更新してください"]
        ["The authority behind the signer has expired", "The holder needs a newly issued one; if the list is old, update it"];
    /// The signature does not hold.
    SignatureInvalid "signature-invalid" Signature NotValid
        ["電子署名が正しくありません", "内容が書き換えられています。受け入れないでください"]
        ["The signature does not hold", "Do not accept it: its content was changed, or it is a forgery"];
    /// The message names another algorithm than the listed key's, or none that is signed.
    AlgorithmMismatch "algorithm-mismatch" Signature NotValid
        ["署名方式が鍵と合いません", "受け入れないでください"]
        ["The signature algorithm is not the key's", "Do not accept it"];
    /// Signed, but not a certificate of its family.
    MalformedPayload "malformed-payload" Signature NotValid
        ["署名された内容が証明書の形式ではありません", "受け入れないでください。発行者に知らせてください"]
        ["What was signed is not a certificate", "Do not accept it, and tell the issuer"];
    /// An authentic card that holds no vaccination, test or recovery that counts.
    NothingRecorded "nothing-recorded" Signature ValidCheck
        ["接種や検査の記録が含まれていません", "ほかの証明書があれば見せてもらってください"]
        ["It holds no vaccination or test that counts", "Ask whether there is another certificate"];
    /// The key may not sign this family.
    FormatOutOfScope "format-out-of-scope" Scope NotValid
        ["この鍵はこの形式の証明書に使えません", "受け入れないでください"]
        ["The key may not sign this kind of code", "Do not accept it"];
    /// The key may not sign for this country.
    CountryOutOfScope "country-out-of-scope" Scope NotValid
        ["この鍵はこの国の証明書に使えません", "受け入れないでください"]
        ["The key may not sign for this country", "Do not accept it"];
    /// The key may not sign this kind of event.
    KindOutOfScope "kind-out-of-scope" Scope NotValid
        ["この鍵はこの種別の証明書に使えません", "受け入れないでください"]
        ["The key may not sign this kind of certificate", "Do not accept it"];
    /// The key may not sign for this disease.
    DiseaseOutOfScope "disease-out-of-scope" Scope NotValid
        ["この鍵はこの疾病の証明書に使えません", "受け入れないでください"]
        ["The key may not sign for this disease", "Do not accept it"];
    /// No issue time, so the key's window cannot be judged.
    IssueTimeMissing "issue-time-missing" Scope NotValid
        ["発行日時がありません", "受け入れないでください"]
        ["The time of issue is missing", "Do not accept it"];
    /// Issued outside the time in which the key signs.
    OutsideSigningWindow "outside-signing-window" Scope NotValid
        ["鍵の署名期間の外に発行されています", "受け入れないでください"]
        ["Issued outside the time in which the key signs", "Do not accept it"];
    /// Longer in force than the key may grant.
    LifeTooLong "life-too-long" Scope NotValid
        ["有効期間が鍵に許された長さを超えています", "受け入れないでください"]
        ["In force for longer than the key may grant", "Do not accept it"];
    /// The key has left service.
    KeyExpired "key-expired" Scope NotValid
        ["署名した鍵の期限が切れています", "再発行を案内してください"]
        ["The key that signed it is out of date", "The holder needs a newly issued one"];
    /// The signer's certificate does not allow signing seals.
    SignerUnsuitable "signer-unsuitable" Scope NotValid
        ["署名者の証明書はこの用途のものではありません", "受け入れないでください"]
        ["The signer's certificate is not for this", "Do not accept it"];
    /// The signer's certificate is not valid yet.
    KeyNotYetValid "key-not-yet-valid" Scope NotValid
        ["署名した鍵はまだ有効ではありません", "端末の日時を確かめてください"]
        ["The key that signed it is not valid yet", "Check the date and time of this device"];
    /// The key was withdrawn.
    KeyRevoked "key-revoked" Scope NotValid
        ["署名した鍵は失効しています", "受け入れないでください。再発行を案内してください"]
        ["The key that signed it was withdrawn", "Do not accept it; the holder needs a newly issued one"];
    /// It ends before it begins.
    TimesContradict "times-contradict" Time NotValid
        ["有効期間が矛盾しています", "受け入れないでください"]
        ["It ends before it begins", "Do not accept it"];
    /// Not in force yet.
    NotYetValid "not-yet-valid" Time NotValid
        ["まだ有効ではありません", "端末の日時を確かめてください"]
        ["Not in force yet", "Check the date and time of this device"];
    /// No longer in force.
    Expired "expired" Time NotValid
        ["証明書の電子署名の期限が切れています", "再発行を案内してください"]
        ["The certificate has expired", "The holder needs a newly issued one"];
    /// Its place in the status list is not one of its key's.
    StatusOutOfRange "status-out-of-range" Status NotValid
        ["失効リストの番号がこの鍵のものではありません", "受け入れないでください"]
        ["Its place in the status list is not one of its key's", "Do not accept it"];
    /// It was withdrawn.
    Revoked "revoked" Status NotValid
        ["この証明書は取り消されています", "受け入れないでください。発行した自治体などへの問い合わせを案内してください"]
        ["The certificate was withdrawn", "Do not accept it; the holder can ask its issuer"];
    /// The signer's certificate was revoked by the authority that issued it.
    SignerRevoked "signer-revoked" Status NotValid
        ["署名者の証明書は失効しています", "受け入れないでください。再発行を案内してください"]
        ["The signer's certificate was revoked", "Do not accept it; the holder needs a newly issued one"];
    /// The list of what the signer's authority has revoked is past its date.
    RevocationListStale "revocation-list-stale" Status ValidCheck
        ["署名者の国の失効リストが古くなっています", "リストを更新してもう一度確認してください"]
        ["The signer's state has a newer list of revoked signers", "Update the lists and check again"];
    /// It was issued after the newest status list that is here, and may have been withdrawn since.
    StatusNotCovered "status-not-covered" Status ValidCheck
        ["手元の失効リストより後に発行された証明書です", "リストを更新してもう一度確認してください"]
        ["Issued after the newest status list here", "Update the lists and check again"];
    /// A test in it detected the agent.
    TestDetected "test-detected" Rules ValidCheck
        ["検査結果は陽性（検出）です", "証明書は本物ですが、陰性の証明ではありません。所管の手順に従ってください"]
        ["The test result is: detected", "Genuine, but no proof of a negative test: follow your procedure for it"];
    /// The vaccination does not count yet (IHR Annex 7).
    DoseTooRecent "dose-too-recent" Rules ValidCheck
        ["接種からの日数がまだ足りません", "黄熱は接種の10日後から有効です。接種日を確かめてください"]
        ["The vaccination does not count yet", "Yellow fever counts from ten days after the dose: look at its date"];
    /// The product is not on the WHO's list as it is known here.
    ProductNotListed "product-not-listed" Rules ValidCheck
        ["ワクチンが手元の WHO 一覧にありません", "WHO の承認ワクチンの一覧で確かめてください"]
        ["The vaccine is not on the WHO list known here", "Look it up in the WHO list of prequalified vaccines"];
    /// The day of vaccination is missing.
    DoseUndated "dose-undated" Rules ValidCheck
        ["接種日がありません", "接種日を別の書類で確かめてください"]
        ["The day of vaccination is missing", "Ask for another record of the day"];
    /// The document shown is another person's.
    HolderMismatch "holder-mismatch" Holder NotValid
        ["提示された渡航文書の人の証明書ではありません", "受け入れないでください。本人の渡航文書か確かめてください"]
        ["Not the certificate of the person in the document shown", "Do not accept it; check that the document is the holder's"];
    /// The same person by name and birth date, but the certificate names another document.
    DifferentDocument "different-document" Holder ValidCheck
        ["証明書に記載された渡航文書と番号が異なります", "旅券の更新などがないか本人に確かめ、古い旅券があれば見せてもらってください"]
        ["The certificate names another document of this person", "Ask whether the passport was renewed, and for the old one"];
    /// The certificate and the document have too little in common to be compared.
    HolderNotComparable "holder-not-comparable" Holder ValidCheck
        ["証明書と渡航文書を比較できません", "ローマ字氏名か番号のある証明書を見せてもらうか、目で確かめてください"]
        ["The certificate cannot be compared with the document shown", "Ask for one with the name in Latin letters, or compare by eye"];
    /// The trust list is past its date, within grace.
    ListStale "list-stale" Issuer ValidCheck
        ["信頼リストが古くなっています", "できるだけ早くリストを更新してください"]
        ["The trust list is old", "Update the list as soon as you can"];
    /// The trust list is past its date and its grace.
    ListExpired "list-expired" Issuer NotChecked
        ["信頼リストの期限が切れています", "リストを更新してください"]
        ["The trust list has expired", "Update the list"];
    /// The device's clock is behind a time that was signed.
    ClockBehind "clock-behind" Issuer NotChecked
        ["端末の時計が遅れています", "端末の日時を合わせてください"]
        ["The clock of this device is behind", "Set the date and time of this device"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_has_its_own_code_and_words_in_both_languages() {
        let mut seen = HashSet::new();
        for reason in Reason::ALL {
            assert!(seen.insert(reason.code()));
            assert!(reason.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", reason.code());
            let (ja, en) = (reason.wording(Language::Ja), reason.wording(Language::En));
            assert!(!ja.title.is_ascii() && !ja.action.is_ascii(), "{}", reason.code());
            assert!(en.title.is_ascii() && en.action.is_ascii(), "{}", reason.code());
            assert_ne!(reason.outcome(), Outcome::Valid);
        }
    }
}
