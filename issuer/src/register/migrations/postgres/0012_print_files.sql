-- Print files that were released; the SQLite migration 16 tells what the table is for.
CREATE TABLE print_file (
    id          BYTEA  NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    pages       BIGINT NOT NULL,
    released_at BIGINT NOT NULL,
    released_by TEXT   NOT NULL,
    station     TEXT   NOT NULL
);
