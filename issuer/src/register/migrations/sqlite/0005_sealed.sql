-- Personal data is sealed: what describes a person, and the doses, are one value that only the key file opens
-- (register/seal.rs). Plain stay the number that the office keys by, what the register counts, and `lookup`, a
-- keyed hash of the kana and the birth date, which finds a person without telling who it is.

-- Which key file the register was sealed with: `key_id` is derived from the key and tells nothing of it.
-- `scrubbed` is 0 until the plain text of an older register is gone from the file's free room too.
CREATE TABLE register_key (
    id       BIGINT NOT NULL PRIMARY KEY,
    key_id   BLOB   NOT NULL,
    scrubbed BIGINT NOT NULL DEFAULT 1
);

-- What an older version of the program wrote; register/upgrade.rs seals it and drops this table in the same
-- transaction.
ALTER TABLE person RENAME TO person_plain;

-- One row a person. `sealed` holds the whole record: a row a dose costs four times as much to import (measured:
-- 4.2 against 1.1 microseconds a person), and a record is always read and certified as a whole.
-- A missing value undoes the whole import; could it undo a single statement, SQLite would copy
-- every page that a statement touches to be able to.
-- `import_id` and `line` say which import last confirmed the person, and in which line of its file.
CREATE TABLE person (
    number       TEXT     NOT NULL ON CONFLICT ROLLBACK PRIMARY KEY,
    municipality INTEGER,
    shielded     SMALLINT NOT NULL ON CONFLICT ROLLBACK,
    import_id    BIGINT   NOT NULL ON CONFLICT ROLLBACK,
    line         BIGINT   NOT NULL ON CONFLICT ROLLBACK,
    dose_count   SMALLINT NOT NULL ON CONFLICT ROLLBACK,
    lookup       BLOB,
    sealed       BLOB     NOT NULL ON CONFLICT ROLLBACK
) WITHOUT ROWID;

CREATE INDEX person_lookup ON person (lookup);

-- Records as they were when a certificate was issued for them, before an import changed them. `content` is the
-- hash of the record as it was (Record::content_hash); what `certificate.content` holds is derived from it by
-- edition. `import_id` is the import that changed the record.
CREATE TABLE record_version (
    number       TEXT     NOT NULL,
    content      BLOB     NOT NULL,
    municipality INTEGER,
    shielded     SMALLINT NOT NULL,
    import_id    BIGINT   NOT NULL,
    sealed       BLOB     NOT NULL,
    PRIMARY KEY (number, content)
) WITHOUT ROWID;

-- A range that was given up because the register is older than what was issued from it.
ALTER TABLE status_range ADD COLUMN closed BIGINT NOT NULL DEFAULT 0;
