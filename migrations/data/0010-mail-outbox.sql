-- Mails on their way. A row goes as soon as its mail is sent or given up. `data` (address, language, content) is encrypted
-- under the account's data key; without `person_id` under a key of the mail's own, since the account's is destroyed.
create table mail_outbox (
  id uuid primary key,
  person_id uuid references users (id) on delete cascade,
  data bytea not null,
  created_at timestamptz not null default now(),
  -- Whoever sends moves it on first, so that nobody else does.
  due_at timestamptz not null default now(),
  attempts integer not null default 0
);
create index mail_outbox_person_id on mail_outbox (person_id);
create index mail_outbox_due_at on mail_outbox (due_at);
