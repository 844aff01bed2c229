//! Notes in words.

use super::{Language, Note};

impl Note {
    /// The note as a person reads it, in one line.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let ja = language == Language::Ja;
        match self {
            Self::TakenAs(text) if ja => format!("→ {text}"),
            Self::TakenAs(text) => format!("taken as {text}"),
            Self::Suggestion(text) if ja => format!("「{text}」ではありませんか"),
            Self::Suggestion(text) => format!("did you mean {text}?"),
            Self::MrzFaults(codes) => codes.join(", "),
            Self::OtherLine(line) if ja => format!("相手の行: {line}"),
            Self::OtherLine(line) => format!("the other row is in line {line}"),
            Self::OtherDose { line: 0, dose, day } if ja => format!("{dose}回目は{day}"),
            Self::OtherDose { line: 0, dose, day } => format!("dose {dose} was on {day}"),
            Self::OtherPerson { line: 0, number } if ja => format!("相手は宛名番号{number}"),
            Self::OtherPerson { line: 0, number } => format!("the other is number {number}"),
            Self::OtherDose { line, dose, day } if ja => format!("{dose}回目は{day}（{line}行目）"),
            Self::OtherDose { line, dose, day } => format!("dose {dose} was on {day} (line {line})"),
            Self::OtherPerson { line, number } if ja => format!("相手は宛名番号{number}（{line}行目）"),
            Self::OtherPerson { line, number } => format!("the other is number {number} (line {line})"),
            Self::OtherNumber(number) if ja => format!("相手は登録簿の宛名番号{number}"),
            Self::OtherNumber(number) => format!("the other is number {number} of the register"),
            Self::Range(days) if ja => format!("ほかの接種日: {days}"),
            Self::Range(days) => format!("otherwise seen {days}"),
            Self::Rows(1) if !ja => "1 person".to_owned(),
            Self::Rows(rows) if ja => format!("{rows}人"),
            Self::Rows(rows) => format!("{rows} people"),
            Self::Expected { cells, found } if ja => format!("{cells}列のはずが{found}列"),
            Self::Expected { cells, found } => format!("{found} cells where the layout has {cells}"),
        }
    }
}
