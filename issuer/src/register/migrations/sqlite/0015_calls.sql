-- Answers to other systems' calls, by the key that the system named the call by. `digest` is SHA-256 of what was asked,
-- `answer` has counts, codes and lines: nobody's name or number. They go after two days.
CREATE TABLE system_call (
    account     TEXT NOT NULL,
    call_key    TEXT NOT NULL,
    digest      BLOB NOT NULL,
    answer      TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (account, call_key)
) STRICT, WITHOUT ROWID;
