//! Work on every core, answers in the order of the questions.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How many items are under way for each thread: enough that none runs dry, little enough that memory stays flat.
const UNDER_WAY: usize = 64;

/// So many permits come back together.
const AT_ONCE: usize = UNDER_WAY / 2;

/// How much later than it is there an answer may be handed over.
const NAP: Duration = Duration::from_micros(200);

/// Takes items from `source` as they come, does `work` on them on that many threads, and hands the results to
/// `sink` one by one, in the order of the items and each as soon as it is there, or a fifth of a millisecond later. Memory does not grow
/// with the number of items, however long one of them takes.
///
/// # Errors
/// What `sink` gives, else what `source` gives. When `sink` fails, `source` is told so by an error at its next item.
///
/// # Panics
/// Where one of the three does: results of earlier items are handed over before.
pub fn in_order<T: Send, R: Send>(
    threads: usize,
    source: impl FnOnce(&mut dyn FnMut(T) -> io::Result<()>) -> io::Result<()> + Send,
    work: impl Fn(T) -> R + Sync,
    mut sink: impl FnMut(R) -> io::Result<()>,
) -> io::Result<()> {
    let threads = threads.max(1);
    let under_way = UNDER_WAY * threads;
    // An item needs a permit, which comes back, some at once, when its result was handed over. So only who waits for a permit ever
    // waits for room, and hears of it when nobody gives permits any more.
    let (permit, permits) = sync_channel(under_way);
    let (ask, questions) = sync_channel(under_way);
    let (answer, answers) = sync_channel(under_way);
    let questions = Mutex::new(questions);
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
            let mut next = 0_u64;
            source(&mut |item| {
                permit.send(()).map_err(|_| gone())?;
                ask.send((next, item)).map_err(|_| gone())?;
                next += 1;
                Ok(())
            })
        });
        for _ in 0..threads {
            let (questions, work, answer) = (&questions, &work, answer.clone());
            scope.spawn(move || answer_all(questions, work, &answer));
        }
        drop(answer);
        let written = write_in_order(answers, permits, &mut sink);
        let read = reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        written.and(read)
    })
}

/// An answer, or the panic that came instead.
type Answer<R> = thread::Result<R>;

fn answer_all<T, R>(
    questions: &Mutex<Receiver<(u64, T)>>,
    work: impl Fn(T) -> R,
    answer: &SyncSender<(u64, Answer<R>)>,
) {
    loop {
        // The lock is held while waiting: whoever has it is the next to work.
        let asked = questions.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, item)) = asked else { return };
        // A panic is an answer too: a place that never came would hold up all after it.
        let answered = catch_unwind(AssertUnwindSafe(|| work(item)));
        if answer.send((place, answered)).is_err() {
            return;
        }
    }
}

fn write_in_order<R>(
    answers: Receiver<(u64, Answer<R>)>,
    permits: Receiver<()>,
    sink: &mut impl FnMut(R) -> io::Result<()>,
) -> io::Result<()> {
    let mut early = BTreeMap::new();
    let (mut next, mut handed) = (0, 0);
    let answers = Waiting { answers, napped: true };
    for (place, answer) in answers {
        early.insert(place, answer);
        while let Some(answer) = early.remove(&next) {
            next += 1;
            sink(answer.unwrap_or_else(|panic| resume_unwind(panic)))?;
            // Each item had one. Some at once: whoever reads is not woken for each. Fewer are kept back than there are,
            // so that one who waits for a permit always has items under way.
            handed += 1;
            if handed == AT_ONCE {
                for _ in 0..AT_ONCE {
                    let _ = permits.recv();
                }
                handed = 0;
            }
        }
    }
    Ok(())
}

/// Answers as they come. To wake somebody takes as long as some answers do, so when they come fast, whoever waits for
/// the next ones looks again a moment later, and waits to be woken only where there was none.
struct Waiting<T> {
    answers: Receiver<T>,
    /// Whether nothing came since the last nap.
    napped: bool,
}

impl<T> Iterator for Waiting<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        loop {
            match self.answers.try_recv() {
                Ok(answer) => {
                    self.napped = false;
                    return Some(answer);
                }
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if self.napped => {
                    self.napped = false;
                    return self.answers.recv().ok();
                }
                Err(TryRecvError::Empty) => {
                    self.napped = true;
                    thread::sleep(NAP);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

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

    /// Ends, and by that panic: nobody waits for an answer that never comes.
    #[test]
    fn a_panic_at_work_comes_out_after_the_answers_before_it() {
        for threads in [1, 2] {
            let mut got = Vec::new();
            let end = catch_unwind(AssertUnwindSafe(|| {
                let work = |n: u64| if n == 700 { panic!("at 700") } else { n };
                let endless = |each: &mut dyn FnMut(u64) -> io::Result<()>| (0..).try_for_each(each);
                in_order(threads, endless, work, |n| {
                    got.push(n);
                    Ok(())
                })
            }));
            assert_eq!(end.unwrap_err().downcast_ref(), Some(&"at 700"));
            assert!(got.into_iter().eq(0..700), "{threads}");
        }
    }

    #[test]
    fn one_that_takes_long_does_not_let_the_others_run_away() {
        let handed = AtomicU64::new(0);
        let most = AtomicU64::new(0);
        let read = |each: &mut dyn FnMut(u64) -> io::Result<()>| {
            (0..2_000).try_for_each(|n| {
                most.fetch_max(n - handed.load(Ordering::SeqCst), Ordering::SeqCst);
                each(n)
            })
        };
        let work = |n| {
            if n == 0 {
                thread::sleep(Duration::from_millis(50));
            }
        };
        in_order(2, read, work, |()| {
            handed.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
        assert!(most.into_inner() <= 2 * UNDER_WAY as u64 + 1);
    }
}
