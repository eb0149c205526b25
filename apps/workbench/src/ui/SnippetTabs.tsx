import { Tabs } from '@base-ui/react/tabs'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { CodeBlock } from './CodeBlock.tsx'

type Snippet = { id: string; label: string; note: string; code: string }

type Props = {
  label: string
  snippets: Snippet[]
  /** the language that is shown where there is a program in it, for pages that remember it; else the tabs do */
  language?: string | undefined
  onLanguage?(language: string): void
}

/** The same program in several languages, one tab each. */
export function SnippetTabs({ label: listLabel, snippets, language, onLanguage }: Props): ReactNode {
  const [own, setOwn] = useState<string>()
  const wanted = language ?? own
  const tab = snippets.find(({ id }) => id === wanted)?.id ?? snippets[0]?.id
  const setTab = onLanguage ?? setOwn
  return (
    <Tabs.Root value={tab} onValueChange={(next: string) => setTab(next)} className="min-w-0">
      <Tabs.List aria-label={listLabel} className="-mx-1 mb-2 flex flex-wrap gap-x-0.5 p-1 sm:gap-x-1">
        {snippets.map(({ id, label }) => (
          <Tabs.Tab
            key={id}
            value={id}
            className="shrink-0 rounded-md px-2 py-1 text-[0.8125rem] sm:px-2.5 font-medium text-muted hover:bg-sunken data-[active]:bg-sunken data-[active]:text-text"
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
