-- Devices, keys, uses, mail tokens and attempts. Of keys and devices only ids, numbers and days are in clear.
create table devices (
  person_id uuid not null references users (id) on delete cascade,
  id uuid not null,
  -- encrypted under the person's account key
  name bytea,
  -- Made for a sign-in that named no device: forgotten with its session.
  made_by_server boolean not null default false,
  added_on date not null,
  last_seen_on date not null,
  primary key (person_id, id)
);

insert into devices (person_id, id, made_by_server, added_on, last_seen_on)
select person_id, id, true, created_at::date, created_at::date from sessions;
alter table sessions add column device_id uuid;
update sessions set device_id = id;
alter table sessions alter column device_id set not null;
alter table sessions add foreign key (person_id, device_id) references devices (person_id, id) on delete cascade;
create index sessions_device on sessions (person_id, device_id);

-- The account record and the sealed bundles, encrypted once more under the person's account key.
create table account_keys (
  person_id uuid primary key references users (id) on delete cascade,
  record bytea not null,
  record_number integer not null check (record_number >= 1),
  -- null after a reset by mail: only the recovery code, or a new identity, brings another
  bundle bytea,
  recovery_bundle bytea not null,
  recovery_secret_hash bytea not null check (octet_length(recovery_secret_hash) = 32),
  rotation_needed boolean not null default false
);

-- What the server may do with documents that it can read.
create table uses (
  person_id uuid primary key references users (id) on delete cascade,
  recommendations text not null check (recommendations in ('off', 'device', 'server')),
  civic_engagement_tracking boolean not null,
  learning_analytics boolean not null,
  community_sharing boolean not null
);
insert into uses
select u.id,
  case f.flags ->> 'personalizedRecommendations' when 'false' then 'off' else 'server' end,
  coalesce((f.flags ->> 'civicEngagementTracking')::boolean, true),
  coalesce((f.flags ->> 'learningAnalytics')::boolean, false),
  coalesce((f.flags ->> 'communitySharing')::boolean, false)
from users u
left join lateral (
  select flags from consents c where c.person_id = u.id and not flags ? 'modes' order by id desc limit 1
) f on true;

-- What a mail's link carries, as a keyed hash. Good once.
create table mail_tokens (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  person_id uuid not null references users (id) on delete cascade,
  purpose text not null check (purpose in ('verify-email', 'change-email', 'reset-password')),
  -- the new address, encrypted under the person's account key
  email bytea,
  expires_at timestamptz not null,
  check ((purpose = 'change-email') = (email is not null))
);
create index mail_tokens_person on mail_tokens (person_id, purpose);

-- Attempts at credentials, in the form that rate-limiter-flexible reads and writes. Keys are keyed hashes of accounts
-- and of network addresses; what ran out is deleted an hour later.
create unlogged table attempts (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index attempts_expire on attempts (expire);
