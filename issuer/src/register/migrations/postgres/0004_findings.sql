-- Findings: see the SQLite migration of that name.

CREATE TABLE finding_key (
    id              BIGINT NOT NULL PRIMARY KEY,
    fingerprint_key BYTEA     NOT NULL
);

CREATE TABLE open_finding (
    number        TEXT COLLATE "C"     NOT NULL,
    code          TEXT COLLATE "C"     NOT NULL,
    fingerprint   BYTEA     NOT NULL,
    subject       BIGINT NOT NULL,
    dose          BIGINT NOT NULL,
    import_id     BIGINT   NOT NULL,
    role          TEXT COLLATE "C"     NOT NULL,
    line          BIGINT   NOT NULL,
    column_number BIGINT   NOT NULL,
    PRIMARY KEY (number, code, fingerprint)
);

CREATE INDEX open_finding_import ON open_finding (import_id);

CREATE TABLE confirmation (
    fingerprint BYTEA NOT NULL PRIMARY KEY,
    day         TEXT NOT NULL
);

CREATE TABLE lot (
    lot       TEXT COLLATE "C"    NOT NULL,
    maker     TEXT COLLATE "C"    NOT NULL,
    seen      BIGINT  NOT NULL,
    first_day BIGINT NOT NULL,
    last_day  BIGINT NOT NULL,
    PRIMARY KEY (lot, maker)
);

-- As `waiting`: filled and emptied in the transaction of an import.
CREATE TABLE dispersed (
    number TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sealed BYTEA            NOT NULL,
    lost   BYTEA            NOT NULL
);

CREATE TABLE refused_doses (
    number TEXT COLLATE "C" NOT NULL PRIMARY KEY
);
