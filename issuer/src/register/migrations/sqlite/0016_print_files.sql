-- Print files that were released: a file is noted here in the transaction that marks its papers as printed, so that a run
-- that was killed in between is gone on with, and nothing is printed twice. `id` is a hash of the run, the file's name and the
-- PDF.
CREATE TABLE print_file (
    id          BLOB     NOT NULL PRIMARY KEY,
    kind        TEXT     NOT NULL,
    pages       BIGINT   NOT NULL,
    released_at BIGINT   NOT NULL,
    released_by TEXT     NOT NULL,
    station     TEXT     NOT NULL
) WITHOUT ROWID;
