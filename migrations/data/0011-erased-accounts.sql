-- Accounts that were deleted, as keyed hashes of their ids: their tokens are answered so, and a restored backup must not
-- bring them back. A day, not a time.
create table erased_accounts (
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  erased_on date not null
);
