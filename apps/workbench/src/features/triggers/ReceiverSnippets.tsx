import type { ReactNode } from 'react'
import { SnippetTabs } from '../../ui/SnippetTabs.tsx'
import { useSession } from '../session/session.ts'
import { receiverSnippets } from './receiver-snippets.ts'

/** Programs that receive deliveries and check who sent them. */
export function ReceiverSnippets({ format }: { format: 'form' | 'json' }): ReactNode {
  const publicUrl = useSession()?.public_url ?? location.origin
  return <SnippetTabs label="How to receive" snippets={receiverSnippets({ publicUrl, format })} />
}
