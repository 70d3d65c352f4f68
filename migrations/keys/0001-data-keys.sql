-- The key store: a database of its own, left out of backups of the data, so that destroying a key reaches them too.
-- Every key is wrapped by the keyring in ENCRYPTION_KEYS; `keyring_id` names the one of its keys that did it.
create table data_keys (
  person_id uuid not null,
  document text not null,
  generation integer not null check (generation >= 0),
  keyring_id text not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  primary key (person_id, document, generation)
);

create table server_keys (
  name text primary key,
  keyring_id text not null,
  wrapped bytea not null
);
