import type { Database } from '@sluice/store'

/** What refused requests leave on purpose: the request log. */
const LEFT_OUT = ['request']
/** When, from where and with what a key was used last, and its text from before it was rolled. */
const USES = ['last', 'previous'].flatMap((text) => ['at', 'address', 'client'].map((of) => `${text}_used_${of}`))

/** A hash of every table, by its name: cheap to take, and equal only while nothing changed. */
export async function readContents(db: Database): Promise<Record<string, string>> {
  const { rows: tables } = await db.pool.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
       and not relname = any($1) order by relname`,
    [LEFT_OUT],
  )
  const each = tables.map(
    ({ name }) => `select '${name}' as name, count(*) || ' ' || coalesce(sum(hashtextextended(
      (to_jsonb(x) - '{${name === 'api_key' ? USES.join(',') : ''}}'::text[])::text, 0)::numeric), 0) as hash
      from "${name}" x`,
  )
  const { rows } = await db.pool.query<{ name: string; hash: string }>(each.join(' union all '))
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]))
}
