//! Rule sets to start from.

/// A rule set to start from, as text.
#[derive(Clone, Copy, Debug)]
pub struct StarterRules {
    /// Its id.
    pub id: &'static str,
    /// What [`read_rule_text`](super::read_rule_text) reads.
    pub text: &'static str,
}

macro_rules! starters {
    ($($id:literal),* $(,)?) => {
        /// Every rule set to start from. Each says in its text what it follows, and as of when.
        pub const STARTER_RULES: &[StarterRules] = &[
            $(StarterRules { id: $id, text: include_str!(concat!("../../starter-rules/", $id, ".toml")) },)*
        ];
    };
}

starters! {
    "ihr-yellow-fever",
    "ihr-polio",
    "japan-2022-two-doses",
    "japan-2022-three-doses",
    "japan-border-2022-07",
    "venue",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::read_rule_text;

    #[test]
    fn every_starter_set_is_its_own_and_passes_the_tests_at_its_edges() {
        for starter in STARTER_RULES {
            let set = read_rule_text(starter.text).expect(starter.id);
            assert_eq!(set.id, starter.id);
            let (tests, faults) = set.faults();
            assert!(faults.is_empty() && tests >= 5, "{}: {tests} tests, {faults:?}", starter.id);
            for language in ["ja", "en"] {
                assert!(set.names.contains_key(language), "{}", starter.id);
                let said =
                    |rule: &crate::publish::DraftRule| rule.rule.description.iter().any(|words| words.lang == language);
                assert!(set.rules.iter().all(said), "{}", starter.id);
            }
            assert!(set.source.is_some(), "{}", starter.id);
        }
    }

    #[test]
    fn a_rule_that_is_a_day_off_fails_the_tests_at_its_edges() {
        for starter in STARTER_RULES {
            let mut set = read_rule_text(starter.text).expect(starter.id);
            for rule in &mut set.rules {
                let logic = rule.rule.logic.to_string();
                let off = logic
                    .replacen("10,\"day\"", "11,\"day\"", 1)
                    .replacen("28,\"day\"", "27,\"day\"", 1)
                    .replacen("14,\"day\"", "15,\"day\"", 1)
                    .replacen("72,\"hour\"", "73,\"hour\"", 1)
                    .replace("doses.2.by", "doses.1.by")
                    .replace(",3]", ",2]");
                assert_ne!(logic, off, "{} {}", starter.id, rule.rule.identifier);
                rule.rule.logic = serde_json::from_str(&off).expect("JSON");
            }
            assert!(!set.faults().1.is_empty(), "{}", starter.id);
        }
    }
}
