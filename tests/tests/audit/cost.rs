//! What the audit costs when everybody gets a certificate. Not asserted, because others use the machine too.

use super::number;
use super::stores::on_every_store;
use std::time::Instant;
use tegata_certificate::Format;
use tegata_issuer::{Act, ActKind, CertificateHash, Register};
use tegata_tests::specimen::NOW;

#[test]
#[ignore = "a measurement: cargo test --test audit -- --ignored --nocapture"]
fn noting_a_certificate_costs_little_beside_issuing_it() {
    on_every_store(|store| {
        let office = store.office(20_000, 7);
        let out = tempfile::tempdir().expect("a folder");
        let begun = Instant::now();
        let issued = office.issue_as(&[Format::Compact], out.path(), &[], NOW).issued;
        let issuing = begun.elapsed();
        let mut register = Register::open(office.location()).expect("opens");
        let acts: Vec<Act> = (0..issued)
            .map(|count| {
                let hash = CertificateHash::of(&[7; 32], Format::Compact, &count.to_string());
                Act::new(ActKind::Issue).about(&number(&count.to_string())).certificate(hash).with("format", "compact")
            })
            .collect();
        let begun = Instant::now();
        // With a commit of its own for each page, which issuing has anyway.
        acts.chunks(512).for_each(|page| register.note(page).expect("notes"));
        let noting = begun.elapsed();
        let each = |time: std::time::Duration| time.as_secs_f64() * 1e6 / issued as f64;
        let share = 100.0 * noting.as_secs_f64() / (issuing - noting).as_secs_f64();
        println!(
            "{issued} certificates: {:.1} µs each, noting {:.1} µs: at most {share:.1} %",
            each(issuing),
            each(noting)
        );
        let begun = Instant::now();
        let proof = register.verify_audit(&[]).expect("verifies");
        assert_eq!(proof.fault, None);
        println!("verified {} entries in {:.2} s", proof.head.sequence, begun.elapsed().as_secs_f64());
    });
}
