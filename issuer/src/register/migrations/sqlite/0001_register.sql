-- The register: people with their doses, and where each came from.

-- One row a person. `doses` is the person's whole vaccination record in the packed form of
-- register/pack.rs: a row a dose costs four times as much to import (measured: 4.2 against
-- 1.1 microseconds a person), and a record is always read and certified as a whole.
-- A missing value undoes the whole import; could it undo a single statement, SQLite would copy
-- every page that a statement touches to be able to.
-- `birth` is YYYYMMDD, with zeros for what is not known.
-- `import_id` and `line` say which import last confirmed the person, and in which line of its file.
CREATE TABLE person (
    number       TEXT     NOT NULL ON CONFLICT ROLLBACK PRIMARY KEY,
    name         TEXT,
    kana         TEXT,
    romanised    TEXT,
    birth        INTEGER  NOT NULL ON CONFLICT ROLLBACK,
    sex          SMALLINT,
    municipality INTEGER,
    nationality  TEXT,
    passport     TEXT,
    shielded     SMALLINT NOT NULL ON CONFLICT ROLLBACK,
    import_id    BIGINT   NOT NULL ON CONFLICT ROLLBACK,
    line         BIGINT   NOT NULL ON CONFLICT ROLLBACK,
    dose_count   SMALLINT NOT NULL ON CONFLICT ROLLBACK,
    doses        BLOB     NOT NULL ON CONFLICT ROLLBACK
) WITHOUT ROWID;

-- Makers, lots and places as the files wrote them: few, repeated in most doses.
CREATE TABLE term (
    id   BIGINT NOT NULL PRIMARY KEY,
    text TEXT   NOT NULL UNIQUE
);

-- Every import that was kept.
CREATE TABLE import (
    id              BIGINT NOT NULL PRIMARY KEY,
    day             TEXT   NOT NULL,
    people_inserted BIGINT NOT NULL,
    people_updated  BIGINT NOT NULL,
    doses_inserted  BIGINT NOT NULL,
    doses_updated   BIGINT NOT NULL,
    doses_removed   BIGINT NOT NULL
);

-- The files of an import.
CREATE TABLE import_file (
    import_id BIGINT NOT NULL,
    role      TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    sha256    BLOB   NOT NULL,
    bytes     BIGINT NOT NULL,
    encoding  TEXT   NOT NULL,
    rows_good BIGINT NOT NULL,
    refused   BIGINT NOT NULL,
    PRIMARY KEY (import_id, role)
);
