-- Positions: see the SQLite migration of that name. No register on a server is older than this one.
ALTER TABLE certificate ADD COLUMN position BIGINT;

DROP INDEX certificate_status;

CREATE UNIQUE INDEX certificate_position ON certificate (shard, position) WHERE shard IS NOT NULL;
