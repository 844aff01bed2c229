//! Who may do what: one table, which the router and the tests walk.

use std::fmt;

/// A role of an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Serves people at the counter: searches, issues, prints, corrects.
    Clerk,
    /// The second person: approves what one alone may not do, withdraws.
    Approver,
    /// Imports files, issues to everyone, steers jobs.
    Operator,
    /// Reads the audit, and nothing else.
    Auditor,
    /// Accounts and stations.
    Admin,
    /// Another system, by its token: the JSON interface alone.
    System,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [Self::Clerk, Self::Approver, Self::Operator, Self::Auditor, Self::Admin, Self::System];

    /// Its name in arguments, claims and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::System => "system",
        }
    }

    /// Its name for people, in Japanese and English.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Clerk => ("窓口担当", "Clerk"),
            Self::Approver => ("承認者", "Approver"),
            Self::Operator => ("一括処理担当", "Operator"),
            Self::Auditor => ("監査", "Auditor"),
            Self::Admin => ("管理者", "Administrator"),
            Self::System => ("連携システム", "System"),
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What somebody does at the office.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Duty {
    /// Sign out, choose a language, see the first page.
    Any,
    /// Search for a person, and look at the record.
    Look,
    /// Issue, look at codes, print, hand over.
    Issue,
    /// Correct a record.
    Correct,
    /// Withdraw and reinstate certificates of a person.
    Withdraw,
    /// Take files in.
    Import,
    /// Confirm what was found about records, after looking.
    Confirm,
    /// Issue to everyone, and steer that.
    Jobs,
    /// See what waits for a second person, and do what was approved.
    Approvals,
    /// Decide what others asked for.
    Approve,
    /// Read the audit.
    Audit,
    /// Suspend stations, and ask to let them work again.
    Stations,
    /// Add accounts, and change them.
    Accounts,
    /// The JSON interface for other systems.
    Interface,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 14] = [
        Self::Any,
        Self::Look,
        Self::Issue,
        Self::Correct,
        Self::Withdraw,
        Self::Import,
        Self::Confirm,
        Self::Jobs,
        Self::Approvals,
        Self::Approve,
        Self::Audit,
        Self::Stations,
        Self::Accounts,
        Self::Interface,
    ];

    /// The roles that do it.
    #[must_use]
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Any => &[Role::Clerk, Role::Approver, Role::Operator, Role::Auditor, Role::Admin],
            Self::Look => &[Role::Clerk, Role::Approver, Role::Operator],
            Self::Issue | Self::Correct => &[Role::Clerk, Role::Approver],
            Self::Withdraw => &[Role::Clerk, Role::Approver],
            Self::Import | Self::Jobs => &[Role::Operator],
            Self::Confirm => &[Role::Operator, Role::Approver],
            Self::Approvals => &[Role::Clerk, Role::Approver, Role::Operator, Role::Admin],
            Self::Approve => &[Role::Approver],
            Self::Audit => &[Role::Auditor],
            Self::Stations | Self::Accounts => &[Role::Admin],
            Self::Interface => &[Role::System],
        }
    }

    /// Whether somebody with these roles does it.
    #[must_use]
    pub fn is_of(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles().contains(role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_names_of_their_own() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
    }

    #[test]
    fn who_audits_does_nothing_else_and_a_system_sees_no_page() {
        for duty in Duty::ALL {
            let audits = matches!(duty, Duty::Audit | Duty::Any);
            assert_eq!(duty.is_of(&[Role::Auditor]), audits, "{duty:?}");
            assert_eq!(duty.is_of(&[Role::System]), duty == Duty::Interface, "{duty:?}");
            assert!(!duty.is_of(&[]), "{duty:?}");
        }
    }
}
