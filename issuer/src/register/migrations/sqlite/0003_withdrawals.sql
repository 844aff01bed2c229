-- Withdrawals: what this office asked the status service for. Rows are added and never deleted; only
-- `handed_out` is filled in later. Whether a certificate is withdrawn is what the newest request says of it.

-- One row a request, written with its signed bytes and with all that it says in one transaction, before
-- anybody gets the file: a killed run leaves a request that the next run hands out, the same to the byte.
-- `action` is 1 for a withdrawal, 2 for a reinstatement, 3 for both; `reason` the number of its class;
-- `kid` the status key's; `handed_out` when the file was first written.
CREATE TABLE status_request (
    sequence   BIGINT   NOT NULL PRIMARY KEY,
    action     SMALLINT NOT NULL,
    reason     SMALLINT NOT NULL,
    repository TEXT     NOT NULL,
    kid        BLOB     NOT NULL,
    made_at    BIGINT   NOT NULL,
    places     BIGINT   NOT NULL,
    rules      BIGINT   NOT NULL,
    sha256     BLOB     NOT NULL,
    bytes      BLOB     NOT NULL,
    handed_out BIGINT
);

-- The places of the status list that a request speaks of: `withdrawn` is 1, or 0 for a reinstatement.
-- By place and not by certificate: a forged one that names a place of ours is withdrawn in the same way.
CREATE TABLE withdrawal (
    shard        BIGINT   NOT NULL,
    status_index BIGINT   NOT NULL,
    sequence     BIGINT   NOT NULL,
    withdrawn    SMALLINT NOT NULL,
    PRIMARY KEY (shard, status_index, sequence)
) WITHOUT ROWID;

CREATE INDEX withdrawal_request ON withdrawal (sequence);

-- The rules that a request adds (`withdrawn` is 1) or lifts (0): all certificates of a key that were
-- issued in a span of time, or that name a lot, or both.
CREATE TABLE withdrawal_rule (
    sequence     BIGINT   NOT NULL,
    place        BIGINT   NOT NULL,
    withdrawn    SMALLINT NOT NULL,
    kid          BLOB     NOT NULL,
    issued_from  BIGINT,
    issued_until BIGINT,
    lot          TEXT,
    PRIMARY KEY (sequence, place)
);
