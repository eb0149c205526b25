import { expect, test } from 'vitest'
import { BUFFERED_BYTES_MAX, Connection, HIGH_WATER_BYTES, UNANSWERED_MAX } from './connection.ts'
import type { Served, Wire } from './connection.ts'
import { parseMessage } from './messages.ts'

/** A connection whose requests are answered by hand, in any order. */
function open() {
  const sent: string[] = []
  const done: string[] = []
  const running = new Map<string, (served: Served) => void>()
  const wire: Wire & { bufferedBytes: number } = {
    address: '',
    bufferedBytes: 0,
    send: (text) => void sent.push(text),
    pause: () => void done.push('pause'),
    resume: () => void done.push('resume'),
    close: (reason) => void done.push(reason),
  }
  const connection = new Connection(wire, {
    serve: (_, { method, resource }) => new Promise((resolve) => running.set(`${method} ${resource}`, resolve)),
    catchUp: () => void done.push('catch up'),
    leave: () => void done.push('leave'),
    onOverrun: () => void done.push('overrun'),
  })
  return {
    connection,
    wire,
    sent,
    done,
    running: () => [...running.keys()],
    ask: (method: string, resource: string) => connection.receive(JSON.stringify({ method, resource }), parseMessage),
    async answer(request: string): Promise<void> {
      running.get(request)?.({ text: request })
      running.delete(request)
      await Promise.resolve()
    },
  }
}

test('requests of one method run side by side, another waits; answers keep the order', async () => {
  const { ask, answer, running, sent } = open()
  for (const resource of ['a', 'b']) ask('put', resource)
  ask('get', 'c')
  ask('put', 'd')
  expect(running()).toEqual(['PUT a', 'PUT b'])
  await answer('PUT b')
  expect([sent, running()]).toEqual([[], ['PUT a']])
  await answer('PUT a')
  expect([sent, running()]).toEqual([['PUT a', 'PUT b'], ['GET c']])
  await answer('GET c')
  expect(running()).toEqual(['PUT d'])
})

test.each(['delete', 'subscribe', 'unsubscribe'])('%s runs alone', async (method) => {
  const { ask, answer, running } = open()
  for (const resource of ['a', 'b']) ask(method, resource)
  const word = method.toUpperCase()
  expect(running()).toEqual([`${word} a`])
  await answer(`${word} a`)
  expect(running()).toEqual([`${word} b`])
})

test('what is no message is answered in its place', async () => {
  const { connection, ask, answer, sent } = open()
  ask('put', 'a')
  connection.refuse('nonsense')
  expect(sent).toEqual([])
  await answer('PUT a')
  expect(sent).toEqual(['PUT a', '{"body":"Syntax Error: nonsense","status":400}'])
})

test('with 64 messages unanswered it is not read, whatever they are', async () => {
  const { connection, ask, answer, done } = open()
  ask('put', 'a')
  for (let count = 2; count < UNANSWERED_MAX; count++) connection.refuse('nonsense')
  expect(done).toEqual([])
  ask('put', 'b')
  expect(done).toEqual(['pause'])
  await answer('PUT a')
  expect(done).toEqual(['pause', 'resume'])
})

test('with 1 MiB waiting to be sent nothing more is read or begun until it is gone', async () => {
  const { connection, wire, ask, running, done } = open()
  wire.bufferedBytes = HIGH_WATER_BYTES + 1
  ask('put', 'a')
  expect([connection.isCongested, running(), done]).toEqual([true, [], ['pause']])
  wire.bufferedBytes = 0
  connection.drained()
  expect([running(), done]).toEqual([['PUT a'], ['pause', 'catch up', 'resume']])
})

test('with 4 MiB waiting the next message ends it, and nothing is sent any more', async () => {
  const { connection, wire, ask, answer, running, sent, done } = open()
  ask('put', 'a')
  wire.bufferedBytes = BUFFERED_BYTES_MAX + 1
  connection.send('push')
  expect(done).toEqual(['overrun', 'leave', 'overrun'])
  ask('put', 'b')
  await answer('PUT a')
  expect([sent, running()]).toEqual([[], []])
})

test.each([
  { reason: 'done', answered: ['PUT a', 'GET b'] },
  { reason: 'going', answered: ['PUT a'] },
] as const)('an end that is $reason comes after $answered', async ({ reason, answered }) => {
  const { connection, ask, answer, sent, done } = open()
  ask('put', 'a')
  ask('get', 'b')
  connection.end(reason)
  ask('put', 'c')
  expect(done).toEqual([])
  for (const request of answered) await answer(request)
  expect([sent, done]).toEqual([answered, ['leave', reason]])
})
