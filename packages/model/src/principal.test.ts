import { describe, expect, test } from 'vitest'
import { access, coversTrigger, isMaster, namedDatastreams, visibleDatastreams } from './principal.ts'
import type { AccessMethod, Addressed, KeyPrincipal, OwnerPrincipal, Permission } from './principal.ts'

const ALL: AccessMethod[] = ['get', 'put', 'post', 'delete']
const key = (permissions: Permission[], privateAccess = true): KeyPrincipal => ({
  kind: 'key',
  accountId: 1,
  login: 'ann',
  keyId: 1,
  permissions,
  privateAccess,
  expiresAt: null,
})
const owner: OwnerPrincipal = { kind: 'owner', accountId: 1, login: 'ann', sessionId: 's' }
const feed = (change: Partial<Addressed> = {}): Addressed => ({ feedId: 7, accountId: 1, isPrivate: true, ...change })

const master = key([{ accessMethods: ALL }])
const reader = key([{ accessMethods: ['get'] }])
const bound = key([{ accessMethods: ALL, resources: [{ feedId: 7 }] }])
const elsewhere = key([{ accessMethods: ALL, resources: [{ feedId: 8 }] }])
const narrow = key([{ accessMethods: ['get', 'put'], resources: [{ feedId: 7, datastreamId: 'a' }] }])
const ofTrigger = key([{ accessMethods: ALL, resources: [{ triggerId: 5 }] }])
const ofTriggerOnFeed = key([{ accessMethods: ALL, resources: [{ feedId: 7, datastreamId: 'a', triggerId: 5 }] }])
const publicOnly = key([{ accessMethods: ALL }], false)

describe('own feeds', () => {
  test.each([
    { who: 'the owner', principal: owner, method: 'delete', to: feed(), verdict: 'allowed' },
    { who: 'a master key', principal: master, method: 'delete', to: feed(), verdict: 'allowed' },
    { who: 'a reading key', principal: reader, method: 'get', to: feed(), verdict: 'allowed' },
    { who: 'a reading key', principal: reader, method: 'put', to: feed(), verdict: 'forbidden' },
    { who: 'a key bound to it', principal: bound, method: 'put', to: feed(), verdict: 'allowed' },
    { who: 'a key bound to another', principal: elsewhere, method: 'get', to: feed(), verdict: 'hidden' },
    {
      who: 'a key bound to another, public feed',
      principal: elsewhere,
      method: 'get',
      to: feed({ isPrivate: false }),
      verdict: 'allowed',
    },
    {
      who: 'a key bound to another, public feed',
      principal: elsewhere,
      method: 'put',
      to: feed({ isPrivate: false }),
      verdict: 'forbidden',
    },
    { who: 'a key without private access', principal: publicOnly, method: 'get', to: feed(), verdict: 'hidden' },
    {
      who: 'a key without private access, public feed',
      principal: publicOnly,
      method: 'put',
      to: feed({ isPrivate: false }),
      verdict: 'allowed',
    },
    {
      who: 'a key for one datastream, that one',
      principal: narrow,
      method: 'put',
      to: feed({ datastreamId: 'a' }),
      verdict: 'allowed',
    },
    {
      who: 'a key for one datastream, another one',
      principal: narrow,
      method: 'put',
      to: feed({ datastreamId: 'b' }),
      verdict: 'hidden',
    },
    { who: 'a key for one datastream, the feed', principal: narrow, method: 'get', to: feed(), verdict: 'allowed' },
    { who: 'a key for a trigger', principal: ofTrigger, method: 'get', to: feed(), verdict: 'hidden' },
    {
      who: 'a key for a trigger on the feed',
      principal: ofTriggerOnFeed,
      method: 'get',
      to: feed({ datastreamId: 'a' }),
      verdict: 'hidden',
    },
    {
      who: 'a key for a trigger, public feed',
      principal: ofTriggerOnFeed,
      method: 'put',
      to: feed({ isPrivate: false }),
      verdict: 'forbidden',
    },
  ] as const)('$who, $method: $verdict', ({ principal, method, to, verdict }) => {
    expect(access(principal, method, to)).toBe(verdict)
  })
})

describe('feeds of others', () => {
  test.each([
    { principal: owner, method: 'get', isPrivate: true, verdict: 'hidden' },
    { principal: master, method: 'delete', isPrivate: true, verdict: 'hidden' },
    { principal: master, method: 'get', isPrivate: false, verdict: 'allowed' },
    { principal: elsewhere, method: 'get', isPrivate: false, verdict: 'allowed' },
    { principal: master, method: 'put', isPrivate: false, verdict: 'forbidden' },
  ] as const)('$principal.kind, $method, private $isPrivate: $verdict', ({ principal, method, isPrivate, verdict }) => {
    expect(access(principal, method, feed({ accountId: 2, isPrivate }))).toBe(verdict)
  })
})

test.each([
  { who: 'owner', principal: owner, only: null },
  { who: 'master', principal: master, only: null },
  { who: 'bound to the feed', principal: bound, only: null },
  { who: 'bound to a datastream', principal: narrow, only: new Set(['a']) },
  {
    who: 'bound to a datastream and a trigger',
    principal: key([
      {
        accessMethods: ['get'],
        resources: [
          { feedId: 7, datastreamId: 'a' },
          { feedId: 7, triggerId: 5 },
        ],
      },
    ]),
    only: new Set(['a']),
  },
])('$who sees of the datastreams: $only', ({ principal, only }) => {
  expect(visibleDatastreams(principal, 'get', 7)).toEqual(only)
})

test.each([
  { who: 'owner', principal: owner, is: true },
  {
    who: 'all methods in two permissions',
    principal: key([{ accessMethods: ['get'] }, { accessMethods: ['put', 'post', 'delete'] }]),
    is: true,
  },
  { who: 'bound to a feed', principal: bound, is: false },
  { who: 'reading only', principal: reader, is: false },
  { who: 'no private access', principal: publicOnly, is: false },
])('master key, $who: $is', ({ principal, is }) => {
  expect(isMaster(principal)).toBe(is)
})

test.each([
  { resources: undefined, only: null },
  { resources: [], only: null },
  { resources: [{ feedId: 7 }], only: null },
  { resources: [{ feedId: 7, datastreamId: 'a' }, { feedId: 7 }], only: null },
  { resources: [{ feedId: 7, datastreamId: 'a' }, { feedId: 8 }], only: new Set(['a']) },
  { resources: [{ feedId: 7, triggerId: 5 }], only: new Set() },
])('of feed 7, $resources names $only', ({ resources, only }) => {
  expect(namedDatastreams({ accessMethods: ['get'], ...(resources && { resources }) }, 7)).toEqual(only)
})

test.each([
  { resources: undefined, is: false },
  { resources: [{ feedId: 7 }], is: false },
  { resources: [{ feedId: 8 }, { triggerId: 5 }], is: true },
  { resources: [{ feedId: 7, triggerId: 5 }], is: true },
  { resources: [{ feedId: 8, triggerId: 5 }], is: false },
  { resources: [{ triggerId: 6 }], is: false },
])('trigger 5 of feed 7 is named by $resources: $is', ({ resources, is }) => {
  const permission = { accessMethods: ALL, ...(resources && { resources }) }
  expect(coversTrigger(permission, { id: 5, feedId: 7 })).toBe(is)
})
