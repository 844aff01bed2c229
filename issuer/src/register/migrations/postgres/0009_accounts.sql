-- Accounts of the office's service; the SQLite migration 13 tells what each column is for.
CREATE TABLE account (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    display    TEXT NOT NULL,
    roles      TEXT NOT NULL,
    station    TEXT NOT NULL,
    password   TEXT,
    token      BYTEA UNIQUE,
    disabled   BIGINT NOT NULL DEFAULT 0,
    changed_at BIGINT NOT NULL
);
