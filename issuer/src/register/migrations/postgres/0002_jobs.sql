-- Bulk issuing: see the SQLite migration of that name.

CREATE TABLE job (
    id          BIGINT   NOT NULL PRIMARY KEY,
    fingerprint BYTEA     NOT NULL,
    summary     TEXT     NOT NULL,
    state       BIGINT   NOT NULL,
    begun_at    BIGINT   NOT NULL,
    ended_at    BIGINT
);

CREATE UNIQUE INDEX job_unfinished ON job (fingerprint) WHERE state < 3;

CREATE TABLE job_part (
    job          BIGINT NOT NULL,
    part         BIGINT NOT NULL,
    first_number TEXT COLLATE "C"   NOT NULL,
    last_number  TEXT COLLATE "C"   NOT NULL,
    records      BIGINT NOT NULL,
    run          BYTEA,
    done_at      BIGINT,
    place        TEXT,
    records_done BIGINT NOT NULL DEFAULT 0,
    issued       BIGINT NOT NULL DEFAULT 0,
    again        BIGINT NOT NULL DEFAULT 0,
    refusals     TEXT,
    PRIMARY KEY (job, part)
);
