-- Certificates are found by where their range's counting stood (register/ranges.rs), not by their place: places come in
-- no order, and each few hundred new ones would write every page of a large index anew (measured: 24 KB written a
-- certificate in a register of 200,000 people, against 2). register/upgrade.rs fills it for what an older version issued.
ALTER TABLE certificate ADD COLUMN position BIGINT;

DROP INDEX certificate_status;

-- No two certificates share a position, so no two share a place in the status list, whatever a program believes.
CREATE UNIQUE INDEX certificate_position ON certificate (shard, position) WHERE shard IS NOT NULL;
