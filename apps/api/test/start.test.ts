import { expect, test } from 'vitest'
import { serve } from './serve.ts'

test('a first value goes in and comes out', async () => {
  await using served = await serve()
  const { api, first } = served
  const headers = { 'X-ApiKey': first.apiKey }
  const body = '{"title":"Boiler","datastreams":[{"id":"flow","current_value":"1"}]}'
  const made = await fetch(`${api.url}/v2/feeds.json`, { method: 'POST', headers, body })
  expect([made.status, await made.text()]).toEqual([201, ''])
  const location = made.headers.get('location') ?? ''
  expect(location).toMatch(new RegExp(`^${api.url}/v2/feeds/\\d+$`))
  const put = await fetch(`${location}/datastreams/flow`, { method: 'PUT', headers, body: '{"current_value":"20.50"}' })
  expect([put.status, await put.text()]).toEqual([200, ''])
  const got = await fetch(`${location}.json?_=1`, { headers })
  expect(await got.json()).toMatchObject({ title: 'Boiler', datastreams: [{ id: 'flow', current_value: '20.50' }] })
})
