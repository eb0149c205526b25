import type { DatastreamDocument } from '@sluice/model'
import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { unitWords } from './unit-words.ts'

/** screen readers hear of new values at most this often */
const EVERY_MS = 15_000

/** Tells screen readers the current values, politely and rarely. */
export function LiveAnnouncer({ streams }: { streams: readonly DatastreamDocument[] }): ReactNode {
  const words = streams
    .filter(({ current_value }) => current_value !== undefined)
    .map(({ id, current_value, unit }) => `${id} ${current_value} ${unitWords(unit)}`.trim())
    .join(', ')
  const latest = useRef(words)
  const [said, setSaid] = useState('')
  useEffect(() => {
    latest.current = words
  })
  useEffect(() => {
    const timer = setInterval(() => setSaid(latest.current), EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  )
}
