import { expect, test } from 'vitest'
import { channelErrors, channelWrite, formOf, splitTags } from './channel-form.ts'

const form = { ...formOf(undefined), id: 'temp' }

test.each([
  { name: 'no id', change: { id: '' }, field: 'id' },
  { name: 'a space in the id', change: { id: 'room temp' }, field: 'id' },
  { name: 'a slash in the id', change: { id: 'a/b' }, field: 'id' },
  { name: 'an id of dots', change: { id: '..' }, field: 'id' },
  { name: 'an id that is taken', change: { id: 'humidity' }, field: 'id' },
  { name: 'an id that is too long', change: { id: 'x'.repeat(129) }, field: 'id' },
  { name: 'a value that is too long', change: { value: 'x'.repeat(256) }, field: 'value' },
  { name: 'tags that are too long', change: { tags: 'x'.repeat(256) }, field: 'tags' },
])('$name is an error of $field', ({ change, field }) => {
  expect(Object.keys(channelErrors({ ...form, ...change }, ['humidity']))).toEqual([field])
})

test.each(['temp', 'Größe', 'room.temp-1+x', '温度'])('%s is a fine id', (id) => {
  expect(channelErrors({ ...form, id }, [])).toEqual({})
})

test('a value keeps its digits, an empty one is not written', () => {
  const unit = { label: 'Celsius', symbol: '°C', type: 'derivedSI' }
  expect(channelWrite({ ...form, ...unit, tags: 'a, b', value: ' 20.50 ' })).toEqual({
    id: 'temp',
    tags: ['a', 'b'],
    unit: { label: 'Celsius', symbol: '°C', type: 'derivedSI' },
    current_value: '20.50',
  })
  expect(channelWrite(form)).toEqual({ id: 'temp', tags: [], unit: { label: '', symbol: '' } })
})

test('tags are split at commas, trimmed, and come once', () => {
  expect(splitTags(' greenhouse, north ,,greenhouse')).toEqual(['greenhouse', 'north'])
})
