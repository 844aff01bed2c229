//! The office's counter as the real tool serves it, in a folder where keys and lists are: somebody to be served, and a clerk.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::browser::{Answer, Browser};
use crate::served::Served;

/// The clerk's account.
const CLERK: &str = "hanako";
const BIRTH: &str = "1980-05-06";
const HEAD: &str = "resident_id,name,name_kana,birth_date,municipality_code,dose_no,vaccinated_on,maker,lot";

/// The files of a counter that serves so many people, by numbers from 1: what is imported, and the office's own.
///
/// # Panics
/// If they cannot be written.
pub fn write_files(folder: &Path, people: usize, register: &str, root: &str) {
    let row =
        |number| format!("{number},架空　{number},{},{BIRTH},131016,1,2021-06-01,ファイザー,TX1013\n", kana(number));
    let rows: String = (1..=people).map(row).collect();
    fs::write(folder.join("counter.csv"), format!("{HEAD}\n{rows}")).expect("writes");
    let office = format!(
        "{register}\ntrust = 'lists.cbor'\nroot = '{root}'\n[keys]\nissuing = ['office']\n\
         [[station]]\nid = 'one'\nname-ja = '窓口'\nname-en = 'Counter'\nmunicipalities = ['131016']\n"
    );
    fs::write(folder.join("office.toml"), office).expect("writes");
}

/// A name in kana of its own for each number: nobody is taken for somebody else.
#[must_use]
pub fn kana(number: usize) -> String {
    const SYLLABLES: [char; 10] = ['ア', 'カ', 'サ', 'タ', 'ナ', 'ハ', 'マ', 'ヤ', 'ラ', 'ワ'];
    let name = format!("{number:05}");
    "カクウ　".chars().chain(name.bytes().map(|digit| SYLLABLES[usize::from(digit - b'0')])).collect()
}

/// The command lines that fill a register and add the clerk, whose password is told on standard input; `register` is how
/// they find it.
#[must_use]
pub fn lines(register: &str) -> [String; 2] {
    [
        format!("tegata-issuer import counter.csv {register}"),
        format!("tegata-issuer account add {CLERK} --role clerk --station one --demo --passphrase-fd 0 {register}"),
    ]
}

/// The command line that serves; `secret` is how it is told what opens its key.
#[must_use]
pub fn serve_line(secret: &str) -> String {
    format!("tegata-issuer serve --office office.toml --listen 127.0.0.1:0 {secret}")
}

/// A counter that serves, with the clerk at it.
pub struct Counter {
    served: Served,
    /// The clerk's browser.
    pub browser: Browser,
}

impl Counter {
    /// Starts it and signs the clerk in.
    ///
    /// # Panics
    /// If it does not serve or does not let them in.
    #[must_use]
    pub fn open(command: &mut Command, secret: &str, password: &str) -> Self {
        let served = Served::start(command, &format!("{secret}\n")).expect("starts").expect("serves");
        let mut browser = Browser::new(served.socket());
        assert_eq!(browser.sign_in(CLERK, password).status, 303, "the clerk is not let in");
        Self { served, browser }
    }

    /// Searches for somebody: the address of their record.
    ///
    /// # Panics
    /// If they are not found.
    pub fn find(&mut self, number: usize) -> String {
        let number = number.to_string();
        let answer = self.browser.post("/search", &[("purpose", "issue"), ("number", &number), ("birth", BIRTH)]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer.to().to_owned()
    }

    /// Issues to whoever has the record at that address.
    pub fn issue(&mut self, person: &str) -> Answer {
        self.browser.post(&format!("{person}/issue"), &[("for", "domestic")])
    }

    /// Whether the process still serves.
    pub fn is_running(&mut self) -> bool {
        self.served.is_running()
    }
}

/// Asserts that it was told that nothing can be done now, what to do, and when to come again; gives the page.
///
/// # Panics
/// If it was not.
pub fn is_told_to_wait(answer: &Answer, says: &[&str]) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{}", answer.head);
    assert!(says.iter().all(|word| answer.body.contains(word)), "{says:?} in {}", answer.body);
    assert!(answer.body.contains("</html>"), "it is no whole page: {}", answer.body);
}
