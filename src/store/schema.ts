/**
 * The schema as numbered migrations: entry n brings schema n to n + 1. Released entries never change, and later ones only
 * add: programs of an older schema go on reading the store while and after it is brought up to date.
 *
 * Blocks live in `message` rows of their own; the small rows beside them are the sparse index. A block belongs to a
 * zone from version `born` to just before version `replaced`: created and retired, as the program calls them. Rows of a
 * build that did not finish are created in a version that has no row, so nobody sees them, and the next build sweeps them.
 */
export const neverRetired = 0x7fff_ffff;

export const migrations: readonly string[] = [
  `
  CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    snapshot INTEGER                      -- the one that counts; NULL before the first
  ) STRICT;

  CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source (id),
    taken_at INTEGER NOT NULL,            -- Unix seconds
    fingerprint TEXT NOT NULL,            -- of the input and of how it is read
    format TEXT NOT NULL,
    lines INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    rejects TEXT NOT NULL,                -- JSON: {reason: {count, samples}}
    previous INTEGER,                     -- the snapshot that changes are against
    changes INTEGER                       -- how many names changed; NULL where not listed
  ) STRICT;
  CREATE INDEX snapshot_of_source ON snapshot (source, id);

  CREATE TABLE snapshot_block (
    snapshot INTEGER NOT NULL,
    kind INTEGER NOT NULL,                -- 0 entries, 1 names changed since previous
    first_key BLOB NOT NULL,
    entries INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (snapshot, kind, first_key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE zone (
    id INTEGER PRIMARY KEY,
    apex TEXT NOT NULL UNIQUE,            -- lower case, no final dot
    version INTEGER                       -- the one that is served; NULL before the first
  ) STRICT;

  CREATE TABLE version (
    zone INTEGER NOT NULL REFERENCES zone (id),
    version INTEGER NOT NULL,             -- 1, 2, 3 …
    serial INTEGER NOT NULL,
    published_at INTEGER NOT NULL,        -- Unix seconds
    policy TEXT NOT NULL,                 -- fingerprint of all that decides besides the snapshots
    inputs TEXT NOT NULL,                 -- JSON: {source name: snapshot id}
    apex_rrs BLOB NOT NULL,               -- SOA first, then NS
    rules INTEGER NOT NULL,
    records INTEGER NOT NULL,             -- with SOA and NS
    bytes INTEGER NOT NULL,               -- of all blocks
    counts TEXT NOT NULL,                 -- JSON: what was dropped or stopped, by reason
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    blocks_written INTEGER NOT NULL,
    difference_bytes INTEGER,             -- NULL where the differences are not kept
    PRIMARY KEY (zone, version)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE block (
    zone INTEGER NOT NULL,
    first_key BLOB NOT NULL,              -- no owner of the block sorts before it
    born INTEGER NOT NULL,
    replaced INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    counts TEXT NOT NULL,                 -- of this range: the numbers of counts.ts in order
    message INTEGER,                      -- NULL where the range has counts but no rule
    PRIMARY KEY (zone, first_key, born)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX block_replaced ON block (zone, replaced) WHERE replaced < ${neverRetired};

  CREATE TABLE difference (
    zone INTEGER NOT NULL,
    version INTEGER NOT NULL,             -- the version it leads to, from the one before
    kind INTEGER NOT NULL,                -- 0 deletions, 1 additions
    seq INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (zone, version, kind, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
  ) STRICT;

  CREATE TABLE build (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    started_at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- When the version stopped being offered, in seconds of the clock that nobody sets; NULL while it is.
  ALTER TABLE version ADD COLUMN withdrawn INTEGER;
  `,
  `
  CREATE TABLE hold (
    zone INTEGER PRIMARY KEY REFERENCES zone (id),
    since INTEGER NOT NULL,               -- Unix seconds
    change TEXT NOT NULL                  -- JSON: what is held, and what it was computed from
  ) STRICT;
  `,
  `
  CREATE TABLE policy (
    fingerprint TEXT PRIMARY KEY,         -- as in version.policy
    text TEXT NOT NULL                    -- JSON: all that decides besides the snapshots
  ) STRICT;
  `,
  `
  -- Entries of snapshots, shared between those of a source as blocks of a zone are between versions. What entries a
  -- snapshot has stood in snapshot_block before, a copy for each.
  CREATE TABLE entry_block (
    source INTEGER NOT NULL,              -- as in source
    first_key BLOB NOT NULL,              -- no entry of the block sorts before it
    created INTEGER NOT NULL,             -- the snapshot it was written for
    retired INTEGER NOT NULL,             -- the first one of the source after it that does not have it
    entries INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (source, first_key, created)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO entry_block (source, first_key, created, retired, entries, message)
    SELECT n.source, b.first_key, n.id, n.next, b.entries, b.message
    FROM (SELECT id, source, coalesce(lead(id) OVER (PARTITION BY source ORDER BY id), ${neverRetired}) AS next FROM snapshot) n
    JOIN snapshot_block b ON b.snapshot = n.id AND b.kind = 0;
  DELETE FROM message WHERE id IN
    (SELECT message FROM snapshot_block WHERE kind = 0 AND snapshot NOT IN (SELECT id FROM snapshot));
  DELETE FROM snapshot_block WHERE kind = 0;
  CREATE INDEX entry_block_retired ON entry_block (source, retired) WHERE retired < ${neverRetired};

  -- Snapshots that are being written. Their numbers are never used again.
  CREATE TABLE draft (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source INTEGER NOT NULL               -- as in source
  ) STRICT;
  INSERT INTO draft SELECT max(id), 0 FROM snapshot HAVING max(id) IS NOT NULL;
  DELETE FROM draft;

  -- When it began to count: taken_at moves on where the same is read again. NULL where that is not known.
  ALTER TABLE snapshot ADD COLUMN since INTEGER;
  `,
  `
  -- Combinations of facts that entries have. Number 0, in entries, is the one of which nothing is known.
  CREATE TABLE profile (
    id INTEGER PRIMARY KEY,
    facts TEXT NOT NULL UNIQUE            -- JSON: Facts, with its keys in order
  ) STRICT;

  -- Neighbours share a reference. It has no index: texts come in no order, and each would cost a page of the log.
  CREATE TABLE reference (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL                    -- a case number, an event, an address
  ) STRICT;

  -- A row for each thing that a source with facts of its own ever reported.
  CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source (id),
    key BLOB NOT NULL,                    -- of the name or address
    external_id TEXT NOT NULL,            -- by which the source names it
    flags INTEGER NOT NULL,               -- what it says of the name: the bits of entries
    digest INTEGER NOT NULL,              -- of the report as it was read
    profile INTEGER NOT NULL,             -- 0 or a row of profile
    valid_from INTEGER,                   -- Unix seconds: the first at which it counts
    valid_until INTEGER,                  -- Unix seconds: the first at which it no longer counts
    first_seen INTEGER NOT NULL,          -- Unix seconds
    last_seen INTEGER,                    -- Unix seconds; NULL where it was still there when the source was last read
    state INTEGER NOT NULL,               -- 0 reported, 1 revoked by the source, 2 no longer reported
    reference INTEGER,                    -- a row of reference
    changed_at INTEGER NOT NULL,          -- Unix seconds: when the row last changed
    due INTEGER                           -- Unix seconds: when what it says changes next by itself
  ) STRICT;
  CREATE UNIQUE INDEX ledger_by_key ON ledger (source, key, external_id);
  CREATE INDEX ledger_due ON ledger (source, due) WHERE due IS NOT NULL;

  -- Sources that are in the ledger.
  CREATE TABLE ledger_source (
    source INTEGER PRIMARY KEY REFERENCES source (id),
    unfinished INTEGER NOT NULL,          -- 1 while rows were written that are not compiled into a snapshot yet
    compiling TEXT NOT NULL               -- JSON: what decides besides the rows; another one compiles all of them anew
  ) STRICT;

  -- The time up to which what begins or ends by itself has been resolved; a later snapshot never goes back before it.
  ALTER TABLE snapshot ADD COLUMN compiled_for INTEGER;
  `,
  `
  -- Names that a source no longer lists, as entries: when each was first seen and, in place of its profile, when it left. What
  -- stands here of a name that is listed is of no account.
  CREATE TABLE gone_block (
    source INTEGER NOT NULL,              -- as in source
    first_key BLOB NOT NULL,              -- no name of the block sorts before it
    entries INTEGER NOT NULL,
    oldest INTEGER NOT NULL,              -- Unix seconds: when the first of them left
    message INTEGER NOT NULL,
    PRIMARY KEY (source, first_key)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Rows that their source no longer reports, by when that was found.
  CREATE INDEX ledger_withdrawn ON ledger (changed_at) WHERE state = 2;

  -- What the upkeep of the store remembers from one time to the next.
  CREATE TABLE upkeep (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- What rows of the ledger said before. A row that goes takes these with it.
  CREATE TABLE ledger_past (
    entry INTEGER NOT NULL,               -- a row of ledger
    until INTEGER NOT NULL,               -- Unix seconds: the first at which it said something else
    since INTEGER NOT NULL,               -- Unix seconds
    flags INTEGER NOT NULL,               -- these as in ledger
    profile INTEGER NOT NULL,
    valid_from INTEGER,
    valid_until INTEGER,
    state INTEGER NOT NULL,
    reference INTEGER,
    moves INTEGER,                        -- how often valid_until alone was moved meanwhile; NULL: never
    moved_to INTEGER,                     -- its last value then
    PRIMARY KEY (entry, until)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ledger_past_until ON ledger_past (until);

  -- Unix seconds: since when it is reported again, of a row that was withdrawn once; age counts from then.
  ALTER TABLE ledger ADD COLUMN returned INTEGER;

  -- How many rows of a source are in each state as of its snapshot, as JSON; NULL where that is not known.
  ALTER TABLE ledger_source ADD COLUMN states TEXT;

  -- Rows that their source no longer reports, or of which that is not known, by when that was found.
  DROP INDEX ledger_withdrawn;
  CREATE INDEX ledger_gone ON ledger (changed_at) WHERE state IN (2, 5);
  `,
  `
  -- What people did to entries that they keep. Rows never change, and stay where a row of the ledger goes.
  CREATE TABLE entry_act (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source (id),
    key BLOB NOT NULL,                    -- as in ledger
    external_id TEXT NOT NULL,            -- as in ledger
    at INTEGER NOT NULL,                  -- Unix seconds
    kind INTEGER NOT NULL,                -- 0 added, 1 changed, 2 ended
    label TEXT,                           -- who, as they call themselves
    reason TEXT,
    said TEXT NOT NULL                    -- JSON: what the entry says from then on
  ) STRICT;
  CREATE INDEX entry_act_of_key ON entry_act (source, key);
  `,
  `
  -- 1 for snapshots of before schema 5, whose lists of changes do not say what was listed before and after.
  ALTER TABLE snapshot ADD COLUMN unmarked INTEGER;
  UPDATE snapshot SET unmarked = 1, since = taken_at WHERE since IS NULL;
  `,
  `
  -- What lists say that their guards hold back; what was last accepted of them stays.
  CREATE TABLE source_hold (
    source TEXT PRIMARY KEY,              -- a name as in source, which may not have a row yet
    id INTEGER NOT NULL,                  -- another content has another one, which no decision names yet
    since INTEGER NOT NULL,               -- Unix seconds
    content TEXT NOT NULL,                -- digest of all that the list says
    change TEXT NOT NULL                  -- JSON: what it would change
  ) STRICT, WITHOUT ROWID;

  -- What people decided of contents on hold. Rows never change.
  CREATE TABLE source_decision (
    source TEXT NOT NULL,
    seq INTEGER NOT NULL,                 -- 1, 2, 3 … of the source
    hold INTEGER NOT NULL,                -- as in source_hold
    at INTEGER NOT NULL,                  -- Unix seconds
    verdict INTEGER NOT NULL,             -- 0 approved, 1 rejected
    label TEXT NOT NULL,                  -- who, as they call themselves
    reason TEXT NOT NULL,
    content TEXT NOT NULL,                -- these as in source_hold
    change TEXT NOT NULL,
    PRIMARY KEY (source, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER source_decision_stays BEFORE UPDATE ON source_decision
    BEGIN SELECT raise(ABORT, 'decisions never change'); END;

  -- How many names came and went with each snapshot but a source's first, for eight days.
  CREATE TABLE source_turnover (
    source INTEGER NOT NULL,              -- as in source
    at INTEGER NOT NULL,                  -- Unix seconds
    snapshot INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    counted INTEGER NOT NULL,             -- those added that count against a daily cap: reported as new, and not by a person's word
    organisations TEXT,                   -- JSON: counted by organisation; NULL where that is not known
    PRIMARY KEY (source, at, snapshot)
  ) STRICT, WITHOUT ROWID;

  -- What was counted over all sources together, and of which snapshots.
  CREATE TABLE source_survey (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    inputs TEXT NOT NULL,                 -- JSON: all that it was counted from
    counts TEXT NOT NULL                  -- JSON: by source
  ) STRICT;
  `,
  `
  -- Rows of ledger that a person must decide on, or has decided on.
  CREATE TABLE review (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- by which people name it; where the source says something else it gets another
    entry INTEGER NOT NULL UNIQUE,        -- a row of ledger
    reason TEXT NOT NULL,                 -- why, in one word
    detail TEXT,                          -- what is to be known for that
    digest BLOB NOT NULL,                 -- of all that is decided on
    since INTEGER                         -- Unix seconds: since when it waits; NULL while it does not
  ) STRICT;
  CREATE INDEX review_waiting ON review (id) WHERE since IS NOT NULL;

  -- What people decided. Rows never change, and stay where a row of the ledger goes.
  CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source (id),
    key BLOB NOT NULL,                    -- as in ledger
    external_id TEXT NOT NULL,            -- as in ledger; empty where the source gives none
    digest BLOB NOT NULL,                 -- as in review
    at INTEGER NOT NULL,                  -- Unix seconds
    verdict INTEGER NOT NULL,             -- 0 accepted, 1 rejected
    label TEXT NOT NULL,                  -- who, as they call themselves
    reason TEXT NOT NULL,
    said TEXT NOT NULL                    -- JSON: what was decided on
  ) STRICT;
  CREATE INDEX decision_of_key ON decision (source, key);
  `,
];
