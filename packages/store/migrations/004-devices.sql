-- Products with many devices, activation, and accounts beyond the first.

alter table account
  -- may make and remove accounts
  add column is_admin boolean not null default false,
  -- of an account on its way out: nothing of it answers any more, and its data goes piece by piece
  add column removed_at timestamptz;
update account set is_admin = true where id = (select min(id) from account);

-- Logins of accounts that were removed. Never given again: programs know an account's realm by this name.
create table retired_login (
  login text not null,
  retired_at timestamptz not null default now(),
  constraint retired_login_pkey primary key (login)
);

alter table product
  -- FeedDefaults of the model
  add column feed_defaults jsonb not null default '{"isPrivate": true}',
  -- made by *add device*: not among the products until it is deployed, and goes with its last device
  add column is_hidden boolean not null default false;
update product set is_hidden = true;

alter table device
  -- known by its serial before it exists; *add device* makes the others
  add column is_preregistered boolean not null default false,
  -- the key that activation gave out, null where there is none or its owner removed it
  add column key_id bigint,
  add constraint device_key_id_fkey foreign key (key_id) references api_key on delete set null;
update device v set key_id = (
  select min(k.id) from api_key k
  where k.bound_feed_id = v.feed_id and k.private_access and k.expires_at is null
    and jsonb_array_length(k.permissions) = 1
    and k.permissions -> 0 -> 'accessMethods' @> '["get", "put", "post", "delete"]'
    and not jsonb_path_exists(k.permissions, '$[*].resources[*].datastreamId')
);
create index device_key_id_idx on device (key_id);
create index device_product_id_id_idx on device (product_id, id);
