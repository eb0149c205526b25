import { Globe, Lock } from 'lucide-react'
import type { ReactNode } from 'react'

export function PrivacyBadge({ isPrivate }: { isPrivate: boolean }): ReactNode {
  const Icon = isPrivate ? Lock : Globe
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap text-muted">
      <Icon size={14} aria-hidden />
      {isPrivate ? 'Private' : 'Public'}
    </span>
  )
}
