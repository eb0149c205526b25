import type { Entry } from './name-server.ts'

/** The one address that is opened in these tests: where the receivers listen. */
export const RECEIVER = '127.0.0.77'

const words = (text: string): string[] => text.trim().split(/\s+/)

/** No connection may be made to any of these, however it is written or found. */
const IPV4 = words(`
  0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 100.100.100.200 127.0.0.1 127.255.255.255
  168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.28.0.5 172.31.255.255 192.0.0.192 192.0.2.1
  192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
  239.255.255.255 240.0.0.1 255.255.255.255`)
const IPV6 = words(`
  :: ::1 ::127.0.0.1 ::169.254.169.254 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1
  64:ff9b::127.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::10.0.0.1 100::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1
  2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 2606:4700::5efe:7f00:1 3fff::1 4000::1 5f00::1 fc00::1
  fd00:ec2::254 fe80::1 fec0::1 ff02::2`)

/** Spellings of 127.0.0.1, and of others, that the URL parser understands. */
const SPELLINGS = words(`
  127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0X7F.0.0.1 0177.0.0.1 017700000001 00000177.0.0.1 127.0.0.0x1
  ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127．0．0．1 %31%32%37.0.0.1 127.0.0.1. 127.0.0.1.. localhost LOCALHOST localhost.
  Localhost.. a.localhost a.b.localhost. ｌｏｃａｌｈｏｓｔ 0 0x0 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518
  167772161 10.1 0300.0250.1 [0:0:0:0:0:0:0:1] [::FFFF:127.0.0.1] [::ffff:7f00:1] [::ffff:a9fe:a9fe] [0::0]`)

/** Refused for what they are, whatever they lead to: the host is the opened one. */
const URLS = words(`
  http://user@${RECEIVER}:PORT/ http://:secret@${RECEIVER}:PORT/ http://good.test@127.0.0.1/
  http://${RECEIVER}:PORT@127.0.0.1/ http://127.0.0.1:PORT#@${RECEIVER}/ http://127.0.0.1\\@${RECEIVER}:PORT/
  http:\\\\127.0.0.1/ http:127.0.0.1 http:/127.0.0.1/ http://[fe80::1%25lo]/ http://[::1%25lo]/ http://[::1
  ftp://${RECEIVER}/ file:///etc/passwd gopher://${RECEIVER}:70/_x ws://${RECEIVER}:PORT/ data:text/plain,x //127.0.0.1/
  http://${RECEIVER}:22/ http://${RECEIVER}:25/ http://${RECEIVER}:0/ http://${RECEIVER}:1023/ http://${RECEIVER}:1433/
  http://${RECEIVER}:2375/ http://${RECEIVER}:2379/ http://${RECEIVER}:3306/ http://${RECEIVER}:5432/
  http://${RECEIVER}:6379/ http://${RECEIVER}:9200/ http://${RECEIVER}:11211/ http://${RECEIVER}:27017/
  http://good.test:5432/`)

/** Names whose answers lead to where nothing may go, wholly or in part. */
const ZONE: Record<string, (count: number) => Entry> = {
  'good.test': () => ({ a: [RECEIVER] }),
  'good-then-bad.test': () => ({ a: [RECEIVER, '10.0.0.1'] }),
  'bad-then-good.test': () => ({ a: ['169.254.169.254', RECEIVER] }),
  'bad-in-six.test': () => ({ a: [RECEIVER], aaaa: ['::1'] }),
  'bad-in-four.test': () => ({ a: ['127.0.0.1'], aaaa: ['2606:4700:4700::1111'] }),
  'mapped.test': () => ({ aaaa: ['::ffff:127.0.0.1'] }),
  'mapped-receiver.test': () => ({ aaaa: [`::ffff:${RECEIVER}`] }),
  'many.test': () => ({ a: [...Array.from({ length: 12 }, () => RECEIVER), '192.168.1.1'] }),
  'alias.test': () => ({ cname: 'db.internal', a: ['10.1.2.3'], aaaa: [] }),
  'alias-loopback.test': () => ({ cname: 'localhost', a: ['127.0.0.1'], aaaa: ['::1'] }),
  'alias-metadata.test': () => ({ cname: 'metadata.google.internal', a: ['169.254.169.254'], aaaa: [] }),
  // the second time somebody asks, it is somewhere else
  'turns-bad.test': (count) => ({ a: [count === 0 ? RECEIVER : '127.0.0.1'] }),
  'turns-good.test': (count) => ({ a: [count === 0 ? '127.0.0.1' : RECEIVER] }),
}

export function zone(name: string, count: number): Entry {
  const literal = /^(four|six)-(\d+)\.test$/.exec(name)
  if (literal?.[1] === 'four') return { a: [IPV4[Number(literal[2])] ?? '127.0.0.1'] }
  if (literal?.[1] === 'six') return { aaaa: [IPV6[Number(literal[2])] ?? '::1'] }
  return ZONE[name]?.(count) ?? null
}

/** URLs of which none may lead to a connection. @param port of a receiver, which answers whatever asks */
export function forbiddenUrls(port: number): string[] {
  const at = (host: string): string => `http://${host}:${port}/`
  return [
    ...IPV4.flatMap((address) => [at(address), `https://${address}/`]),
    ...IPV6.flatMap((address) => [at(`[${address}]`), `https://[${address}]/`]),
    ...SPELLINGS.map(at),
    ...URLS.map((url) => url.replaceAll('PORT', String(port))),
    ...IPV4.map((_address, index) => at(`four-${index}.test`)),
    ...IPV6.map((_address, index) => at(`six-${index}.test`)),
    ...Object.keys(ZONE)
      .filter((name) => !['good.test', 'turns-bad.test', 'turns-good.test'].includes(name))
      .flatMap((name) => [at(name), `https://${name.toUpperCase()}./`]),
  ]
}

/** Where redirects point to that nobody may follow. */
export function redirectTargets(port: number): string[] {
  return [
    'http://169.254.169.254/latest/meta-data/',
    `http://127.0.0.1:${port}/`,
    `http://[::1]:${port}/`,
    `http://localhost:${port}/`,
    `http://0x7f.1:${port}/`,
    `http://four-7.test:${port}/`,
    '//10.0.0.1/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_FLUSHALL',
  ]
}
