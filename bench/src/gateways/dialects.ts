// One durable value, said in each of the ways that devices have.
export type Target = { feedId: number; apiKey: string }
export type DialectName = 'json' | 'xml' | 'csv' | 'socket' | 'mqtt'

/** How to say it on a connection, and how to hear that it is stored. */
export type Dialect = {
  door: 'http' | 'socket' | 'mqtt'
  /** said first; `null` where nothing has to be */
  greeting(target: Target): Buffer | null
  /** the bytes of one request; the number is different each time */
  request(target: Target, number: number): Buffer
  /** whether these bytes are a whole answer, and a good one; null while something is missing */
  isAnswer(bytes: Buffer): boolean | null
}

const DATASTREAM = 'temperature'
const VALUE = '21.53'

const http = (extension: string, body: string): Dialect => ({
  door: 'http',
  greeting: () => null,
  request: ({ feedId, apiKey }) =>
    Buffer.from(
      `PUT /v2/feeds/${feedId}/datastreams/${DATASTREAM}${extension} HTTP/1.1\r\nHost: localhost\r\n` +
        `X-ApiKey: ${apiKey}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    ),
  isAnswer: (bytes) =>
    bytes.includes('\r\n\r\n') ? bytes.subarray(0, 12).toString('latin1') === 'HTTP/1.1 200' : null,
})

/** Remaining length of an MQTT packet (MQTT 3.1.1 §2.2.3). */
function varint(length: number): number[] {
  return length < 128 ? [length] : [(length % 128) | 0x80, ...varint(Math.floor(length / 128))]
}
function text(words: string): Buffer {
  const bytes = Buffer.from(words)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}
function packet(head: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([head, ...varint(content.length)]), content])
}
const KEEP_ALIVE_S = 60
const CLEAN_WITH_USER = 0x82
const PUBLISH_QOS_1 = 0x32
const CONNACK = 0x20
const PUBACK = 0x40

export const DIALECTS: Record<DialectName, Dialect> = {
  json: http('', `{"current_value":"${VALUE}"}`),
  csv: http('.csv', VALUE),
  xml: http(
    '.xml',
    `<?xml version="1.0" encoding="UTF-8"?><eeml><environment><data id="${DATASTREAM}"><current_value>${VALUE}</current_value></data></environment></eeml>`,
  ),
  socket: {
    door: 'socket',
    greeting: () => null,
    request: ({ feedId, apiKey }, number) =>
      Buffer.from(
        `{"method":"put","resource":"/feeds/${feedId}/datastreams/${DATASTREAM}","headers":{"X-ApiKey":"${apiKey}"},` +
          `"body":{"current_value":"${VALUE}"},"token":"${number}"}\n`,
      ),
    isAnswer: (bytes) => (bytes.at(-1) === 0x0a ? bytes.includes('"status":200') : null),
  },
  mqtt: {
    door: 'mqtt',
    greeting: ({ apiKey, feedId }) =>
      packet(
        0x10,
        text('MQTT'),
        Buffer.from([4, CLEAN_WITH_USER, 0, KEEP_ALIVE_S]),
        text(`bench-${feedId}`),
        text(apiKey),
      ),
    request: ({ feedId }, number) =>
      packet(
        PUBLISH_QOS_1,
        text(`/v2/feeds/${feedId}/datastreams/${DATASTREAM}.json`),
        Buffer.from([0, 1 + (number % 250)]),
        Buffer.from(`{"current_value":"${VALUE}"}`),
      ),
    isAnswer: (bytes) => (bytes.length < 4 ? null : bytes[0] === PUBACK || (bytes[0] === CONNACK && bytes[3] === 0)),
  },
}
