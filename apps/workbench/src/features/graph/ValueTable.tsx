import type { DatapointDocument } from '@sluice/model'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'

const PAGE = 100

type Props = { points: readonly DatapointDocument[]; unit: string; rangeLabel: string }

/** Values as text, newest first: for channels that are no numbers, and for readers who prefer a table to a graph. */
export function ValueTable({ points, unit, rangeLabel }: Props): ReactNode {
  const [shown, setShown] = useState(PAGE)
  if (points.length === 0) return <p className="py-16 text-center text-muted">No values in the last {rangeLabel}.</p>
  const rows = points.slice(-shown).toReversed()
  return (
    <>
      <div className="max-h-96 overflow-y-auto" tabIndex={0} role="region" aria-label="Values">
        <table className="w-full text-left">
          <thead className="sticky top-0 bg-surface text-[0.8125rem] text-muted">
            <tr>
              <th className="border-b border-line py-2 font-medium">Time</th>
              <th className="border-b border-line py-2 text-right font-medium">Value{unit !== '' && ` (${unit})`}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ at, value }) => (
              <tr key={at} className="border-b border-line last:border-0">
                <td className="py-1.5 pr-4 text-muted">
                  <time dateTime={at} title={at}>
                    {new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}
                  </time>
                </td>
                <td className="py-1.5 text-right font-mono break-all">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="mt-3 flex items-center justify-between gap-3 text-[0.8125rem] text-muted">
        {Math.min(shown, points.length).toLocaleString()} of {points.length.toLocaleString()}{' '}
        {points.length === 1 ? 'value' : 'values'}
        {points.length > shown && (
          <Button size="s" onClick={() => setShown(shown + 5 * PAGE)}>
            Show more
          </Button>
        )}
      </div>
    </>
  )
}
