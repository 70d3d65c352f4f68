-- The indexes that the original design states for what is public, under its names. Those on what people own are replaced
-- by primary keys that begin with the person: docs/schema.md.
create index if not exists idx_resources_type on learning_resources (type);
create index if not exists idx_resources_topics on learning_resources using gin (topics);
create index if not exists idx_resources_difficulty on learning_resources (difficulty_level);
create index if not exists idx_resources_rating on learning_resources (rating_avg desc);
