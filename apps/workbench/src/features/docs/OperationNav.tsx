import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import type { Group } from './api-document.ts'
import { MethodBadge } from './MethodBadge.tsx'

/** Every operation in its group, the open one marked, and in sight. */
export function OperationNav({ groups, openId }: { groups: readonly Group[]; openId: string }): ReactNode {
  const list = useRef<HTMLElement>(null)
  useEffect(() => {
    const box = list.current?.parentElement
    const open = box?.querySelector(`[data-operation="${CSS.escape(openId)}"]`)
    if (!box || !open) return
    // the list alone: scrollIntoView would move the page, too
    const [around, row] = [box.getBoundingClientRect(), open.getBoundingClientRect()]
    if (row.top < around.top || row.bottom > around.bottom) box.scrollTop += row.top - around.top - around.height / 2
  }, [openId])
  return (
    <nav ref={list} aria-label="Operations" className="grid gap-5 pt-1">
      {groups.map(({ name, operations }) => (
        <section key={name} aria-label={name}>
          <h2 className="mb-1 px-2 text-[0.8125rem] font-semibold">{name}</h2>
          <ul>
            {operations.map(({ id, method, title, path }) => (
              <li key={id}>
                <Link
                  to="/docs"
                  search={true}
                  hash={id}
                  title={`${method} ${path}`}
                  activeOptions={{ includeHash: true, includeSearch: false }}
                  data-operation={id}
                  className="flex min-h-8 items-baseline gap-1.5 rounded-md px-2 py-1.5 leading-5 text-muted hover:bg-sunken hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:text-text sm:min-h-7 sm:py-1 sm:text-[0.8125rem]"
                >
                  <MethodBadge method={method} isQuiet />
                  <span className="min-w-0 flex-1">{title}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  )
}
