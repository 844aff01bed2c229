//! Where letters go. The register holds no addresses: they come from a file of the residents' register, for one print
//! run, and are kept nowhere.

use super::sheet::Address;
use crate::import::{Encoding, ImportError, Input, Next, Table};
use crate::record::RegisterNumber;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization;

/// Letters of a line of an address at most: it is set smaller where it is long, but not without end.
const LETTERS: usize = 60;
/// Lines of an address.
const LINES: usize = 3;

/// The addresses of people, by their numbers.
#[derive(Default)]
pub struct Addresses {
    by_number: HashMap<RegisterNumber, Address>,
}

impl std::fmt::Debug for Addresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Addresses({})", self.by_number.len())
    }
}

/// Why a file of addresses is not taken. No message tells of a person.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The file.
    #[error(transparent)]
    File(#[from] ImportError),
    /// A column is not there.
    #[error(
        "{} has no column {column}: its first line names resident_id (宛名番号), postcode (郵便番号), address (住所), and if wanted address2, address3 (方書) and recipient (送付先氏名)",
        file.display()
    )]
    Column {
        /// The file.
        file: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A row that is not understood.
    #[error("{}, line {line}: {problem}; mend the line", file.display())]
    Row {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
        /// What is wrong.
        problem: &'static str,
    },
}

/// Columns with what they may be called.
const COLUMNS: [(&str, &[&str]); 6] = [
    ("resident_id", &["resident_id", "宛名番号", "個別宛名番号", "number"]),
    ("postcode", &["postcode", "郵便番号", "postal_code", "zip"]),
    ("address", &["address", "住所", "address1", "送付先住所"]),
    ("address2", &["address2", "方書", "住所2", "住所２"]),
    ("address3", &["address3", "住所3", "住所３"]),
    ("recipient", &["recipient", "送付先氏名", "宛名"]),
];

impl Addresses {
    /// Reads a CSV file; its encoding is told from what it holds, as with an import.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn read(path: &Path) -> Result<Self, AddressError> {
        Self::take(Input::open(path)?, path)
    }

    fn take(input: Input, path: &Path) -> Result<Self, AddressError> {
        let wrong = |line, problem| AddressError::Row { file: path.to_owned(), line, problem };
        let mut table = Table::open(input)?;
        let encoding = table.encoding;
        let places = match table.next()? {
            Next::Row(row) => {
                let heading = |at| encoding.decode(row.cell(at)).map(|text| text.trim().to_lowercase());
                let headings: Vec<_> = (0..row.len()).map(heading).collect();
                COLUMNS.map(|(_, names)| {
                    headings.iter().position(|heading| heading.as_deref().is_some_and(|text| names.contains(&text)))
                })
            }
            Next::TooLong(line) => return Err(wrong(line, "it is too long")),
            Next::End => [None; 6],
        };
        for (place, (column, _)) in places.iter().zip(COLUMNS).take(3) {
            if place.is_none() {
                return Err(AddressError::Column { file: path.to_owned(), column });
            }
        }
        let mut by_number = HashMap::new();
        loop {
            let row = match table.next()? {
                Next::Row(row) if row.is_blank() => continue,
                Next::Row(row) => row,
                Next::TooLong(line) => return Err(wrong(line, "it is too long")),
                Next::End => break,
            };
            let mut cells = [const { String::new() }; COLUMNS.len()];
            for (cell, place) in cells.iter_mut().zip(places) {
                let bytes = place.map(|place| row.cell(place)).unwrap_or_default();
                *cell = text(encoding, bytes).map_err(|problem| wrong(row.line, problem))?;
            }
            let (number, address) = address(cells).map_err(|problem| wrong(row.line, problem))?;
            // Which of two is right, nobody here can know.
            if by_number.insert(number, address).is_some() {
                return Err(wrong(row.line, "the number stands in an earlier line already"));
            }
        }
        Ok(Self { by_number })
    }

    /// Somebody's address, if there is one.
    #[must_use]
    pub fn of(&self, number: &RegisterNumber) -> Option<&Address> {
        self.by_number.get(number)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }
}

fn text(encoding: Encoding, bytes: &[u8]) -> Result<String, &'static str> {
    let text = encoding.decode(bytes).ok_or("a cell is not in the file's encoding")?;
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err("a cell holds control characters");
    }
    if text.chars().count() > LETTERS {
        return Err("a cell has more than 60 letters");
    }
    Ok(text.to_owned())
}

fn address(cells: [String; COLUMNS.len()]) -> Result<(RegisterNumber, Address), &'static str> {
    let [number, postcode, first, second, third, recipient] = cells;
    let number = RegisterNumber::parse(&number).ok_or("resident_id is no number of a person")?;
    let digits: String = postcode.nfkc().filter(|c| !matches!(c, '-' | '−' | '‐' | 'ー' | '〒' | ' ')).collect();
    let postcode = match digits.len() {
        0 => String::new(),
        7 if digits.bytes().all(|digit| digit.is_ascii_digit()) => format!("{}-{}", &digits[..3], &digits[3..]),
        _ => return Err("the postcode has not seven digits"),
    };
    let lines: Vec<String> = [first, second, third].into_iter().filter(|line| !line.is_empty()).take(LINES).collect();
    let recipient = Some(recipient).filter(|recipient| !recipient.is_empty());
    Ok((number, Address { postcode, lines, recipient }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Addresses, String> {
        let path = Path::new("a.csv");
        Addresses::take(Input::from_bytes("a.csv", text.to_vec()), path).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_are_found_by_number_in_any_spelling() {
        let read =
            read("宛名番号,郵便番号,住所,方書\n0012,〒１２３−４５６７,架空市一丁目,１０１号\n\n13,,\n".as_bytes());
        let read = read.expect("reads");
        let of = |number| read.of(&RegisterNumber::parse(number).expect("a number"));
        let first = of("12").expect("is there");
        assert_eq!((first.postcode.as_str(), first.lines.len()), ("123-4567", 2));
        assert!(of("13").expect("is there").lines.is_empty());
        assert!(of("14").is_none());
        let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode("宛名番号,郵便番号,住所\n1,1234567,髙橋町\n");
        assert!(super::tests::read(&cp932).is_ok_and(|read| read.len() == 1));
    }

    #[test]
    fn a_file_that_is_doubtful_is_refused_with_its_line() {
        for (text, said) in [
            ("", "no column resident_id"),
            ("resident_id,address\n", "no column postcode"),
            ("resident_id,postcode,address\n1,12345,x\n", "line 2: the postcode"),
            ("resident_id,postcode,address\n1,1234567,x\n01,1234567,y\n", "line 3: the number stands"),
            ("resident_id,postcode,address\n1 2,1234567,x\n", "line 2: resident_id"),
            ("resident_id,postcode,address\n1,1234567,\"x\ny\"\n", "line 2: a cell holds control"),
        ] {
            let error = read(text.as_bytes()).expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
        let long = format!("resident_id,postcode,address\n1,1234567,{}\n", "x".repeat(61));
        assert!(read(long.as_bytes()).is_err());
    }
}
