import { KEY_PLACEHOLDER } from '../first-value/snippets.ts'
import type { Operation, Parameter } from './api-document.ts'

/** What examples are filled with: things of the reader, or placeholders that cannot be taken for one. */
export type ExampleParts = {
  /** scheme and authority of the server, no trailing slash */
  baseUrl: string
  feedId: string
  datastreamId: string
  /** newest value of the datastream, and its time */
  value: string
  at: string
  deviceId: string
  activationCode: string
  productId: string
  serial: string
  login: string
  /** the key in clear, or a placeholder */
  key: string
  /** what the owner may call it by, where one was picked */
  keyId: string | null
  /** null where the server does not listen for MQTT */
  mqttUrl: string | null
}

export const PLACEHOLDERS: Omit<ExampleParts, 'baseUrl' | 'mqttUrl'> = {
  feedId: 'FEED_ID',
  datastreamId: 'temperature',
  value: '21.5',
  at: '2026-01-01T12:00:00.000000Z',
  deviceId: 'DEVICE_ID',
  activationCode: 'ACTIVATION_CODE',
  productId: 'PRODUCT_ID',
  serial: 'SERIAL',
  login: 'LOGIN',
  key: KEY_PLACEHOLDER,
  keyId: null,
}

/** Values of parameters by name, as the reader sees and changes them. */
export type Values = Readonly<Record<string, string>>

/** What the parameters of an operation are filled in with at first; the others are empty. */
export function initialValues(operation: Operation, parts: ExampleParts): Values {
  const byName: Record<string, string> = {
    feedId: parts.feedId,
    datastreamId: parts.datastreamId,
    at: parts.at,
    deviceId: parts.deviceId,
    code: parts.activationCode,
    productId: parts.productId,
    serial: parts.serial,
    login: parts.login,
    key: parts.keyId ?? parts.key,
  }
  const inPath = operation.parameters.filter(({ place }) => place === 'path')
  const values = inPath.map(({ name }) => [name, byName[name] ?? placeholderOf(name)] as const)
  return { ...Object.fromEntries(values), ...queryOf(operation.id, parts) }
}

/** Of operations that cannot be called without: they ask about something, or take something away. */
function queryOf(operationId: string, { feedId }: ExampleParts): Values {
  if (operationId === 'get_keys_key_check') return { method: 'get', feed_id: feedId }
  if (operationId === 'delete_feeds_feedId_datastreams_datastreamId_datapoints') {
    return { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' }
  }
  return {}
}

/** `TRIGGER_ID` of `triggerId`. */
export const placeholderOf = (name: string): string => name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()

/** Parameters in the path that still hold a placeholder, or nothing: without them there is nothing to ask for. */
export function missingValues({ parameters }: Operation, values: Values): Parameter[] {
  return parameters.filter(({ name, place }) => {
    const value = values[name] ?? ''
    return place === 'path' && (value === '' || value === placeholderOf(name) || value === KEY_PLACEHOLDER)
  })
}
