-- What one commit brings to a document is one row. Its position is that of the last of its updates; a row of one update
-- holds it as it is, as all rows did before.
alter table document_updates add column updates integer not null default 1 check (updates > 0);
