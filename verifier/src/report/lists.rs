//! What the lists are, as data.

use super::freshness_name;
use super::line::Line;
use tegata_certificate::UnixTime;
use tegata_trust_lists::rules::RuleList;
use tegata_trust_lists::{Header, TrustState};

/// The lists as one line of JSON: versions, dates, ages in seconds, what each status shard says, issuers.
/// The same from the command line (`trust show --json`, member `list`) and from WebAssembly.
#[must_use]
pub fn lists_json(state: &TrustState, now: UnixTime) -> String {
    let mut line = Line::new();
    line.open('{');
    line.member("repository", state.repository_id());
    line.raw("demo", &state.is_demo());
    let (root, trust, head) = (&state.root().header, state.trust(), &state.head().header);
    for (name, header) in [("root", root), ("trust", &trust.header), ("head", head)] {
        line.open_member(name, '{');
        write_dates(&mut line, header, now);
        line.close('}');
    }
    line.open_member("status", '[');
    for shard in state.shards() {
        line.open('{');
        line.number("shard", Some(shard.number()));
        write_dates(&mut line, shard.header(), now);
        line.raw("revoked", &shard.set().len());
        line.raw("rules", &shard.rules().len());
        line.close('}');
    }
    line.close(']');
    line.open_member("withdrawals", '[');
    for list in state.withdrawals() {
        line.open('{');
        line.number("list", Some(list.list));
        write_dates(&mut line, &list.header, now);
        line.member("source", &list.source);
        line.raw("revoked", &list.len());
        line.close('}');
    }
    line.close(']');
    if let Some(rules) = state.rules() {
        write_rules(&mut line, rules, state, now);
    }
    line.member("freshness", freshness_name(state.freshness(now)));
    line.open_member("issuers", '[');
    for issuer in &trust.issuers {
        line.open('{');
        line.open_member("name", '{');
        line.member("ja", &issuer.name_ja);
        line.member("en", &issuer.name_en);
        line.close('}');
        line.shown("country", Some(issuer.country));
        line.close('}');
    }
    line.close(']');
    line.raw("keys", &trust.keys.len());
    line.close('}');
    line.into_string()
}

/// The rule sets: what a verifier can be told to judge by.
fn write_rules(line: &mut Line, rules: &RuleList, state: &TrustState, now: UnixTime) {
    line.open_member("rules", '{');
    write_dates(line, &rules.header, now);
    line.optional("freshness", state.rules_freshness(now).map(freshness_name));
    line.open_member("sets", '[');
    for set in &rules.sets {
        line.open('{');
        line.member("id", &set.id);
        line.member("purpose", set.purpose.name());
        line.open_member("name", '{');
        line.member("ja", set.name_in("ja"));
        line.member("en", set.name_in("en"));
        line.close('}');
        line.number("version", Some(set.version));
        line.shown("dated", Some(set.dated));
        line.optional("country", set.country.as_deref());
        line.raw("rules", &set.rules.len());
        line.close('}');
    }
    line.close(']');
    line.close('}');
}

fn write_dates(line: &mut Line, header: &Header, now: UnixTime) {
    line.number("version", Some(header.version));
    line.shown("issued_at", Some(header.issued_at));
    line.shown("expires_at", Some(header.expires_at));
    line.raw("age", &now.0.saturating_sub(header.issued_at.0).max(0));
}
