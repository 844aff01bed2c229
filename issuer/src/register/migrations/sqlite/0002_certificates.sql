-- Certificates: what was promised before it was signed. A certificate is signed again from its
-- record and its row, with the same bytes; the signed text itself is not kept.

-- The status indices that a key may give out, as the trust list allots them. Certificate number
-- `next` gets the index that a permutation keyed by `secret` puts there.
CREATE TABLE status_range (
    shard       BIGINT NOT NULL,
    first_index BIGINT NOT NULL,
    past_index  BIGINT NOT NULL,
    kid         BLOB   NOT NULL,
    next        BIGINT NOT NULL,
    secret      BLOB   NOT NULL,
    PRIMARY KEY (shard, first_index)
);

-- One row a certificate. `content` is the hash of the record that it certifies: a corrected record
-- gets another certificate. `renewal` counts certificates of the same record after the first.
CREATE TABLE certificate (
    number       TEXT   NOT NULL,
    format       TEXT   NOT NULL,
    content      BLOB   NOT NULL,
    renewal      BIGINT NOT NULL,
    kid          BLOB   NOT NULL,
    shard        BIGINT,
    status_index BIGINT,
    identifier   TEXT   NOT NULL,
    issued_at    BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (number, format, content, renewal)
) WITHOUT ROWID;

-- No two certificates share a place in the status list, whatever a program believes.
CREATE UNIQUE INDEX certificate_status ON certificate (shard, status_index) WHERE shard IS NOT NULL;
