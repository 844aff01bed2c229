-- The register on PostgreSQL. The tables are those of the SQLite migrations, which tell what each is for; types
-- and order are made the same: whole numbers are BIGINT, and register numbers order as bytes.

CREATE TABLE register_key (
    id     BIGINT NOT NULL PRIMARY KEY,
    key_id BYTEA  NOT NULL
);

CREATE TABLE person (
    number       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    municipality BIGINT,
    shielded     BIGINT NOT NULL,
    import_id    BIGINT NOT NULL,
    line         BIGINT NOT NULL,
    dose_count   BIGINT NOT NULL,
    lookup       BYTEA,
    sealed       BYTEA  NOT NULL
);

CREATE INDEX person_lookup ON person (lookup);

CREATE TABLE record_version (
    number       TEXT COLLATE "C" NOT NULL,
    content      BYTEA  NOT NULL,
    municipality BIGINT,
    shielded     BIGINT NOT NULL,
    import_id    BIGINT NOT NULL,
    sealed       BYTEA  NOT NULL,
    PRIMARY KEY (number, content)
);

CREATE TABLE term (
    id   BIGINT           NOT NULL PRIMARY KEY,
    text TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE import (
    id              BIGINT NOT NULL PRIMARY KEY,
    day             TEXT   NOT NULL,
    people_inserted BIGINT NOT NULL,
    people_updated  BIGINT NOT NULL,
    doses_inserted  BIGINT NOT NULL,
    doses_updated   BIGINT NOT NULL,
    doses_removed   BIGINT NOT NULL
);

CREATE TABLE import_file (
    import_id BIGINT NOT NULL,
    role      TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    sha256    BYTEA  NOT NULL,
    bytes     BIGINT NOT NULL,
    encoding  TEXT   NOT NULL,
    rows_good BIGINT NOT NULL,
    refused   BIGINT NOT NULL,
    PRIMARY KEY (import_id, role)
);

-- Whoever imports holds this row, so that two imports never mix.
CREATE TABLE import_lock (
    id BIGINT NOT NULL PRIMARY KEY
);

INSERT INTO import_lock (id) VALUES (1);

-- What an import has read and not joined yet: filled and emptied in its transaction, so nobody else ever sees a
-- row. Not temporary tables, which not every database that speaks PostgreSQL's protocol has.
CREATE TABLE waiting (
    sequence   BIGINT           NOT NULL PRIMARY KEY,
    number     TEXT COLLATE "C" NOT NULL,
    line       BIGINT           NOT NULL,
    dose_count BIGINT           NOT NULL,
    sealed     BYTEA            NOT NULL
);

CREATE TABLE refused (
    number TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    line   BIGINT           NOT NULL
);

CREATE TABLE status_range (
    shard       BIGINT NOT NULL,
    first_index BIGINT NOT NULL,
    past_index  BIGINT NOT NULL,
    kid         BYTEA  NOT NULL,
    next        BIGINT NOT NULL,
    secret      BYTEA  NOT NULL,
    closed      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (shard, first_index)
);

CREATE TABLE certificate (
    number       TEXT COLLATE "C" NOT NULL,
    format       TEXT   NOT NULL,
    content      BYTEA  NOT NULL,
    renewal      BIGINT NOT NULL,
    kid          BYTEA  NOT NULL,
    shard        BIGINT,
    status_index BIGINT,
    identifier   TEXT   NOT NULL,
    issued_at    BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (number, format, content, renewal)
);

CREATE UNIQUE INDEX certificate_status ON certificate (shard, status_index) WHERE shard IS NOT NULL;

CREATE TABLE status_request (
    sequence   BIGINT NOT NULL PRIMARY KEY,
    action     BIGINT NOT NULL,
    reason     BIGINT NOT NULL,
    repository TEXT   NOT NULL,
    kid        BYTEA  NOT NULL,
    made_at    BIGINT NOT NULL,
    places     BIGINT NOT NULL,
    rules      BIGINT NOT NULL,
    sha256     BYTEA  NOT NULL,
    bytes      BYTEA  NOT NULL,
    handed_out BIGINT
);

CREATE TABLE withdrawal (
    shard        BIGINT NOT NULL,
    status_index BIGINT NOT NULL,
    sequence     BIGINT NOT NULL,
    withdrawn    BIGINT NOT NULL,
    PRIMARY KEY (shard, status_index, sequence)
);

CREATE INDEX withdrawal_request ON withdrawal (sequence);

CREATE TABLE withdrawal_rule (
    sequence     BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    withdrawn    BIGINT NOT NULL,
    kid          BYTEA  NOT NULL,
    issued_from  BIGINT,
    issued_until BIGINT,
    lot          TEXT,
    PRIMARY KEY (sequence, place)
);

CREATE TABLE card_withdrawal (
    kid       BYTEA  NOT NULL,
    change    BIGINT NOT NULL,
    rid       TEXT   NOT NULL,
    withdrawn BIGINT NOT NULL,
    made_at   BIGINT NOT NULL,
    PRIMARY KEY (kid, change, rid)
);

CREATE INDEX card_withdrawal_rid ON card_withdrawal (rid);
