-- Withdrawals of certificates that are withdrawn by a number of their own (SMART Health Cards: `rid`), in lists
-- that this office publishes itself; no request to the status service speaks of them. Rows are added and
-- never deleted: what the newest says of a number, holds. `change` counts the changes to the list of a key
-- from 1; the published counter is one more.
CREATE TABLE card_withdrawal (
    kid       BLOB     NOT NULL,
    change    BIGINT   NOT NULL,
    rid       TEXT     NOT NULL,
    withdrawn SMALLINT NOT NULL,
    made_at   BIGINT   NOT NULL,
    PRIMARY KEY (kid, change, rid)
) WITHOUT ROWID;

CREATE INDEX card_withdrawal_rid ON card_withdrawal (rid);
