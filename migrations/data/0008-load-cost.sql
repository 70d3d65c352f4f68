-- Summaries of snapshots say now what a document may cost to load; those from before are computed again.
update document_snapshots set summary = null where summary is not null;
