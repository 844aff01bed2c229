-- The lifecycle of certificates: what a second person was asked for, what was corrected, and which papers are due. What
-- other tables tell (issued, withdrawn, reinstated) is not written down twice.

-- What a second person is asked for. `state`: 1 asked, 2 approved, 3 refused, 4 used. Subject and reasons are sealed;
-- `kind` is the number of its class.
CREATE TABLE approval (
    id              BIGINT   NOT NULL PRIMARY KEY,
    kind            SMALLINT NOT NULL,
    subject_sealed  BLOB     NOT NULL,
    why_sealed      BLOB     NOT NULL,
    state           SMALLINT NOT NULL,
    asked_by        TEXT     NOT NULL,
    asked_station   TEXT     NOT NULL,
    asked_at        BIGINT   NOT NULL,
    expires_at      BIGINT   NOT NULL,
    decided_by      TEXT,
    decided_station TEXT,
    decided_at      BIGINT,
    decided_why_sealed BLOB,
    used_by         TEXT,
    used_station    TEXT,
    used_at         BIGINT
);

CREATE INDEX approval_state ON approval (state, id);

-- What somebody corrected. `before_content` and `after_content` are the hashes of the record (Record::content_hash);
-- `reason` the number of its class; `sequence` the request that withdraws what stated otherwise.
CREATE TABLE correction (
    id             BIGINT   NOT NULL PRIMARY KEY,
    number         TEXT     NOT NULL,
    made_at        BIGINT   NOT NULL,
    reason         SMALLINT NOT NULL,
    made_by        TEXT     NOT NULL,
    station        TEXT     NOT NULL,
    before_content BLOB     NOT NULL,
    after_content  BLOB     NOT NULL,
    sequence       BIGINT
);

CREATE INDEX correction_number ON correction (number, id);

-- Which certificate stands in the place of which: by their identifiers. One without a successor was only withdrawn.
CREATE TABLE replacement (
    identifier  TEXT   NOT NULL PRIMARY KEY,
    replaced_by TEXT,
    correction  BIGINT NOT NULL
);

-- Papers that a person is owed. `why` and `way` are numbers of their classes; `approval` is the one that lets it be posted
-- to somebody whose address is shielded.
CREATE TABLE letter (
    id           BIGINT   NOT NULL PRIMARY KEY,
    number       TEXT     NOT NULL,
    why          SMALLINT NOT NULL,
    language     TEXT     NOT NULL,
    way          SMALLINT NOT NULL,
    due_at       BIGINT   NOT NULL,
    due_by       TEXT     NOT NULL,
    correction   BIGINT,
    approval     BIGINT,
    printed_at   BIGINT,
    printed_by   TEXT,
    print_file   TEXT,
    delivered_at BIGINT,
    delivered_by TEXT
);

CREATE INDEX letter_number ON letter (number, id);

-- The certificates that a paper holds, or tells of.
CREATE TABLE letter_certificate (
    letter     BIGINT NOT NULL,
    identifier TEXT   NOT NULL,
    PRIMARY KEY (letter, identifier)
) WITHOUT ROWID;

CREATE INDEX letter_certificate_identifier ON letter_certificate (identifier);

-- What this register is for, once that is known: `demo` is 1 for demonstrations, 0 for certificates that count. The two
-- never come together.
CREATE TABLE register_use (
    id       SMALLINT NOT NULL PRIMARY KEY,
    demo     SMALLINT NOT NULL,
    known_at BIGINT   NOT NULL
);
