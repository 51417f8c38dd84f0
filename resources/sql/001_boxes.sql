-- What a user wishes: boxes and settings. Whether a box runs is never stored.
CREATE TABLE boxes (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,          -- JSON, see BoxSpec::toJson()
    created_at INTEGER NOT NULL, -- milliseconds since 1970, UTC
    revision INTEGER NOT NULL    -- grows by one with every change
) STRICT;

CREATE TABLE settings (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
