import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMqttApi } from './mqtt-api.ts'
import type { MqttApi } from './mqtt-api.ts'

const run = promisify(execFile)

let mqtt: MqttApi
let broker: string[]

beforeAll(async () => {
  mqtt = await startMqttApi()
  const { hostname, port } = new URL(mqtt.url)
  broker = ['-h', hostname, '-p', port]
})
afterAll(() => mqtt[Symbol.asyncDispose]())

async function isThere(command: string, line: string[]): Promise<boolean> {
  return run(command, line).then(
    () => true,
    (error: { code: unknown; stderr: string }) =>
      error.code !== 'ENOENT' && !error.stderr.includes('ModuleNotFoundError'),
  )
}
const flow = { id: 'flow', current_value: '5' }

test('mosquitto_pub stores values, with the key as user name or in front of the topic', async ({ skip }) => {
  if (!(await isThere('mosquitto_pub', ['--help']))) skip('mosquitto_pub is not installed on this machine')
  const id = await mqtt.makeFeed(mqtt.api.home)
  const key = mqtt.api.home.masterKey
  const publish = (...line: string[]) => run('mosquitto_pub', [...broker, ...line])
  await publish(
    '-q',
    '1',
    '-u',
    key,
    '-t',
    `/v2/feeds/${id}.json`,
    '-m',
    '{"datastreams":[{"id":"t","current_value":"21.5"}]}',
  )
  await publish('-q', '2', '-u', key, '-P', 'ignored', '-t', `sluice/${id}/t`, '-m', '22')
  await publish('-q', '1', '-t', `${key}/sluice/${id}/t`, '-m', '23', '-r')
  await publish('-q', '1', '-V', 'mqttv31', '-u', key, '-t', `sluice/${id}/t`, '-m', '24')
  expect(await mqtt.values(id)).toEqual(['t 21.5', 't 22', 't 23', 't 24'])
  await expect(publish('-u', 'slc_none', '-t', `sluice/${id}/t`, '-m', '1')).rejects.toMatchObject({
    stderr: expect.stringContaining('refused'),
  })
})

test('mosquitto_sub gets the state, then each update, then ends', async ({ skip }) => {
  if (!(await isThere('mosquitto_sub', ['--help']))) skip('mosquitto_sub is not installed on this machine')
  const id = await mqtt.makeFeed(mqtt.api.home, [flow])
  const topics = ['-t', `sluice/${id}/flow`, '-t', `/v2/feeds/${id}/datastreams/flow.json`]
  const line = [...broker, '-u', mqtt.api.home.masterKey, '-q', '1', ...topics, '-C', '4', '-F', '%t %q %r %p']
  const child = spawn('mosquitto_sub', line, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface(child.stdout).on('line', (text) => lines.push(text))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await expect.poll(() => lines).toHaveLength(2)
  await mqtt.put(`/v2/feeds/${id}/datastreams/flow`, { current_value: 6 })
  expect(await ended).toBe(0)
  await expect.poll(() => lines).toHaveLength(4)
  expect(lines.filter((text) => text.startsWith('sluice'))).toEqual([
    `sluice/${id}/flow 0 0 5`,
    `sluice/${id}/flow 0 0 6`,
  ])
  expect(lines.filter((text) => text.includes('"current_value":"6"'))).toHaveLength(1)
})

/** Publishes, subscribes, comes back to its session and says what it was told, line by line. */
const PAHO = `
import json, sys
import paho.mqtt.client as paho
host, port, key, feed = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
topic = 'sluice/' + feed + '/flow'

def open_client():
    client = paho.Client('paho', clean_session=False)
    client.username_pw_set(key)
    client.on_connect = lambda c, data, flags, code: print('connected', code, flags['session present'], flush=True)
    client.on_subscribe = lambda c, data, mid, granted: print('granted', *granted, flush=True)
    client.on_message = lambda c, data, message: print('message', message.topic, message.payload.decode(), flush=True)
    client.connect(host, port)
    client.loop_start()
    return client

client = open_client()
client.subscribe([(topic, 1), ('#', 0), ('sluice/refused', 2)])
sys.stdin.readline()
client.publish(topic, '6', qos=1).wait_for_publish()
client.publish('sluice/999999/flow', '7', qos=2).wait_for_publish()
sys.stdin.readline()
client.loop_stop()
client.disconnect()
client = open_client()
sys.stdin.readline()
client.loop_stop()
`

test('paho publishes, subscribes, learns of refusals, and comes back to its session', async ({ skip }) => {
  if (!(await isThere('/usr/bin/python3', ['-c', 'import paho.mqtt.client'])))
    skip('python3-paho-mqtt is not installed on this machine')
  const id = await mqtt.makeFeed(mqtt.api.home, [flow])
  const { hostname, port } = new URL(mqtt.url)
  const line = ['-c', PAHO, hostname, port, mqtt.api.home.masterKey, String(id)]
  const child = spawn('/usr/bin/python3', line, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface(child.stdout).on('line', (text) => lines.push(text))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const topic = `sluice/${id}/flow`
  await expect
    .poll(() => lines, { timeout: 10_000 })
    .toEqual(['connected 0 0', 'granted 0 128 0', `message ${topic} 5`])
  child.stdin.write('\n')
  await expect.poll(() => lines.slice(3)).toHaveLength(2)
  expect(lines[3]).toBe(`message ${topic} 6`)
  expect(lines[4]).toMatch(/^message sluice\/refused \{"topic":"sluice\/999999\/flow","status":404,/)
  child.stdin.write('\n')
  await expect.poll(() => lines.slice(5)).toEqual(['connected 0 1', `message ${topic} 6`])
  child.stdin.write('\n')
  expect(await ended).toBe(0)
  expect(await mqtt.values(id)).toEqual(['flow 5', 'flow 6'])
})
