// The whole platform in one process: what `npm start` runs.
import { run } from '@sluice/service'
import { startCloud } from './cloud.ts'
import { CloudConfig } from './config.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

await run(
  { name: 'sluice', config: CloudConfig, logLevel: (config) => config.SLUICE_LOG_LEVEL },
  async (config, { logger, stopped }) => {
    await using cloud = await startCloud(config, { logger, say })
    const { url, signInLink, mqtt, sockets } = cloud.api
    for (const problem of cloud.durabilityProblems)
      say(`This database is NOT DURABLE: ${problem}. An answer does not mean stored`)
    for (const { problem } of [mqtt, sockets]) if (problem !== null) say(problem)
    const named = { MQTT: mqtt.url, sockets: sockets.url }
    const more = Object.entries(named).map(([name, at]) => (at === null ? '' : `   ${name} ${at}`))
    say(`Sluice is ready: ${url}   API v2 ${url}/v2   WAMP ${url.replace(/^http/, 'ws')}/ws${more.join('')}`)
    if (signInLink !== null) say(`Sign in, once and within an hour: ${signInLink}`)
    await stopped
    await cloud.drain()
  },
)
