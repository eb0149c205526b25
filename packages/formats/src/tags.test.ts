import { expect, test } from 'vitest'
import { readTags, sortTags, splitTags } from './tags.ts'

test.each([
  { text: 'a,b', tags: ['a', 'b'] },
  { text: ' a ,, b ', tags: ['a', 'b'] },
  { text: '"red, dark",blue', tags: ['red, dark', 'blue'] },
  { text: '"  I like space  "', tags: ['  I like space  '] },
  { text: 'say \\"hi\\"', tags: ['say "hi"'] },
  { text: '"unclosed, quote', tags: ['unclosed, quote'] },
  { text: '', tags: [] },
])('$text is $tags', ({ text, tags }) => {
  expect(splitTags(text)).toEqual(tags)
})

test('the vendor example comes out sorted without regard to case', () => {
  const tags = splitTags('apple, orange, "red room", "  I like space  ", "tennis, later"')
  expect(sortTags(tags)).toEqual(['  I like space  ', 'apple', 'orange', 'red room', 'tennis, later'])
  expect(sortTags(['b', 'A', 'b', 'C'])).toEqual(['A', 'b', 'C'])
})

test.each([
  { input: ['b', '', 'a'], tags: ['a', 'b'], problems: [] },
  { input: [1, 'x'], tags: ['1', 'x'], problems: [] },
  { input: null, tags: undefined, problems: [] },
  { input: 'x'.repeat(255), tags: ['x'.repeat(255)], problems: [] },
  {
    input: ['x'.repeat(200), 'y'.repeat(55)],
    tags: undefined,
    problems: ['tags is too long (maximum is 255 characters)'],
  },
  { input: { a: 1 }, tags: undefined, problems: ['tags must be a string'] },
])('tags $input', ({ input, tags, problems }) => {
  const found: string[] = []
  expect(readTags(input, 'tags', found)).toEqual(tags)
  expect(found).toEqual(problems)
})
