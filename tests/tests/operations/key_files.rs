//! A restored register, and a key file that is missing, damaged or another's.

use std::fs;

use super::town::{Town, on_every_store};

#[test]
fn without_its_own_key_file_a_restored_register_is_refused_with_what_to_do() {
    on_every_store(|server| {
        let mut town = Town::new(server, 4);
        let backup = town.back_up();
        town.restore(&backup).good();
        let (records, key) = (town.records(), town.key());
        let good = fs::read(&key).expect("the key file");
        let number = town.numbers()[0].clone();
        let refused = |words: &str| {
            for command in ["register status", &format!("register show {number}"), "status"] {
                let answer = town.run(&format!("tegata-issuer {command}"));
                assert_eq!(answer.status, 5, "{command}: {}\n{}", answer.out, answer.err);
                assert!(answer.err.contains(words) && answer.out.is_empty(), "{command}: {}", answer.err);
            }
        };
        fs::remove_file(&key).expect("removes");
        refused("restore it from its safe copy");

        fs::write(&key, &good[..good.len() / 2]).expect("writes");
        refused("restore it from its safe copy");

        fs::remove_file(&key).expect("removes");
        town.run(&format!("tegata-issuer register key new {}", key.display())).good();
        refused("is not the one of the register");

        // The safe's copy opens it as if nothing had been.
        fs::write(&key, good).expect("writes");
        assert_eq!(town.records(), records);
    });
}
