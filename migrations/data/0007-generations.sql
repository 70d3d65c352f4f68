-- Generations: while a stock client is connected anywhere no server starts one by itself, and one server compacts at a
-- time. Both are claims that run out by themselves when a server ends without a word.
alter table documents add column stock_until timestamptz;
alter table documents add column compacting_until timestamptz;

-- Data keys that a move has ordered to be destroyed: ordered with the data that they sealed, carried out in the key store
-- right after, by any server, until done. No foreign key: it has to outlive the account.
create table data_key_destructions (
  person_id uuid not null,
  document text not null,
  generation integer not null check (generation >= 0),
  ordered_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (person_id, document, generation)
);
create index data_key_destructions_ordered_at on data_key_destructions (ordered_at);
create index data_key_destructions_open on data_key_destructions (ordered_at) where done_at is null;
