-- Answers to requests that carried an Idempotency-Key, for a day, so that a request sent again gets the same one.
create table idempotency (
  account_id bigint not null,
  -- who asked, and the key they chose: another key of the account never meets it
  name text not null,
  -- of method, address and body: the same key for something else is refused
  fingerprint bytea not null,
  -- counts as the time of arrival of every attempt, so that values without a time are stored once
  received_at timestamptz not null,
  -- until when an attempt is taken to be under way
  leased_until timestamptz not null,
  -- what an attempt that was broken off had made already
  made text,
  -- the answer, sealed under the server's secret because some tell an API key; null while there is none
  answer bytea,
  created_at timestamptz not null default now(),
  constraint idempotency_pkey primary key (account_id, name),
  constraint idempotency_account_id_fkey foreign key (account_id) references account on delete cascade
);
create index idempotency_created_at_idx on idempotency (created_at);
