-- Learning paths: resources in an order, of which some are required. Nothing personal.
create table learning_paths (
  id text primary key check (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(id) <= 100),
  title text not null check (length(title) between 1 and 500),
  description text,
  level text check (level in ('beginner', 'intermediate', 'advanced')),
  estimated_minutes integer check (estimated_minutes > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table learning_path_resources (
  path_id text not null references learning_paths (id) on delete cascade,
  position smallint not null check (position >= 0),
  resource_id uuid not null references learning_resources (id),
  required boolean not null,
  primary key (path_id, position),
  unique (path_id, resource_id)
);
create index learning_path_resources_resource on learning_path_resources (resource_id);
