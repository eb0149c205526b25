import type { KeyDocument } from '@sluice/model'
import type { ReactNode } from 'react'
import { absoluteTime } from '../../ui/time-words.ts'
import { useNow } from '../../ui/useNow.ts'
import { LastUse } from './LastUse.tsx'
import { keyWords } from './permission-words.ts'
import { RollBanner } from './RollBanner.tsx'

export function KeyRow({ apiKey, children }: { apiKey: KeyDocument; children: ReactNode }): ReactNode {
  const { id, label, api_key, last_used_at: at, last_used_address: address, last_used_client: client } = apiKey
  const isRolled = apiKey.previous_until !== undefined
  return (
    <li data-key-id={id} className="flex flex-wrap items-start gap-x-6 gap-y-3 px-4 py-3.5">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-medium break-words">{label}</span>
          <code className="font-mono text-[0.8125rem] text-muted">{api_key}</code>
        </p>
        <ul className="mt-0.5 text-muted">
          {keyWords(apiKey).map((words) => (
            <li key={words} className="break-words">
              {words}
            </li>
          ))}
        </ul>
      </div>
      <div className="text-[0.8125rem] text-muted sm:w-52">
        <p data-last-used>
          <LastUse
            use={{ at, address, client }}
            none={isRolled ? 'New text not used yet' : 'Never used'}
            prefix={isRolled ? 'New text last used ' : 'Last used '}
          />
        </p>
        <Expiry at={apiKey.expires_at} />
      </div>
      {children}
      {id !== undefined && <RollBanner apiKey={{ ...apiKey, id }} />}
    </li>
  )
}

function Expiry({ at }: { at: string | undefined }): ReactNode {
  const now = useNow(10_000)
  if (at === undefined) return null
  const isExpired = Date.parse(at) < now
  return (
    <p title={absoluteTime(at)} className={isExpired ? 'text-bad' : ''}>
      {isExpired ? 'Expired ' : 'Expires '}
      {new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' })}
    </p>
  )
}
