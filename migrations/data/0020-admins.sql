-- Who looks after what is public and decides on what people submit, and the log of all that they do.
create table admins (
  person_id uuid primary key references users (id) on delete cascade,
  granted_on date not null
);

-- Only ever added to. `admin_id` is forgotten with the account; what was done stays.
create table admin_audit_log (
  id uuid primary key,
  recorded_at timestamptz not null default now(),
  admin_id uuid references users (id) on delete set null,
  action text not null check (action ~ '^[a-z]+(-[a-z]+)*$' and length(action) <= 80),
  subject text not null check (length(subject) between 1 and 300),
  detail jsonb check (octet_length(detail::text) <= 100000)
);
create index admin_audit_log_admin on admin_audit_log (admin_id);
