import { Client } from 'pg'
import { CHANNELS, CITIES, PLACES, TAGS, THINGS } from './search-words.ts'

/** Feeds that `seedFeeds` makes unless told otherwise. */
export const FEEDS = 100_000
const FEEDS_PER_STATEMENT = 2_000
const ACCOUNTS = 20
const PRIVATE = 0.3
const MAPPED = 0.6
const LIVE = 0.2
const WITHOUT_DATA = 0.1
/** How far back arrivals lie that are not live. */
const DAYS = 60
const LIVE_MINUTES = 15

/**
 * Fills the directory as if an installation had grown for two years: feeds of 20 accounts, one of them the viewer's, with
 * three datastreams each on average; 30 % private, 60 % with a position near one of 20 cities, 20 % live, 10 % without any
 * data. The same ones each time. Leaves the statistics up to date. Takes about a minute for 100,000.
 * @param options.viewer login of an account that exists
 */
export async function seedFeeds(databaseUrl: string, options: { viewer: string; feeds?: number }): Promise<void> {
  const client = new Client(databaseUrl)
  await client.connect()
  try {
    const owners = await makeOwners(client, options.viewer)
    const feeds = makeFeeds(options.feeds ?? FEEDS, owners)
    await client.query('alter index feed_listing_terms_idx set (fastupdate = on)')
    for (let from = 0; from < feeds.length; from += FEEDS_PER_STATEMENT) {
      await client.query(SEED, [JSON.stringify(feeds.slice(from, from + FEEDS_PER_STATEMENT))])
    }
    await client.query('alter index feed_listing_terms_idx set (fastupdate = off)')
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

export const ownerOf = (index: number): string => `bench-${index}`

async function makeOwners(client: Client, viewer: string): Promise<number[]> {
  const others = Array.from({ length: ACCOUNTS - 1 }, (_, index) => ownerOf(index + 1))
  await client.query(
    `insert into account (login, name, email) select login, login, login || '@example.org' from unnest($1::text[]) as login`,
    [others],
  )
  const { rows } = await client.query<{ id: string }>(
    'select id from account where login = any($1::text[]) order by id',
    [[viewer, ...others]],
  )
  return rows.map((row) => Number(row.id))
}

type Seed = {
  place: number
  owner: number
  title: string
  private: boolean
  description: string | null
  website: string | null
  tags: string[]
  city: string | null
  lat: number | null
  lon: number | null
  /** minutes before now */
  made: number
  arrived: number | null
  datastreams: { id: string; label: string; symbol: string; tags: string[]; value: string }[]
}

function makeFeeds(count: number, owners: readonly number[]): Seed[] {
  const random = makeRandom(1977)
  const below = (bound: number): number => Math.floor(random() * bound)
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T
  return Array.from({ length: count }, (_, place) => {
    const thing = one(THINGS)
    const [city, lat, lon] = one(CITIES)
    const isMapped = random() < MAPPED
    const life = random()
    const first = below(CHANNELS.length)
    return {
      place,
      owner: one(owners),
      title: `${one(PLACES)} ${thing} ${place}`,
      private: random() < PRIVATE,
      description:
        random() < 0.5 ? `Measures the ${thing.toLowerCase()} every ${below(60) + 1} seconds, week ${below(53)}` : null,
      website: random() < 0.2 ? `https://example.org/stations/${place}` : null,
      tags: [...new Set(Array.from({ length: below(4) }, () => one(TAGS)))],
      city: isMapped ? city : null,
      lat: isMapped ? lat + random() - 0.5 : null,
      lon: isMapped ? lon + random() - 0.5 : null,
      made: (count - place) * 10,
      arrived: life < LIVE ? random() * LIVE_MINUTES : life < 1 - WITHOUT_DATA ? random() * DAYS * 1440 : null,
      datastreams: Array.from({ length: 1 + below(5) }, (_, index) => {
        const [id, label, symbol] = CHANNELS[(first + index * 5) % CHANNELS.length] as (typeof CHANNELS)[number]
        return { id, label, symbol, tags: random() < 0.3 ? [one(TAGS)] : [], value: (random() * 100).toFixed(2) }
      }),
    }
  })
}

/** The same sequence of numbers from 0 to 1 for the same seed (mulberry32). */
function makeRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Feeds and datastreams in one statement, so that each feed is listed with all of its terms at once. */
const SEED = `
  with plan as materialized (
    select p.*, now() - p.made * interval '1 minute' as made_at, now() - p.arrived * interval '1 minute' as arrived_at
    from json_to_recordset($1) as p (place int, owner bigint, title text, private boolean, description text, website text,
      tags json, city text, lat float8, lon float8, made float8, arrived float8, datastreams json)
  ), feeds as (
    insert into feed (account_id, title, is_private, description, website, tags, location_name, domain, lat, lon,
      located_at, created_at, updated_at)
    select owner, title, private, description, website, array(select json_array_elements_text(tags)), city, 'physical',
      lat, lon, case when lat is not null then made_at end, made_at, made_at + interval '1 day'
    from plan order by place
    returning id, title
  )
  insert into datastream (feed_id, id, unit_label, unit_symbol, tags, current_value, current_at, last_arrival_at, created_at)
  select feeds.id, d.id, d.label, d.symbol, array(select json_array_elements_text(d.tags)),
    case when arrived_at is not null then d.value end, arrived_at, arrived_at, made_at
  from feeds join plan using (title)
  cross join json_to_recordset(plan.datastreams) as d (id text, label text, symbol text, tags json, value text)
  order by feeds.id`
