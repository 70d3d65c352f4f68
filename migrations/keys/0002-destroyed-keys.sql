-- The key of a document's generation leaves its name behind for a while, so that nobody who still knows that generation
-- makes it anew.
alter table data_keys alter column keyring_id drop not null;
alter table data_keys alter column wrapped drop not null;
alter table data_keys add column destroyed_at timestamptz;
alter table data_keys add check ((wrapped is null) = (destroyed_at is not null));
alter table data_keys add check ((wrapped is null) = (keyring_id is null));
create index data_keys_destroyed_at on data_keys (destroyed_at) where destroyed_at is not null;
