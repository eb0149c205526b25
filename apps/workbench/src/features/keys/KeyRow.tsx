import type { KeyDocument } from '@sluice/model'
import type { ReactNode } from 'react'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { absoluteTime } from '../../ui/time-words.ts'
import { useNow } from '../../ui/useNow.ts'
import { keyWords } from './permission-words.ts'

export function KeyRow({ apiKey, children }: { apiKey: KeyDocument; children: ReactNode }): ReactNode {
  const { label, api_key, last_used_at, expires_at } = apiKey
  const now = useNow(10_000)
  const isExpired = expires_at !== undefined && Date.parse(expires_at) < now
  return (
    <li data-key-id={apiKey.id} className="flex flex-wrap items-start gap-x-6 gap-y-3 px-4 py-3.5">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-medium break-words">{label}</span>
          <code className="font-mono text-[0.8125rem] text-muted">{api_key}</code>
        </p>
        <ul className="mt-0.5 text-muted">
          {keyWords(apiKey).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </div>
      <p className="text-[0.8125rem] text-muted sm:w-48">
        {last_used_at === undefined ? 'Never used' : <TimeAgo at={last_used_at} prefix="Last used " />}
        {expires_at !== undefined && (
          <span title={absoluteTime(expires_at)} className={`block ${isExpired ? 'text-bad' : ''}`}>
            {isExpired ? 'Expired ' : 'Expires '}
            {new Date(expires_at).toLocaleDateString(undefined, { dateStyle: 'medium' })}
          </span>
        )}
      </p>
      {children}
    </li>
  )
}
