-- Which electoral districts a postcode lies in, for people to look up on their own device; and what imports have come to,
-- for those who run a server. Nothing personal.

-- One postcode may lie in several districts, and in several states. In the normal form: upper case, no blanks or hyphens.
create table districts_by_postcode (
  jurisdiction text not null check (jurisdiction ~ '^[a-z]{2}(-[a-z0-9]{1,8})?$'),
  postcode text not null check (postcode ~ '^[0-9A-Z]{1,12}$'),
  state text not null check (length(state) between 1 and 100),
  -- as in representatives; '0' where a US state is one district
  district text not null check (length(district) between 1 and 100),
  primary key (jurisdiction, postcode, state, district)
);

alter table catalog_revisions drop constraint if exists catalog_revisions_kind_check;
alter table catalog_revisions add constraint catalog_revisions_kind_check check (kind ~ '^[a-z]+(-[a-z]+)*$');
insert into catalog_revisions (kind) values ('districts');

-- The program knows the kinds; a new one needs no new constraint.
alter table import_progress drop constraint if exists import_progress_kind_check;
alter table import_progress add constraint import_progress_kind_check check (kind ~ '^[a-z]+(-[a-z]+)*$');

-- One row a run of `import`, the last ones only.
create table import_runs (
  id uuid primary key,
  kind text not null check (kind ~ '^[a-z]+(-[a-z]+)*$'),
  file_name text not null check (length(file_name) between 1 and 255),
  started_at timestamptz not null default now(),
  -- of the last batch
  updated_at timestamptz not null default now(),
  -- null while it runs, and for ever where it was killed
  finished_at timestamptz,
  size_bytes bigint not null check (size_bytes >= 0),
  bytes_read bigint not null default 0 check (bytes_read >= 0),
  entries_read bigint not null default 0 check (entries_read >= 0),
  added bigint not null default 0 check (added >= 0),
  updated bigint not null default 0 check (updated >= 0),
  unchanged bigint not null default 0 check (unchanged >= 0),
  rejected bigint not null default 0 check (rejected >= 0),
  -- how many entries were left out on purpose, by reason
  skipped jsonb not null default '{}',
  -- the first of those that were rejected, with their place and why
  rejected_lines text[] not null default '{}',
  -- where the file ends in damage
  damage text
);
