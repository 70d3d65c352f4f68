-- Writes that their senders have named, so that one that is sent again is done once. Both hashes are keyed.
create table idempotency_keys (
  person_id uuid not null references users (id) on delete cascade,
  key_hash bytea not null check (length(key_hash) = 32),
  request_hash bytea not null check (length(request_hash) = 32),
  created_at timestamptz not null default now(),
  primary key (person_id, key_hash)
);
-- What has run out is deleted.
create index idempotency_keys_created_at on idempotency_keys (created_at);
select secure_by_person('idempotency_keys');
