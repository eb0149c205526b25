import type { ReactNode } from 'react'

/** Grey lines of the final size while something loads. */
export function Skeleton({ className = '' }: { className?: string }): ReactNode {
  return <div aria-hidden className={`skeleton ${className}`} />
}

export function SkeletonRows({ rows, className = 'h-14' }: { rows: number; className?: string }): ReactNode {
  return (
    <div role="status" aria-label="Loading" className="grid gap-3">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} className={className} />
      ))}
    </div>
  )
}
