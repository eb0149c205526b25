-- A key that is rolled keeps its id, its label and its permissions. The text from before works until previous_until; the
-- uses of the two are kept apart, so that its owner sees whether the old one is still in use.
-- A permission may say more than before: "referer", "sourceIp", "minimumIntervalS", and "triggerId" in its resources.
alter table api_key
  -- how often it was rolled
  add column generation integer not null default 0,
  -- User-Agent, MQTT client id, or the name of the protocol
  add column last_used_client text,
  add column previous_hash bytea,
  add column previous_sealed bytea,
  add column previous_masked text,
  add column previous_until timestamptz,
  add column previous_used_at timestamptz,
  add column previous_used_address text,
  add column previous_used_client text,
  add constraint api_key_previous_hash_key unique (previous_hash);
