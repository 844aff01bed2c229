-- The audit: see the SQLite migration of that name.

CREATE TABLE audit (
    sequence    BIGINT NOT NULL PRIMARY KEY,
    time        BIGINT NOT NULL,
    act         BIGINT NOT NULL,
    outcome     BIGINT NOT NULL,
    actor       TEXT COLLATE "C" NOT NULL,
    station     TEXT COLLATE "C" NOT NULL,
    purpose     TEXT,
    person      BYTEA,
    certificate BYTEA,
    details     TEXT,
    link        BYTEA NOT NULL,
    seal        BYTEA NOT NULL
);

-- The newest entry. `epoch` is even, and odd while the register gets another key: whoever opened the register in
-- another epoch appends nothing, and so changes nothing.
CREATE TABLE audit_head (
    id       BIGINT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    link     BYTEA NOT NULL,
    epoch    BIGINT NOT NULL
);

INSERT INTO audit_head VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0);

-- The keys of the pseudonyms, one a calendar year, sealed. One that was deleted leaves pseudonyms that lead to nobody.
CREATE TABLE pseudonym_key (
    year   BIGINT NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL
);

-- The key of the chain's seals, sealed, once the register has another key than the chain began with.
CREATE TABLE audit_key (
    id     BIGINT NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL
);

-- Stations that are suspended.
CREATE TABLE suspension (
    station TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    since   BIGINT NOT NULL,
    reason  BIGINT NOT NULL,
    actor   TEXT COLLATE "C" NOT NULL
);

-- How much a station may do before it is suspended; `station` is '*' for those that have no row. NULL is no limit.
-- Night is from `night_from` up to `night_to`, in hours of Japan.
CREATE TABLE station_limit (
    station    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    per_hour   BIGINT,
    per_night  BIGINT,
    night_from BIGINT NOT NULL,
    night_to   BIGINT NOT NULL,
    refused    BIGINT
);

-- What a station did in an hour, counted from 1970.
CREATE TABLE station_hour (
    station TEXT COLLATE "C" NOT NULL,
    hour    BIGINT NOT NULL,
    issued  BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (station, hour)
);

-- Numbers that the office chose.
CREATE TABLE setting (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- While the register gets another key: which, and how far it has come.
CREATE TABLE rekey (
    id        BIGINT NOT NULL PRIMARY KEY,
    key_id    BYTEA NOT NULL,
    place     BIGINT NOT NULL,
    after     BYTEA
);
