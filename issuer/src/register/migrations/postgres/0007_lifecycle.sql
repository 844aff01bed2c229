-- The lifecycle of certificates; the SQLite migration 11 tells what each table is for.
CREATE TABLE approval (
    id              BIGINT NOT NULL PRIMARY KEY,
    kind            BIGINT NOT NULL,
    subject_sealed  BYTEA NOT NULL,
    why_sealed      BYTEA NOT NULL,
    state           BIGINT NOT NULL,
    asked_by        TEXT NOT NULL,
    asked_station   TEXT NOT NULL,
    asked_at        BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    decided_by      TEXT,
    decided_station TEXT,
    decided_at      BIGINT,
    decided_why_sealed BYTEA,
    used_by         TEXT,
    used_station    TEXT,
    used_at         BIGINT
);

CREATE INDEX approval_state ON approval (state, id);

CREATE TABLE correction (
    id             BIGINT NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    made_at        BIGINT NOT NULL,
    reason         BIGINT NOT NULL,
    made_by        TEXT NOT NULL,
    station        TEXT NOT NULL,
    before_content BYTEA NOT NULL,
    after_content  BYTEA NOT NULL,
    sequence       BIGINT
);

CREATE INDEX correction_number ON correction (number, id);

CREATE TABLE replacement (
    identifier TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    replaced_by TEXT COLLATE "C",
    correction  BIGINT NOT NULL
);

CREATE TABLE letter (
    id           BIGINT NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    why          BIGINT NOT NULL,
    language     TEXT NOT NULL,
    way          BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    due_by       TEXT NOT NULL,
    correction   BIGINT,
    approval     BIGINT,
    printed_at   BIGINT,
    printed_by   TEXT,
    print_file   TEXT,
    delivered_at BIGINT,
    delivered_by TEXT
);

CREATE INDEX letter_number ON letter (number, id);

CREATE TABLE letter_certificate (
    letter     BIGINT NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (letter, identifier)
);

CREATE INDEX letter_certificate_identifier ON letter_certificate (identifier);

CREATE TABLE register_use (
    id       BIGINT NOT NULL PRIMARY KEY,
    demo     BIGINT NOT NULL,
    known_at BIGINT NOT NULL
);
