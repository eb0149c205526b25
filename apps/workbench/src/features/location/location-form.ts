import type { LocationDocument } from '@sluice/model'
import { DISPOSITIONS, DOMAINS, EXPOSURES } from '@sluice/model'

/** A location as text fields have it; empty means not stated. */
export type LocationForm = {
  name: string
  lat: string
  lon: string
  ele: string
  exposure: string
  disposition: string
  domain: string
}

export function locationForm(location: LocationDocument | undefined): LocationForm {
  return {
    name: location?.name ?? '',
    lat: location?.lat === undefined ? '' : String(location.lat),
    lon: location?.lon === undefined ? '' : String(location.lon),
    ele: location?.ele ?? '',
    exposure: location?.exposure ?? '',
    disposition: location?.disposition ?? '',
    domain: location?.domain ?? 'physical',
  }
}

export type LocationErrors = Partial<Record<'lat' | 'lon' | 'ele', string>>

export function locationErrors(form: LocationForm): LocationErrors {
  const lat = degreesError(form.lat, 90)
  const lon = degreesError(form.lon, 180)
  const isHalf = (form.lat.trim() === '') !== (form.lon.trim() === '')
  return {
    ...(lat === null ? {} : { lat }),
    ...(lon === null ? {} : { lon }),
    ...(isHalf && lat === null && lon === null
      ? { [form.lat.trim() === '' ? 'lat' : 'lon']: 'Latitude and longitude belong together.' }
      : {}),
    ...(form.ele.trim() === '' || Number.isFinite(Number(form.ele)) ? {} : { ele: 'Metres, as a number.' }),
  }
}

function degreesError(text: string, most: number): string | null {
  if (text.trim() === '') return null
  const degrees = Number(text)
  return Number.isFinite(degrees) && Math.abs(degrees) <= most ? null : `A number from -${most} to ${most}.`
}

/** What a valid form writes: stated members only. */
export function locationWrite(form: LocationForm): LocationDocument {
  const disposition = DISPOSITIONS.find((word) => word === form.disposition)
  const exposure = EXPOSURES.find((word) => word === form.exposure)
  const domain = DOMAINS.find((word) => word === form.domain)
  return {
    name: form.name.trim(),
    ele: form.ele.trim(),
    ...(disposition === undefined ? {} : { disposition }),
    ...(exposure === undefined ? {} : { exposure }),
    ...(domain === undefined ? {} : { domain }),
    ...(form.lat.trim() === '' ? {} : { lat: Number(form.lat), lon: Number(form.lon) }),
  }
}

/** Degrees as a click on the map gives them: a metre is fine enough, and longitudes wrap around. */
export function placed(form: LocationForm, at: { lat: number; lng: number }): LocationForm {
  const lon = ((((at.lng + 180) % 360) + 360) % 360) - 180
  return { ...form, lat: String(rounded(Math.max(-90, Math.min(90, at.lat)))), lon: String(rounded(lon)) }
}

const rounded = (degrees: number): number => Math.round(degrees * 1e5) / 1e5

/** The place of a form, null where it is not a valid one. */
export function positionOf({ lat, lon }: Pick<LocationForm, 'lat' | 'lon'>): { lat: number; lng: number } | null {
  const isStated = lat.trim() !== '' && lon.trim() !== ''
  const isValid = degreesError(lat, 90) === null && degreesError(lon, 180) === null
  return isStated && isValid ? { lat: Number(lat), lng: Number(lon) } : null
}
