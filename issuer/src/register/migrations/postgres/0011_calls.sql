-- Answers to other systems' calls; the SQLite migration 15 tells what each column is for.
CREATE TABLE system_call (
    account     TEXT COLLATE "C" NOT NULL,
    call_key    TEXT COLLATE "C" NOT NULL,
    digest      BYTEA NOT NULL,
    answer      TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (account, call_key)
);
