//! What people call the codes that are recognised and not checked here.

use crate::Language;
use tegata_certificate::Recognised;

/// What a kind of code that is recognised only is called.
#[must_use]
pub fn recognised_label(kind: Recognised, language: Language) -> &'static str {
    let (ja, en) = match kind {
        Recognised::SmartHealthLink => ("SMART ヘルスリンク（通信が必要）", "SMART Health Link (needs a network)"),
        Recognised::VerifiableHealthLink => {
            ("検証可能なヘルスリンク（通信が必要）", "Verifiable Health Link (needs a network)")
        }
        Recognised::Ddcc => ("WHO の旧形式（DDCC）", "legacy WHO document (DDCC)"),
        Recognised::Identity => ("本人確認コード（接種証明書ではありません）", "identity code (no health certificate)"),
        Recognised::OtherHcert => ("内容が不明な健康証明書", "health certificate with unknown content"),
        Recognised::LaterHcert => ("EU 証明書の新しい版", "later version of the EU certificate"),
        Recognised::Divoc => ("インドの証明書（DIVOC）", "Indian certificate (DIVOC)"),
        Recognised::NetherlandsDomestic => ("オランダの国内コード", "domestic code of the Netherlands"),
        Recognised::AustriaDomestic => ("オーストリアの国内コード", "domestic code of Austria"),
        Recognised::LithuaniaDomestic => ("リトアニアの国内コード", "domestic code of Lithuania"),
    };
    language.choose(ja, en)
}
