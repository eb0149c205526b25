import type { KeyDocument, RequestEntry } from '@sluice/model'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../../client.ts'
import { useKeys } from '../keys/useKeys.ts'
import { useLiveEvent, useWhenLive } from '../live/live-feed.ts'
import { useSession } from '../session/session.ts'
import { EXAMPLE } from './snippets.ts'
import type { SnippetParts } from './snippets.ts'

/** refused requests looked at when the page opens */
const LOOK_BACK = 20

/** What a program needs to reach this feed, and the key that it would use. */
export function useConnection(
  feedId: number,
  keyInClear: string | undefined,
): { parts: Omit<SnippetParts, 'key'>; key: KeyDocument | undefined } {
  const session = useSession()
  const { data: keys = [] } = useKeys(feedId)
  const key = keys.find(({ api_key }) => keyInClear?.endsWith(api_key.slice(-4)) === true) ?? keys[0]
  return {
    key,
    parts: {
      publicUrl: session?.public_url ?? location.origin,
      feedId,
      keyId: key?.id === undefined ? 'YOUR_KEY_ID' : String(key.id),
      realm: session?.realm ?? '',
      wampUrl: session?.wamp_url ?? '',
      mqttUrl: session?.mqtt_url ?? null,
    },
  }
}

/** The newest request to this feed, where it was refused; null once one succeeded after it. */
export function useLastRefusal(feedId: number): RequestEntry | null {
  const { data: logged = [], refetch } = useQuery({
    queryKey: ['refusals', feedId],
    queryFn: () => client.requests.list(feedId, { limit: LOOK_BACK }),
    gcTime: 0,
  })
  useWhenLive(() => void refetch())
  const [arrived, setArrived] = useState<RequestEntry | null>(null)
  useLiveEvent('request', (entry) => {
    if (entry.method !== 'GET' || entry.status >= 400) setArrived(entry)
  })
  const last = arrived ?? logged.find(({ method, status }) => method !== 'GET' || status >= 400) ?? null
  return last !== null && last.status >= 400 ? last : null
}

/** Writes the example value as the signed-in owner. */
export function useSendTestValue(feedId: number): UseMutationResult<void, Error, void> {
  return useMutation({
    mutationFn: () =>
      client.feeds.update(feedId, { datastreams: [{ id: EXAMPLE.channel, current_value: EXAMPLE.value }] }),
  })
}
