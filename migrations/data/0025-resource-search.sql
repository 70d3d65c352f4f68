-- Search of learning resources, and resources that are archived instead of deleted.
create extension if not exists pg_trgm;

alter table learning_resources drop constraint learning_resources_status_check;
update learning_resources set status = 'archived' where status = 'hidden';
alter table learning_resources
  add constraint learning_resources_status_check check (status in ('active', 'archived'));

-- Words as they are and as English stems. Punctuation is taken out first: Postgres would take `labor.example` for a host.
create function search_lexemes(content text) returns tsvector
language sql immutable parallel safe as $$
  select to_tsvector('simple'::regconfig, words) || to_tsvector('english'::regconfig, words)
  from (select regexp_replace(coalesce(content, ''), '[[:punct:]]+', ' ', 'g') as words) as plain
$$;

-- `array_to_string` calls itself stable for the sake of types other than text.
create function joined_words(words text[]) returns text
language sql immutable parallel safe as $$ select array_to_string(words, ' ') $$;

alter table learning_resources add column search tsvector not null generated always as (
  setweight(search_lexemes(title), 'A')
  || setweight(search_lexemes(joined_words(topics)), 'B')
  || setweight(search_lexemes(description), 'C')
  || setweight(search_lexemes(author), 'D')
) stored;
create index learning_resources_search on learning_resources using gin (search);

-- Every word that is in a resource, or was, to find what is meant by one that is in none.
create table resource_words (
  word text primary key check (length(word) between 1 and 300)
);
create index resource_words_trigrams on resource_words using gin (word gin_trgm_ops);

create function words_of_resource(title text, topics text[], description text, author text) returns setof text
language sql immutable parallel safe as $$
  select lexeme from unnest(to_tsvector('simple'::regconfig, regexp_replace(
    title || ' ' || joined_words(topics) || ' ' || coalesce(description, '') || ' ' || coalesce(author, ''), '[[:punct:]]+', ' ', 'g')))
  where length(lexeme) between 4 and 300
$$;

-- In order: two that learn the same words must not wait for each other in turn.
create function learn_resource_words() returns trigger
language plpgsql as $$
begin
  insert into resource_words (word)
  select distinct word from changed, lateral words_of_resource(title, topics, description, author) as word
  order by word on conflict do nothing;
  return null;
end
$$;
create function learn_changed_resource_words() returns trigger
language plpgsql as $$
begin
  insert into resource_words (word)
  select distinct word from changed, lateral words_of_resource(title, topics, description, author) as word
  where not exists (select from unchanged where unchanged.id = changed.id and unchanged.search = changed.search)
  order by word on conflict do nothing;
  return null;
end
$$;
create trigger learn_words_of_new after insert on learning_resources
  referencing new table as changed for each statement execute function learn_resource_words();
create trigger learn_words_of_changed after update on learning_resources
  referencing old table as unchanged new table as changed
  for each statement execute function learn_changed_resource_words();
insert into resource_words (word)
select distinct word
from learning_resources, lateral words_of_resource(title, topics, description, author) as word;

-- Whose progress counts for the community.
create index uses_sharing on uses (person_id) where community_sharing;
