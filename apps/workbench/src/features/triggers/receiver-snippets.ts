export type ReceiverSnippet = { id: string; label: string; note: string; code: string }

type Parts = {
  /** scheme and authority of this server, no trailing slash */
  publicUrl: string
  /** `form` bodies carry the JSON in a form field, as API v2 sent it */
  format: 'form' | 'json'
}

/** Complete receivers that check the signature of a delivery (Standard Webhooks), and a way to try them on this desk. */
export function receiverSnippets({ publicUrl, format }: Parts): ReceiverSnippet[] {
  return [
    // the library parses what it checked as JSON, which a form is not
    ...(format === 'json'
      ? [
          {
            id: 'node-library',
            label: 'Node',
            note: 'npm install standardwebhooks, saved as receive.mjs.',
            code: NODE_LIBRARY,
          },
          {
            id: 'python-library',
            label: 'Python',
            note: 'pip install standardwebhooks, saved as receive.py.',
            code: PYTHON_LIBRARY,
          },
        ]
      : [{ id: 'python', label: 'Python', note: 'Python 3, nothing to install.', code: PYTHON_FORM }]),
    {
      id: 'node-crypto',
      label: 'Node, nothing to install',
      note: 'Node 18 or newer, saved as receive.mjs.',
      code: nodeCrypto(format),
    },
    {
      id: 'listen',
      label: 'On my machine',
      note: 'Forwards every firing of this account to a program here, also from behind a router; the endpoints get theirs as before. Signed with a secret of the run, which it prints. From a folder of Sluice: npm run sluice -- listen …',
      code: listenCommand(publicUrl),
    },
  ]
}

export function listenCommand(publicUrl: string): string {
  return `SLUICE_URL=${publicUrl} SLUICE_KEY=YOUR_API_KEY \\
  sluice listen --forward-to http://localhost:3000`
}

const NODE_LIBRARY = `import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

const webhook = new Webhook(process.env.SLUICE_SECRET) // whsec_…

createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  try {
    const { data } = webhook.verify(body, request.headers)
    console.log(data.rule, data.datastream.value)
    response.writeHead(204).end() // any 2xx within 15 seconds: delivered
  } catch {
    response.writeHead(401).end()
  }
}).listen(3000)`

const PYTHON_LIBRARY = `import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["SLUICE_SECRET"])  # whsec_…

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            data = webhook.verify(body, headers)["data"]
            print(data["rule"], data["datastream"]["value"])
            self.send_response(204)  # any 2xx within 15 seconds: delivered
        except WebhookVerificationError:
            self.send_response(401)
        self.end_headers()

HTTPServer(("", 3000), Receiver).serve_forever()`

const PYTHON_FORM = `import base64, hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

secret = base64.b64decode(os.environ["SLUICE_SECRET"].removeprefix("whsec_"))

def is_genuine(headers, body):
    sent = headers["webhook-timestamp"] or "0"
    if abs(time.time() - int(sent)) > 300:
        return False
    signed = f"{headers['webhook-id']}.{sent}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    given = (headers["webhook-signature"] or "").split(" ")
    return any(hmac.compare_digest(expected, one) for one in given)

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if is_genuine(self.headers, body):
            print(json.loads(parse_qs(body.decode())["body"][0]))
            self.send_response(204)  # any 2xx within 15 seconds: delivered
        else:
            self.send_response(401)
        self.end_headers()

HTTPServer(("", 3000), Receiver).serve_forever()`

function nodeCrypto(format: Parts['format']): string {
  const parsed = format === 'json' ? 'JSON.parse(body)' : "JSON.parse(new URLSearchParams(body).get('body'))"
  return `import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const secret = Buffer.from(process.env.SLUICE_SECRET.replace('whsec_', ''), 'base64')

function isGenuine(headers, body) {
  const sent = headers['webhook-timestamp']
  if (!(Math.abs(Date.now() / 1000 - Number(sent)) < 300)) return false
  const signed = \`\${headers['webhook-id']}.\${sent}.\${body}\`
  const expected = Buffer.from(\`v1,\${createHmac('sha256', secret).update(signed).digest('base64')}\`)
  return String(headers['webhook-signature'])
    .split(' ')
    .some((one) => one.length === expected.length && timingSafeEqual(Buffer.from(one), expected))
}

createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end()
  console.log(${parsed})
  response.writeHead(204).end() // any 2xx within 15 seconds: delivered
}).listen(3000)`
}
