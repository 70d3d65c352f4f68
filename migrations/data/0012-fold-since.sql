-- Since when the log of a document holds what has to be folded in: something deleted, or 500 updates. Servers count that
-- for the documents that they have open; this is for what a killed one leaves behind. It changes once between two
-- compactions, so that updates of the row stay heap-only.
alter table documents add column fold_since timestamptz;
update documents d set fold_since = now()
where d.head > coalesce(
  (select s.position from document_snapshots s where s.person_id = d.person_id and s.document = d.document), 0);
create index documents_fold_since on documents (fold_since) where fold_since is not null;
