import type { ReactNode } from 'react'

/** A sluice gate, half raised, and the water that it lets through. */
export function Logo({ size = 26 }: { size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden className="shrink-0 text-accent">
      <rect width="32" height="32" rx="7" fill="currentColor" />
      <g stroke="var(--on-accent)" fill="none" strokeLinecap="round">
        <path d="M7 6v20M25 6v20" strokeWidth="2.6" />
        <path d="M11 7h10v9.5H11z" fill="var(--on-accent)" stroke="none" />
        <path d="M16 7V4.6" strokeWidth="2.2" />
        <path
          d="M10.5 21.2c1.4 0 1.4 1.2 2.75 1.2s1.4-1.2 2.75-1.2 1.4 1.2 2.75 1.2 1.4-1.2 2.75-1.2M10.5 25c1.4 0 1.4 1.2 2.75 1.2S14.65 25 16 25s1.4 1.2 2.75 1.2S20.15 25 21.5 25"
          strokeWidth="1.7"
        />
      </g>
    </svg>
  )
}
