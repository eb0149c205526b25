import { ask } from './ask.ts'
import type { Ask, Asking } from './ask.ts'
import type { Deed, Thing } from './rules.ts'
import { AT } from './subject.ts'
import type { Ids } from './subject.ts'

const FEED = (ids: Ids): string => `/v2/feeds/${ids.feed}`
const STREAM = (ids: Ids, id = 't'): string => `${FEED(ids)}/datastreams/${id}`
const POINT = (ids: Ids, id = 't'): string => `${STREAM(ids, id)}/datapoints/${AT}`
const NEW = { current_value: '666' }
const BOTH = { datastreams: ['t', 'u'].map((id) => ({ id, ...NEW })) }
const POINTS = { datapoints: [{ at: '2014-01-01T00:00:00Z', value: '666' }] }
const EEML = '<eeml><environment><data id="t"><current_value>666</current_value></data></environment></eeml>'

/** The same document in every format and layout that API v2 has for it. */
function inAllFormats(on: Thing, path: string, shows: Ask['shows']): Ask[] {
  const formats = ['.json', '.xml', '.csv'].map((format) => ask(on, 'get', `${path}${format}`, { place: 'format' }))
  return [
    ...formats,
    ask(on, 'get', `${path}?callback=show`, { place: 'format', isHttpOnly: true }),
    ask(on, 'get', `${path.replace('/v2/', '/v1/')}.xml`, { place: 'format', isHttpOnly: true }),
    ask(on, 'get', path, { place: 'format', isHttpOnly: true, headers: { accept: 'application/xml' } }),
  ].map((one) => ({ ...one, ...(shows && { shows }) }))
}

/** Both datastreams, each asked for in its own right. */
const each = (deed: Deed, make: (id: 't' | 'u') => Partial<Ask> & { path: string }): Ask[] =>
  (['t', 'u'] as const).map((id) => ({ on: id, deed, place: 'path', ...make(id) }))

const found = { place: 'query', missing: 200, shows: 'title' } as const

/** Feeds, their datastreams and datapoints. */
export const ASKED_OF_FEEDS: Record<string, Asking> = {
  'GET /v2/feeds': (ids, { feed }) => [
    ask('search', 'get', `/v2/feeds?q=${ids.word}`, found),
    ask('search', 'get', `/v2/feeds?tag=${ids.word}`, found),
    ask('search', 'get', `/v2/feeds?feeds=${ids.feed}`, found),
    ask('search', 'get', `/v2/feeds?feeds=${feed},${ids.feed}`, { ...found, place: 'bulk' }),
    ask('search', 'get', `/v2/feeds?user=${ids.login}&q=${ids.word}`, found),
    ask('search', 'get', `/v2/feeds?lat=${ids.lat}&lon=20&distance=0.01&distance_units=kms`, found),
    ask('search', 'get', `/v2/feeds?q=${ids.word}&content=summary&order=relevance&per_page=1`, found),
    ask('search by t', 'get', `/v2/feeds?feeds=${ids.feed}&datastreams=t&show_user=true`, found),
    ask('search', 'get', `/v2/feeds?q=${ids.word}&status=live`, { ...found }),
    ask('search', 'get', `/v2/feeds.xml?q=${ids.word}`, found),
    ask('search', 'get', `/v2/feeds.csv?q=${ids.word}`, { place: 'query', missing: 200 }),
    ask('search', 'get', `/v2/feeds?q=${ids.word}&callback=show`, { ...found, isHttpOnly: true }),
    ask('search by t', 'get', `/v2/feeds?q=${ids.wordOfT}`, found),
    ask('search by u', 'get', `/v2/feeds?q=${ids.wordOfU}`, found),
    ask('search by u', 'get', `/v2/feeds?tag=${ids.wordOfU}`, found),
    ask('list', 'get', '/v2/feeds?per_page=1000', { place: 'none' }),
  ],
  'POST /v2/feeds': () => [
    ask('new feed', 'post', '/v2/feeds', { place: 'none', body: { title: 'mine' } }),
    ask('new private feed', 'post', '/v2/feeds', { place: 'none', body: { title: 'mine', private: true, ...BOTH } }),
  ],
  'GET /v2/feeds/:feedId': (ids) => [
    ask('feed', 'get', FEED(ids), { shows: 'title' }),
    ask('feed', 'get', `${FEED(ids)}?limit=5&show_user=true`, { shows: 'title' }),
    ask('feed', 'get', `${FEED(ids)}?datastreams=t,u`, { place: 'bulk', shows: 'title' }),
    ask('feed', 'get', `${FEED(ids)}?duration=6hours&interval=60`, { shows: 'title' }),
    ask('feed', 'get', FEED(ids), { method: 'HEAD', isHttpOnly: true }),
    ask('feed', 'get', FEED(ids), { method: 'SUBSCRIBE' }),
    ask('feed', 'get', `/api/${ids.feed}.xml`, { place: 'format', isHttpOnly: true, shows: 'title' }),
    ...inAllFormats('feed', FEED(ids), undefined),
  ],
  'PUT /v2/feeds/:feedId': (ids) => [
    ask('feed', 'put', FEED(ids), { body: { title: 'stolen' } }),
    ask('feed', 'put', FEED(ids), { body: { private: 'false' }, isFinal: true }),
    ask('feed', 'put', FEED(ids), {
      body: {
        datastreams: [
          { id: 't', ...NEW },
          { id: 'new', ...NEW },
        ],
      },
      place: 'bulk',
    }),
    ask('member t', 'put', FEED(ids), { body: { datastreams: [{ id: 't', ...NEW }] } }),
    ask('member t', 'put', `${FEED(ids)}.csv`, { body: 't,666', place: 'format' }),
    ask('member t', 'put', `${FEED(ids)}.xml`, { body: EEML, place: 'format' }),
    ask('t and u', 'put', FEED(ids), { body: BOTH, place: 'bulk' }),
    ask('t and u', 'put', `${FEED(ids)}.csv`, { body: 't,666\nu,666', place: 'bulk' }),
  ],
  'DELETE /v2/feeds/:feedId': (ids) => [ask('feed', 'delete', FEED(ids))],
  'GET /v2/feeds/:feedId/datastreams': (ids) => [
    ask('feed', 'get', `${FEED(ids)}/datastreams`),
    ...inAllFormats('feed', `${FEED(ids)}/datastreams`, undefined),
  ],
  'POST /v2/feeds/:feedId/datastreams': (ids) => [
    ask('member t', 'post', `${FEED(ids)}/datastreams`, { body: { datastreams: [{ id: 't', ...NEW }] } }),
    ask('t and u', 'post', `${FEED(ids)}/datastreams`, { body: BOTH, place: 'bulk' }),
    ask('feed', 'post', `${FEED(ids)}/datastreams`, { body: { id: 'new', ...NEW } }),
  ],
  'GET /v2/feeds/:feedId/datastreams/:datastreamId': (ids) => [
    ...each('get', (id) => ({ path: STREAM(ids, id), shows: id })),
    ...each('get', (id) => ({ path: `${STREAM(ids, id)}?start=${AT}&duration=1day`, shows: id })),
    ...each('get', (id) => ({ path: `${STREAM(ids, id)}.png?width=100&height=50`, place: 'format', isHttpOnly: true })),
    ...each('get', (id) => ({ path: STREAM(ids, id), method: 'SUBSCRIBE' })),
    ask('t', 'get', `/feeds/${ids.feed}/datastreams/t/history.png`, { place: 'format', isHttpOnly: true }),
    ...inAllFormats('t', STREAM(ids), 't'),
  ],
  'PUT /v2/feeds/:feedId/datastreams/:datastreamId': (ids) => [
    ...each('put', (id) => ({ path: STREAM(ids, id), body: NEW })),
    ...each('put', (id) => ({ path: STREAM(ids, id), body: { tags: 'stolen' } })),
    ask('t', 'put', `${STREAM(ids)}.csv`, { body: '666', place: 'format' }),
  ],
  'DELETE /v2/feeds/:feedId/datastreams/:datastreamId': (ids) => each('delete', (id) => ({ path: STREAM(ids, id) })),
  'POST /v2/feeds/:feedId/datastreams/:datastreamId/datapoints': (ids) => [
    ...each('post', (id) => ({ path: `${STREAM(ids, id)}/datapoints`, body: POINTS })),
    ask('t', 'post', `${STREAM(ids)}/datapoints?results=true`, { body: POINTS }),
    ask('t', 'post', `${STREAM(ids)}/datapoints.csv`, { body: '2014-01-01T00:00:00Z,666', place: 'format' }),
  ],
  'DELETE /v2/feeds/:feedId/datastreams/:datastreamId/datapoints': (ids) =>
    each('delete', (id) => ({ path: `${STREAM(ids, id)}/datapoints?start=2000-01-01` })),
  'GET /v2/feeds/:feedId/datastreams/:datastreamId/datapoints/:at': (ids) => [
    ...each('get', (id) => ({ path: POINT(ids, id), shows: id })),
    ask('t', 'get', `${POINT(ids)}.xml`, { place: 'format', shows: 't' }),
    ask('t', 'get', `${POINT(ids)}.csv`, { place: 'format', shows: 't' }),
  ],
  'PUT /v2/feeds/:feedId/datastreams/:datastreamId/datapoints/:at': (ids) =>
    each('put', (id) => ({ path: POINT(ids, id), body: { value: '666' } })),
  'DELETE /v2/feeds/:feedId/datastreams/:datastreamId/datapoints/:at': (ids) =>
    each('delete', (id) => ({ path: POINT(ids, id) })),
  'POST /v2/feeds/:feedId/datapoints': (ids) => [
    ask('t or u', 'post', `${FEED(ids)}/datapoints`, { body: { datapoints: [{ datastream: 't', value: '666' }] } }),
    ask('t or u', 'post', `${FEED(ids)}/datapoints`, {
      place: 'bulk',
      body: { datapoints: ['t', 'u'].map((datastream) => ({ datastream, value: '666' })) },
    }),
  ],
  'GET /v2/feeds/:feedId/requests': (ids) => [
    ask('request log', 'get', `${FEED(ids)}/requests`),
    ask('request log', 'get', `${FEED(ids)}/requests?before=1999999999999999`, { place: 'cursor' }),
    ask('request log', 'get', `${FEED(ids)}/requests?after=1`, { place: 'cursor' }),
  ],
}
