-- Directory: who and what.

create table account (
  id bigint generated always as identity,
  login text not null,
  name text not null,
  email text not null,
  created_at timestamptz not null default now(),
  constraint account_pkey primary key (id),
  constraint account_login_key unique (login),
  -- also the name of the account's WAMP realm, which every client accepts in this form
  constraint account_login_check check (login ~ '^[a-z][a-z0-9_-]{2,62}$')
);

-- The four models of better-auth. Its own ids are text; its field names are mapped to these columns by the api.
create table auth_user (
  id text not null,
  account_id bigint not null,
  name text not null,
  email text not null,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint auth_user_pkey primary key (id),
  constraint auth_user_email_key unique (email),
  constraint auth_user_account_id_fkey foreign key (account_id) references account on delete cascade
);
create index auth_user_account_id_idx on auth_user (account_id);

create table auth_session (
  id text not null,
  user_id text not null,
  token text not null,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint auth_session_pkey primary key (id),
  constraint auth_session_token_key unique (token),
  constraint auth_session_user_id_fkey foreign key (user_id) references auth_user on delete cascade
);
create index auth_session_user_id_idx on auth_session (user_id);

create table auth_credential (
  id text not null,
  user_id text not null,
  -- the provider's name for the user (better-auth calls it accountId): no reference to our account
  account_id text not null,
  provider_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint auth_credential_pkey primary key (id),
  constraint auth_credential_user_id_fkey foreign key (user_id) references auth_user on delete cascade
);
create index auth_credential_user_id_idx on auth_credential (user_id);

create table auth_verification (
  id text not null,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint auth_verification_pkey primary key (id)
);
create index auth_verification_identifier_idx on auth_verification (identifier);

-- Opens the account's realm to a browser once. Only a hash of the ticket is kept.
create table ticket (
  hash bytea not null,
  account_id bigint not null,
  session_id text not null,
  expires_at timestamptz not null,
  constraint ticket_pkey primary key (hash),
  constraint ticket_account_id_fkey foreign key (account_id) references account on delete cascade,
  -- signing out takes the tickets of the session with it
  constraint ticket_session_id_fkey foreign key (session_id) references auth_session on delete cascade
);
create index ticket_account_id_idx on ticket (account_id);
create index ticket_session_id_idx on ticket (session_id);
create index ticket_expires_at_idx on ticket (expires_at);

create table feed (
  id bigint generated always as identity,
  account_id bigint not null,
  title text not null,
  is_private boolean not null default false,
  description text,
  website text,
  email text,
  icon text,
  auto_feed_url text,
  tags text[] not null default '{}',
  location_name text,
  domain text,
  disposition text,
  exposure text,
  lat double precision,
  lon double precision,
  ele text,
  -- when lat and lon were last written: the time of the waypoint they become
  located_at timestamptz,
  created_at timestamptz not null default now(),
  -- of the metadata; arrivals of data are kept with the datastreams
  updated_at timestamptz not null default now(),
  constraint feed_pkey primary key (id),
  constraint feed_account_id_fkey foreign key (account_id) references account on delete cascade,
  constraint feed_lat_check check (lat between -90 and 90),
  constraint feed_lon_check check (lon between -180 and 180)
);
create index feed_account_id_idx on feed (account_id);
create index feed_tags_idx on feed using gin (tags);

create table waypoint (
  feed_id bigint not null,
  at timestamptz not null,
  lat double precision not null,
  lon double precision not null,
  constraint waypoint_pkey primary key (feed_id, at),
  constraint waypoint_feed_id_fkey foreign key (feed_id) references feed on delete cascade
);

create table datastream (
  key bigint generated always as identity,
  feed_id bigint not null,
  id text not null,
  unit_type text,
  unit_symbol text,
  unit_label text,
  tags text[] not null default '{}',
  -- the newest by time of measurement, not by arrival
  current_value text,
  current_at timestamptz,
  -- what the last commit replaced: what a trigger compares with, and what tells a late point
  previous_value text,
  previous_at timestamptz,
  max_value double precision,
  min_value double precision,
  last_arrival_at timestamptz,
  has_trigger boolean not null default false,
  created_at timestamptz not null default now(),
  constraint datastream_pkey primary key (key),
  constraint datastream_feed_id_id_key unique (feed_id, id),
  constraint datastream_feed_id_fkey foreign key (feed_id) references feed on delete cascade
) with (fillfactor = 70);
create index datastream_tags_idx on datastream using gin (tags);

create table product (
  id text not null,
  account_id bigint not null,
  name text not null,
  description text,
  secret text not null,
  state text not null default 'develop',
  created_at timestamptz not null default now(),
  constraint product_pkey primary key (id),
  constraint product_account_id_fkey foreign key (account_id) references account on delete cascade,
  constraint product_state_check check (state in ('develop', 'deploy'))
);
create index product_account_id_idx on product (account_id);

-- Name, description and privacy of a device are those of its feed, so that neither can drift from the other.
create table device (
  id bigint generated always as identity,
  account_id bigint not null,
  product_id text not null,
  feed_id bigint not null,
  serial text not null,
  activation_code text not null,
  activated_at timestamptz,
  created_at timestamptz not null default now(),
  constraint device_pkey primary key (id),
  constraint device_account_id_fkey foreign key (account_id) references account on delete cascade,
  constraint device_product_id_fkey foreign key (product_id) references product on delete cascade,
  constraint device_feed_id_fkey foreign key (feed_id) references feed on delete cascade,
  constraint device_feed_id_key unique (feed_id),
  constraint device_product_id_serial_key unique (product_id, serial),
  constraint device_activation_code_key unique (activation_code)
);
create index device_account_id_idx on device (account_id);

create table api_key (
  id bigint generated always as identity,
  account_id bigint not null,
  label text not null,
  -- HMAC of the key under the server's secret
  hash bytea not null,
  -- the key itself, encrypted under the server's secret, for reveal
  sealed bytea not null,
  masked text not null,
  private_access boolean not null,
  -- [{"label"?, "accessMethods": […], "resources"?: [{"feedId"?, "datastreamId"?}]}]
  permissions jsonb not null,
  -- the one feed that every permission names, null where there is no such feed; goes with that feed
  bound_feed_id bigint,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  last_used_address text,
  constraint api_key_pkey primary key (id),
  constraint api_key_hash_key unique (hash),
  constraint api_key_account_id_fkey foreign key (account_id) references account on delete cascade,
  constraint api_key_bound_feed_id_fkey foreign key (bound_feed_id) references feed on delete cascade
);
create index api_key_account_id_idx on api_key (account_id);
create index api_key_bound_feed_id_idx on api_key (bound_feed_id);

-- What was done to keys, devices and sessions, by whom, from where. Never a secret. Rows are only added.
create table audit_entry (
  id bigint generated always as identity,
  account_id bigint not null,
  at timestamptz not null default now(),
  action text not null,
  subject text not null,
  address text not null,
  constraint audit_entry_pkey primary key (id),
  constraint audit_entry_account_id_fkey foreign key (account_id) references account on delete cascade
);
create index audit_entry_account_id_idx on audit_entry (account_id, id);

-- Requests that named a feed or used a key of the account, the last thousand or so. feed_id and key_id may be of
-- things that are gone.
create table request (
  -- given by the api (it grows with time), so that the live event and the stored row carry the same one
  id bigint not null,
  account_id bigint not null,
  at timestamptz not null,
  feed_id bigint,
  method text not null,
  path text not null,
  status smallint not null,
  duration_ms double precision not null,
  protocol text not null,
  remote_address text not null,
  key_id bigint,
  key_label text,
  datastream_ids text[] not null,
  request_headers jsonb not null,
  request_body text not null,
  response_headers jsonb not null,
  response_body text not null,
  -- two nodes may give the same number to requests of two accounts
  constraint request_pkey primary key (account_id, id),
  constraint request_account_id_fkey foreign key (account_id) references account on delete cascade
);
create index request_account_id_feed_id_idx on request (account_id, feed_id, id);

-- Archive: when and how much.

-- Partitions are made on demand. No reference to datastream: the append statement checks it, and whoever removes a
-- datastream removes its datapoints in the same transaction.
create table datapoint (
  stream_key bigint not null,
  at timestamptz not null,
  -- the exact text that was sent
  value text not null,
  -- the same as a finite double, null where it is text
  number double precision,
  arrived_at timestamptz not null,
  is_late boolean not null default false,
  constraint datapoint_pkey primary key (stream_key, at)
) partition by range (at);

-- Outbox: what must happen because of what was stored.

create table trigger (
  id bigint generated always as identity,
  account_id bigint not null,
  -- may be a public datastream of another account
  stream_key bigint not null,
  url text not null,
  trigger_type text not null,
  threshold_value text,
  notified_at timestamptz,
  created_at timestamptz not null default now(),
  constraint trigger_pkey primary key (id),
  constraint trigger_account_id_fkey foreign key (account_id) references account on delete cascade,
  constraint trigger_stream_key_fkey foreign key (stream_key) references datastream on delete cascade,
  constraint trigger_type_check
    check (trigger_type in ('gt', 'gte', 'lt', 'lte', 'eq', 'change', 'frozen', 'live'))
);
create index trigger_account_id_idx on trigger (account_id);
create index trigger_stream_key_idx on trigger (stream_key);

create table delivery (
  id uuid not null default gen_random_uuid(),
  trigger_id bigint not null,
  stream_key bigint not null,
  -- time of the datapoint that fired it
  at timestamptz not null,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  constraint delivery_pkey primary key (id),
  constraint delivery_trigger_id_fkey foreign key (trigger_id) references trigger on delete cascade
);
create index delivery_trigger_id_idx on delivery (trigger_id);
