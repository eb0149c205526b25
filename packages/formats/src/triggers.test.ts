import { expect, test } from 'vitest'
import { SluiceError, type NewTrigger, type Trigger } from '@sluice/model'
import { renderTrigger, renderTriggerV2 } from './render-trigger.ts'
import { parseBacktestBody, parseTriggerBody } from './triggers.ts'

const V2 = {
  environment_id: 1011,
  stream_id: '0',
  url: 'http://example.org/hook',
  trigger_type: 'gt',
  threshold_value: '5',
}
const DEFAULTS = {
  match: 'all',
  mode: 'edge',
  forS: 0,
  hysteresis: '0',
  minIntervalS: 0,
  rearm: 'auto',
  late: 'ignore',
}
const parse = (members: object, current?: NewTrigger) =>
  parseTriggerBody({ text: JSON.stringify(members), format: 'json', version: 'v2' }, current)
const stored = (members: object): NewTrigger => ({ ...parse(members), name: 'mine' })

/** The sentences that a body is refused with. */
function problemsOf(members: object, current?: NewTrigger): readonly string[] {
  try {
    parse(members, current)
    return []
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'unprocessable') return error.messages
    throw error
  }
}

test("API v2's five members are a trigger", () => {
  expect(parse(V2)).toEqual({
    feedId: 1011,
    name: null,
    rule: { ...DEFAULTS, conditions: [{ datastreamId: '0', type: 'gt', threshold: '5' }] },
    action: { kind: 'http', url: V2.url, format: 'form' },
    isEnabled: true,
  })
})

test.each([
  { name: 'a wrapper', body: { trigger: V2 }, is: {} },
  { name: 'members that only answers have', body: { ...V2, id: 7, user: 'x', notified_at: '' }, is: {} },
  { name: 'null for not given', body: { ...V2, name: null, action: null, conditions: null, for: null }, is: {} },
  { name: 'a feed as text', body: { ...V2, environment_id: '1011' }, is: {} },
  { name: 'a threshold as number', body: { ...V2, threshold_value: 15.0 }, is: { threshold: '15' } },
  { name: 'a threshold as it is written', body: { ...V2, threshold_value: ' 15.0 ' }, is: { threshold: '15.0' } },
  { name: 'a tiny threshold', body: { ...V2, threshold_value: 1.5e-7 }, is: { threshold: '0.00000015' } },
])('accepts $name', ({ body, is }) => {
  expect(parse(body).rule.conditions).toEqual([{ datastreamId: '0', type: 'gt', threshold: '5', ...is }])
  expect(parse(body).feedId).toBe(1011)
})

test.each([
  [
    { trigger_type: 'eq', threshold_value: 'open' },
    { type: 'eq', threshold: 'open' },
  ],
  [{ trigger_type: 'change', threshold_value: '5' }, { type: 'change' }],
  [{ trigger_type: 'frozen' }, { type: 'frozen', afterS: 900 }],
  [
    { trigger_type: 'live', after: '60' },
    { type: 'live', afterS: 60 },
  ],
  [
    { trigger_type: 'between', low: 1, high: '2.50' },
    { type: 'between', low: '1', high: '2.50' },
  ],
  [
    { trigger_type: 'outside', low: '-1e3', high: '-1e3' },
    { type: 'outside', low: '-1e3', high: '-1e3' },
  ],
  [
    { trigger_type: 'rise', threshold_value: '0.5', per: 60 },
    { type: 'rise', threshold: '0.5', perS: 60 },
  ],
])('%o is %o', (members, condition) => {
  const { url, environment_id, stream_id } = V2
  expect(parse({ url, environment_id, stream_id, ...members }).rule.conditions).toEqual([
    { datastreamId: '0', ...condition },
  ])
  const conditions = [{ stream_id, ...members }]
  expect(parse({ url, environment_id, conditions }).rule.conditions).toEqual([{ datastreamId: '0', ...condition }])
})

test.each([
  [
    { kind: 'http', url: 'https://example.org/' },
    { kind: 'http', url: 'https://example.org/', format: 'json' },
  ],
  [
    { kind: 'http', url: 'https://x.org/', format: 'form' },
    { kind: 'http', url: 'https://x.org/', format: 'form' },
  ],
  [
    { kind: 'publish', topic: 'org.example.alarm' },
    { kind: 'publish', topic: 'org.example.alarm' },
  ],
  [
    { kind: 'call', procedure: 'org.example.act' },
    { kind: 'call', procedure: 'org.example.act' },
  ],
  [
    { kind: 'email', to: 'ann@example.org' },
    { kind: 'email', to: 'ann@example.org' },
  ],
  [
    { kind: 'datapoint', feed_id: 7, datastream_id: 'fan', value: 1 },
    { kind: 'datapoint', feedId: 7, datastreamId: 'fan', value: '1' },
  ],
  [
    { kind: 'datapoint', feed_id: '7', datastream_id: 'fan', value: null },
    { kind: 'datapoint', feedId: 7, datastreamId: 'fan', value: null },
  ],
])('action %o', (document, action) => {
  expect(parse({ ...V2, url: null, action: document }).action).toEqual(action)
})

test.each([
  [
    {},
    ["environment_id can't be blank", "stream_id can't be blank", "trigger_type can't be blank", "url can't be blank"],
  ],
  [{ ...V2, url: '' }, ["url can't be blank"]],
  [{ ...V2, url: 'ftp://example.org/' }, ['url is not an http or https URL']],
  [{ ...V2, url: 'http://exa mple.org/' }, ['url is not an http or https URL']],
  [{ ...V2, url: 'http://ann:secret@example.org/' }, ["url can't have a user name or password in it"]],
  [{ ...V2, url: `http://example.org/${'a'.repeat(2048)}` }, ['url is too long (maximum is 2048 characters)']],
  [{ ...V2, environment_id: 0 }, ['environment_id is invalid']],
  [{ ...V2, stream_id: 'a b' }, ['stream_id is invalid']],
  [
    { ...V2, trigger_type: 'GT' },
    [
      'trigger_type is not valid (pick one from gt, gte, lt, lte, eq, change, frozen, live, between, outside, rise, fall)',
    ],
  ],
  [{ ...V2, threshold_value: 'warm' }, ['threshold_value is not a number']],
  [{ ...V2, threshold_value: null }, ["threshold_value can't be blank"]],
  [{ ...V2, threshold_value: 'Infinity' }, ['threshold_value is not a number']],
  [{ ...V2, trigger_type: 'rise', threshold_value: '-1', per: 60 }, ['threshold_value must not be negative']],
  [{ ...V2, trigger_type: 'rise' }, ["per can't be blank"]],
  [{ ...V2, trigger_type: 'between', low: 2, high: 1 }, ['low must not be greater than high']],
  [{ ...V2, for: 1.5 }, ['for must be a whole number of seconds from 0 to 2592000']],
  [{ ...V2, trigger_type: 'frozen', after: 0 }, ['after must be a whole number of seconds from 1 to 2592000']],
  [{ ...V2, trigger_type: 'frozen', for: 5 }, ['for must be 0 with frozen']],
  [{ ...V2, trigger_type: 'live', mode: 'level' }, ['mode must be edge with live']],
  [{ ...V2, trigger_type: 'change', hysteresis: '1' }, ['hysteresis must be 0 with change']],
  [{ ...V2, hysteresis: '-1' }, ['hysteresis must not be negative']],
  [{ ...V2, conditions: [] }, ["conditions can't be blank"]],
  [{ ...V2, conditions: Array.from({ length: 9 }, () => V2) }, ["conditions can't be more than 8"]],
  [{ ...V2, conditions: [V2, { ...V2, threshold_value: 'x' }] }, ['conditions[1].threshold_value is not a number']],
  [{ ...V2, conditions: [V2, { ...V2, trigger_type: 'change' }] }, ["conditions can't have change beside another one"]],
  [
    { ...V2, action: { kind: 'sms' } },
    ['action.kind is not valid (pick one from http, publish, call, datapoint, email)'],
  ],
  [{ ...V2, action: { kind: 'http' } }, ["action.url can't be blank"]],
  [
    { ...V2, action: { kind: 'publish', topic: 'sluice.feed.1.datapoints' } },
    ['action.topic is reserved: names under sluice. and wamp. belong to the platform'],
  ],
  [
    { ...V2, action: { kind: 'call', procedure: 'wamp.session.count' } },
    ['action.procedure is reserved: names under sluice. and wamp. belong to the platform'],
  ],
  [{ ...V2, action: { kind: 'call', procedure: 'a..b' } }, ['action.procedure is not a WAMP URI']],
  [{ ...V2, action: { kind: 'email', to: 'a@b, c@d' } }, ['action.to is not an e-mail address']],
  [{ ...V2, action: { kind: 'email', to: 'a@b\r\nBcc: c@d' } }, ['action.to is not an e-mail address']],
  [{ ...V2, action: { kind: 'datapoint', feed_id: 1 } }, ["action.datastream_id can't be blank"]],
  [
    { ...V2, enabled: 'perhaps', late: 'x', name: {} },
    [
      'name must be a string',
      'late is not valid (pick one from ignore, evaluate or leave blank)',
      'enabled must be true or false',
    ],
  ],
])('%o is refused', (members, sentences) => {
  expect(problemsOf(members)).toEqual(sentences)
})

const CURRENT = stored({
  ...V2,
  action: { kind: 'http', url: 'https://x.org/', format: 'json' },
  conditions: [V2, { stream_id: '1', trigger_type: 'lt', threshold_value: '2' }],
  for: 60,
  enabled: false,
})

test.each([
  { name: 'nothing', body: {}, change: {} },
  { name: 'the feed', body: { environment_id: 5 }, change: { feedId: 5 } },
  { name: 'the name', body: { name: 'other' }, change: { name: 'other' } },
  { name: 'enabled', body: { enabled: true }, change: { isEnabled: true } },
  {
    name: 'one member of the first condition',
    body: { threshold_value: 6 },
    change: {
      rule: {
        ...CURRENT.rule,
        conditions: [{ datastreamId: '0', type: 'gt', threshold: '6' }, CURRENT.rule.conditions[1]],
      },
    },
  },
  {
    name: 'all conditions',
    body: { conditions: [{ stream_id: 'b', trigger_type: 'lte', threshold_value: '1' }] },
    change: { rule: { ...CURRENT.rule, conditions: [{ datastreamId: 'b', type: 'lte', threshold: '1' }] } },
  },
  { name: 'the duration', body: { for: 0 }, change: { rule: { ...CURRENT.rule, forS: 0 } } },
  {
    name: 'the URL, in the format that it has',
    body: { url: 'https://y.org/' },
    change: { action: { kind: 'http', url: 'https://y.org/', format: 'json' } },
  },
  {
    name: 'the action',
    body: { url: 'x', action: { kind: 'publish', topic: 'a' } },
    change: { action: { kind: 'publish', topic: 'a' } },
  },
])('a change of $name keeps the rest', ({ body, change }) => {
  expect(parse(body, CURRENT)).toEqual({ ...CURRENT, name: null, ...change })
})

test('what answers show can be sent back', () => {
  const trigger: Trigger = {
    ...stored({
      ...V2,
      conditions: [{ stream_id: 'a', trigger_type: 'between', low: '1', high: '2' }],
      action: { kind: 'datapoint', feed_id: 3, datastream_id: 'z' },
    }),
    id: 19,
    accountId: 1,
    user: 'ann',
    endpointId: 4,
    notifiedAt: 1_369_167_158_633_984,
    firings: 2,
    isArmed: true,
    createdAt: 0,
    updatedAt: 1,
  }
  const { feedId, name, rule, action, isEnabled } = trigger
  expect(parse(renderTrigger(trigger))).toEqual({ feedId, name, rule, action, isEnabled })
  expect(parse(renderTriggerV2(trigger), trigger)).toEqual({ feedId, name: null, rule, action, isEnabled })
})

test('API v2 sees its own eight members, in its order', () => {
  const trigger: Trigger = {
    ...stored(V2),
    id: 19,
    accountId: 1,
    user: 'ann',
    endpointId: 4,
    notifiedAt: null,
    firings: 0,
    isArmed: true,
    createdAt: 0,
    updatedAt: 0,
  }
  expect(JSON.stringify(renderTriggerV2(trigger))).toBe(
    '{"id":19,"threshold_value":"5","notified_at":"","url":"http://example.org/hook","trigger_type":"gt","stream_id":"0","environment_id":1011,"user":"ann"}',
  )
})

test('a backtest is a rule and a window', () => {
  const { url: _, ...asked } = { ...V2, start: '2026-01-01T00:00:00Z', end: '2026-01-02' }
  expect(parseBacktestBody(JSON.stringify(asked))).toEqual({
    feedId: 1011,
    rule: { ...DEFAULTS, conditions: [{ datastreamId: '0', type: 'gt', threshold: '5' }] },
    start: Date.UTC(2026, 0, 1) * 1000,
    end: Date.UTC(2026, 0, 2) * 1000,
  })
  expect(() => parseBacktestBody(JSON.stringify({ ...V2, start: 'x' }))).toThrow(
    "start is not an ISO 8601 timestamp; end can't be blank",
  )
  expect(() => parseBacktestBody(JSON.stringify({ ...asked, end: asked.start }))).toThrow('start must be before end')
})
