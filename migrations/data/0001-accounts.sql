-- Accounts, sessions, consents. Names and addresses exist only as keyed hashes, to be found by, and inside `account`, encrypted.
create table users (
  id uuid primary key,
  email_hash bytea unique check (octet_length(email_hash) = 32),
  username_hash bytea unique check (octet_length(username_hash) = 32),
  -- {"email", "username"}, encrypted under the person's account key
  account bytea not null,
  -- Argon2id, keyed: useless for guessing without the key store
  password_hash text not null,
  prelogin_seed bytea not null check (octet_length(prelogin_seed) = 16),
  account_status text not null default 'active' check (account_status in ('active', 'suspended')),
  email_verified boolean not null default false,
  created_at timestamptz not null,
  -- A date is enough to find abandoned accounts; a time would be a trace of someone's habits.
  last_login date not null,
  check (email_hash is not null or username_hash is not null)
);

create table sessions (
  person_id uuid not null references users (id) on delete cascade,
  id uuid not null,
  refresh_token_hash bytea not null,
  -- valid until its successor is first used: an answer that got lost signs nobody out
  previous_refresh_token_hash bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (person_id, id)
);

-- Append-only: what a person agreed to, and when.
create table consents (
  person_id uuid not null references users (id) on delete cascade,
  id uuid not null,
  recorded_at timestamptz not null,
  flags jsonb not null,
  primary key (person_id, id)
);
