-- Mergers: see the SQLite migration of that name.

CREATE TABLE merger (
    number            TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    into_number       TEXT COLLATE "C"   NOT NULL,
    merged_at         BIGINT NOT NULL,
    by_day            BIGINT NOT NULL,
    merged            BYTEA   NOT NULL,
    from_import       BIGINT NOT NULL,
    from_line         BIGINT NOT NULL,
    from_municipality BIGINT,
    from_shielded     BIGINT NOT NULL,
    from_sealed       BYTEA   NOT NULL,
    into_municipality BIGINT,
    into_shielded     BIGINT NOT NULL,
    into_sealed       BYTEA   NOT NULL
);

CREATE INDEX merger_into ON merger (into_number);
