//! The units give the service no more than it needs, by systemd's own measure.

use std::process::Command;

use super::page::root;

#[test]
fn units_are_held_tightly() {
    let version = Command::new("systemd-analyze").arg("--version").output();
    let version = version.ok().and_then(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split_whitespace().nth(1)?.parse::<u32>().ok()
    });
    if version.is_none_or(|version| version < 250) {
        println!("units: skipped: no systemd-analyze of 250 or later; install it: sudo apt-get install systemd");
        return;
    }
    for unit in ["tegata-office.service", "tegata-backup.service"] {
        let mut tool = Command::new("systemd-analyze");
        tool.args(["security", "--offline=true", "--threshold=15", "--no-pager"])
            .arg(root().join("packaging").join(unit));
        let output = tool.output().expect("runs");
        assert!(output.status.success(), "{unit}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
