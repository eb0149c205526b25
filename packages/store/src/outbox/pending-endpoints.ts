/**
 * Recursive CTEs `fresh` and `retry` (endpoint_id, the last one null): the endpoints with pending deliveries that had no
 * attempt yet, and with others. Goes from one endpoint to the next in the partial index, past all that is between.
 */
export const PENDING_ENDPOINTS = `${scan('fresh', 'failures = 0')}, ${scan('retry', 'failures > 0')}`

function scan(name: string, which: string): string {
  return `${name} (endpoint_id) as (
    (select d.endpoint_id from delivery d where d.status = 'pending' and d.${which} order by d.endpoint_id limit 1)
    union all
    select (
      select d.endpoint_id from delivery d
      where d.status = 'pending' and d.${which} and d.endpoint_id > ${name}.endpoint_id order by d.endpoint_id limit 1
    )
    from ${name} where ${name}.endpoint_id is not null
  )`
}
