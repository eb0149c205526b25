import { connect } from 'node:net'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { serve } from './serve.ts'

describe('health', () => {
  test('alive and ready, with details for this machine only', async () => {
    await using served = await serve()
    const { url } = served.api
    expect(await (await fetch(`${url}/livez`)).json()).toEqual({ status: 'alive' })
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', checks: { postgres: expect.stringMatching(/^ok/), queue: 'ok', process: 'ok' } },
    ])
    const outside = await fetch(`${url}/readyz`, { headers: { 'X-Forwarded-For': '203.0.113.9' } })
    expect(await outside.json()).toEqual({ status: 'ready' })
  })

  test('without Postgres it is alive but not ready, and answers 503 in time', async () => {
    await using served = await serve()
    const { url } = served.api
    await served.db.close()
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 5000 }).toBe(503)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
  })

  test('metrics have bounded labels, and are for this machine only', async () => {
    await using served = await serve()
    const { url } = served.api
    const headers = { 'X-ApiKey': served.first.apiKey }
    for (const id of [1, 2, 3, 4]) await fetch(`${url}/v2/feeds/${id}`, { headers })
    for (const path of ['/v2/x', '/v2/y/z', '/wp-admin.php']) await fetch(`${url}${path}`)
    const body = '{"title":"A","datastreams":[{"id":"t","current_value":"1","at":"2026-01-01T00:00:00Z"}]}'
    const made = await fetch(`${url}/v2/feeds`, { method: 'POST', headers, body })
    await fetch(made.headers.get('location') ?? '', { method: 'PUT', headers, body })
    const text = await (await fetch(`${url}/metrics`)).text()
    const count = 'http_server_request_duration_seconds_count'
    expect(text).toContain(`${count}{method="GET",route="/v2/feeds/:feedId",status="404"} 4\n`)
    expect(text).toContain(`${count}{method="GET",route="none",status="404"} 3\n`)
    for (const name of [
      'ingest_queue_datapoints 0',
      'ingest_queue_bytes 0',
      'postgres_pool_waiting 0',
      'durability_mode ',
      'group_commit_batch_size_bucket',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'ingest_ack_seconds_bucket',
      'ingest_datapoints_total{protocol="http",result="stored"} 1\n',
      'ingest_datapoints_total{protocol="http",result="duplicate"} 1\n',
    ]) {
      expect(text).toContain(name)
    }
    const outside = await fetch(`${url}/metrics`, { headers: { Forwarded: 'for=203.0.113.9' } })
    expect(outside.status).toBe(404)
  })
})

describe('drain', () => {
  test('finishes what is under way, takes nothing new, and leaves no listener', async () => {
    const served = await serve()
    const { port, url } = served.api
    const body = '{"title":"Late"}'
    const head = `POST /v2/feeds HTTP/1.1\r\nHost: x\r\nX-ApiKey: ${served.first.apiKey}\r\n`
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => (answer += String(chunk)))
    const closed = new Promise((resolve) => socket.on('close', resolve))
    const silent = connect(port, '127.0.0.1').on('error', () => {})
    const silentClosed = new Promise((resolve) => silent.on('close', resolve))
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`)
    await expect.poll(async () => (await fetch(`${url}/livez`)).status).toBe(200)
    const drained = served.api.drain()
    await silentClosed
    await expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed')
    socket.write(body.slice(5))
    await closed
    expect(answer).toMatch(/^HTTP\/1\.1 201 /)
    expect(answer).toContain('Connection: close')
    await drained
    await served[Symbol.asyncDispose]()
  })

  test('is not ready while it waits for balancers to notice', async () => {
    const served = await serve({ env: { SLUICE_DRAIN_DELAY_S: '2' } })
    const drained = served.api.drain()
    const ready = await fetch(`${served.api.url}/readyz`)
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close'])
    await drained
    await served[Symbol.asyncDispose]()
  })
})

describe('pages', () => {
  test('the workbench, its files and its own paths, and nothing else of the disk', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-pages-'))
    await mkdir(join(dir, 'assets'))
    await writeFile(join(dir, 'index.html'), '<!doctype html><title>Workbench</title>')
    await writeFile(join(dir, 'assets', 'index-BxK3f9aZ.js'), 'export {}')
    await writeFile(join(dir, '.env'), 'SECRET=1')
    await writeFile(join(dir, 'favicon.svg'), '<svg/>')
    await using served = await serve({ workbenchDir: dir })
    await rm(dir, { recursive: true })
    const { url } = served.api
    const get = async (path: string): Promise<[number, string | null, string | null]> => {
      const answer = await fetch(`${url}${path}`)
      await answer.text()
      return [answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]
    }
    const page = [200, 'text/html; charset=utf-8', 'no-cache']
    for (const path of ['/', '/devices/1', '/sign-in?token=x', '/settings', '/index.html']) {
      expect([path, await get(path)]).toEqual([path, page])
    }
    const immutable = 'public, max-age=31536000, immutable'
    expect(await get('/assets/index-BxK3f9aZ.js')).toEqual([200, 'text/javascript; charset=utf-8', immutable])
    expect(await get('/favicon.svg')).toEqual([200, 'image/svg+xml', 'no-cache'])
    for (const path of ['/.env', '/assets/%2e%2e/.env', '/assets/missing.js', '/v2/devices/x/y', '/..%2f.env.txt']) {
      expect([path, (await get(path))[0]]).toEqual([path, 404])
    }
    const answer = await fetch(`${url}/`)
    expect(answer.headers.get('content-security-policy')).toContain(`connect-src 'self' ws://${new URL(url).host}`)
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe')
    const again = await fetch(`${url}/`, { headers: { 'If-None-Match': answer.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
    expect((await fetch(`${url}/`, { method: 'POST' })).status).toBe(404)
    expect(await (await fetch(`${url}/`, { method: 'HEAD' })).text()).toBe('')
  })

  test('without a built workbench there is a plain page', async () => {
    await using served = await serve()
    expect(await (await fetch(`${served.api.url}/`)).text()).toContain('The API is at')
  })
})
