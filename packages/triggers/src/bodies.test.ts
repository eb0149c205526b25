import { parseTimestamp } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import type { FiringContext } from './firing-context.ts'
import { formBody } from './form-body.ts'
import { JSON_BODY_BYTES_MAX, jsonBody } from './json-body.ts'
import { ruleOf } from './scenario.ts'

const time = (text: string): number => parseTimestamp(text) ?? Number.NaN
const context: FiringContext = {
  publicUrl: 'http://localhost:8080',
  deliveryId: '018f0000-0000-4000-8000-000000000001',
  trigger: {
    id: 336,
    name: 'Boulder',
    rule: ruleOf({ conditions: [{ datastreamId: '2', type: 'gt', threshold: '3' }] }),
    user: 'weather',
  },
  fired: {
    at: time('2011-01-28T15:53:37.123456Z'),
    cause: 'value',
    datastreamId: '2',
    value: '4.7',
    hops: 0,
  },
  firedAt: time('2011-01-28T15:53:38.5Z'),
  feed: {
    id: 256,
    title: 'Weather & more',
    description: 'On the roof',
    location: { name: 'Boulder', lat: 39.99, lon: -105.26 },
  },
  datastream: {
    id: '2',
    unit: { label: 'Metre per second', symbol: 'm/s', type: 'derivedSI' },
    maxValue: 23.2,
    minValue: 0.1,
    currentValue: '4.7',
  },
  values: { 2: '4.7' },
  isTest: false,
}

function formDocument(changes: Partial<FiringContext> = {}): Record<string, unknown> {
  const fields = [...new URLSearchParams(formBody({ ...context, ...changes }))]
  expect(fields.map(([name]) => name)).toEqual(['body'])
  return JSON.parse(fields[0]?.[1] ?? '') as Record<string, unknown>
}

describe('the form', () => {
  test('is API v2’s message and more', () => {
    expect(formDocument()).toEqual({
      environment: {
        description: 'On the roof',
        feed: 'http://localhost:8080/v2/feeds/256',
        id: 256,
        location: { lat: '39.99', lon: '-105.26', lng: '-105.26', name: 'Boulder' },
        title: 'Weather & more',
      },
      id: 336,
      threshold_value: '3',
      timestamp: '2011-01-28T15:53:38Z',
      triggering_datastream: {
        id: '2',
        units: { label: 'Metre per second', symbol: 'm/s', type: 'derivedSI' },
        url: 'http://localhost:8080/v2/feeds/256/datastreams/2',
        at: '2011-01-28T15:53:37.123456Z',
        value: { max_value: 23.2, min_value: 0.1, value: '4.7', current_value: '4.7' },
      },
      type: 'gt',
      url: 'http://localhost:8080/v2/triggers/336',
      delivery_id: '018f0000-0000-4000-8000-000000000001',
      cause: 'value',
      rule: '2 > 3',
      values: { 2: '4.7' },
    })
  })

  test('a test says debug', () => {
    expect(formDocument({ isTest: true })).toMatchObject({ debug: true })
  })

  test('what is not known is empty, and a change has no threshold', () => {
    const document = formDocument({
      trigger: { ...context.trigger, rule: ruleOf({ conditions: [{ datastreamId: '2', type: 'change' }] }) },
      feed: { ...context.feed, description: null, location: {} },
      datastream: { ...context.datastream, unit: {}, maxValue: null, minValue: null },
    })
    expect(document).toMatchObject({
      type: 'change',
      environment: { description: '', location: { lat: '', lon: '', lng: '', name: '' } },
      triggering_datastream: {
        units: { label: '', symbol: '', type: '' },
        value: { max_value: null, min_value: null },
      },
    })
    expect(document).not.toHaveProperty('threshold_value')
  })

  test('of several conditions it tells the one on the datastream that fired', () => {
    const rule = ruleOf({
      conditions: [
        { datastreamId: '1', type: 'lt', threshold: '0' },
        { datastreamId: '2', type: 'gte', threshold: '4' },
      ],
    })
    expect(formDocument({ trigger: { ...context.trigger, rule } })).toMatchObject({ type: 'gte', threshold_value: '4' })
  })

  test.each(['a=b&c=d+e %26', '“quoted” ß 漢字 😀', 'line\nbreak\u0000', '\ud800'])('%j arrives as it is', (title) => {
    expect(formDocument({ feed: { ...context.feed, title } })).toMatchObject({ environment: { title } })
  })
})

describe('JSON', () => {
  test('is a message of Standard Webhooks', () => {
    expect(JSON.parse(jsonBody(context))).toEqual({
      type: 'trigger.fired',
      timestamp: '2011-01-28T15:53:38.500000Z',
      data: {
        delivery_id: '018f0000-0000-4000-8000-000000000001',
        trigger: { id: 336, name: 'Boulder', url: 'http://localhost:8080/v2/triggers/336' },
        rule: '2 > 3',
        cause: 'value',
        environment: { id: 256, title: 'Weather & more', url: 'http://localhost:8080/v2/feeds/256' },
        datastream: {
          id: '2',
          value: '4.7',
          at: '2011-01-28T15:53:37.123456Z',
          unit: { label: 'Metre per second', symbol: 'm/s' },
          url: 'http://localhost:8080/v2/feeds/256/datastreams/2',
        },
        values: { 2: '4.7' },
      },
    })
  })

  test('a test says so', () => {
    expect(JSON.parse(jsonBody({ ...context, isTest: true }))).toMatchObject({ data: { test: true } })
  })

  test.each([
    { what: 'letters of three bytes', text: '漢', kept: 8 },
    { what: 'characters that are written as six', text: '\u0001', kept: 1 },
  ])('with the longest texts of $what it stays below 20 kB', ({ text, kept }) => {
    const ids = Array.from({ length: 8 }, (_, index) => `${index}`.padEnd(128, '漢'))
    const [id = ''] = ids
    const long = text.repeat(255)
    const body = jsonBody({
      ...context,
      trigger: {
        ...context.trigger,
        name: long,
        rule: ruleOf({ conditions: ids.map((datastreamId) => ({ datastreamId, type: 'eq', threshold: long })) }),
      },
      fired: { ...context.fired, datastreamId: id, value: long },
      feed: { ...context.feed, title: long },
      datastream: { ...context.datastream, id, unit: { label: long, symbol: long } },
      values: Object.fromEntries(ids.map((each) => [each, long])),
    })
    expect(new TextEncoder().encode(body).length).toBeLessThan(JSON_BODY_BYTES_MAX)
    const { data } = JSON.parse(body) as { data: { values: Record<string, string>; datastream: { value: string } } }
    expect(data.datastream.value).toBe(long)
    expect(Object.keys(data.values)).toEqual(ids.slice(0, kept))
  })
})
