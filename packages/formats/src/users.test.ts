import { SluiceError } from '@sluice/model'
import type { User } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import { parseNewUserBody, parseUserBody, renderUser } from './users.ts'

const messagesOf = (parse: () => unknown): readonly string[] => {
  try {
    parse()
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'unprocessable') return error.messages
    throw error
  }
  return []
}

const BOB = { login: 'bob', email: 'bob@example.org' }
const FULL = { fullName: 'Bob Roe', password: 'p', isAdmin: true }
const SILENT = { ...BOB, fullName: 'bob', isAdmin: false, password: null }

describe('a new user', () => {
  test.each([
    [{ user: BOB }, {}],
    [BOB, {}],
    [{ user: { ...BOB, full_name: 'Bob Roe', password: 'p', roles: ['admin'] } }, FULL],
    [{ user: { ...BOB, first_name: 'Bob', last_name: 'Roe' } }, { fullName: 'Bob Roe' }],
    [{ user: { ...BOB, full_name: null, first_name: 'Bob', password: '', roles: null } }, { fullName: 'Bob' }],
    [{ user: { ...BOB, api_key: 'x', created_at: 'x', about: 'me', time_zone: 'UTC' } }, {}],
  ])('%j', (body, read) => {
    expect(parseNewUserBody(JSON.stringify(body))).toEqual({ ...SILENT, ...read })
  })

  const LOGIN = 'login is invalid (3 to 63 of a-z, 0-9, _ and -, the first a letter: it is also the name of the realm)'
  test.each([
    [{}, ["login can't be blank", "email can't be blank"]],
    [{ ...BOB, login: 'Bob' }, [LOGIN]],
    [{ ...BOB, login: 'bo' }, [LOGIN]],
    [{ ...BOB, login: '1bob' }, [LOGIN]],
    [{ ...BOB, login: 'bob.roe' }, [LOGIN]],
    [{ ...BOB, login: `b${'o'.repeat(63)}` }, [LOGIN]],
    [{ ...BOB, email: 'bob' }, ['email is not an e-mail address']],
    [{ ...BOB, email: `${'b'.repeat(250)}@example.org` }, ['email is too long (maximum is 254 characters)']],
    [{ ...BOB, full_name: ' ' }, ["full_name can't be blank"]],
    [{ ...BOB, roles: ['root'] }, ['roles is not valid (["admin"] or ["user"])']],
    [{ ...BOB, roles: [] }, ['roles is not valid (["admin"] or ["user"])']],
  ])('%j is refused', (body, messages) => {
    expect(messagesOf(() => parseNewUserBody(JSON.stringify({ user: body })))).toEqual(messages)
  })

  test.each(['x', '[]', '{"user":[]}', '{"user":{"login":"bob","email":"b@example.org","roles":"admin"}}'])(
    '%s is no user',
    (body) => {
      expect(() => parseNewUserBody(body)).toThrow(expect.objectContaining({ code: 'invalid' }))
    },
  )
})

test.each([
  ['{}', {}],
  ['{"user":{"login":"eve","full_name":"Bob"}}', { fullName: 'Bob' }],
  ['{"user":{"password":"new","current_password":"old"}}', { password: 'new', currentPassword: 'old' }],
  ['{"user":{"email":null,"roles":["user"]}}', { isAdmin: false }],
])('a change of a user: %s', (body, patch) => {
  expect(parseUserBody(body)).toEqual(patch)
})

test('a user; whether there is a password is told to the user alone', () => {
  const user: User = {
    accountId: 2,
    login: 'bob',
    email: 'bob@example.org',
    fullName: 'Bob Roe',
    isAdmin: false,
    createdAt: Date.UTC(2013, 5, 28, 10, 56, 43) * 1000,
    hasPassword: false,
  }
  const shown = {
    login: 'bob',
    email: 'bob@example.org',
    full_name: 'Bob Roe',
    roles: ['user'],
    created_at: '2013-06-28T10:56:43Z',
  }
  expect(renderUser(user)).toEqual(shown)
  expect(renderUser({ ...user, isAdmin: true }).roles).toEqual(['admin'])
  expect(renderUser(user, { self: true })).toEqual({ ...shown, has_password: false })
})
