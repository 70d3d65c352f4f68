-- Row-level security: who has taken the role wd_http sees and writes rows of the person of the transaction only.
-- Neither role can log in; the owner may take both, for a transaction, and has no right of theirs without doing so.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['wd_http', 'wd_sync'] loop
    begin
      if not exists (select from pg_roles where rolname = wanted) then
        execute format('create role %I nologin noinherit nobypassrls', wanted);
      end if;
    exception
      -- Another database of this Postgres has been migrated at the same moment.
      when duplicate_object or unique_violation then null;
    end;
    begin
      if not exists (
        select from pg_auth_members
        where roleid = wanted::regrole and member = current_user::regrole and set_option
      ) then
        execute format('grant %I to current_user with inherit false, set true', wanted);
      end if;
    exception
      when insufficient_privilege then
        raise exception 'the role % is not ours to take: let who made it grant it to % with inherit false, set true',
          wanted, current_user;
    end;
  end loop;
exception
  when insufficient_privilege then
    raise exception 'the owner of the database needs the right to create roles, or the roles wd_http and wd_sync, nologin and granted to it with inherit false, set true';
end
$$;

grant select, insert, update, delete on all tables in schema public to wd_http, wd_sync;
alter default privileges in schema public grant select, insert, update, delete on tables to wd_http, wd_sync;
revoke all on migrations from wd_http, wd_sync;

-- For each table with rows that a person owns: called here, and by every migration that adds one. The owner of the
-- tables is beside the sync role, for work that is no person's: signing in, group commits, compaction, backups.
create function secure_by_person(owned regclass, person name default 'person_id') returns void
language plpgsql as $$
declare
  is_own text := format('%I = nullif(current_setting(''app.person_id'', true), '''')::uuid', person);
begin
  execute format('alter table %s enable row level security, force row level security', owned);
  execute format('create policy person on %s to wd_http using (%s) with check (%s)', owned, is_own, is_own);
  execute format('create policy sync on %s to wd_sync, %I using (true) with check (true)', owned, current_user);
end
$$;

select secure_by_person('users', 'id');
select secure_by_person(format('%I', table_name)::regclass, column_name)
from information_schema.columns
where table_schema = 'public' and column_name in ('person_id', 'user_id');
