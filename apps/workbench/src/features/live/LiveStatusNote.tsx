import type { ReactNode } from 'react'
import { LiveDot } from '../../ui/LiveDot.tsx'
import { useLiveFeed } from './live-feed.ts'

/** Whether what the device page shows is what arrives. */
export function LiveStatusNote(): ReactNode {
  return <LiveDot status={useLiveFeed().status} title="New values and requests appear by themselves" />
}
