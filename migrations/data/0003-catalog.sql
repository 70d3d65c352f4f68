-- The public catalog: learning resources, bills, members of legislatures and how they voted. Nothing personal.

-- Bumped in the transaction of every change, so that servers notice that what they published is old.
create table catalog_revisions (
  kind text primary key check (kind in ('resources', 'civic')),
  revision bigint not null default 0
);
insert into catalog_revisions (kind) values ('resources'), ('civic');

-- How far an import has come, kept until it ends: one that was killed goes on behind its last committed entry.
create table import_progress (
  kind text primary key check (kind in ('legislators', 'rollcalls', 'resources')),
  fingerprint bytea not null,
  entries_done bigint not null check (entries_done >= 0),
  updated_at timestamptz not null default now()
);

create table learning_resources (
  id uuid primary key,
  -- what the id is made from: the same on every server
  source_key text not null unique check (length(source_key) between 1 and 2100),
  -- who may overwrite the row by importing again
  origin text not null check (length(origin) between 1 and 100),
  aliases text[] not null default '{}',
  type text not null check (type in ('videos', 'articles', 'studies', 'interactive')),
  title text not null check (length(title) between 1 and 500),
  description text,
  content_url text check (content_url ~ '^https?://'),
  thumbnail_url text check (thumbnail_url ~ '^https?://'),
  duration_minutes integer check (duration_minutes > 0),
  difficulty_level text check (difficulty_level in ('beginner', 'intermediate', 'advanced')),
  topics text[] not null default '{}',
  author text check (length(author) between 1 and 255),
  source_organization text check (length(source_organization) between 1 and 255),
  publication_date date,
  video_id text check (length(video_id) between 1 and 100),
  is_verified boolean not null default false,
  view_count integer not null default 0 check (view_count >= 0),
  rating_avg numeric(3, 2) not null default 0 check (rating_avg between 0 and 5),
  rating_count integer not null default 0 check (rating_count >= 0),
  status text not null default 'active' check (status in ('active', 'hidden')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index learning_resources_aliases on learning_resources using gin (aliases);

create table bills (
  id text primary key,
  jurisdiction text not null,
  government_level text not null check (government_level in ('federal', 'state', 'local')),
  name text not null check (length(name) between 1 and 500),
  bill_form text check (bill_form in ('hr', 's', 'hjres', 'sjres', 'hconres', 'sconres', 'hres', 'sres')),
  number text not null check (length(number) between 1 and 80),
  congress smallint check (congress > 0),
  topics text[] not null default '{}',
  last_voted_on date,
  check ((jurisdiction = 'us') = (bill_form is not null and congress is not null))
);

-- `key` is the compact name that positions are stored under. A senator met in a roll call before the list of
-- members was imported has the id `lis:S428`, and is renamed when the list comes.
create table representatives (
  key integer generated always as identity primary key,
  id text not null unique check (length(id) between 1 and 80),
  lis_id text unique,
  jurisdiction text not null,
  name text not null check (length(name) between 1 and 255),
  party text not null,
  state text not null,
  district text,
  chamber text not null check (chamber in ('house', 'senate')),
  current boolean not null
);
create index representatives_current on representatives (jurisdiction) where current;

create table roll_calls (
  key integer generated always as identity primary key,
  id text not null unique check (length(id) between 1 and 80),
  bill_id text references bills (id),
  chamber text not null check (chamber in ('house', 'senate')),
  category text not null,
  -- passage or veto override: says how a member voted on the bill itself
  deciding boolean not null,
  voted_at timestamptz not null,
  -- the day where it was held
  voted_on date not null,
  question text not null,
  result text not null,
  subject text,
  bill_title text,
  content_hash bytea not null,
  check (not deciding or bill_id is not null)
);
create index roll_calls_bill on roll_calls (bill_id);

-- position: 1 yes, 2 no, 3 present, 4 not voting
create table representative_votes (
  roll_call_key integer not null references roll_calls (key) on delete cascade,
  representative_key integer not null references representatives (key),
  position smallint not null check (position between 1 and 4),
  primary key (roll_call_key, representative_key)
);
