//! The whole story on one screen, told by the real tools: a municipal register goes in, codes come
//! out, and a verifier that asks nobody judges them. Every answer is compared with what it should be,
//! so the story is a test as well. `cargo xtask demo` runs it.

mod city;
mod codes;
mod counter;
mod mending;
mod page;
mod register;
mod stage;
mod travel;
mod verdicts;
mod withdrawal;

use city::City;
use codes::Code;
use register::Register;
use stage::{Failure, Stage};
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tegata_tests::served::Served;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let start = Instant::now();
    let stage = match Stage::set_up(asked("--keep")) {
        Ok(stage) => stage,
        Err(failure) => return fail(&failure),
    };
    let mut served = match tell(&stage) {
        Ok(served) => served,
        Err(failure) => return fail(&failure),
    };
    println!("\n{} answers, each as it should be, in {:.1} s.", stage.answers(), start.elapsed().as_secs_f64());
    if served.page.is_none() {
        println!("! WITHOUT THE PAGE: this verifier was built before it; cargo xtask page says what is missing");
    }
    if !asked("--once")
        && let Err(error) = served.leave_running()
    {
        return fail(&error.into());
    }
    drop(served);
    if let Some(folder) = stage.strike() {
        println!("Everything is kept in {}", folder.display());
    }
    ExitCode::SUCCESS
}

fn fail(failure: &Failure) -> ExitCode {
    println!();
    eprintln!("The demo went wrong: {failure}");
    ExitCode::FAILURE
}

/// What goes on after the story.
struct Open {
    counter: Served,
    page: Option<Served>,
}

impl Open {
    /// Leaves it open until somebody presses Enter, or ends the program.
    fn leave_running(&mut self) -> io::Result<()> {
        println!("\nThe counter: {}   (demo / demo; the second person: second / demo)", self.counter.address);
        println!("{}", counter::WHOM);
        if let Some(page) = &self.page {
            println!(
                "The page:    {}   (a computer with a camera; the network may be unplugged once it is open)\n\
                 Hold the code above to the camera.",
                page.address
            );
        }
        println!("Enter ends it.");
        io::stdout().flush()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let told = runtime.block_on(self.told_to_end());
        // Somebody may never press a key.
        runtime.shutdown_background();
        told
    }

    /// Over when somebody presses Enter or ends the program, or the counter ends by itself. Where no key can be pressed,
    /// nobody does.
    async fn told_to_end(&mut self) -> io::Result<()> {
        let key = tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new()));
        let key = async {
            match key.await {
                Ok(Ok(1..)) => {}
                _ => std::future::pending().await,
            }
        };
        let ended = async {
            while self.counter.is_running() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::select! {
            () = key => Ok(()),
            () = ended => Ok(()),
            told = signalled() => told,
        }
    }
}

/// Over when somebody ends the program; the services end with it.
async fn signalled() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            told = tokio::signal::ctrl_c() => told,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// The story.
fn tell(stage: &Stage) -> Result<Open, Failure> {
    println!("Tegata: no network; everything happens in {}\n", stage.folder().display());

    // One who gives himself our city's name, and an honest neighbour: neither is on our list. They are
    // at work while ours is: most of the time goes into sealing keys, which is slow on purpose.
    let (ours, register, expiring, issued, impostor, neighbour) = std::thread::scope(|scope| {
        let impostor = scope.spawn(|| elsewhere(stage, "impostor", "DEMO/kakuu-city", ("架空市", "Kakuu City")));
        let neighbour = scope.spawn(|| elsewhere(stage, "tonari", "DEMO/tonari-town", ("となり町", "Tonari Town")));
        let ours = City::found(stage, "kakuu", "DEMO/kakuu-city", ("架空市", "Kakuu City"), true)?;
        let register = Register::import(stage, &ours, 200, 0.05)?;
        let expiring = codes::issue_for_a_second(stage, &ours, &register)?;
        expiring.wait_until_over();
        let issued = codes::issue_all(stage, &ours, &register)?;
        let finished = |thread: std::thread::ScopedJoinHandle<'_, Result<(City, Code), Failure>>| {
            thread.join().map_err(|_| Failure("a city's thread panicked".to_owned()))?
        };
        Ok::<_, Failure>((ours, register, expiring, issued, finished(impostor)?, finished(neighbour)?))
    })?;
    println!("✔ meanwhile, an impostor calls his own list {} too, and Tonari Town has one of its own", ours.id);

    println!("\nA verifier that pinned our root and asks nobody:");
    verdicts::refuse_without_demo(stage, &ours, &issued.compact)?;
    verdicts::valid(stage, &ours, &issued)?;
    verdicts::tampered(stage, &ours, &issued.compact)?;
    verdicts::expired(stage, &ours, &expiring.code)?;
    let (impostor, forged) = impostor;
    verdicts::unknown(stage, &ours, &impostor, &forged, "impostor.png, signed by a key that is on no list of ours")?;
    let (neighbour, foreign) = neighbour;
    verdicts::unknown(stage, &ours, &neighbour, &foreign, "tonari.png, from another DEMO repository")?;
    verdicts::valid_at_home(stage, &neighbour, &foreign)?;

    withdrawal::tell(stage, &ours, &register, &issued)?;
    mending::tell(stage)?;
    travel::tell(stage)?;

    let counter = counter::tell(stage, &ours)?;
    let page = page::serve(stage, &ours)?;
    if let Some(page) = &page {
        println!("\n✔ the page for browsers, served at {} with its policy and these lists", page.address);
    }

    println!("\nOne of them for your own camera (a DEMO: any verifier not told --demo refuses it):\n");
    codes::draw(stage, &ours, &issued.compact.number)?;
    Ok(Open { counter, page })
}

/// Another city, and a code that it issued.
fn elsewhere(
    stage: &Stage,
    folder: &'static str,
    id: &'static str,
    names: (&str, &str),
) -> Result<(City, Code), Failure> {
    let city = City::found(stage, folder, id, names, false)?;
    let code = codes::issue_one(stage, &city)?;
    Ok((city, code))
}
