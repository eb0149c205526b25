import { getRouteApi, useLocation } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FilterBox } from '../../ui/FilterBox.tsx'
import { Skeleton, SkeletonRows } from '../../ui/Skeleton.tsx'
import { useHotkeys } from '../../ui/useHotkeys.ts'
import { filterGroups, findOperation } from './api-document.ts'
import type { Api } from './api-document.ts'
import { parseDocsSearch } from './docs-search.ts'
import { OperationNav } from './OperationNav.tsx'
import { OperationView } from './OperationView.tsx'
import { Overview } from './Overview.tsx'
import { useApi } from './useApi.ts'
import { useExamples } from './useExamples.ts'

const route = getRouteApi('/shell/docs')

/** The API of this server, for people: also for those who are not signed in. */
export function DocsPage(): ReactNode {
  const { data: api, error, refetch } = useApi()
  if (api) return <Loaded api={api} />
  if (error !== null) {
    return (
      <ErrorNotice error={error} what="The API documentation could not be loaded." onRetry={() => void refetch()} />
    )
  }
  return (
    <div className="grid gap-8 lg:grid-cols-[16rem_minmax(0,1fr)]">
      <SkeletonRows rows={8} className="h-8" />
      <div className="grid content-start gap-5 max-lg:hidden">
        <Skeleton className="h-16" />
        <Skeleton className="h-96" />
      </div>
    </div>
  )
}

function Loaded({ api }: { api: Api }): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const hash = useLocation({ select: ({ hash }) => hash })
  const [language, setLanguage] = useState<string>()
  const examples = useExamples(search, api.baseUrl)
  const operation = findOperation(api, hash)
  const { q: filter = '' } = search
  const groups = filterGroups(api.groups, filter)
  const filterBox = useRef<HTMLInputElement>(null)
  useHotkeys({ '/': () => filterBox.current?.focus() })
  const setFilter = (q: string): void =>
    void navigate({
      search: (before) => parseDocsSearch({ ...before, q }),
      hash: true,
      replace: true,
      resetScroll: false,
      hashScrollIntoView: false,
    })
  const openFirst = (): void => {
    const first = groups[0]?.operations[0]
    if (first && filter !== '') void navigate({ search: true, hash: first.id })
  }
  const isOpen = operation !== undefined
  return (
    <div className="grid items-start gap-5 lg:gap-8 lg:grid-cols-[16rem_minmax(0,1fr)]">
      {/* on a phone one at a time: the list is the page that operations lead back to, what was found hides the rest */}
      <div
        className={`min-w-0 grid-rows-[auto_minmax(0,1fr)] gap-3 lg:sticky lg:top-14 lg:-mt-6 lg:grid lg:h-[calc(100dvh-3.5rem)] lg:pt-6 ${
          isOpen ? 'max-lg:hidden' : 'max-lg:contents'
        }`}
      >
        <FilterBox
          ref={filterBox}
          label="Search operations"
          placeholder="Search operations"
          value={filter}
          onChange={setFilter}
          onChosen={openFirst}
          className="w-full"
        />
        <div className="min-h-0 max-lg:order-last lg:overflow-y-auto lg:overscroll-contain lg:pb-8">
          <OperationNav groups={groups} openId={hash} />
          {groups.length === 0 && (
            <p className="px-2 text-muted">
              Nothing matches “{filter}”.{' '}
              <button type="button" className="font-medium text-accent hover:underline" onClick={() => setFilter('')}>
                Show all
              </button>
            </p>
          )}
        </div>
      </div>
      <div className={`grid min-w-0 gap-6 ${filter !== '' && !isOpen ? 'max-lg:hidden' : ''}`}>
        {hash !== '' && !isOpen && (
          <p role="alert" className="rounded-lg bg-warn-soft px-3 py-2 text-warn">
            This server has no operation “{hash}”.
          </p>
        )}
        {isOpen ? (
          <OperationView
            key={operation.id}
            operation={operation}
            schemas={api.schemas}
            examples={examples}
            language={language}
            onLanguage={setLanguage}
          />
        ) : (
          <Overview api={api} examples={examples} language={language} onLanguage={setLanguage} />
        )}
      </div>
    </div>
  )
}
