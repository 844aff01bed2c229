//! Withdrawing and reinstating as one act of an office: chosen, approved, asked for and noted in one transaction.

use super::{Change, Chosen, Order, StatusKey, Target, WithdrawError, choose};
use crate::approval::{ApprovalKind, Permit, Subject};
use crate::register::{Act, ActKind, Ask, Register, Undone};
use sha2::{Digest, Sha256};
use tegata_trust_lists::{MAX_RULES, TrustState};

/// What came of an act.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CarriedOut {
    /// What was asked of the status service: hand its requests out.
    pub asked: super::Asked,
    /// Certificates withdrawn or reinstated by numbers of their own: publish their lists anew.
    pub cards: u64,
    /// What was chosen.
    pub chosen: Chosen,
}

/// Whom or what an approval for these targets is about: a person alone by name, anything else as a whole.
#[must_use]
pub fn subject_of(targets: &[Target]) -> Subject {
    if let [Target::Person(number)] = targets {
        return Subject::Person(number.clone());
    }
    let mut hash = Sha256::new().chain_update(b"tegata targets/1\0");
    let mut count = 0;
    for target in targets {
        count += match target {
            Target::List(rows) => rows.len() as u64,
            _ => 1,
        };
        for part in target.parts() {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    Subject::Choice { digest: hash.finalize().into(), count }
}

/// Withdraws or reinstates what the targets name: request, lists of the office's own, approval and audit in one
/// transaction. Files are [handed out](super::hand_out()) afterwards.
///
/// # Errors
/// [`WithdrawError`], among them [`ApprovalError::Needed`](crate::approval::ApprovalError::Needed). Nothing was changed then.
pub fn carry_out(
    register: &mut Register,
    key: &StatusKey<'_>,
    state: &TrustState,
    targets: &[Target],
    order: &Order<'_>,
    permit: &Permit<'_>,
) -> Result<CarriedOut, WithdrawError> {
    let Order { change, reason, sequence, folder, made_at } = *order;
    let kind = match change {
        Change::Withdraw => ApprovalKind::Revoke,
        Change::Reinstate => ApprovalKind::Reinstate,
    };
    // Before anything is looked for: who may not do it learns nothing of it.
    let granted = permit.approval_for(kind, &subject_of(targets), 1)?;
    let chosen = choose(register, state, targets, made_at, &mut |_| {})?;
    if change == Change::Withdraw && register.rules()?.len() + chosen.rules.len() > MAX_RULES {
        return Err(WithdrawError::TooManyRules);
    }
    let (places, rules) = (&chosen.places, &chosen.rules);
    let (repository, kid) = (key.repository(), key.kid());
    let ask = Ask { change, places, rules, reason, repository, kid, made_at, sequence };
    let (outcome, cards) = register.amend(|amendment| {
        if let Some(granted) = granted {
            amendment.consume(granted, made_at).map_err(Undone::into_other::<WithdrawError>)?;
        }
        let mut sign = |settled: &_| key.sign(&ask, settled, folder);
        let outcome = amendment.ask(&ask, &mut sign).map_err(Undone::into_other::<WithdrawError>)?;
        let cards = amendment.change_cards(&chosen.cards, change, made_at)?;
        if cards > 0 {
            let kind = match change {
                Change::Withdraw => ActKind::Revoke,
                Change::Reinstate => ActKind::Reinstate,
            };
            amendment.act(Act::new(kind).with("cards", cards));
        }
        Ok::<_, Undone<WithdrawError>>((outcome, cards))
    })?;
    Ok(CarriedOut { asked: outcome.into(), cards, chosen })
}
