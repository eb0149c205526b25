import { Tabs } from '@base-ui/react/tabs'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { CodeBlock } from './CodeBlock.tsx'

type Snippet = { id: string; label: string; note: string; code: string }

/** The same program in several languages, one tab each. */
export function SnippetTabs({ label: listLabel, snippets }: { label: string; snippets: Snippet[] }): ReactNode {
  const [tab, setTab] = useState(snippets[0]?.id)
  return (
    <Tabs.Root value={tab} onValueChange={(next: string) => setTab(next)} className="min-w-0">
      <Tabs.List aria-label={listLabel} className="scroll-quiet -mx-1 mb-3 flex gap-1 overflow-x-auto p-1">
        {snippets.map(({ id, label }) => (
          <Tabs.Tab
            key={id}
            value={id}
            className="shrink-0 rounded-md px-2.5 py-1 text-[0.8125rem] font-medium text-muted hover:bg-sunken data-[active]:bg-sunken data-[active]:text-text"
          >
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {snippets.map(({ id, label, note, code }) => (
        <Tabs.Panel key={id} value={id} className="min-w-0">
          <CodeBlock code={code} label={`${label} snippet`} what={`the ${label} snippet`} />
          <p className="mt-2 text-[0.8125rem] text-muted">{note}</p>
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}
