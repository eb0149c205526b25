import type { FeedDocument } from '@sluice/model'
import { useMemo, useState } from 'react'
import type { ChangeEvent, ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { useSaveFeed } from '../device/useSaveFeed.ts'
import { WorldMap } from './WorldMap.tsx'
import { locationErrors, locationForm, locationWrite, placed, positionOf } from './location-form.ts'
import type { LocationForm } from './location-form.ts'

const NO_WAYPOINTS: { at: string; lat: number; lon: number }[] = []

/** Where the device is: a form and a map that follow each other. */
export function LocationTab({ feed }: { feed: FeedDocument }): ReactNode {
  const saved = locationForm(feed.location)
  const [draft, setDraft] = useState<LocationForm | null>(null)
  const { mutate, isPending, error } = useSaveFeed(feed.id)
  const form = draft ?? saved
  const errors = locationErrors(form)
  const { lat, lon } = form
  const position = useMemo(() => positionOf({ lat, lon }), [lat, lon])
  const waypoints = feed.location?.waypoints ?? NO_WAYPOINTS
  const wire = (
    field: keyof LocationForm,
  ): { value: string; onChange(event: ChangeEvent<HTMLInputElement | HTMLSelectElement>): void } => ({
    value: form[field],
    onChange: (event) => setDraft({ ...form, [field]: event.currentTarget.value }),
  })
  const save = (): void => {
    if (Object.keys(errors).length === 0) mutate({ location: locationWrite(form) }, { onSuccess: () => setDraft(null) })
  }
  return (
    <form
      noValidate
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <WorldMap
        position={position}
        trail={waypoints}
        onPlace={(at) => setDraft(placed(form, at))}
        label={form.name === '' ? feed.title : form.name}
      />
      <div className="panel grid gap-4 p-5 sm:grid-cols-2">
        <div className="sm:col-span-2">
          <TextField label="Place" placeholder="Roof, north side" isOptional maxLength={255} {...wire('name')} />
        </div>
        <TextField label="Latitude" inputMode="decimal" placeholder="52.52" error={errors.lat} {...wire('lat')} />
        <TextField label="Longitude" inputMode="decimal" placeholder="13.405" error={errors.lon} {...wire('lon')} />
        <TextField
          label="Elevation"
          inputMode="decimal"
          isOptional
          hint="Metres above sea level."
          error={errors.ele}
          {...wire('ele')}
        />
        <SelectField label="Exposure" {...wire('exposure')}>
          <option value="">Not stated</option>
          <option value="indoor">Indoor</option>
          <option value="outdoor">Outdoor</option>
        </SelectField>
        <SelectField
          label="Disposition"
          hint={form.disposition === 'mobile' ? 'Each new location keeps the one before as a waypoint.' : undefined}
          {...wire('disposition')}
        >
          <option value="">Not stated</option>
          <option value="fixed">Fixed</option>
          <option value="mobile">Mobile</option>
        </SelectField>
        <SelectField label="Domain" {...wire('domain')}>
          <option value="physical">Physical</option>
          <option value="virtual">Virtual</option>
        </SelectField>
        <div className="sm:col-span-2">
          <ErrorText error={error} />
          <div className="flex justify-end gap-2">
            {draft !== null && <Button onClick={() => setDraft(null)}>Discard</Button>}
            <Button look="primary" type="submit" disabled={draft === null} isBusy={isPending}>
              Save location
            </Button>
          </div>
        </div>
      </div>
      {waypoints.length > 0 && <Waypoints waypoints={waypoints} />}
    </form>
  )
}

function Waypoints({ waypoints }: { waypoints: { at: string; lat: number; lon: number }[] }): ReactNode {
  return (
    <section aria-label="Waypoints" className="panel p-5">
      <h2 className="mb-2 font-semibold">
        Waypoints <span className="font-normal text-muted">{waypoints.length}</span>
      </h2>
      <ol className="max-h-72 divide-y divide-line overflow-y-auto">
        {waypoints.toReversed().map(({ at, lat, lon }) => (
          <li key={at} className="flex justify-between gap-4 py-1.5">
            <span className="font-mono text-[0.8125rem]">
              {lat}, {lon}
            </span>
            <span className="text-muted">
              <TimeAgo at={at} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
