-- The audit: a chain of all that was done, reads included (register/audit.rs). Rows are added and never changed; no
-- index but the key: people and certificates come in no order, and each page of issuing would write every page of an
-- index anew.

-- `link` is SHA-256 of the fields and the link before; `seal` is a keyed hash of the link, so that whoever has the
-- database and no key can write no entry. `person` is a pseudonym, `certificate` a hash.
CREATE TABLE audit (
    sequence    INTEGER  NOT NULL PRIMARY KEY,
    time        BIGINT   NOT NULL,
    act         SMALLINT NOT NULL,
    outcome     SMALLINT NOT NULL,
    actor       TEXT     NOT NULL,
    station     TEXT     NOT NULL,
    purpose     TEXT,
    person      BLOB,
    certificate BLOB,
    details     TEXT,
    link        BLOB     NOT NULL,
    seal        BLOB     NOT NULL
);

-- The newest entry. `epoch` is even, and odd while the register gets another key: whoever opened the register in
-- another epoch appends nothing, and so changes nothing.
CREATE TABLE audit_head (
    id       SMALLINT NOT NULL PRIMARY KEY,
    sequence BIGINT   NOT NULL,
    link     BLOB     NOT NULL,
    epoch    BIGINT   NOT NULL
);

INSERT INTO audit_head VALUES (1, 0, x'0000000000000000000000000000000000000000000000000000000000000000', 0);

-- The keys of the pseudonyms, one a calendar year, sealed. One that was deleted leaves pseudonyms that lead to nobody.
CREATE TABLE pseudonym_key (
    year   SMALLINT NOT NULL PRIMARY KEY,
    sealed BLOB     NOT NULL
);

-- The key of the chain's seals, sealed, once the register has another key than the chain began with.
CREATE TABLE audit_key (
    id     SMALLINT NOT NULL PRIMARY KEY,
    sealed BLOB     NOT NULL
);

-- Stations that are suspended.
CREATE TABLE suspension (
    station TEXT     NOT NULL PRIMARY KEY,
    since   BIGINT   NOT NULL,
    reason  SMALLINT NOT NULL,
    actor   TEXT     NOT NULL
);

-- How much a station may do before it is suspended; `station` is '*' for those that have no row. NULL is no limit.
-- Night is from `night_from` up to `night_to`, in hours of Japan.
CREATE TABLE station_limit (
    station    TEXT NOT NULL PRIMARY KEY,
    per_hour   BIGINT,
    per_night  BIGINT,
    night_from SMALLINT NOT NULL,
    night_to   SMALLINT NOT NULL,
    refused    BIGINT
);

-- What a station did in an hour, counted from 1970.
CREATE TABLE station_hour (
    station TEXT   NOT NULL,
    hour    BIGINT NOT NULL,
    issued  BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (station, hour)
) WITHOUT ROWID;

-- Numbers that the office chose.
CREATE TABLE setting (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- While the register gets another key: which, and how far it has come.
CREATE TABLE rekey (
    id        SMALLINT NOT NULL PRIMARY KEY,
    key_id    BLOB     NOT NULL,
    place     SMALLINT NOT NULL,
    after     BLOB
);
