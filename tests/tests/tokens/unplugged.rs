//! A token that goes away and comes back, while one signs and while many do.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use tegata_keys::{KeyType, SignError, Signer};
use tegata_tests::soft_token::{PIN, on_stage};

use super::objects::{new_key, store};

#[test]
fn a_signer_says_that_its_token_is_away_and_signs_again_when_it_is_back() {
    on_stage("unplugged::a_signer_says_that_its_token_is_away_and_signs_again_when_it_is_back", |tokens| {
        tokens.make("office");
        let keys = [("one", KeyType::Ed25519), ("two", KeyType::P256)].map(|(name, kind)| new_key(tokens, name, kind));
        for round in 0..5 {
            tokens.take_away();
            for key in &keys {
                for _ in 0..2 {
                    let began = Instant::now();
                    let error = key.sign(b"message").expect_err("signs without its token");
                    assert_eq!(error, SignError::Away, "round {round}");
                    assert!(error.to_string().contains("plug it in"));
                    assert!(began.elapsed() < Duration::from_secs(2), "it took {:?} to notice", began.elapsed());
                }
            }
            let opened = store(tokens).unlock("one", &super::objects::pin()).expect_err("is away");
            assert!(opened.to_string().contains("away") && !opened.to_string().contains(PIN), "{opened}");
            tokens.bring_back();
            for key in &keys {
                let signature = key.sign(b"message").expect("signs again");
                key.verifying_key().verify(b"message", &signature).expect("holds");
            }
        }
    });
}

#[test]
fn many_threads_lose_the_token_and_go_on_with_it_and_never_sign_amiss() {
    on_stage("unplugged::many_threads_lose_the_token_and_go_on_with_it_and_never_sign_amiss", |tokens| {
        tokens.make("office");
        let keys = [("one", KeyType::Ed25519), ("two", KeyType::P256)].map(|(name, kind)| new_key(tokens, name, kind));
        let (stop, signed, away) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
        let sign = |thread: u64, key: &dyn Signer| {
            for number in 0_u64.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let message = format!("{thread} {number}");
                match key.sign(message.as_bytes()) {
                    Ok(signature) => {
                        key.verifying_key().verify(message.as_bytes(), &signature).expect("holds");
                        signed.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(SignError::Away) => {
                        away.fetch_add(1, Ordering::Relaxed);
                        sleep(Duration::from_millis(2));
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        };
        scope(|threads| {
            for thread in 0..8 {
                let (key, sign) = (&keys[thread as usize % 2], &sign);
                threads.spawn(move || sign(thread, key));
            }
            for _ in 0..10 {
                sleep(Duration::from_millis(100));
                tokens.take_away();
                sleep(Duration::from_millis(50));
                tokens.bring_back();
                let before = signed.load(Ordering::Relaxed);
                let began = Instant::now();
                while signed.load(Ordering::Relaxed) < before + 8 {
                    assert!(began.elapsed() < Duration::from_secs(10), "nobody signs again");
                    sleep(Duration::from_millis(1));
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
        let (signed, away) = (signed.into_inner(), away.into_inner());
        println!("8 threads, token away 10 times: {signed} signatures held, {away} times told that it is away");
        assert!(away > 0, "nobody noticed");
    });
}

#[test]
#[ignore = "a measurement: it says nothing on a machine that does other things"]
fn signatures_a_second() {
    on_stage("unplugged::signatures_a_second", |tokens| {
        tokens.make("office");
        for (name, kind) in [("one", KeyType::Ed25519), ("two", KeyType::P256)] {
            let key = new_key(tokens, name, kind);
            for threads in [1, 2, 4] {
                let (began, span) = (Instant::now(), Duration::from_millis(700));
                let signed = AtomicU64::new(0);
                scope(|all| {
                    for _ in 0..threads {
                        all.spawn(|| {
                            while began.elapsed() < span {
                                key.sign(b"message").expect("signs");
                                signed.fetch_add(1, Ordering::Relaxed);
                            }
                        });
                    }
                });
                let rate = signed.into_inner() as f64 / began.elapsed().as_secs_f64();
                println!("{} with {threads} threads: {rate:.0} signatures/s", kind.name());
            }
        }
    });
}
