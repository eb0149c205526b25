import { Tabs } from '@base-ui/react/tabs'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { useSession } from '../session/session.ts'
import { receiverSnippets } from './receiver-snippets.ts'

/** Programs that receive deliveries and check who sent them. */
export function ReceiverSnippets({ format }: { format: 'form' | 'json' }): ReactNode {
  const publicUrl = useSession()?.public_url ?? location.origin
  const all = receiverSnippets({ publicUrl, format })
  const [tab, setTab] = useState(all[0]?.id)
  return (
    <Tabs.Root value={tab} onValueChange={(next: string) => setTab(next)} className="min-w-0">
      <Tabs.List aria-label="How to receive" className="scroll-quiet -mx-1 mb-3 flex gap-1 overflow-x-auto p-1">
        {all.map(({ id, label }) => (
          <Tabs.Tab
            key={id}
            value={id}
            className="shrink-0 rounded-md px-2.5 py-1 text-[0.8125rem] font-medium text-muted hover:bg-sunken data-[active]:bg-sunken data-[active]:text-text"
          >
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {all.map(({ id, label, note, code }) => (
        <Tabs.Panel key={id} value={id} className="min-w-0">
          <CodeBlock code={code} label={`${label} snippet`} what={`the ${label} snippet`} />
          <p className="mt-2 text-[0.8125rem] text-muted">{note}</p>
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}
