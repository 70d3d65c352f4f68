-- Summaries of snapshots say now what lies under a key of a nested type; those from before are computed again.
update document_snapshots set summary = null where summary is not null;
