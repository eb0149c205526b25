import type { DatastreamDocument, DeviceDocument, FeedDocument } from '@sluice/model'
import { getRouteApi } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import type { ReactNode } from 'react'
import { Boundary } from '../../ui/Boundary.tsx'
import { Button } from '../../ui/Button.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { FirstValue } from '../first-value/FirstValue.tsx'
import { ChannelCard } from './ChannelCard.tsx'
import { ChannelDialog } from './ChannelDialog.tsx'
import { DeleteChannel } from './DeleteChannel.tsx'
import { LiveAnnouncer } from './LiveAnnouncer.tsx'
import { useSparks } from './useSparks.ts'

// uPlot comes only to those who have something to draw
const ChannelGraph = lazy(async () => ({ default: (await import('../graph/ChannelGraph.tsx')).ChannelGraph }))
const EmbedDialog = lazy(async () => ({ default: (await import('../embed/EmbedDialog.tsx')).EmbedDialog }))

const route = getRouteApi('/shell/signed-in/devices/$deviceId')

type OpenDialog = { kind: 'add' } | { kind: 'edit' | 'embed' | 'delete'; stream: DatastreamDocument } | null

export function ChannelsTab({ device, feed }: { device: DeviceDocument; feed: FeedDocument }): ReactNode {
  const streams = feed.datastreams ?? []
  const { channel } = route.useSearch()
  const [dialog, setDialog] = useState<OpenDialog>(null)
  const sparks = useSparks(feed.id)
  const selected = streams.find(({ id }) => id === channel) ?? streams[0]
  const isWaiting = streams.every(({ current_value }) => current_value === undefined)
  const close = (): void => setDialog(null)
  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="flex items-center gap-3">
        <h2 className="mr-auto text-base font-semibold">
          Channels {streams.length > 0 && <span className="font-normal text-muted">{streams.length}</span>}
        </h2>
        <Button size="s" onClick={() => setDialog({ kind: 'add' })}>
          <Plus size={15} aria-hidden /> Add channel
        </Button>
      </div>
      {streams.length > 0 && (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(10rem,100%),1fr))] sm:grid-cols-[repeat(auto-fill,minmax(14rem,1fr))] gap-3">
          {streams.map((stream) => (
            <ChannelCard
              key={stream.id}
              feedId={feed.id}
              stream={stream}
              spark={sparks.get(stream.id) ?? []}
              isSelected={!isWaiting && stream.id === selected?.id}
              onEdit={() => setDialog({ kind: 'edit', stream })}
              onEmbed={() => setDialog({ kind: 'embed', stream })}
              onDelete={() => setDialog({ kind: 'delete', stream })}
            />
          ))}
        </ul>
      )}
      {isWaiting && <FirstValue device={device} feed={feed} />}
      {!isWaiting && selected !== undefined && (
        <Boundary key={selected.id} what="The graph could not be shown.">
          <Suspense fallback={<Skeleton className="h-[26rem]" />}>
            <ChannelGraph feedId={feed.id} stream={selected} />
          </Suspense>
        </Boundary>
      )}
      <LiveAnnouncer streams={streams} />
      {dialog?.kind === 'add' && <ChannelDialog feedId={feed.id} taken={streams.map(({ id }) => id)} onClose={close} />}
      {dialog?.kind === 'edit' && <ChannelDialog feedId={feed.id} taken={[]} stream={dialog.stream} onClose={close} />}
      {dialog?.kind === 'embed' && (
        <Suspense>
          <EmbedDialog feed={feed} stream={dialog.stream} onClose={close} />
        </Suspense>
      )}
      {dialog?.kind === 'delete' && <DeleteChannel feedId={feed.id} stream={dialog.stream} onClose={close} />}
    </div>
  )
}
