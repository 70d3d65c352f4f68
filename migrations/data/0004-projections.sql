-- What open documents say, as rows: an id's keyed hash for look-ups and one encrypted value, never an id in clear.
-- `generation` names the data key that the value is encrypted under.
create table document_projections (
  person_id uuid not null,
  document text not null,
  generation integer not null,
  position bigint not null,
  primary key (person_id, document),
  foreign key (person_id, document) references documents (person_id, document) on delete cascade
);

create table user_profiles (
  user_id uuid not null references users (id) on delete cascade,
  field_hash bytea not null,
  generation integer not null,
  value bytea not null,
  primary key (user_id, field_hash)
);

create table civic_votes (
  user_id uuid not null references users (id) on delete cascade,
  bill_hash bytea not null,
  generation integer not null,
  value bytea not null,
  primary key (user_id, bill_hash)
);

create table user_learning_activity (
  user_id uuid not null references users (id) on delete cascade,
  document text not null check (document in ('bookmarks', 'progress')),
  activity_hash bytea not null,
  generation integer not null,
  value bytea not null,
  primary key (user_id, document, activity_hash)
);

create table user_topic_engagement (
  user_id uuid not null references users (id) on delete cascade,
  -- the document that the score comes from, so that sealing it takes its share away
  document text not null check (document in ('profile', 'votes', 'bookmarks', 'progress')),
  topic_hash bytea not null,
  generation integer not null,
  value bytea not null,
  primary key (user_id, document, topic_hash)
);
