//! Lists signed with keys in tokens: by officers apart, and by whoever publishes, with keys in files beside them.

use tegata_tests::soft_token::{PIN, on_stage};
use tegata_trust_lists::{Bundle, RootPin, TrustState};

use super::desk::{Desk, PASSPHRASE};

/// The first eight digits of the hash that the tool shows.
fn digits(shown: &str) -> String {
    let hash = shown.lines().skip_while(|line| !line.starts_with("SHA-256 of what is signed")).nth(1).expect("a hash");
    hash.split_whitespace().take(2).collect()
}

#[test]
fn a_root_and_lists_are_signed_with_keys_in_a_token_and_verify() {
    on_stage("ceremony::a_root_and_lists_are_signed_with_keys_in_a_token_and_verify", |tokens| {
        tokens.make("officer");
        let desk = Desk::new(tokens);
        let module = tokens.module.display();
        let in_token = |name: &str, keys: &str, kind: &str| {
            let new = format!(
                "tegata-trust key new {name} --demo --type {kind} --keys {keys} --token pkcs11:token=officer --module {module} \
                 --pin-fd 0"
            );
            desk.does(&new, PIN);
        };
        in_token("root-a", "a", "ed25519");
        in_token("trust-1", "online", "ed25519");
        in_token("status-1", "online", "ed25519");
        desk.does("tegata-trust key new head-1 --demo --keys online --passphrase-fd 0", PASSPHRASE);
        desk.does("tegata-issuer key new office --demo --passphrase-fd 0", PASSPHRASE);
        let shown = desk.does(
            "tegata-trust propose init --demo --repository-id DEMO/officer --root-key a/root-a.json --trust-key \
             online/trust-1.json --status-key online/status-1.json --head-key online/head-1.json",
            "",
        );
        let sign = |pin: &str| {
            let line = format!("tegata-trust sign root-1.proposal --keys a --yes {} --pin-fd 0", digits(&shown));
            desk.run(&line, pin)
        };
        let (status, said) = sign("000000");
        assert!(status == Some(2) && said.contains("wrong PIN"), "{said}");
        assert_eq!(sign(PIN).0, Some(0));
        let made = desk.does("tegata-trust assemble root-1.proposal root-1.root-a.sig --dir trust", "");
        let pin: RootPin = made.lines().last().expect("a pin").parse().expect("a pin");
        desk.does(
            "tegata-trust add-issuer --name-ja 架空市 --name-en City --country JP --key keys/office.json --format compact",
            "",
        );
        // The list's key is in the token, the head's in a file: each is opened with its own secret.
        let publish = "tegata-trust publish --keys online --passphrase-fd 0 --pin-credential pin";
        tokens.take_away();
        desk.refuses(publish, PASSPHRASE, 2, &["is away"]);
        tokens.bring_back();
        desk.does(publish, PASSPHRASE);
        desk.does("tegata-trust bundle --out lists.cbor", "");
        let bytes = std::fs::read(desk.file("lists.cbor")).expect("lists");
        let bundle = Bundle::parse(&bytes).expect("decodes");
        let now = device_time();
        let state = TrustState::load(&bundle, &pin, now).expect("the lists verify");
        assert_eq!(state.trust().keys.len(), 1);
    });
}

fn device_time() -> tegata_certificate::UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock after 1970");
    tegata_certificate::UnixTime(i64::try_from(since.as_secs()).expect("a clock of today"))
}
