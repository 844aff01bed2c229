-- Signatures that cannot be made again: some keys give another one each time (ECDSA in a token). Each is kept, sealed, before
-- anybody is handed the certificate; of keys that sign the same alike nothing is here. A certificate's row (`identifier`)
-- has one, for whoever is first.
CREATE TABLE kept_signature (
    identifier TEXT NOT NULL PRIMARY KEY,
    sealed     BLOB NOT NULL
) WITHOUT ROWID;
