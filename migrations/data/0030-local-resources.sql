-- Places near by: shops, markets, co-operatives. Public once approved; who has submitted or rated one is not in here.
-- `*_key` and `search` are made by the program (shared/src/local/search.ts), so that devices find the same as Postgres.
create table local_resources (
  id uuid primary key,
  name text not null check (length(name) between 1 and 255),
  type text not null check (type in ('food', 'housing', 'healthcare', 'legal', 'employment', 'education', 'finance',
    'technology', 'energy', 'arts', 'community', 'retail', 'agriculture', 'other')),
  description text check (length(description) <= 5000),
  address text check (length(address) <= 500),
  city text check (length(city) <= 100),
  state text check (length(state) <= 100),
  zip_code text check (length(zip_code) <= 20),
  -- ISO 3166-1, lower case; null where it is of no one country
  country text check (country ~ '^[a-z]{2}$'),
  phone text check (length(phone) <= 50),
  email text check (length(email) <= 255),
  website text check (length(website) <= 2000),
  is_worker_owned boolean not null default false,
  is_cooperative boolean not null default false,
  is_union_shop boolean not null default false,
  is_verified boolean not null default false,
  unions text[] not null default '{}',
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  -- of all who have rated it, counted once a day
  rating_avg numeric(3, 2) not null default 0 check (rating_avg between 0 and 5),
  rating_count integer not null default 0 check (rating_count >= 0),
  status text not null default 'pending' check (status in ('pending', 'approved', 'rejected')),
  rejection_reason text check (length(rejection_reason) <= 1000),
  -- what an import makes the id from; null for what people submit
  source_key text unique,
  origin text not null,
  name_key text not null,
  city_key text,
  state_key text,
  zip_key text,
  search tsvector not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((latitude is null) = (longitude is null)),
  check (rejection_reason is null or status = 'rejected')
);
create index idx_local_resources_location on local_resources (country, state_key, city_key);
create index idx_local_resources_type on local_resources (type);
create index local_resources_by_name on local_resources (name_key collate "C", id) where status = 'approved';
create index local_resources_by_city on local_resources (city_key);
create index local_resources_by_zip on local_resources (zip_key text_pattern_ops);
create index local_resources_by_place on local_resources (latitude, longitude) where latitude is not null;
create index local_resources_by_status on local_resources (status, id) where status <> 'approved';
create index local_resources_search on local_resources using gin (search) with (fastupdate = off);

-- What a person has submitted: without a time, which would say which of the table above it is.
create table local_submissions (
  person_id uuid not null references users (id) on delete cascade,
  id uuid not null,
  value bytea not null,
  primary key (person_id, id)
);
-- One rating of a person for each, under a keyed hash.
create table local_ratings (
  person_id uuid not null references users (id) on delete cascade,
  resource_hash bytea not null check (length(resource_hash) = 32),
  value bytea not null,
  primary key (person_id, resource_hash)
);
select secure_by_person('local_submissions');
select secure_by_person('local_ratings');

insert into catalog_revisions (kind) values ('local');
