import { arduinoSketch } from '../first-value/snippets.ts'
import type { Snippet } from '../first-value/snippets.ts'
import { shellQuoted } from '../requests/curl.ts'
import { exampleRequest } from './example-request.ts'
import type { ExampleRequest, SnippetInput } from './example-request.ts'
import { JAVASCRIPT, JSON_TEXT, PYTHON, literal } from './literal.ts'
import { mqttSnippet, socketSnippets } from './wire-snippets.ts'

/**
 * An operation in every language that can call it, filled in. None for what only a person may do who is signed in: no
 * program has that session.
 */
export function operationSnippets(input: SnippetInput): Snippet[] {
  const { operation, parts } = input
  if (operation.caller === 'owner') return []
  const request = exampleRequest(input)
  const isWrite = /^put_feeds_feedId(?:_datastreams_datastreamId)?$/.test(operation.id)
  return [
    { id: 'curl', label: 'curl', note: 'Paste into a terminal.', code: curl(request) },
    { id: 'javascript', label: 'JavaScript', note: 'Browsers, and Node 18 or newer.', code: javascript(request) },
    { id: 'python', label: 'Python', note: 'Python 3: pip install requests', code: python(request) },
    ...(isWrite && request.body
      ? [
          {
            id: 'arduino',
            label: 'Arduino',
            note: 'ESP32 or ESP8266 board with Wi-Fi.',
            code: arduinoSketch({ url: request.url, key: parts.key, body: request.body.text }),
          },
        ]
      : []),
    ...mqttSnippet(input, request),
    ...socketSnippets(input, request),
  ]
}

function curl({ method, url, headers, body, answer }: ExampleRequest): string {
  const json = body === null || body.json === null ? null : literal(body.json, JSON_TEXT, { depth: 1 })
  return [
    `curl${method === 'GET' ? '' : ` --request ${method}`}`,
    ...headers.map(([name, value]) => `--header ${shellQuoted(`${name}: ${value}`)}`),
    ...(body === null ? [] : [`--data ${shellQuoted(json ?? body.text)}`]),
    ...(answer === 'png' ? ['--output graph.png'] : []),
    shellQuoted(url),
  ]
    .join(' \\\n  ')
    .replace(/^curl \\\n {2}/, 'curl ')
}

function javascript({ method, url, headers, body, answer }: ExampleRequest): string {
  const options = [
    ...(method === 'GET' ? [] : [`method: '${method}'`]),
    ...(headers.length === 0 ? [] : [`headers: ${literal(Object.fromEntries(headers), JAVASCRIPT, { depth: 1 })}`]),
    ...(body === null ? [] : [`body: ${jsBody(body)}`]),
  ].map((option) => `  ${option},\n`)
  const argument = options.length === 0 ? '' : `, {\n${options.join('')}}`
  return `const response = await fetch(${literal(url, JAVASCRIPT)}${argument})
${JS_READS[answer]}`
}

const jsBody = ({ text, json }: { text: string; json: unknown }): string =>
  json === null ? literal(text, JAVASCRIPT) : `JSON.stringify(${literal(json, JAVASCRIPT, { depth: 1 })})`

const JS_TEXT = 'console.log(response.status, await response.text())'
const JS_READS: Record<ExampleRequest['answer'], string> = {
  json: 'console.log(response.status, await response.json())',
  xml: JS_TEXT,
  csv: JS_TEXT,
  lines: JS_TEXT,
  png: "document.querySelector('img').src = URL.createObjectURL(await response.blob())",
  nothing: JS_TEXT,
}

function python({ method, url, headers, body, answer }: ExampleRequest): string {
  const values = [
    ...(headers.length === 0 ? [] : [`headers=${literal(Object.fromEntries(headers), PYTHON, { depth: 1 })}`]),
    ...(body === null ? [] : [body.json === null ? `data=${literal(body.text, PYTHON)}` : pythonJson(body.json)]),
  ].map((value) => `    ${value},\n`)
  return `import requests

response = requests.${method.toLowerCase()}(
    ${literal(url, PYTHON)},
${values.join('')})
${answer === 'png' ? 'open("graph.png", "wb").write(response.content)' : `print(response.status_code, response.${answer === 'json' ? 'json()' : 'text'})`}`
}

const pythonJson = (json: unknown): string => `json=${literal(json, PYTHON, { depth: 1 })}`
