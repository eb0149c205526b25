import { expect, test } from 'vitest'
import { locationErrors, locationForm, locationWrite, placed, positionOf } from './location-form.ts'

const empty = locationForm(undefined)

test.each([
  { name: 'nothing', change: {}, fields: [] },
  { name: 'a place', change: { lat: '52.52', lon: '13.405', ele: '34.0' }, fields: [] },
  { name: 'a latitude too far', change: { lat: '90.01', lon: '0' }, fields: ['lat'] },
  { name: 'a longitude too far', change: { lat: '0', lon: '-181' }, fields: ['lon'] },
  { name: 'half a place', change: { lat: '52.5' }, fields: ['lon'] },
  { name: 'words', change: { lat: 'north', lon: '13', ele: 'high' }, fields: ['lat', 'ele'] },
])('$name: errors of $fields', ({ change, fields }) => {
  expect(Object.keys(locationErrors({ ...empty, ...change }))).toEqual(fields)
})

test('what was read is written back, the elevation with its digits', () => {
  const location = {
    name: 'Roof',
    domain: 'physical',
    disposition: 'fixed',
    exposure: 'outdoor',
    lat: 52.52,
    lon: 13.405,
    ele: '34.0',
  } as const
  expect(locationWrite(locationForm(location))).toEqual(location)
})

test.each([
  { at: { lat: 52.5200066, lng: 13.404954 }, lat: '52.52001', lon: '13.40495' },
  { at: { lat: 10, lng: 190 }, lat: '10', lon: '-170' },
  { at: { lat: 95, lng: -540 }, lat: '90', lon: '-180' },
])('a click at $at is $lat, $lon', ({ at, lat, lon }) => {
  expect(placed(empty, at)).toMatchObject({ lat, lon })
})

test.each([
  { lat: '52.5', lon: '13.4', position: { lat: 52.5, lng: 13.4 } },
  { lat: '0', lon: '0', position: { lat: 0, lng: 0 } },
  { lat: '', lon: '', position: null },
  { lat: '91', lon: '0', position: null },
])('$lat, $lon is shown at $position', ({ lat, lon, position }) => {
  expect(positionOf({ ...empty, lat, lon })).toEqual(position)
})
