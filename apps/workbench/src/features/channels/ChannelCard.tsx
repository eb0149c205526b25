import { Menu } from '@base-ui/react/menu'
import type { DatastreamDocument } from '@sluice/model'
import { Link, useNavigate } from '@tanstack/react-router'
import { Code, Ellipsis, Pencil, Trash2, Zap } from 'lucide-react'
import type { ReactNode } from 'react'
import { ITEM, MenuPopup } from '../../ui/MenuPopup.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { Sparkline } from './Sparkline.tsx'
import { unitWords } from './unit-words.ts'

type Props = {
  feedId: number
  stream: DatastreamDocument
  spark: readonly number[]
  isSelected: boolean
  onEdit(): void
  onEmbed(): void
  onDelete(): void
}

/** One channel: its value as large as it may be, and how old it is. The whole card selects the graph. */
export function ChannelCard({ feedId, stream, spark, isSelected, onEdit, onEmbed, onDelete }: Props): ReactNode {
  const { id, current_value: value, at, tags } = stream
  const navigate = useNavigate()
  return (
    <li
      data-channel={id}
      className={`panel relative p-3 transition-colors sm:p-4 ${
        isSelected ? 'border-accent shadow-[0_0_0_1px_var(--accent)]' : 'hover:border-line-strong'
      }`}
    >
      <div className="flex items-start gap-2">
        <h3 className="min-w-0 flex-1 truncate font-medium">
          <Link
            from="/devices/$deviceId"
            to="."
            search={(search) => ({ ...search, channel: id })}
            resetScroll={false}
            aria-current={isSelected ? 'true' : undefined}
            title={id}
            className="rounded after:absolute after:inset-0 after:rounded-xl"
          >
            {id}
          </Link>
        </h3>
        <Menu.Root>
          <Menu.Trigger
            aria-label={`Actions for ${id}`}
            className="relative z-1 -mt-1.5 -mr-2 grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-sunken hover:text-text"
          >
            <Ellipsis size={16} aria-hidden />
          </Menu.Trigger>
          <MenuPopup>
            <Menu.Item className={ITEM} onClick={onEdit}>
              <Pencil size={15} aria-hidden /> Edit channel…
            </Menu.Item>
            <Menu.Item
              className={ITEM}
              onClick={() => void navigate({ to: '/triggers/new', search: { feed: String(feedId), stream: id } })}
            >
              <Zap size={15} aria-hidden /> Add trigger…
            </Menu.Item>
            <Menu.Item className={ITEM} onClick={onEmbed}>
              <Code size={15} aria-hidden /> Embed graph…
            </Menu.Item>
            <Menu.Item className={`${ITEM} text-bad`} onClick={onDelete}>
              <Trash2 size={15} aria-hidden /> Delete channel…
            </Menu.Item>
          </MenuPopup>
        </Menu.Root>
      </div>
      <p className="mt-1 flex items-baseline gap-1.5">
        {/* a new key for each value restarts the highlight */}
        <span
          key={at}
          data-value
          title={value}
          className="fresh min-w-0 truncate rounded text-2xl leading-9 sm:text-[1.75rem] font-semibold tracking-tight tabular-nums"
        >
          {value ?? '–'}
        </span>
        <span className="shrink-0 text-muted">{unitWords(stream.unit)}</span>
      </p>
      <Sparkline values={spark} />
      <p className="mt-1 text-xs text-muted max-sm:min-h-9 sm:min-h-5 sm:truncate sm:text-[0.8125rem]">
        {at === undefined || value === undefined ? 'No value yet' : <TimeAgo at={at} prefix="Updated " />}
      </p>
      {tags !== undefined && tags.length > 0 && (
        <p className="mt-1.5 flex flex-wrap gap-1">
          {tags.map((tag) => (
            <span key={tag} className="rounded bg-sunken px-1.5 py-px text-xs text-muted">
              {tag}
            </span>
          ))}
        </p>
      )}
    </li>
  )
}
