import type { AccessMethod, FeedDocument, KeyCheckDocument, KeyDocument } from '@sluice/model'
import { ACCESS_METHODS, LIMITS, parseAddress } from '@sluice/model'
import type { KeyQuestion } from '@sluice/sdk'
import { CircleCheck, CircleX } from 'lucide-react'
import { useId, useMemo, useState } from 'react'
import type { ReactNode } from 'react'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { TextField } from '../../ui/Field.tsx'
import { Modal } from '../../ui/Modal.tsx'
import { Segments } from '../../ui/Segments.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { useSettled } from '../../ui/useSettled.ts'
import { useFeed } from '../device/useDevice.ts'
import { PlaceSelect } from './PlaceSelect.tsx'
import type { ResourceForm } from './key-form.ts'
import { METHOD_WORDS } from './permission-words.ts'
import { useKeyCheck } from './useKeys.ts'

type Props = { feed: FeedDocument; apiKey: KeyDocument & { id: number }; onClose(): void }
type Question = { method: AccessMethod; place: ResourceForm; datastream: string; address: string; referer: string }

/** how long nobody may have typed before it is asked */
const QUIET_MS = 300
const METHODS = ACCESS_METHODS.map((id) => ({ id, label: METHOD_WORDS[id].label }))

/** "Can this key …?": the answer of the server itself, with its reasons, as the question is put together. */
export function CheckDialog({ feed, apiKey, onClose }: Props): ReactNode {
  const [asked, setAsked] = useState<Question>({
    method: 'get',
    place: { feed_id: feed.id },
    datastream: '',
    address: '',
    referer: '',
  })
  const isAddress = asked.address.trim() === '' || parseAddress(asked.address.trim()) !== null
  const question = useMemo(() => (isAddress ? questionOf(asked) : null), [asked, isAddress])
  const { data, error } = useKeyCheck(apiKey.id, useSettled(question, QUIET_MS))
  const change = (next: Partial<Question>): void => setAsked({ ...asked, ...next })
  return (
    <Modal
      title={`Can ${apiKey.label} …?`}
      description="The server answers as it would judge the request. Asking is no use of the key."
      width="l"
      onClose={onClose}
    >
      <div className="grid gap-4">
        <div>
          <Segments label="Method" options={METHODS} value={asked.method} onChange={(method) => change({ method })} />
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          <label className="grid content-start gap-1.5">
            <span className="font-medium">Feed or trigger</span>
            <PlaceSelect
              className="input h-[2.375rem]"
              value={asked.place}
              onPick={(place) => place && change({ place, datastream: '' })}
            />
          </label>
          {asked.place.feed_id !== undefined && (
            <ChannelField
              feedId={asked.place.feed_id}
              value={asked.datastream}
              onChange={(datastream) => change({ datastream })}
            />
          )}
          <TextField
            label="From address"
            isOptional
            spellCheck={false}
            placeholder="203.0.113.7"
            value={asked.address}
            error={isAddress ? undefined : 'That is no IP address.'}
            onChange={(event) => change({ address: event.currentTarget.value })}
          />
          <TextField
            label="For a page"
            isOptional
            spellCheck={false}
            placeholder="https://example.org/"
            value={asked.referer}
            onChange={(event) => change({ referer: event.currentTarget.value })}
          />
        </div>
        <ErrorText error={error} />
        {error === null && (data ? <Verdict check={data} /> : <Skeleton className="h-20" />)}
      </div>
    </Modal>
  )
}

function questionOf({ method, place, datastream, address, referer }: Question): KeyQuestion {
  const about =
    place.datastream_trigger_id === undefined
      ? { feedId: place.feed_id ?? 0, ...(datastream !== '' && { datastreamId: datastream }) }
      : { triggerId: place.datastream_trigger_id }
  const from = {
    ...(address.trim() !== '' && { sourceIp: address.trim() }),
    ...(referer.trim() !== '' && { referer: referer.trim() }),
  }
  return { method, ...about, ...from }
}

type ChannelProps = { feedId: number; value: string; onChange(value: string): void }

function ChannelField({ feedId, value, onChange }: ChannelProps): ReactNode {
  const { data: feed } = useFeed(feedId)
  const list = useId()
  return (
    <div>
      <TextField
        label="Channel"
        isOptional
        list={list}
        spellCheck={false}
        placeholder="The feed as a whole"
        maxLength={LIMITS.datastreamIdCharsMax}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={list}>
        {(feed?.datastreams ?? []).map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </div>
  )
}

function Verdict({ check: { allowed, reasons: all } }: { check: KeyCheckDocument }): ReactNode {
  // what allows it is what was asked for
  const reasons = allowed
    ? all.toSorted((a, b) => Number(b.includes(' allows ')) - Number(a.includes(' allows ')))
    : all
  const Icon = allowed ? CircleCheck : CircleX
  return (
    <div
      role="status"
      data-verdict={allowed ? 'yes' : 'no'}
      className={`flex gap-3 rounded-lg px-4 py-3 ${allowed ? 'bg-ok-soft' : 'bg-bad-soft'}`}
    >
      <Icon size={20} aria-hidden className={`mt-px shrink-0 ${allowed ? 'text-ok' : 'text-bad'}`} />
      <div className="min-w-0">
        <p className={`font-semibold ${allowed ? 'text-ok' : 'text-bad'}`}>
          {allowed ? 'Yes, it can' : 'No, it cannot'}
        </p>
        <ul className="mt-0.5 grid gap-0.5 break-words">
          {reasons.map((reason) => (
            <li key={reason}>{reason}.</li>
          ))}
        </ul>
      </div>
    </div>
  )
}
