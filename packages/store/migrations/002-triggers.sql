-- Triggers, where their firings go, and what became of each. No trigger could be made before.
drop table delivery;
drop table trigger;

-- The one clock of everything that is due: triggers, deliveries, leases. A function, so that a test can move it.
create function platform_now() returns timestamptz language sql stable as 'select statement_timestamp()';

-- The arrival before the last one: what tells how long a datastream was silent.
alter table datastream add column previous_arrival_at timestamptz;
-- Grows with every change of the triggers that look at it, of their states too. An append answers it under the lock of
-- the row, so that who remembers the triggers of this revision need not read them.
alter table datastream add column trigger_revision bigint not null default 0;

-- A target of actions. Deliveries to one target share its health, its secret and its concurrency.
create table endpoint (
  id bigint generated always as identity,
  account_id bigint not null,
  kind text not null,
  -- URL, topic, procedure, <feed>/<datastream>, or e-mail address
  address text not null,
  -- whsec_… sealed under the server's secret; http only
  secret bytea,
  -- the one before, which still signs until then
  previous_secret bytea,
  previous_until timestamptz,
  -- false only counts for addresses in SLUICE_EGRESS_ALLOW
  verifies_tls boolean not null default true,
  -- by a person
  is_paused boolean not null default false,
  -- by the worker: 410 Gone, or days of nothing but failures
  disabled_at timestamptz,
  disabled_reason text,
  -- failed attempts since the last success
  failures integer not null default 0,
  failing_since timestamptz,
  -- deliveries without any attempt wait until then; then one of them is let through
  held_until timestamptz,
  -- first success after failures: what waits follows at a growing rate
  recovered_at timestamptz,
  delivered_at timestamptz,
  created_at timestamptz not null default now(),
  constraint endpoint_pkey primary key (id),
  constraint endpoint_account_id_fkey foreign key (account_id) references account on delete cascade,
  constraint endpoint_account_id_kind_address_key unique (account_id, kind, address),
  constraint endpoint_kind_check check (kind in ('http', 'publish', 'call', 'datapoint', 'email'))
);

create table trigger (
  id bigint generated always as identity,
  account_id bigint not null,
  -- may be a public feed of another account
  feed_id bigint not null,
  endpoint_id bigint not null,
  name text not null,
  -- Rule and Action of the model
  rule jsonb not null,
  action jsonb not null,
  is_enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint trigger_pkey primary key (id),
  constraint trigger_account_id_fkey foreign key (account_id) references account on delete cascade,
  constraint trigger_feed_id_fkey foreign key (feed_id) references feed on delete cascade,
  constraint trigger_endpoint_id_fkey foreign key (endpoint_id) references endpoint
);
create index trigger_account_id_idx on trigger (account_id, id);
create index trigger_feed_id_idx on trigger (feed_id);
create index trigger_endpoint_id_idx on trigger (endpoint_id);

-- Which datastreams a rule looks at. Whoever removes a datastream removes its triggers in the same transaction.
create table trigger_input (
  stream_key bigint not null,
  trigger_id bigint not null,
  constraint trigger_input_pkey primary key (stream_key, trigger_id),
  constraint trigger_input_stream_key_fkey foreign key (stream_key) references datastream on delete cascade,
  constraint trigger_input_trigger_id_fkey foreign key (trigger_id) references trigger on delete cascade
);
create index trigger_input_trigger_id_idx on trigger_input (trigger_id);

-- Locked after the datastreams by whoever decides, so that a crossing is decided once and in the order of commits.
create table trigger_state (
  trigger_id bigint not null,
  -- RuleState of the model
  state jsonb not null,
  -- state and inputs that a person's last edit or arming left behind: where an explanation of later decisions begins
  base jsonb,
  -- when the worker has to look at it, null for never
  due_at timestamptz,
  firings bigint not null default 0,
  notified_at timestamptz,
  constraint trigger_state_pkey primary key (trigger_id),
  constraint trigger_state_trigger_id_fkey foreign key (trigger_id) references trigger on delete cascade
) with (fillfactor = 70);
create index trigger_state_due_at_idx on trigger_state (due_at) where due_at is not null;

-- One firing on its way to its target. What is sent was settled when it fired: later edits do not change it.
create table delivery (
  -- order of firing, for lists
  number bigint generated always as identity,
  -- webhook-id of every attempt
  id uuid not null default gen_random_uuid(),
  account_id bigint not null,
  endpoint_id bigint not null,
  -- may be gone
  trigger_id bigint not null,
  trigger_name text not null,
  -- the trigger's running number; null for a test and for one sent again as a copy
  firing bigint,
  feed_id bigint not null,
  datastream_id text not null,
  cause text not null,
  at timestamptz not null,
  value text,
  hops smallint not null default 0,
  is_test boolean not null default false,
  action jsonb not null,
  content_type text not null,
  body text not null,
  status text not null default 'pending',
  -- failed attempts: the place in the schedule
  failures smallint not null default 0,
  -- grows with every lease; only its holder may write the outcome
  fence integer not null default 0,
  -- of a pending one: the next attempt, or the end of the lease while one is under way
  due_at timestamptz not null default platform_now(),
  is_leased boolean not null default false,
  error text,
  fired_at timestamptz not null default platform_now(),
  finished_at timestamptz,
  constraint delivery_pkey primary key (id),
  constraint delivery_number_key unique (number),
  constraint delivery_account_id_fkey foreign key (account_id) references account on delete cascade,
  constraint delivery_endpoint_id_fkey foreign key (endpoint_id) references endpoint on delete cascade,
  -- a crossing that was decided twice would be delivered twice
  constraint delivery_trigger_id_firing_key unique (trigger_id, firing),
  constraint delivery_cause_check check (cause in ('value', 'duration', 'silence')),
  constraint delivery_status_check check (status in ('pending', 'delivered', 'dead', 'cancelled'))
);
-- a dead target's queue of first attempts is skipped whole, not row by row
create index delivery_fresh_idx on delivery (endpoint_id, due_at, number) where status = 'pending' and failures = 0;
create index delivery_retry_idx on delivery (endpoint_id, due_at, number) where status = 'pending' and failures > 0;
create index delivery_dead_idx on delivery (endpoint_id, fired_at) where status = 'dead';
create index delivery_account_id_number_idx on delivery (account_id, number);
create index delivery_trigger_id_number_idx on delivery (trigger_id, number);
create index delivery_endpoint_id_number_idx on delivery (endpoint_id, number);
create index delivery_finished_at_idx on delivery (finished_at) where status <> 'pending';

create table attempt (
  delivery_id uuid not null,
  -- the lease under which it was made
  fence integer not null,
  at timestamptz not null,
  duration_ms double precision not null,
  -- delivered; failed: tried again; refused: by our own rules or for good; late: by a worker that had lost its lease
  outcome text not null,
  -- of an HTTP answer
  status smallint,
  error text,
  request_headers jsonb not null,
  response_headers jsonb not null,
  response_body text not null,
  next_at timestamptz,
  constraint attempt_pkey primary key (delivery_id, fence),
  constraint attempt_delivery_id_fkey foreign key (delivery_id) references delivery on delete cascade,
  constraint attempt_outcome_check check (outcome in ('delivered', 'failed', 'refused', 'late'))
);
