-- Documents and their log. A document without a row here is local to the person's devices.
create table documents (
  person_id uuid not null references users (id) on delete cascade,
  document text not null check (document in ('profile', 'votes', 'bookmarks', 'progress', 'notes', 'settings')),
  generation integer not null default 1 check (generation > 0),
  mode text not null check (mode in ('open', 'sealed')),
  head bigint not null default 0 check (head >= 0),
  created_at timestamptz not null default now(),
  primary key (person_id, document),
  check (mode = 'sealed' or document not in ('notes', 'settings'))
) with (fillfactor = 50);

-- Updates and snapshots name no foreign key to `documents`: both are only written while that row is locked,
-- and a check per inserted row would be paid by every edit.
create table document_updates (
  person_id uuid not null,
  document text not null,
  generation integer not null,
  position bigint not null,
  data bytea not null,
  primary key (person_id, document, position)
);

create table document_snapshots (
  person_id uuid not null,
  document text not null,
  generation integer not null,
  position bigint not null,
  data bytea not null,
  primary key (person_id, document)
);
