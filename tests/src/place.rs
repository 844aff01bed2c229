//! An office that serves on this machine, with people of two municipalities and an account for each role.

use crate::browser::Browser;
use crate::specimen::{DAY, japan};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::office::{Config, Office, OfficeKeys, Role, password};
use tegata_issuer::{
    AccountEntry, Actor, AuditEntry, AuditFilter, Input, Register, RegisterLocation, Sources, import, make_key_file,
};
use tegata_keys::{KeyStore, KeyType, Keyring, Passphrase, PassphraseSource, Purpose};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Bundle, Issuer, RootPin, TrustState};
use tegata_verifier::{Policy, Verifier};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The password of every account.
pub const PASSWORD: &str = "three small boats";
/// Somebody who is served at `near`, by their number.
pub const NEAR: &str = "1";
/// Of the other municipality.
pub const FAR: &str = "2";
/// Served at `near`, too.
pub const SHIELDED: &str = "3";
/// Everybody's birth date.
pub const BIRTH: &str = "1980-05-06";

/// Number, name, kana, municipality, and whether the address is shielded; all of one birth date.
const PEOPLE: [[&str; 5]; 3] = [
    [NEAR, "山田　花子", "ヤマダ　ハナコ", "131016", "0"],
    [FAR, "髙橋　一郎", "タカハシ　イチロウ", "131024", "0"],
    [SHIELDED, "佐藤　誠", "サトウ　マコト", "131016", "1"],
];

/// An office that serves until it is dropped.
pub struct Place {
    folder: tempfile::TempDir,
    location: RegisterLocation,
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Place {
    /// An office; `more` stands before the tables of its file.
    ///
    /// # Panics
    /// If the office cannot be made or served.
    #[must_use]
    pub fn new(more: &str) -> Self {
        Self::with(more, &[], "")
    }

    /// An office with more people, and tables at the end of its file.
    ///
    /// # Panics
    /// If the office cannot be made or served.
    #[must_use]
    pub fn with(more: &str, people: &[[&str; 5]], tables: &str) -> Self {
        Self::build(more, people, tables, false, None)
    }

    /// An office that withdraws, too: it has a key for requests to the status service.
    ///
    /// # Panics
    /// If the office cannot be made or served.
    #[must_use]
    pub fn withdrawing(more: &str, tables: &str) -> Self {
        Self::build(more, &[], tables, true, None)
    }

    /// An office whose register is a server's.
    ///
    /// # Panics
    /// If the office cannot be made or served.
    #[must_use]
    pub fn on_server(url: &str) -> Self {
        Self::build("", &[], "", false, Some(url))
    }

    fn build(more: &str, people: &[[&str; 5]], tables: &str, withdraws: bool, url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = keys_and_lists(folder.path(), withdraws);
        let (register, location) = place_of_register(folder.path(), url);
        let status = if withdraws { "status = 'status'\n" } else { "" };
        let text = format!(
            "{register}trust = 'lists.cbor'\nroot = '{root}'\n{more}\n\
             [keys]\nissuing = ['office']\n{status}\
             [[station]]\nid = 'near'\nname-ja = '東窓口'\nname-en = 'East'\nmunicipalities = ['131016']\n\
             [[station]]\nid = 'far'\nname-ja = '西窓口'\nname-en = 'West'\nmunicipalities = ['131024']\n{tables}"
        );
        fs::write(folder.path().join("office.toml"), text).expect("writes");
        let mut register = Register::open_or_create(&location).expect("a register");
        fill(&mut register, &[&PEOPLE, people].concat());
        for role in Role::ALL {
            for station in ["near", "far"] {
                add_account(&mut register, &format!("{role}-{station}"), &[role], station);
            }
        }
        register.close().expect("closes");
        let (address, stop, thread) = serve(open(folder.path()));
        Self { folder, location, address, stop: Some(stop), thread: Some(thread) }
    }

    /// Ends the service, and begins it anew over the same register.
    ///
    /// # Panics
    /// If it did not end well.
    pub fn restart(&mut self) {
        self.stop();
        self.thread.take().into_iter().for_each(|thread| thread.join().expect("it ends well"));
        let (address, stop, thread) = serve(open(self.folder.path()));
        (self.address, self.stop, self.thread) = (address, Some(stop), Some(thread));
    }

    /// The office's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Tells the service to end, as the system does.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// A browser that has not been here.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// A browser where somebody of that role has signed in at that station.
    ///
    /// # Panics
    /// If they are not let in.
    pub fn signed_in(&self, role: Role, station: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in(&format!("{role}-{station}"), PASSWORD);
        assert_eq!((answer.status, answer.to()), (303, "/"), "{role} at {station}");
        browser
    }

    /// What verifies by the lists that the office signs under.
    ///
    /// # Panics
    /// If they do not hold.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        let bundle = fs::read(self.folder.path().join("lists.cbor")).expect("the lists");
        let text = fs::read_to_string(self.folder.path().join("office.toml")).expect("the file");
        let pin = text.lines().find_map(|line| line.strip_prefix("root = '")).expect("a pin").trim_end_matches('\'');
        let pin: RootPin = pin.parse().expect("a pin");
        let state = TrustState::load(&Bundle::parse(&bundle).expect("a bundle"), &pin, now()).expect("loads");
        Verifier::new(state, Policy { accept_demo: true, ..Policy::default() }).expect("told so")
    }

    /// Works with the register beside the service.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub fn register<T>(&self, work: impl FnOnce(&mut Register) -> T) -> T {
        let mut register = Register::open(&self.location).expect("opens");
        register.act_for(Actor::new("test", "cli").expect("an actor"));
        let done = work(&mut register);
        register.close().expect("closes");
        done
    }

    /// The entries of the audit.
    ///
    /// # Panics
    /// If it cannot be read.
    #[must_use]
    pub fn audit(&self) -> Vec<AuditEntry> {
        self.register(|register| {
            let mut all = Vec::new();
            register.audit(&AuditFilter::default(), &mut |entry| all.push(entry.clone())).expect("reads");
            all
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the service ended badly");
        }
    }
}

/// The office of that folder, with its keys opened.
fn open(folder: &Path) -> Arc<Office> {
    let config = Config::read(&folder.join("office.toml")).expect("reads");
    let store = KeyStore::new(folder.join("keys"));
    let mut keyring = Keyring::new(&store, PassphraseSource::Prompt, PassphraseSource::Prompt)
        .with_passphrase(Passphrase::new(b"demo".to_vec()));
    let keys = OfficeKeys::open(&config, &store, &mut keyring, now()).expect("opens the keys");
    drop(keyring);
    Office::open(config, keys).expect("opens")
}

/// Serves on a thread of its own, until the sender is dropped.
fn serve(office: Arc<Office>) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let (told, address) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
            told.send(listener.local_addr().expect("an address")).expect("somebody listens");
            let ended = office.serve(listener, async { drop(stopped.await) }).await;
            ended.expect("serves");
        });
    });
    (address.recv().expect("serves"), stop, thread)
}

/// Where the register is, in the office's file and for us.
fn place_of_register(folder: &Path, url: Option<&str>) -> (String, RegisterLocation) {
    let Some(url) = url else {
        return ("register = 'register.sqlite'\n".to_owned(), RegisterLocation::from(folder.join("register.sqlite")));
    };
    let key = folder.join("register.key");
    make_key_file(&key).expect("makes a key file");
    let location: RegisterLocation = url.parse().expect("a location");
    (format!("register = '{url}'\nregister-key = 'register.key'\n"), location.with_key(Some(key)))
}

/// The device's time.
///
/// # Panics
/// Before 1970.
#[must_use]
pub fn now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    UnixTime(i64::try_from(since.as_secs()).expect("a time"))
}

/// Makes a key and the lists that vouch for it; gives the pin.
fn keys_and_lists(folder: &Path, withdraws: bool) -> String {
    let (store, passphrase) = (KeyStore::new(folder.join("keys")), Passphrase::new(b"demo".to_vec()));
    store.create("office", KeyType::Ed25519, &passphrase, Purpose::Demo, now()).expect("makes a key");
    let signer = store.unlock("office", &passphrase).expect("opens");
    if withdraws {
        store.create("status", KeyType::Ed25519, &passphrase, Purpose::Demo, now()).expect("makes a key");
    }
    let mut repository = DemoRepository::new("DEMO/office", now().plus(-DAY)).expect("makes keys");
    let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
    let issuer = repository.add_issuer(issuer);
    repository.add_key(issuer, signer.verifying_key(), &[Format::Compact], now().plus(-DAY));
    let (bundle, pin) = repository.publish(now().plus(-3_600)).expect("publishes");
    fs::write(folder.join("lists.cbor"), bundle.encode()).expect("writes");
    pin.to_string()
}

/// People by a residents' file, which says whose they are, and a dose for each.
fn fill(register: &mut Register, people: &[[&str; 5]]) {
    let mut residents = "個別宛名番号,氏名,カナ氏名,生年月日,性別,自治体コード,支援措置\n".to_owned();
    let mut doses =
        "個別宛名番号,登録日時1,接種日1,券番号1,自治体コード1,会場名1,医師名1,メーカー1,ロット1\n".to_owned();
    for [number, name, kana, municipality, shielded] in people {
        residents +=
            &format!("{number},\"{}\",{kana},{BIRTH},2,{municipality},{shielded}\n", name.replace('"', "\"\""));
        doses += &format!("{number},,2021-06-01,,{municipality},,,ファイザー,TX1013\n");
    }
    let [residents, doses] = [("residents.csv", residents), ("doses.csv", doses)]
        .map(|(name, text)| Some(Input::from_bytes(name, text.into_bytes())));
    let today = now().date().expect("a day");
    let mut told = Vec::new();
    let sources = Sources::Wide { residents, doses };
    let summary = import(register, sources, today, false, &mut |finding: &Diagnostic| told.push(finding.clone()));
    let refused = summary.expect("imports").refused();
    assert_eq!(refused, 0, "{:?}", told.iter().map(|finding| (finding.code, finding.line)).collect::<Vec<_>>());
}

/// Adds an account with [`PASSWORD`].
///
/// # Panics
/// If there is one of that name.
pub fn add_account(register: &mut Register, name: &str, roles: &[Role], station: &str) {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| password::hash(PASSWORD, false).expect("hashes"));
    let account = AccountEntry {
        name: name.to_owned(),
        display: format!("{name} さん"),
        roles: roles.iter().map(|role| role.name().to_owned()).collect(),
        station: station.to_owned(),
        password: Some(hash.clone()),
        token: None,
        is_disabled: false,
        changed_at: now(),
    };
    register.add_account(&account).expect("adds an account");
}
