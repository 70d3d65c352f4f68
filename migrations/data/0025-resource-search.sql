-- Search of learning resources, and resources that are archived instead of deleted.
create extension if not exists pg_trgm;

alter table learning_resources drop constraint learning_resources_status_check;
update learning_resources set status = 'archived' where status = 'hidden';
alter table learning_resources
  add constraint learning_resources_status_check check (status in ('active', 'archived'));

-- Without what makes Postgres take `and/or` for a file, `labor.example` for a host and `1984-1990` for a negative number.
create function plain_words(content text) returns text
language sql immutable parallel safe as $$
  select translate(coalesce(content, ''), '-+./@_<>&=#%~:\', '               ')
$$;

-- `array_to_string` calls itself stable for the sake of types other than text.
create function joined_words(words text[]) returns text
language sql immutable parallel safe as $$ select array_to_string(words, ' ') $$;

-- Words as they are, for beginnings and for other languages, and as English stems.
alter table learning_resources add column search tsvector not null generated always as (
  setweight(to_tsvector('simple', plain_words(title)) || to_tsvector('english', plain_words(title)), 'A')
  || setweight(to_tsvector('simple', plain_words(joined_words(topics)))
    || to_tsvector('english', plain_words(joined_words(topics))), 'B')
  || setweight(to_tsvector('simple', plain_words(description))
    || to_tsvector('english', plain_words(description)), 'C')
  || setweight(to_tsvector('simple', plain_words(author)) || to_tsvector('english', plain_words(author)), 'D')
) stored;
-- Searched far more often than written: nothing waits in a list that each search would have to read.
create index learning_resources_search on learning_resources using gin (search) with (fastupdate = off);

-- Every word that is in a resource, or was, to find what is meant by one that is in none. No numbers, and nothing so short
-- that most words are near it.
create table resource_words (
  word text primary key check (length(word) between 1 and 300)
);
create index resource_words_trigrams on resource_words using gin (word gin_trgm_ops) with (fastupdate = off);

create function words_of_resource(title text, topics text[], description text, author text) returns setof text
language sql immutable parallel safe as $$
  select word
  from unnest(tsvector_to_array(to_tsvector('simple', plain_words(
    title || ' ' || joined_words(topics) || ' ' || coalesce(description, '') || ' ' || coalesce(author, '')
  )))) as word
  where length(word) between 4 and 300 and word !~ '[0-9]'
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
