-- Bulk issuing: a job over the whole register, cut into parts by ranges of register numbers.

-- `state`: 1 running, 2 paused, 3 done, 4 cancelled. `fingerprint` says what is wished for: who wishes for the
-- same as an unfinished job joins it.
CREATE TABLE job (
    id          BIGINT   NOT NULL PRIMARY KEY,
    fingerprint BLOB     NOT NULL,
    summary     TEXT     NOT NULL,
    state       SMALLINT NOT NULL,
    begun_at    BIGINT   NOT NULL,
    ended_at    BIGINT
);

-- No two unfinished jobs do the same.
CREATE UNIQUE INDEX job_unfinished ON job (fingerprint) WHERE state < 3;

-- A part covers the numbers from `first_number` to `last_number`. It is done when `done_at` says so; `place` is
-- where its certificates were put, and the counts are what came of it. `run` names the process that has it in hand,
-- in a database of a single process; elsewhere that is the lock on this row.
CREATE TABLE job_part (
    job          BIGINT NOT NULL,
    part         BIGINT NOT NULL,
    first_number TEXT   NOT NULL,
    last_number  TEXT   NOT NULL,
    records      BIGINT NOT NULL,
    run          BLOB,
    done_at      BIGINT,
    place        TEXT,
    records_done BIGINT NOT NULL DEFAULT 0,
    issued       BIGINT NOT NULL DEFAULT 0,
    again        BIGINT NOT NULL DEFAULT 0,
    refusals     TEXT,
    PRIMARY KEY (job, part)
);
