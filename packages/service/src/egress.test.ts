import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, readConfig } from './config.ts'
import { egressAllowSetting, isAddressAllowed, parseEgressAllow, refusalOfAddresses, refusalOfUrl } from './egress.ts'
import type { EgressRules } from './egress.ts'

const CLOSED: EgressRules = { allow: [], allowsHttp: true }
const none = (): string[] => []

function opening(ranges: string, allowsHttp = false): EgressRules {
  return { allow: parseEgressAllow(ranges).allow, allowsHttp }
}

test.each(
  `
  1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 126.255.255.255 128.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255
  172.32.0.0 192.167.255.255 192.169.0.0 169.253.255.255 169.255.0.0 198.17.255.255 198.20.0.0 223.255.255.255
  168.63.129.15 2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450:4001::200e 2003::1 3ffe::1
  `
    .trim()
    .split(/\s+/),
)('%s is public', (address) => {
  expect(isAddressAllowed(address, CLOSED, none)).toBe(true)
})

test.each(
  `
  0.0.0.0 0.1.2.3 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 100.100.100.200 127.0.0.1 127.255.255.255
  169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.0 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1
  192.52.193.1 192.88.99.1 192.168.0.0 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
  239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::7f00:1 ::808:808 ::127.0.0.1 ::ffff:127.0.0.1
  ::ffff:8.8.8.8 ::ffff:0:808:808 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::7f00:1 64:ff9c::1 100::1 2001::1
  2001:2::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1
  2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo
  fec0::1 ff02::1 2620:4f:8000::1 2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1 127.1 0177.0.0.1 2130706433
  0x7f000001 localhost
  `
    .trim()
    .split(/\s+/),
)('%s is not', (address) => {
  expect(isAddressAllowed(address, CLOSED, none)).toBe(false)
})

test('addresses of this machine are refused although public, unless the operator opened them', () => {
  const own = (): string[] => ['8.8.8.8', '2606:4700:4700::1111']
  expect(isAddressAllowed('8.8.8.8', CLOSED, own)).toBe(false)
  expect(isAddressAllowed('2606:4700:4700:0::1111', CLOSED, own)).toBe(false)
  expect(isAddressAllowed('8.8.4.4', CLOSED, own)).toBe(true)
  expect(isAddressAllowed('8.8.8.8', opening('8.8.8.8'), own)).toBe(true)
})

test.each([
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', true],
  ['10.0.0.0/8', '192.168.0.1', false],
  ['10.0.0.0/8', '::ffff:10.0.0.1', false],
  ['0.0.0.0/0', '169.254.169.254', true],
  ['0.0.0.0/0', '::1', false],
  ['127.0.0.1', '127.0.0.2', false],
  ['::1, fd00::/8', 'fd12::1', true],
  ['::1, fd00::/8', '::1', true],
])('with %s opened, %s: %s', (ranges, address, expected) => {
  expect(isAddressAllowed(address, opening(ranges), none)).toBe(expected)
})

test.each([
  ['', 0],
  [' , ', 0],
  ['10.0.0.0/8,::1/128', 2],
  [' 127.0.0.1 , fd00::/8, ', 2],
])('ranges "%s" are %i', (text, count) => {
  const { allow, problems } = parseEgressAllow(text)
  expect([allow.length, problems]).toEqual([count, []])
})

test.each(['10.0.0.0/33', '::1/129', '10.0.0.0/', '10/8', '010.0.0.1/8', 'localhost', '10.0.0.0/8/8', 'fe80::1%lo/64'])(
  'a range %s is refused',
  (text) => {
    expect(parseEgressAllow(text)).toEqual({ allow: [], problems: [expect.stringContaining(`"${text}" is not`)] })
  },
)

test('the setting tells all problems together', () => {
  const Config = z.object({ ALLOW: egressAllowSetting() })
  expect(readConfig(Config, {}).ALLOW).toEqual([])
  expect(readConfig(Config, { ALLOW: '10.0.0.0/8' }).ALLOW).toHaveLength(1)
  const read = (): unknown => readConfig(Config, { ALLOW: 'a, 10.0.0.0/8, b' })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(/"a" is not[^]*"b" is not/)
})

const PUBLIC_ONLY: EgressRules = { allow: [], allowsHttp: false }

test.each([
  'https://example.com/',
  'https://example.com:443/a?b=c#d',
  'https://example.com:8443/',
  'https://homeassistant.example.com:8123/api/webhook/x',
  'https://8.8.8.8/',
  'https://[2606:4700:4700::1111]/',
  'https://bücher.example/',
])('%s may be asked for', (url) => {
  expect(refusalOfUrl(url, PUBLIC_ONLY)).toBeNull()
})

const NOT_PUBLIC = 'is not a public address'
test.each([
  ['', 'not a URL'],
  ['example.com', 'not a URL'],
  ['https://', 'not a URL'],
  ['https://exa mple.com/', 'no spaces'],
  ['https://example.com/\r\nX: y', 'no spaces'],
  ['https://example.com/\u0000', 'no spaces'],
  ['https:\\\\example.com', 'backslashes'],
  ['ftp://example.com/', 'Only http and https'],
  ['file:///etc/passwd', 'Only http and https'],
  ['javascript:alert(1)', 'Only http and https'],
  ['gopher://127.0.0.1:6379/_x', 'Only http and https'],
  ['http://example.com/', 'Only https'],
  ['http://8.8.8.8/', 'Only https'],
  ['https://user@example.com/', 'user name or password'],
  ['https://:secret@example.com/', 'user name or password'],
  ['https://example.com@127.0.0.1/', 'user name or password'],
  ['https://example.com:22/', 'Port 22'],
  ['https://example.com:0/', 'Port 0'],
  ['https://example.com:1023/', 'Port 1023'],
  ['https://example.com:5432/', 'Port 5432'],
  ['https://example.com:6379/', 'Port 6379'],
  ['https://example.com:65536/', 'not a URL'],
  ['https://127.0.0.1/', NOT_PUBLIC],
  ['https://127.1/', NOT_PUBLIC],
  ['https://0x7f.1/', NOT_PUBLIC],
  ['https://0177.0.0.1/', NOT_PUBLIC],
  ['https://2130706433/', NOT_PUBLIC],
  ['https://①②⑦.⓪.⓪.①/', NOT_PUBLIC],
  ['https://127。0。0。1/', NOT_PUBLIC],
  ['https://%31%32%37.0.0.1/', NOT_PUBLIC],
  ['https://127.0.0.1./', NOT_PUBLIC],
  ['https://127.0.0.1../', NOT_PUBLIC],
  ['https://localhost/', NOT_PUBLIC],
  ['https://LOCALHOST./', NOT_PUBLIC],
  ['https://a.localhost/', NOT_PUBLIC],
  ['https://[::1]/', NOT_PUBLIC],
  ['https://[::127.0.0.1]/', NOT_PUBLIC],
  ['https://[fe80::1%25eth0]/', 'not a URL'],
])('%j is refused: %s', (url, sentence) => {
  expect(refusalOfUrl(url, PUBLIC_ONLY)).toContain(sentence)
})

test.each([
  ['127.0.0.0/8', 'http://127.0.0.1:3000/', null],
  ['127.0.0.0/8', 'http://localhost:3000/', null],
  ['::1', 'http://localhost:3000/', null],
  ['::1', 'http://127.0.0.1:3000/', NOT_PUBLIC],
  ['127.0.0.0/8', 'http://127.0.0.1:5432/', 'Port 5432'],
  ['127.0.0.0/8', 'http://8.8.8.8/', 'Only https'],
  // a name may lead into the range
  ['127.0.0.0/8', 'http://example.com/', null],
] as const)('with %s opened, %s: %s', (ranges, url, sentence) => {
  const refusal = refusalOfUrl(url, opening(ranges))
  if (sentence === null) expect(refusal).toBeNull()
  else expect(refusal).toContain(sentence)
})

test.each([
  ['https://a.example/', ['8.8.8.8', '2606:4700:4700::1111'], '', null],
  ['https://a.example/', ['8.8.8.8', '10.0.0.1'], '', 'a.example leads to an address that is not public'],
  ['https://a.example/', ['8.8.8.8', '10.0.0.1'], '10.0.0.0/8', null],
  ['https://a.example/', [], '10.0.0.0/8', 'a.example leads to'],
  ['http://a.example/', ['10.0.0.1'], '10.0.0.0/8', null],
  ['http://a.example/', ['8.8.8.8', '10.0.0.1'], '10.0.0.0/8', 'Only https'],
] as const)('%s at %j with "%s" opened: %s', (url, addresses, ranges, sentence) => {
  const refusal = refusalOfAddresses(new URL(url), addresses, opening(ranges))
  if (sentence === null) expect(refusal).toBeNull()
  else expect(refusal).toContain(sentence)
})
