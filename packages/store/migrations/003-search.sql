-- What a search of feeds reads: one narrow row for each feed.

-- Text as it is compared: without case, accents and the variants of a letter (℃ is °c, m³ is m3, Ü is u).
create function search_fold(text) returns text language sql immutable strict
  return lower(regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]', '', 'g'));

-- The words of such a text in their order: what lies between blanks, punctuation and symbols but % and °. Some are empty.
create function search_words(folded text) returns text[] language sql immutable strict
  return regexp_split_to_array(folded,
    '[\u0001-\u0024\u0026-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00af\u00b1-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\ufe00-\ufe6f\ufff0-\uffff]+');

-- Every word of a search, of many the first 20, has to begin a word that is marked so; a lone letter of Latin (or of Greek
-- or Cyrillic) or a digit has to be one. 64 characters of a word count. Null where there is no word.
create function search_prefixes(q text, mark text) returns tsquery language sql immutable strict
begin atomic
  select string_agg(format('''%s%s''%s', mark, word,
    case when char_length(word) = 1 and octet_length(word) < 3 then '' else ':*' end), ' & ')::tsquery
  from (
    select left(word, 64) as word from unnest(search_words(search_fold(q))) with ordinality as w (word, place)
    where word <> '' group by 1 order by min(place) limit 20
  ) as words;
end;

-- One term: a whole value, behind a mark that no word begins with.
create function search_term(mark text, value text) returns text language sql immutable strict
  return left(mark || btrim(value), 255);

-- One of these values has to be there. Null where there are none.
create function search_values(mark text, list text[]) returns tsquery language sql immutable strict
begin atomic
  select string_agg('''' || replace(replace(search_term(mark, value), '\', '\\'), '''', '''''') || '''', ' | ')::tsquery
  from unnest(list) as value;
end;

-- Terms as a vector. Beyond 500 kB the longest are left out, because a vector ends at 1 MB. The 2000 blanks among them are
-- no term: they make every row that holds the vector longer than 2 kB, which is when Postgres moves it out of the row.
create function search_vector(terms text[]) returns tsvector language sql immutable strict
  return case when octet_length(array_to_string(terms, '')) <= 500000
    then array_to_tsvector(terms || repeat(' ', 2000))
    else (
      select array_to_tsvector(array_agg(term) || repeat(' ', 2000))
      from (
        select term, sum(octet_length(term)) over (order by octet_length(term), term) as bytes
        from (select distinct unnest(terms) as term) every
      ) measured
      where bytes <= 500000
    ) end;

-- All that feeds are found by: words of a feed's text and of its datastreams', those of its title once more, and tags, units
-- and ids of datastreams whole. Ids written inCamelCase are also found by their parts, and 5% by 5.
-- only_ids: the datastreams that count, null for all
create function feed_terms(feed_ids bigint[], only_ids text[]) returns table (feed_id bigint, terms tsvector)
language sql stable
begin atomic
  select f.id, search_vector(array(
    select ':title:' || left(word, 64) from unnest(search_words(search_fold(f.title))) as word where word <> ''
    union all
    select left(word, 64)
    from unnest(search_words(body.text || case when body.text ~ '[%°]' then ' ' || translate(body.text, '%°', '  ') else '' end))
      as word
    where word <> ''
    union all
    select search_term(':tag:', search_fold(tag)) from unnest(f.tags) as tag
    union all
    select unnest(streams.terms)
  ))
  from unnest(feed_ids) as wanted (id)
  join feed f on f.id = wanted.id
  cross join lateral (
    select
      string_agg(concat_ws(' ', d.id, regexp_replace(d.id, '([a-z0-9])([A-Z])', '\1 \2', 'g'), d.unit_label, d.unit_symbol,
        array_to_string(d.tags, ' ')), ' ' order by d.key) as text,
      array_agg(search_term(':id:', d.id))
        || array_agg(search_term(':unit:', search_fold(d.unit_label))) filter (where d.unit_label is not null)
        || array_agg(search_term(':unit:', search_fold(d.unit_symbol))) filter (where d.unit_symbol is not null)
        || (
          select array_agg(search_term(':tag:', search_fold(tag))) from datastream t, unnest(t.tags) as tag
          where t.feed_id = f.id and (only_ids is null or t.id = any (only_ids))
        ) as terms
    from datastream d
    where d.feed_id = f.id and (only_ids is null or d.id = any (only_ids))
  ) streams
  cross join lateral (
    select search_fold(left(concat_ws(' ', f.title, array_to_string(f.tags, ' '), f.location_name, f.description, f.website,
      streams.text), 200000)) as text
    -- computed once, however often it is used
    offset 0
  ) body;
end;

create table feed_listing (
  feed_id bigint not null,
  account_id bigint not null,
  is_private boolean not null,
  updated_at timestamptz not null,
  -- a time of arrival of the last minutes in which data came, null before any did: an append writes it once in a while,
  -- never later than the datastreams' own. No index on it, so that writing it touches no index at all
  data_at timestamptz,
  lat double precision,
  lon double precision,
  -- not in the row but in the TOAST table (see search_vector): a scan reads 11 MB for 100,000 feeds instead of 60, and the
  -- index over the terms answers without them
  terms tsvector not null,
  constraint feed_listing_pkey primary key (feed_id),
  constraint feed_listing_feed_id_fkey foreign key (feed_id) references feed on delete cascade
) with (fillfactor = 85, toast_tuple_target = 128);
-- data that arrives has the table analyzed often, and no plan depends on the terms
alter table feed_listing alter column terms set statistics 0;

insert into feed_listing (feed_id, account_id, is_private, updated_at, data_at, lat, lon, terms)
select id, account_id, is_private, updated_at, (select max(last_arrival_at) from datastream where feed_id = f.id), lat, lon,
  terms
from feed_terms(array(select id from feed), null) t join feed f on f.id = t.feed_id
order by id;

create index feed_listing_account_id_idx on feed_listing (account_id);
create index feed_listing_lat_lon_idx on feed_listing (lat, lon) where lat is not null;
-- without a list of pending entries, through which every search would have to go
create index feed_listing_terms_idx on feed_listing using gin (terms) with (fastupdate = off);

-- The terms of feeds anew. Two that change one feed wait here for each other, and the second sees what the first wrote.
create function refresh_feed_terms(feed_ids bigint[]) returns void language plpgsql as $$
begin
  perform from feed_listing where feed_id = any (feed_ids) order by feed_id for no key update;
  update feed_listing l set terms = n.terms
  from feed_terms(feed_ids, null) n
  where l.feed_id = n.feed_id and l.terms is distinct from n.terms;
end $$;

create function list_new_feeds() returns trigger language plpgsql as $$
begin
  insert into feed_listing (feed_id, account_id, is_private, updated_at, lat, lon, terms)
  select id, account_id, is_private, updated_at, lat, lon, terms
  from feed_terms(array(select id from made), null) t join made on made.id = t.feed_id;
  return null;
end $$;
create trigger feed_listing_of_new after insert on feed
  referencing new table as made for each statement execute function list_new_feeds();

create function list_changed_feeds() returns trigger language plpgsql as $$
begin
  update feed_listing l
  set account_id = f.account_id, is_private = f.is_private, updated_at = f.updated_at, lat = f.lat, lon = f.lon
  from changed f
  where l.feed_id = f.id and (l.account_id, l.is_private, l.updated_at, l.lat, l.lon)
    is distinct from (f.account_id, f.is_private, f.updated_at, f.lat, f.lon);
  perform refresh_feed_terms(array_agg(f.id)) from changed f join former o using (id)
  where (f.title, f.description, f.website, f.tags, f.location_name)
    is distinct from (o.title, o.description, o.website, o.tags, o.location_name)
  having count(*) > 0;
  return null;
end $$;
create trigger feed_listing_of_changed after update on feed
  referencing old table as former new table as changed for each statement execute function list_changed_feeds();

create function list_new_datastreams() returns trigger language plpgsql as $$
begin
  perform refresh_feed_terms(array_agg(distinct feed_id)) from made having count(*) > 0;
  update feed_listing l set data_at = n.at
  from (select feed_id, max(last_arrival_at) as at from made group by feed_id) n
  where l.feed_id = n.feed_id and n.at > coalesce(l.data_at, '-infinity');
  return null;
end $$;
create trigger feed_listing_of_new after insert on datastream
  referencing new table as made for each statement execute function list_new_datastreams();

-- Datastreams that go with their feed are nothing to do for: its row is gone already.
create function unlist_datastreams() returns trigger language plpgsql as $$
declare
  feed_ids bigint[] := array(select id from feed where id in (select feed_id from gone));
begin
  if feed_ids = '{}' then return null; end if;
  perform refresh_feed_terms(feed_ids);
  update feed_listing l set data_at = (select max(last_arrival_at) from datastream d where d.feed_id = l.feed_id)
  where feed_id = any (feed_ids);
  return null;
end $$;
create trigger feed_listing_of_removed after delete on datastream
  referencing old table as gone for each statement execute function unlist_datastreams();

-- An append updates datastreams all the time and must not come here: these fire for statements that write one of the
-- columns. Transition tables are not to be had with a list of columns, so the rows note their feeds and the statement
-- reads the notes.
create function note_changed_datastream() returns trigger language plpgsql as $$
declare
  noted text := coalesce(current_setting('sluice.changed_feeds', true), '');
begin
  if noted !~ format('(^|,)%s$', new.feed_id) then
    perform set_config('sluice.changed_feeds', concat_ws(',', nullif(noted, ''), new.feed_id), true);
  end if;
  return null;
end $$;
create trigger feed_listing_note after update of id, tags, unit_label, unit_symbol on datastream
  for each row when ((old.id, old.tags, old.unit_label, old.unit_symbol)
    is distinct from (new.id, new.tags, new.unit_label, new.unit_symbol))
  execute function note_changed_datastream();

create function list_changed_datastreams() returns trigger language plpgsql as $$
declare
  noted text := coalesce(current_setting('sluice.changed_feeds', true), '');
begin
  if noted = '' then return null; end if;
  perform set_config('sluice.changed_feeds', '', true);
  perform refresh_feed_terms(array(select distinct id::bigint from unnest(string_to_array(noted, ',')) as id));
  return null;
end $$;
create trigger feed_listing_of_changed after update of id, tags, unit_label, unit_symbol on datastream
  for each statement execute function list_changed_datastreams();
