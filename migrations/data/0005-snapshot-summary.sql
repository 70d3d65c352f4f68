-- What a room has to know of a snapshot (state vector, deletions, nesting), sealed, so that opening a document does not
-- decode all of it. Null for snapshots from before: it is computed then.
alter table document_snapshots add column summary bytea;
