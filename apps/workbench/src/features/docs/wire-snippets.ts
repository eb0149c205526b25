import { mosquittoHost } from '../first-value/snippets.ts'
import type { Snippet } from '../first-value/snippets.ts'
import { shellQuoted } from '../requests/curl.ts'
import { successOf } from './api-document.ts'
import type { Operation } from './api-document.ts'
import type { ExampleParts, Values } from './example-parts.ts'
import { JAVASCRIPT, literal } from './literal.ts'
import type { ExampleRequest, SnippetInput } from './example-request.ts'

/** Feeds and datastreams are topics; what is read there is subscribed to. */
const TOPICS = /^(?:get|put)_feeds_feedId(?:_datastreams_datastreamId)?$/
/** Groups of which sockets reach every operation. */
const SOCKET_GROUPS = new Set(['Feeds', 'Datastreams', 'Datapoints', 'Triggers', 'Keys'])
/** Where JSON messages over TCP are taken, unless SOCKET_PORT says otherwise. */
const SOCKET_PORT = 8081

/** The same over MQTT, by the topic of API v2 and by the short one of ours. */
export function mqttSnippet({ operation, values, parts }: SnippetInput, { body, address }: ExampleRequest): Snippet[] {
  if (parts.mqttUrl === null || !TOPICS.test(operation.id)) return []
  const isWrite = operation.method === 'PUT'
  const host = mosquittoHost(parts.mqttUrl)
  const key = `-u ${shellQuoted(parts.key)}`
  const [path = ''] = address.split('?', 1)
  const topic = /\.(?:json|xml|csv)$/.test(path) ? path : `${path.replace(/\.png$/, '')}.json`
  const line = (command: string, to: string, message: string | undefined): string =>
    `${command} ${host}${isWrite ? ' -q 1' : ''} \\\n  ${key} \\\n  -t ${shellQuoted(to)}${message === undefined ? '' : ` -m ${shellQuoted(message)}`}`
  const command = isWrite ? 'mosquitto_pub' : 'mosquitto_sub'
  const native = isWrite ? nativeMessage(operation, parts) : undefined
  return [
    {
      id: 'mqtt',
      label: 'MQTT',
      note: isWrite
        ? 'MQTT 3.1.1, with the commands of the package mosquitto-clients. Acknowledged once it is stored.'
        : 'MQTT 3.1.1: what is there now, then every change as it happens.',
      code: `${line(command, topic, body?.text)}

# shorter: values without a document around them
${line(command, nativeTopic(operation, values), native)}`,
    },
  ]
}

function nativeTopic({ parameters }: Operation, values: Values): string {
  const named = parameters
    .filter(({ place }) => place === 'path')
    .map(({ name }) => encodeURIComponent(values[name] ?? ''))
  return ['sluice', ...named].join('/')
}

const nativeMessage = ({ id }: Operation, { datastreamId, value }: ExampleParts): string =>
  id === 'put_feeds_feedId' ? JSON.stringify({ [datastreamId]: value }) : value

/** The same as a JSON message, over a WebSocket and over plain TCP. */
export function socketSnippets({ operation, parts }: SnippetInput, request: ExampleRequest): Snippet[] {
  const isStream = successOf(operation)?.content?.formats.includes('lines') === true
  if (isStream || !SOCKET_GROUPS.has(operation.group) || request.answer === 'png') return []
  const message = socketMessage(request)
  const { protocol, host, hostname } = new URL(parts.baseUrl)
  const note =
    operation.method === 'GET' && TOPICS.test(operation.id)
      ? 'With subscribe in place of get, every change is pushed.'
      : 'Messages of API v2: the answer has the same token.'
  return [
    {
      id: 'websocket',
      label: 'WebSocket',
      note,
      code: `const socket = new WebSocket('${protocol === 'https:' ? 'wss' : 'ws'}://${host}/')
socket.onopen = () => socket.send(JSON.stringify(${literal(message, JAVASCRIPT)}))
socket.onmessage = ({ data }) => console.log(data)`,
    },
    {
      id: 'tcp',
      label: 'TCP',
      note: `${note} Port ${SOCKET_PORT}, unless SOCKET_PORT says otherwise.`,
      code: `(echo ${shellQuoted(JSON.stringify(message))}; sleep 1) | nc ${hostname.replace(/^\[|\]$/g, '')} ${SOCKET_PORT}`,
    },
  ]
}

/** `{method, resource, headers, params, body, token}`: the resource is named without `/v2`. */
function socketMessage({ method, address, headers, body }: ExampleRequest): Record<string, unknown> {
  const [path = '', query] = address.split('?', 2)
  return {
    method: method.toLowerCase(),
    resource: path.replace(/^\/v2/, ''),
    headers: Object.fromEntries(headers),
    ...(query === undefined ? {} : { params: Object.fromEntries(new URLSearchParams(query)) }),
    ...(body === null ? {} : { body: body.json ?? body.text }),
    token: '1',
  }
}
