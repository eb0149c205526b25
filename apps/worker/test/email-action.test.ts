import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { jsonBody } from '@sluice/triggers'
import type { FiringContext } from '@sluice/triggers'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { makeEmailAction } from '../src/actions/email.ts'
import { shipmentOf } from './shipment.ts'

type Mail = { from: string; to: string[]; text: string }

const FROM = 'sluice@example.org'
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A real mail server that keeps what it is sent. */
async function startMailServer(options: SMTPServerOptions = {}): Promise<{ url: string; mails: Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, { envelope }, callback) {
      let text = ''
      stream.on('data', (chunk) => (text += String(chunk)))
      stream.on('end', () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : ''
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text })
        callback(null, 'kept')
      })
    },
    ...options,
  })
  // a client that gives up is not this test's concern
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  closing.push(() => server.close(() => {}))
  return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, mails }
}

const CONTEXT: FiringContext = {
  publicUrl: 'https://sluice.example.org',
  deliveryId: shipmentOf({ action: { kind: 'email', to: 'ada@example.org' } }).id,
  trigger: {
    id: 7,
    name: 'Boiler too hot',
    user: 'ada',
    rule: {
      conditions: [{ datastreamId: 'temperature', type: 'gt', threshold: '30' }],
      match: 'all',
      mode: 'edge',
      forS: 0,
      hysteresis: '0',
      minIntervalS: 0,
      rearm: 'auto',
      late: 'ignore',
    },
  },
  fired: { at: 1_767_225_600_000_000, cause: 'value', datastreamId: 'temperature', value: '31.5', hops: 0 },
  firedAt: 1_767_225_600_100_000,
  feed: { id: 19, title: 'Greenhouse', description: null, location: {} },
  datastream: {
    id: 'temperature',
    unit: { label: 'Celsius', symbol: '°C' },
    maxValue: null,
    minValue: null,
    currentValue: '31.5',
  },
  values: { temperature: '31.5' },
  isTest: false,
}

const send = (
  smtpUrl: string | null,
  to = 'ada@example.org',
  context = CONTEXT,
): ReturnType<ReturnType<typeof makeEmailAction>> =>
  makeEmailAction({ smtpUrl, from: FROM })(
    shipmentOf({ action: { kind: 'email', to }, body: jsonBody(context) }),
    AbortSignal.timeout(5000),
  )

/** Head and body of a mail, its folded headers and quoted-printable text undone. */
function read(mail: Mail | undefined): { headers: Record<string, string>; lines: string[] } {
  const [head = '', ...body] = (mail?.text ?? '').split('\r\n\r\n')
  const headers = head
    .replace(/\r\n\s+/g, ' ')
    .split('\r\n')
    .map((line) => line.split(/: (.*)/).slice(0, 2))
  const text = body.join('\r\n\r\n').replace(/=\r\n/g, '')
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return {
    headers: Object.fromEntries(headers),
    lines: Buffer.from(bytes, 'latin1').toString('utf8').trim().split('\r\n'),
  }
}

test('a firing is a letter of plain text', async () => {
  const { url, mails } = await startMailServer()
  const result = await send(url)
  expect(result).toMatchObject({ outcome: 'delivered', status: null, error: null, responseBody: '250 kept' })
  expect(mails.map(({ from, to }) => [from, to])).toEqual([[FROM, ['ada@example.org']]])
  const { headers, lines } = read(mails[0])
  expect(headers).toMatchObject({
    From: FROM,
    To: 'ada@example.org',
    'Message-ID': `<${CONTEXT.deliveryId}@example.org>`,
    'Auto-Submitted': 'auto-generated',
    'Content-Type': 'text/plain; charset=utf-8',
  })
  expect(headers['Subject']).toMatch(/^=\?UTF-8\?Q\?Boiler_too_hot/)
  expect(lines).toEqual([
    'temperature: 31.5 °C',
    'at 2026-01-01T00:00:00.000000Z',
    '',
    'Rule: temperature > 30',
    'Feed: Greenhouse, https://sluice.example.org/v2/feeds/19',
    'Trigger: Boiler too hot, https://sluice.example.org/v2/triggers/7',
    `Delivery: ${CONTEXT.deliveryId}`,
  ])
})

test('a second attempt is the same letter', async () => {
  const { url, mails } = await startMailServer()
  await send(url)
  await send(url)
  const [first, second] = mails.map((mail) => read(mail))
  expect(second?.headers['Message-ID']).toBe(first?.headers['Message-ID'])
  expect(second?.lines).toEqual(first?.lines)
})

test('a test says so', async () => {
  const { url, mails } = await startMailServer()
  await send(url, 'ada@example.org', { ...CONTEXT, isTest: true })
  expect(read(mails[0]).lines[0]).toBe('This is a test: nothing happened.')
})

test.each([
  'name\r\nBcc: eve@example.org',
  'name\nSubject: other',
  'name\r\n\r\n<b>hello</b>',
  'name\u2028Bcc: eve@example.org\u0000',
])('a trigger named %j writes no header and reaches nobody else', async (name) => {
  const { url, mails } = await startMailServer()
  await send(url, 'ada@example.org', { ...CONTEXT, trigger: { ...CONTEXT.trigger, name } })
  expect(mails.map(({ to }) => to)).toEqual([['ada@example.org']])
  const { headers, lines } = read(mails[0])
  expect(Object.keys(headers).toSorted()).toEqual([
    'Auto-Submitted',
    'Content-Transfer-Encoding',
    'Content-Type',
    'Date',
    'From',
    'MIME-Version',
    'Message-ID',
    'Subject',
    'To',
  ])
  expect(lines).toHaveLength(7)
})

test.each([
  '',
  'ada',
  '@example.org',
  'ada@',
  'ada@a@b',
  'a b@example.org',
  'ada@example.org, eve@example.org',
  'ada@example.org\r\nBcc: eve@example.org',
  'Ada <ada@example.org>',
  '"a b"@example.org',
  'a;b@example.org',
  `${'a'.repeat(65)}@example.org`,
])('a recipient %j is refused', async (to) => {
  const { url, mails } = await startMailServer()
  expect(await send(url, to)).toMatchObject({ outcome: 'refused', error: 'The recipient is not one mail address' })
  expect(mails).toEqual([])
})

test.each([
  [null, FROM, 'SLUICE_SMTP_URL'],
  ['smtp://127.0.0.1:1', null, 'SLUICE_MAIL_FROM'],
])('without settings the one that is missing is named', async (smtpUrl, from, setting) => {
  const shipment = shipmentOf({ action: { kind: 'email', to: 'ada@example.org' }, body: jsonBody(CONTEXT) })
  const result = await makeEmailAction({ smtpUrl, from })(shipment, AbortSignal.timeout(5000))
  expect(result).toMatchObject({ outcome: 'refused', error: expect.stringContaining(setting) })
})

test('a body that is no firing is refused', async () => {
  const { url, mails } = await startMailServer()
  const shipment = shipmentOf({ action: { kind: 'email', to: 'ada@example.org' }, body: 'body=%7B%7D' })
  const result = await makeEmailAction({ smtpUrl: url, from: FROM })(shipment, AbortSignal.timeout(5000))
  expect([result.outcome, mails]).toEqual(['refused', []])
})

const saying = (message: string, responseCode: number): Error => Object.assign(new Error(message), { responseCode })
test.each<[string, SMTPServerOptions, object]>([
  [
    'does not know the recipient',
    { onRcptTo: (_address, _session, callback) => callback(saying('no such user', 550)) },
    { outcome: 'refused', error: 'The mail server did not take the mail: 550', responseBody: '550 no such user' },
  ],
  [
    'asks for patience',
    { onRcptTo: (_address, _session, callback) => callback(saying('greylisted', 451)) },
    { outcome: 'failed', error: 'The mail server did not take the mail: 451', responseBody: '451 greylisted' },
  ],
  [
    'refuses the letter',
    { onData: (stream, _session, callback) => void stream.resume().on('end', () => callback(saying('spam', 554))) },
    { outcome: 'refused', responseBody: '554 spam' },
  ],
  [
    'is full for now',
    { onData: (stream, _session, callback) => void stream.resume().on('end', () => callback(saying('full', 452))) },
    { outcome: 'failed', responseBody: '452 full' },
  ],
  [
    'wants a password',
    { disabledCommands: ['STARTTLS'], authOptional: false, allowInsecureAuth: true },
    { outcome: 'failed', error: 'The mail server cannot be used at present (EENVELOPE)', responseBody: '' },
  ],
])('a mail server that %s', async (_what, options, expected) => {
  const { url } = await startMailServer(options)
  expect(await send(url)).toMatchObject(expected)
})

test('a wrong password of this server is not the user’s business', async () => {
  const { url } = await startMailServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, callback) => callback(new Error('the operator is unknown here')),
  })
  const result = await send(url.replace('//', '//operator:hunter2@'))
  expect(result).toMatchObject({ outcome: 'failed', error: 'The mail server cannot be used at present (EAUTH)' })
  expect(JSON.stringify(result)).not.toMatch(/operator|hunter2/)
})

test('a mail server that is down is tried again', async () => {
  expect(await send('smtp://127.0.0.1:1')).toMatchObject({
    outcome: 'failed',
    error: expect.stringContaining('The mail server cannot be used at present'),
  })
})

test('a mail server that hangs is left at the deadline', async () => {
  const silent: Server = createServer((socket) => socket.on('error', () => {}))
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  closing.push(() => silent.close())
  const { port } = silent.address() as AddressInfo
  const shipment = shipmentOf({ action: { kind: 'email', to: 'ada@example.org' }, body: jsonBody(CONTEXT) })
  const result = await makeEmailAction({ smtpUrl: `smtp://127.0.0.1:${port}`, from: FROM })(
    shipment,
    AbortSignal.timeout(300),
  )
  expect(result).toMatchObject({ outcome: 'failed', error: 'There was no complete answer in time' })
})
