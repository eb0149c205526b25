import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { absoluteTime } from '../../ui/time-words.ts'
import { causeWords } from '../deliveries/delivery-words.ts'
import type { Backtest } from './backtest.ts'

const PAGE = 20

type Props = {
  backtest: Backtest
  /** the moment that the graph shows from near */
  open: string | undefined
  onOpen(at: string | undefined): void
}

/** The moments at which a rule would have fired, newest first. Choosing one shows it from near, choosing it again all. */
export function Moments({ backtest: { firings, count, phase }, open, onOpen }: Props): ReactNode {
  const [shown, setShown] = useState(PAGE)
  if (firings.length === 0) return null
  const rows = firings.toReversed().slice(0, shown)
  return (
    <div className={`mt-4 border-t border-line pt-3 ${phase === 'stale' ? 'opacity-60' : ''}`}>
      <h3 className="mb-1.5 font-medium">It would have fired at</h3>
      <ol className="-mx-2 grid max-h-72 grid-cols-1 overflow-y-auto px-px sm:grid-cols-2 xl:grid-cols-3">
        {rows.map((firing, index) => (
          <li key={`${firing.at} ${index}`}>
            <button
              type="button"
              aria-pressed={firing.at === open}
              title={absoluteTime(firing.at)}
              onClick={() => onOpen(firing.at === open ? undefined : firing.at)}
              className="flex w-full items-baseline justify-between gap-3 rounded-md px-2 py-1 text-left text-[0.8125rem] hover:bg-sunken focus-visible:-outline-offset-2 aria-pressed:bg-accent-soft"
            >
              <span className="tabular-nums">
                {new Date(firing.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}
              </span>
              <span className="min-w-0 truncate font-mono text-muted">{causeWords(firing)}</span>
            </button>
          </li>
        ))}
      </ol>
      {count > rows.length && (
        <p className="mt-2 flex items-center gap-3 text-[0.8125rem] text-muted">
          {rows.length.toLocaleString('en')} of {count.toLocaleString('en')}
          {firings.length > rows.length && (
            <Button size="s" onClick={() => setShown(shown + 5 * PAGE)}>
              Show more
            </Button>
          )}
        </p>
      )}
    </div>
  )
}
