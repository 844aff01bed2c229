//! Work on every core, answers in the order of the questions.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What waits in front of each thread: enough that none runs dry, little enough that memory stays flat.
const WAITING: usize = 64;

/// Takes items from `source` as they come, does `work` on them on that many threads, and hands the results to
/// `sink` one by one, in the order of the items and each as soon as it is there. Memory does not grow
/// with the number of items.
///
/// # Errors
/// What `sink` gives, else what `source` gives. When `sink` fails, `source` is told so by an error at its next item.
pub fn in_order<T: Send, R: Send>(
    threads: usize,
    source: impl FnOnce(&mut dyn FnMut(T) -> io::Result<()>) -> io::Result<()> + Send,
    work: impl Fn(T) -> R + Sync,
    mut sink: impl FnMut(R) -> io::Result<()>,
) -> io::Result<()> {
    let threads = threads.max(1);
    let (ask, questions) = sync_channel(WAITING * threads);
    let (answer, answers) = sync_channel(WAITING * threads);
    let questions = Mutex::new(questions);
    let deaf = AtomicBool::new(false);
    thread::scope(|scope| {
        let deaf = &deaf;
        let reader = scope.spawn(move || {
            let mut next = 0_u64;
            source(&mut |item| {
                if deaf.load(Ordering::Relaxed) {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
                let sent = ask.send((next, item)).map_err(|_| io::ErrorKind::BrokenPipe.into());
                next += 1;
                sent
            })
        });
        for _ in 0..threads {
            let (questions, work, answer) = (&questions, &work, answer.clone());
            scope.spawn(move || answer_all(questions, work, &answer));
        }
        drop(answer);
        let written = write_in_order(answers, &mut sink);
        if written.is_err() {
            // Nobody listens any more: the reader hears of it at its next item, and what it waits to put down is taken.
            deaf.store(true, Ordering::Relaxed);
            drain(&questions);
        }
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.and(read)
    })
}

fn answer_all<T, R>(questions: &Mutex<Receiver<(u64, T)>>, work: impl Fn(T) -> R, answer: &SyncSender<(u64, R)>) {
    loop {
        // The lock is held while waiting: whoever has it is the next to work.
        let asked = questions.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, item)) = asked else { return };
        if answer.send((place, work(item))).is_err() {
            return;
        }
    }
}

fn write_in_order<R>(answers: Receiver<(u64, R)>, sink: &mut impl FnMut(R) -> io::Result<()>) -> io::Result<()> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (place, answer) in answers {
        early.insert(place, answer);
        while let Some(answer) = early.remove(&next) {
            next += 1;
            sink(answer)?;
        }
    }
    Ok(())
}

/// Takes what waits until nothing more is asked.
fn drain<T>(questions: &Mutex<Receiver<(u64, T)>>) {
    let questions = questions.lock().unwrap_or_else(PoisonError::into_inner);
    while questions.recv().is_ok() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn numbers(count: u64) -> impl FnOnce(&mut dyn FnMut(u64) -> io::Result<()>) -> io::Result<()> + Send {
        move |each| (0..count).try_for_each(each)
    }

    #[test]
    fn answers_come_in_order_however_long_each_takes() {
        for threads in [0, 1, 2, 7] {
            let mut got = Vec::new();
            let work = |n: u64| {
                if n.is_multiple_of(97) {
                    thread::sleep(Duration::from_millis(2));
                }
                n * 2
            };
            in_order(threads, numbers(1_000), work, |n| {
                got.push(n);
                Ok(())
            })
            .unwrap();
            assert!(got.iter().copied().eq((0..1_000).map(|n| n * 2)), "{threads}");
        }
    }

    #[test]
    fn an_answer_does_not_wait_for_the_next_question() {
        let (told, heard) = std::sync::mpsc::channel();
        in_order(
            2,
            move |each| {
                each(1)?;
                // The second question is asked only after the first answer was written.
                heard.recv_timeout(Duration::from_secs(20)).map_err(io::Error::other)?;
                each(2)
            },
            |n| n,
            |n| if n == 1 { told.send(()).map_err(io::Error::other) } else { Ok(()) },
        )
        .unwrap();
    }

    #[test]
    fn a_sink_that_fails_ends_the_source_and_an_error_of_the_source_comes_after_all_answers() {
        let mut written = 0;
        let sink = |_| {
            written += 1;
            if written == 10 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        };
        let endless = |each: &mut dyn FnMut(u64) -> io::Result<()>| (0..).try_for_each(each);
        let end = in_order(2, endless, |n| n, sink).unwrap_err();
        assert_eq!((end.kind(), written), (io::ErrorKind::StorageFull, 10));

        let mut got = 0;
        let broken = |each: &mut dyn FnMut(u64) -> io::Result<()>| {
            (0..100).try_for_each(each)?;
            Err(io::ErrorKind::UnexpectedEof.into())
        };
        let end = in_order(
            2,
            broken,
            |n| n,
            |_| {
                got += 1;
                Ok(())
            },
        );
        assert_eq!((end.unwrap_err().kind(), got), (io::ErrorKind::UnexpectedEof, 100));
    }
}
