import type { EndpointDocument } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { EndpointBadge } from './EndpointBadge.tsx'
import { backlogWords } from './endpoint-words.ts'

/** Endpoints that a person should look at; nothing where all is well. */
export function EndpointAttention({ endpoints }: { endpoints: readonly EndpointDocument[] }): ReactNode {
  const troubled = endpoints.filter(({ state }) => state !== 'ok')
  if (troubled.length === 0) return null
  return (
    <ul aria-label="Endpoints that need attention" className="panel mb-4 divide-y divide-line">
      {troubled.map((endpoint) => (
        <li key={endpoint.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
          <span className="w-20">
            <EndpointBadge state={endpoint.state} />
          </span>
          <Link
            to="/endpoints/$endpointId"
            params={{ endpointId: String(endpoint.id) }}
            className="min-w-0 truncate font-mono text-[0.8125rem] hover:text-accent"
          >
            {endpoint.address}
          </Link>
          <span className="ml-auto text-[0.8125rem] text-muted max-sm:ml-0">
            {endpoint.state === 'failing' && endpoint.failing_since !== null && (
              <TimeAgo at={endpoint.failing_since} prefix="it began " />
            )}
            {endpoint.state === 'failing' && backlogWords(endpoint) !== null && ' · '}
            {endpoint.state === 'disabled' && `${endpoint.disabled_reason ?? 'It failed for days'} · `}
            {backlogWords(endpoint)}
          </span>
        </li>
      ))}
    </ul>
  )
}
