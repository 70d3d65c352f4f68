-- What a document's log has come to, as a chain of hashes: each commit and each move links what it brings to all before.
-- Receipts say it to devices, signed. Documents from before begin their chain here.
alter table documents
  add column chain bytea not null default decode(repeat('00', 32), 'hex') check (octet_length(chain) = 32);
