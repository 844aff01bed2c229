-- Findings that hold people back until somebody confirms them.

-- The key of the fingerprints of this register's findings.
CREATE TABLE finding_key (
    id              SMALLINT NOT NULL PRIMARY KEY,
    fingerprint_key BLOB     NOT NULL
);

-- One row a person and finding. `subject` is 0 for the person's particulars, 1 for the dose with the number `dose`, 2 for
-- the doses together. `import_id`, `role`, `line` and `column_number` say where it was last found.
CREATE TABLE open_finding (
    number        TEXT     NOT NULL,
    code          TEXT     NOT NULL,
    fingerprint   BLOB     NOT NULL,
    subject       SMALLINT NOT NULL,
    dose          SMALLINT NOT NULL,
    import_id     BIGINT   NOT NULL,
    role          TEXT     NOT NULL,
    line          BIGINT   NOT NULL,
    column_number BIGINT   NOT NULL,
    PRIMARY KEY (number, code, fingerprint)
);

CREATE INDEX open_finding_import ON open_finding (import_id);

-- What somebody has looked at and found right. `day` is when, or the day of the import
-- that was told to accept the code.
CREATE TABLE confirmation (
    fingerprint BLOB NOT NULL PRIMARY KEY,
    day         TEXT NOT NULL
);

-- Lots as imports saw them: `seen` is the most doses that one import had of the lot with that maker.
CREATE TABLE lot (
    lot       TEXT    NOT NULL,
    maker     TEXT    NOT NULL,
    seen      BIGINT  NOT NULL,
    first_day INTEGER NOT NULL,
    last_day  INTEGER NOT NULL,
    PRIMARY KEY (lot, maker)
);
