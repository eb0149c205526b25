import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { curlCommand } from './curl.ts'

const entry = {
  method: 'PUT',
  path: '/v2/feeds/1977.json?key=slc_…Xk3f&pretty=1',
  request_headers: {
    Host: 'localhost:8080',
    'X-ApiKey': 'slc_…Xk3f',
    'Content-Type': 'text/plain',
    'Content-Length': '9',
  },
  request_body: '{"a":1}',
}

test('a request becomes a command with a variable in place of the key', () => {
  expect(curlCommand(entry, 'http://localhost:8080')).toBe(`curl --request PUT \\
  --header "X-ApiKey: $SLUICE_KEY" \\
  --header 'Content-Type: text/plain' \\
  --data-binary '{"a":1}' \\
  'http://localhost:8080/v2/feeds/1977.json?pretty=1'`)
})

test.each(["it's", '$(rm -rf /)', '`id`', 'two\nlines', String.raw`back\slash"quote`])(
  'a shell passes the body %j on as it is',
  (request_body) => {
    const command = curlCommand({ ...entry, request_body }, 'http://localhost:8080').replace('curl', 'show')
    const script = `show() { while [ $# -gt 0 ]; do [ "$1" = --data-binary ] && printf %s "$2"; shift; done; }\n${command}`
    expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(request_body)
  },
)
