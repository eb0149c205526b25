import type { DeviceDocument, FeedDocument, KeyDocument } from '@sluice/model'
import { useQuery } from '@tanstack/react-query'
import { client } from '../../client.ts'
import { useFeed } from '../device/useDevice.ts'
import { KEY_PLACEHOLDER } from '../first-value/snippets.ts'
import { useKnownText } from '../keys/known-keys.ts'
import { useKeys } from '../keys/useKeys.ts'
import { useSession } from '../session/session.ts'
import type { DocsSearch } from './docs-search.ts'
import { PLACEHOLDERS } from './example-parts.ts'
import type { ExampleParts } from './example-parts.ts'

/** What the reader may pick from, and what is picked; all of it empty for somebody who is not signed in. */
export type Examples = {
  isSignedIn: boolean
  isLoading: boolean
  /** the devices could not be read: nothing can be said of them */
  hasFailed: boolean
  devices: DeviceDocument[]
  device: DeviceDocument | undefined
  feed: FeedDocument | undefined
  keys: KeyDocument[]
  key: KeyDocument | undefined
  isKeyShown: boolean
  parts: ExampleParts
}

/** @param baseUrl what the server calls itself */
export function useExamples({ feed: feedId, stream, key: keyId }: DocsSearch, baseUrl: string): Examples {
  const session = useSession()
  const {
    data: devices = [],
    isLoading,
    isError,
  } = useQuery({
    queryKey: ['devices'],
    queryFn: () => client.devices.list(),
    enabled: session !== null,
  })
  const device = devices.find(({ feed_id }) => String(feed_id) === feedId) ?? newestOf(devices)
  const { data: feed } = useFeed(device?.feed_id)
  const { data: keys = [] } = useKeys(device?.feed_id)
  const key = keys.find(({ id }) => String(id) === keyId) ?? keys[0]
  const text = useKnownText(key?.api_key)
  const streams = feed?.datastreams ?? []
  const picked = streams.find(({ id }) => id === stream) ?? streams[0]
  const parts: ExampleParts = {
    ...PLACEHOLDERS,
    baseUrl,
    mqttUrl: session === null ? mqttUrlBeside(baseUrl) : session.mqtt_url,
    ...(session && { login: session.login }),
    ...(device && {
      feedId: String(device.feed_id),
      deviceId: String(device.id),
      activationCode: device.activation_code,
      productId: device.product.product_id,
      serial: device.serial,
    }),
    ...(picked && { datastreamId: picked.id }),
    ...(picked?.current_value !== undefined && { value: picked.current_value }),
    ...(picked?.at !== undefined && { at: picked.at }),
    ...(key?.id !== undefined && { keyId: String(key.id) }),
    key: text ?? KEY_PLACEHOLDER,
  }
  return {
    isSignedIn: session !== null,
    isLoading,
    hasFailed: isError,
    devices,
    device,
    feed,
    keys,
    key,
    isKeyShown: text !== undefined,
    parts,
  }
}

/** The device that sent something last: the one that its owner works on. */
const newestOf = (devices: readonly DeviceDocument[]): DeviceDocument | undefined =>
  devices.toSorted((a, b) => (b.last_data_at ?? '').localeCompare(a.last_data_at ?? ''))[0]

/** Where MQTT is unless somebody chose otherwise; only the owner is told. */
const mqttUrlBeside = (baseUrl: string): string => `mqtt://${new URL(baseUrl).hostname}:1883`
