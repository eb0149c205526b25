export type SnippetParts = {
  /** scheme and authority of the server, no trailing slash */
  publicUrl: string
  feedId: number
  /** the key in clear, or a placeholder */
  key: string
  /** numeric id of the key, which WAMP calls authid, or a placeholder */
  keyId: string
  realm: string
  wampUrl: string
  /** `mqtt://host:port`, null where the server does not listen for MQTT */
  mqttUrl: string | null
}
export type Snippet = { id: string; label: string; note: string; code: string }

/** What the snippets send. */
export const EXAMPLE = { channel: 'temperature', value: '21.5' }
/** In place of the key while it is not shown: it cannot be taken for one. */
export const KEY_PLACEHOLDER = 'YOUR_API_KEY'

/** Complete programs that send one value, ready to paste and run. */
export function snippets(parts: SnippetParts): Snippet[] {
  return [
    { id: 'curl', label: 'curl', note: 'Paste into a terminal.', code: curl(parts) },
    { id: 'python', label: 'Python', note: 'Python 3, nothing to install.', code: python(parts) },
    { id: 'arduino', label: 'Arduino', note: 'ESP32 or ESP8266 board with Wi-Fi.', code: arduino(parts) },
    { id: 'node', label: 'Node', note: 'Node 18 or newer, saved as send.mjs.', code: node(parts) },
    ...(parts.mqttUrl === null
      ? []
      : [{ id: 'mosquitto', label: 'mosquitto', note: MOSQUITTO_NOTE, code: mosquitto(parts, parts.mqttUrl) }]),
    {
      id: 'wamp-python',
      label: 'WAMP · Python',
      note: 'Over the message bus: pip install autobahn',
      code: wampPython(parts),
    },
    {
      id: 'wamp-js',
      label: 'WAMP · JavaScript',
      note: 'Over the message bus: npm install autobahn, saved as send.mjs.',
      code: wampJs(parts),
    },
  ]
}

const { channel, value } = EXAMPLE
const feedUrl = ({ publicUrl, feedId }: SnippetParts): string => `${publicUrl}/v2/feeds/${feedId}`
const BODY = `{"version":"1.0.0","datastreams":[{"id":"${channel}","current_value":"${value}"}]}`

function curl(parts: SnippetParts): string {
  return `curl --request PUT \\
  --header 'X-ApiKey: ${parts.key}' \\
  --data '${BODY}' \\
  '${feedUrl(parts)}'`
}

function python(parts: SnippetParts): string {
  return `import json
import urllib.request

request = urllib.request.Request(
    "${feedUrl(parts)}",
    method="PUT",
    headers={"X-ApiKey": "${parts.key}", "Content-Type": "application/json"},
    data=json.dumps({
        "version": "1.0.0",
        "datastreams": [{"id": "${channel}", "current_value": "${value}"}],
    }).encode(),
)
print(urllib.request.urlopen(request).status)`
}

const arduino = (parts: SnippetParts): string => arduinoSketch({ url: feedUrl(parts), key: parts.key, body: BODY })

/** A sketch for ESP32 and ESP8266 boards that sends a body to an address with PUT, every ten seconds. */
export function arduinoSketch({ url: address, key, body }: { url: string; key: string; body: string }): string {
  const { hostname, protocol } = new URL(address)
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  const hint = loopback ? `\n// ${hostname} is this computer: a board needs its address in your network instead` : ''
  return `#ifdef ESP8266
#include <ESP8266WiFi.h>
#include <ESP8266HTTPClient.h>
#else
#include <WiFi.h>
#include <HTTPClient.h>
#endif${protocol === 'https:' ? '\n#include <WiFiClientSecure.h>' : ''}
${hint}
const char* URL = "${address}";
const char* API_KEY = "${key}";
const char* BODY = R"(${body})";

void setup() {
  Serial.begin(115200);
  WiFi.begin("YOUR_WIFI", "YOUR_WIFI_PASSWORD");
  while (WiFi.status() != WL_CONNECTED) delay(200);
}

void loop() {
  ${protocol === 'https:' ? 'WiFiClientSecure client;\n  client.setInsecure();  // encrypts, but does not check who answers' : 'WiFiClient client;'}
  HTTPClient http;
  http.begin(client, URL);
  http.addHeader("X-ApiKey", API_KEY);
  int status = http.PUT(BODY);
  Serial.println(status);
  http.end();
  delay(10000);
}`
}

function node(parts: SnippetParts): string {
  return `const response = await fetch('${feedUrl(parts)}', {
  method: 'PUT',
  headers: { 'X-ApiKey': '${parts.key}' },
  body: JSON.stringify({
    version: '1.0.0',
    datastreams: [{ id: '${channel}', current_value: '${value}' }],
  }),
})
console.log(response.status)`
}

const MOSQUITTO_NOTE = 'MQTT 3.1.1, with the command of the package mosquitto-clients.'

function mosquitto({ feedId, key }: SnippetParts, mqttUrl: string): string {
  return `mosquitto_pub ${mosquittoHost(mqttUrl)} -q 1 \\
  -u '${key}' \\
  -t '/v2/feeds/${feedId}.csv' -m '${channel},${value}'`
}

/** Where the commands of mosquitto-clients connect. */
export function mosquittoHost(mqttUrl: string): string {
  const { hostname, port } = new URL(mqttUrl)
  return `-h ${hostname.replace(/^\[|\]$/g, '')} -p ${port}`
}

function wampPython(parts: SnippetParts): string {
  // not autobahn's Component: the version that Debian has does not run it on its Python
  return `import asyncio
from autobahn.asyncio.wamp import ApplicationRunner, ApplicationSession

class Sender(ApplicationSession):
    def onConnect(self):
        self.join("${parts.realm}", ["ticket"], "${parts.keyId}")

    def onChallenge(self, challenge):
        return "${parts.key}"

    async def onJoin(self, details):
        point = {"datastream": "${channel}", "value": "${value}"}
        print(await self.call("sluice.datapoints.append", ${parts.feedId}, [point]))
        self.leave()

    def onDisconnect(self):
        asyncio.get_event_loop().stop()

ApplicationRunner("${parts.wampUrl}", "${parts.realm}").run(Sender)`
}

function wampJs(parts: SnippetParts): string {
  return `import autobahn from 'autobahn'

const connection = new autobahn.Connection({
  url: '${parts.wampUrl}',
  realm: '${parts.realm}',
  authmethods: ['ticket'],
  authid: '${parts.keyId}',
  onchallenge: () => '${parts.key}',
})
connection.onopen = async (session) => {
  const point = { datastream: '${channel}', value: '${value}' }
  console.log(await session.call('sluice.datapoints.append', [${parts.feedId}, [point]]))
  connection.close()
}
connection.open()`
}
