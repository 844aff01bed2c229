-- Signatures that cannot be made again: see the SQLite migration of that name.
CREATE TABLE kept_signature (
    identifier TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sealed     BYTEA NOT NULL
);
