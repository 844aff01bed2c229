-- Accounts of the office's service. `password` is an argon2id hash in PHC form, none where somebody signs in elsewhere;
-- `token` is SHA-256 of the token of another system, which is random and needs no slower hash.
CREATE TABLE account (
    name       TEXT NOT NULL PRIMARY KEY,
    display    TEXT NOT NULL,
    roles      TEXT NOT NULL,
    station    TEXT NOT NULL,
    password   TEXT,
    token      BLOB UNIQUE,
    disabled   INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL
) STRICT;
