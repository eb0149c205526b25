import { WebSocket } from 'ws'
import { Wampy } from 'wampy'

export type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>

export interface WampyPeer {
  readonly wampy: Wampy
  /** What WELCOME says. */
  readonly welcome: Record<string, unknown>
  readonly id: number
}

/** Connects a wampy, which never connects again by itself. @throws what wampy rejects with */
export async function openWampy(url: string, options: WampyOptions): Promise<WampyPeer> {
  const wampy = new Wampy(url, {
    ws: WebSocket as unknown as NonNullable<WampyOptions['ws']>,
    autoReconnect: false,
    uriValidation: 'loose',
    ...options,
  })
  const welcome = await wampy.connect()
  const id = plain(wampy.getSessionId())
  if (typeof id !== 'number') throw new Error('no session')
  return { wampy, welcome, id }
}

/** What msgpackr reads as BigInt, which is every integer of eight bytes, as a number. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map((item) => plain(item))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
