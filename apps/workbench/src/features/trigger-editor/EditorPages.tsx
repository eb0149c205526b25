import { ApiError } from '@sluice/sdk'
import { Link, getRouteApi } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { useDocumentTitle } from '../../ui/useDocumentTitle.ts'
import { NotFoundPage } from '../shell/Nowhere.tsx'
import { triggerTitle } from '../triggers/rule-words.ts'
import { useFeedNames } from '../triggers/useFeedNames.ts'
import { useTrigger } from '../triggers/useTriggers.ts'
import { TriggerEditor } from './TriggerEditor.tsx'
import { parseEditorSearch } from './preview-search.ts'
import type { SearchChange } from './preview-search.ts'
import { emptyForm, formOfTrigger } from './trigger-form.ts'

const newRoute = getRouteApi('/shell/signed-in/triggers/new')
const editRoute = getRouteApi('/shell/signed-in/triggers/$triggerId/edit')

export function NewTriggerPage(): ReactNode {
  const search = newRoute.useSearch()
  const navigate = newRoute.useNavigate()
  const { devices, isLoading } = useFeedNames()
  useDocumentTitle('Add trigger')
  const onlyFeed = devices.length === 1 ? String(devices[0]?.feed_id) : ''
  return (
    <>
      <Back to="/triggers">Triggers</Back>
      <h1 className="mt-1 mb-5 text-2xl font-semibold tracking-tight">Add trigger</h1>
      {isLoading ? (
        <SkeletonRows rows={2} className="h-40" />
      ) : (
        <TriggerEditor
          // a link to another channel is another form
          key={`${search.feed} ${search.stream}`}
          triggerId={null}
          initial={emptyForm(search.feed ?? onlyFeed, search.stream ?? '')}
          search={search}
          onSearch={(change: SearchChange) =>
            void navigate({
              search: (before) => parseEditorSearch({ ...before, ...change }),
              replace: true,
              resetScroll: false,
            })
          }
        />
      )}
    </>
  )
}

export function EditTriggerPage(): ReactNode {
  const id = Number(editRoute.useParams().triggerId)
  const search = editRoute.useSearch()
  const navigate = editRoute.useNavigate()
  const { data, error, refetch } = useTrigger(id)
  // what is edited does not change under the hands of who edits it
  const [trigger, setTrigger] = useState(data)
  if (data !== undefined && trigger === undefined) setTrigger(data)
  useDocumentTitle(trigger === undefined ? 'Edit trigger' : `Edit ${triggerTitle(trigger)}`)
  if (!Number.isSafeInteger(id) || (error instanceof ApiError && error.status === 404)) {
    return <NotFoundPage what="This trigger" />
  }
  if (trigger === undefined) {
    return error === null ? (
      <SkeletonRows rows={2} className="h-40" />
    ) : (
      <ErrorNotice error={error} what="The trigger could not be loaded." onRetry={() => void refetch()} />
    )
  }
  return (
    <>
      <Back to="/triggers/$triggerId" triggerId={String(id)}>
        {triggerTitle(trigger)}
      </Back>
      <h1 className="mt-1 mb-5 text-2xl font-semibold tracking-tight">Edit trigger</h1>
      <TriggerEditor
        triggerId={id}
        initial={formOfTrigger(trigger)}
        search={search}
        onSearch={(change: SearchChange) =>
          void navigate({
            search: (before) => parseEditorSearch({ ...before, ...change }),
            replace: true,
            resetScroll: false,
          })
        }
      />
    </>
  )
}

type BackProps = ({ to: '/triggers'; triggerId?: never } | { to: '/triggers/$triggerId'; triggerId: string }) & {
  children: ReactNode
}

function Back({ to, triggerId, children }: BackProps): ReactNode {
  const className =
    '-ml-1 inline-flex max-w-full items-center gap-0.5 rounded text-[0.8125rem] text-muted hover:text-text'
  const words = (
    <>
      <ChevronLeft size={14} aria-hidden className="shrink-0" /> <span className="truncate">{children}</span>
    </>
  )
  if (to === '/triggers') {
    return (
      <Link to="/triggers" search={{}} className={className}>
        {words}
      </Link>
    )
  }
  return (
    <Link to="/triggers/$triggerId" params={{ triggerId }} search={{}} className={className}>
      {words}
    </Link>
  )
}
