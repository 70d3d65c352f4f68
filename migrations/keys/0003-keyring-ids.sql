-- Which keys of the keyring are in use has to be known at every start, and while they are replaced: without an index
-- that would be a look at every key.
create index data_keys_keyring_id on data_keys (keyring_id) where keyring_id is not null;
