-- Two numbers that turned out to be one person: `number` leads to `into_number`. What both were is kept sealed, so
-- that it can be undone while `merged`, the hash of the record of both (Record::content_hash), is still the record's.
-- `by_day` is 1 where the doses were numbered anew.
CREATE TABLE merger (
    number            TEXT   NOT NULL PRIMARY KEY,
    into_number       TEXT   NOT NULL,
    merged_at         BIGINT NOT NULL,
    by_day            BIGINT NOT NULL,
    merged            BLOB   NOT NULL,
    from_import       BIGINT NOT NULL,
    from_line         BIGINT NOT NULL,
    from_municipality BIGINT,
    from_shielded     BIGINT NOT NULL,
    from_sealed       BLOB   NOT NULL,
    into_municipality BIGINT,
    into_shielded     BIGINT NOT NULL,
    into_sealed       BLOB   NOT NULL
);

CREATE INDEX merger_into ON merger (into_number);
