//! A PostgreSQL server of the tests' own, in a temporary folder: really started, and gone when the tests are.
//!
//! A machine without PostgreSQL leaves these tests out, loudly.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Who may do everything.
const USER: &str = "tegata";
/// What it says when it comes by TCP.
pub const PASSWORD: &str = "keiko-only";

/// A server, running.
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    owner: Option<(u32, u32)>,
    keeper: Mutex<Keeper>,
}

/// A shell that starts the server whenever it is told to, and ends it when this process is gone, however that comes
/// about: its standard input closes then.
struct Keeper {
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// The server's first process.
    postmaster: u32,
    _shell: Child,
}

/// Starts the server at each line, and says its process's number. One that was killed is waited for, so that the system
/// forgets it.
const KEEPER: &str = "server=
while read -r order; do
  [ -z \"$server\" ] || wait \"$server\"
  \"$0\" -D \"$1\" -k \"$2\" -p \"$3\" -c listen_addresses=127.0.0.1 -c fsync=on -c recovery_init_sync_method=syncfs \
    -c max_connections=60 -c log_min_messages=warning >>\"$2/log\" 2>&1 &
  server=$!
  echo \"$server\"
done
kill -QUIT \"$server\"
wait \"$server\"
rm -rf \"$2\"";

impl Keeper {
    fn of(mut shell: Child) -> Self {
        let orders = shell.stdin.take().expect("piped");
        let answers = BufReader::new(shell.stdout.take().expect("piped"));
        Self { orders, answers, postmaster: 0, _shell: shell }
    }

    fn start(&mut self) {
        self.orders.write_all(b"start\n").expect("the keeper is there");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("answers");
        self.postmaster = answer.trim().parse().expect("a process");
    }

    /// `kill -9` of all of the server, and waits until the last process of it is gone.
    fn kill(&self) {
        let begun = Instant::now();
        // Held, so that it starts no other while its children are counted: they are no process group, but each is one of
        // its own.
        signal("-STOP", &[self.postmaster.to_string()]);
        let mut all = children(self.postmaster);
        all.push(self.postmaster);
        loop {
            let living: Vec<String> = all.iter().filter(|one| is_living(**one)).map(u32::to_string).collect();
            if living.is_empty() {
                return;
            }
            signal("-KILL", &living);
            assert!(begun.elapsed() < Duration::from_secs(20), "the server cannot be killed");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn signal(signal: &str, processes: &[String]) {
    // One may have ended by itself meanwhile.
    let status = Command::new("kill").arg(signal).args(processes).stderr(Stdio::null()).status();
    status.expect("runs kill");
}

/// The processes that a process started.
fn children(process: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// Whether a process is there and not merely waited for.
fn is_living(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
}

/// The server of this process, started when it is first asked for; none where PostgreSQL is not installed.
///
/// # Panics
/// If it is installed and does not start.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref()
}

impl Server {
    /// A server of one's own, which may be [killed](Self::kill); none where PostgreSQL is not installed.
    ///
    /// # Panics
    /// If it is installed and does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!(
                "PostgreSQL: skipped: no initdb; install it: sudo apt-get update && sudo apt-get install postgresql"
            );
            return None;
        };
        let folder = tempfile::Builder::new().prefix("tegata-pg-").tempdir().expect("a temporary folder").keep();
        let owner = owner(&folder);
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).expect("gives the folder away");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr()).expect("a free port").port();
        let run = |program: &str| {
            let mut command = Command::new(program);
            command.current_dir(&folder).stdin(Stdio::null()).env_remove("PGPASSWORD");
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
        };
        let password = folder.join("password");
        fs::write(&password, PASSWORD).expect("writes");
        if let Some((user, group)) = owner {
            chown(&password, Some(user), Some(group)).expect("gives the file away");
        }
        let data = folder.join("data");
        // Texts order otherwise than bytes there, so that what must order as bytes is seen to.
        let made = run(&programs.join("initdb").to_string_lossy())
            .arg("--pgdata")
            .arg(&data)
            .arg("--pwfile")
            .arg(&password)
            .args(["--username", USER, "--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en"])
            .args(["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"])
            .output()
            .expect("runs initdb");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let shell = run("/bin/sh")
            .args(["-c", KEEPER])
            .arg(programs.join("postgres"))
            .arg(&data)
            .arg(&folder)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("starts");
        let server = Self { programs, folder, port, owner, keeper: Mutex::new(Keeper::of(shell)) };
        server.keeper().start();
        server.wait_until_ready();
        Some(server)
    }

    fn keeper(&self) -> std::sync::MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `kill -9` of the server with all of its processes, as where a machine loses power, but for what the kernel has.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(&self) {
        self.keeper().kill();
    }

    /// Starts the server that was killed, and waits until it has recovered.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&self) {
        self.keeper().start();
        self.wait_until_ready();
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("--host").arg(&self.folder).args(["--port", &self.port.to_string(), "--username", USER]);
        command.current_dir(&self.folder).stdin(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    fn wait_until_ready(&self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if self.client("pg_isready").arg("--quiet").status().is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("PostgreSQL does not start: {}", fs::read_to_string(self.folder.join("log")).unwrap_or_default());
    }

    /// A new database of its own, by its name.
    ///
    /// # Panics
    /// If the server does not make it.
    pub fn database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.run("createdb", &[&name]);
        name
    }

    /// A new database with all that another one holds. Nobody may be connected to that one.
    ///
    /// # Panics
    /// If the server does not make it.
    pub fn copy(&self, database: &str) -> String {
        let name = format!("{database}copy");
        self.run("createdb", &["--template", database, &name]);
        name
    }

    /// All that a database holds, as text.
    ///
    /// # Panics
    /// If it cannot be dumped.
    pub fn dump(&self, database: &str) -> Vec<u8> {
        self.run("pg_dump", &[database])
    }

    /// Answers of a statement, a row a line, without our own code.
    ///
    /// # Panics
    /// If it is refused.
    pub fn ask(&self, database: &str, sql: &str) -> String {
        let answer = self.run("psql", &["--no-psqlrc", "--tuples-only", "--no-align", "--command", sql, database]);
        String::from_utf8(answer).expect("a text")
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let output = self.client(program).args(arguments).output().expect("runs");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// The URL of a database by the server's socket, where nobody is asked for a password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let socket = self.folder.to_string_lossy().replace('/', "%2F");
        format!("postgres://{USER}@{socket}:{}/{database}", self.port)
    }

    /// The URL of a database by TCP, with that password.
    #[must_use]
    pub fn url_by_tcp(&self, database: &str, password: &str) -> String {
        format!("postgres://{USER}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// The folder of its programs, the clients' among them.
    #[must_use]
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The folder of its files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Where the server's programs are.
fn programs() -> Option<PathBuf> {
    let by_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = installed.map(|version| version.path().join("bin")).collect();
    // The newest of several.
    folders.sort();
    folders.reverse();
    // A link to the program, as packages make it, leads to the folder that has all of them.
    let resolved =
        by_path.filter_map(|folder| Some(folder.join("initdb").canonicalize().ok()?.parent()?.to_path_buf()));
    folders
        .into_iter()
        .chain(resolved)
        .find(|folder| ["initdb", "postgres", "psql"].iter().all(|p| folder.join(p).is_file()))
}

/// As whom it runs: PostgreSQL refuses to run as root. None where the tests are not root's.
fn owner(folder: &Path) -> Option<(u32, u32)> {
    if fs::metadata(folder).ok()?.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let numbers = |user: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(user))?;
        let mut parts = line.split(':').skip(2);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    numbers("postgres").or_else(|| numbers("nobody"))
}
