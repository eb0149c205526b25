import { Tabs } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

/** The row of tabs below the header of a page; it belongs into a Tabs.Root. */
export function PageTabs({
  label: listLabel,
  tabs,
}: {
  label: string
  tabs: readonly { id: string; label: string }[]
}): ReactNode {
  return (
    <Tabs.List
      aria-label={listLabel}
      activateOnFocus={false}
      className="scroll-quiet -mx-4 mb-5 flex gap-1 overflow-x-auto border-b border-line px-4 sm:mx-0 sm:px-0"
    >
      {tabs.map(({ id, label }) => (
        <Tabs.Tab
          key={id}
          value={id}
          className="-mb-px shrink-0 border-b-2 border-transparent px-3 py-2.5 font-medium text-muted hover:text-text focus-visible:-outline-offset-2 data-[active]:border-accent data-[active]:text-text"
        >
          {label}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  )
}
