import { setTimeout as pause } from 'node:timers/promises'
import { RawClient, idOf } from './raw-client.ts'

/** A load that runs until it is stopped. `count` is what it is about: calls answered, events or acknowledgements got. */
export interface Load {
  count(): number
  /** Time from each request to its answer, in ms; forgotten with each look. */
  takeLatencies(): number[]
  /** Waits for what is under way before it closes the connections: not every router survives the other order. */
  stop(): Promise<void>
}

export type LoadPlan =
  /** one caller and one callee; the argument of `bytes` bytes is given back */
  | { kind: 'calls'; inFlight: number; bytes: number }
  /** one publisher, who has acknowledgements; `inFlight` publications not yet received by all `subscribers` */
  | { kind: 'events'; inFlight: number; bytes: number; subscribers: number }
  /** as many subscribed patterns, of which one prefix and one wildcard match what is published */
  | { kind: 'patterns'; inFlight: number; patterns: number }

const PATTERNS_PER_SESSION = 500
const TOPICS = 1000
/** More than any number of publications in flight. */
const RING = 256

export function startLoad(port: number, plan: LoadPlan): Promise<Load> {
  if (plan.kind === 'calls') return startCalls(port, plan)
  return plan.kind === 'events' ? startEvents(port, plan) : startPatterns(port, plan)
}

async function startCalls(port: number, plan: Extract<LoadPlan, { kind: 'calls' }>): Promise<Load> {
  const [caller, callee] = [await RawClient.join(port), await RawClient.join(port)]
  const args = JSON.stringify(['x'.repeat(plan.bytes)])
  await callee.ask([64, 1, {}, 'bench.echo'], 65)
  await check(caller, callee, args)
  const watch = new Stopwatch()
  const flush = makeFlush(caller)
  let answered = 0
  const call = (): void => {
    const id = watch.start()
    if (id === 0) return
    caller.send(`[48,${id},{},"bench.echo",${args}]`)
    flush()
  }
  callee.onText = (bytes, start) => {
    callee.send(`[70,${idOf(bytes, start)},{},${args}]`)
    flushCallee()
  }
  const flushCallee = makeFlush(callee)
  caller.onText = (bytes, start, end) => {
    if (bytes[start + 1] !== 0x35 || end - start < plan.bytes) throw new Error(bytes.toString('latin1', start, end))
    answered += 1
    watch.ended(idOf(bytes, start))
    call()
  }
  for (let index = 0; index < plan.inFlight; index += 1) call()
  return {
    count: () => answered,
    takeLatencies: () => watch.take(),
    stop: () => watch.stop([caller, callee]),
  }
}

/** One call by hand: what the callee gets, and then the caller, is what was sent. */
async function check(caller: RawClient, callee: RawClient, args: string): Promise<void> {
  caller.send(`[48,1,{},"bench.echo",${args}]`)
  caller.flush()
  const [type, id, , , got] = await callee.next()
  callee.send(`[70,${String(id)},{},${args}]`)
  callee.flush()
  const [resultType, request, , result] = await caller.next()
  if (type !== 68 || JSON.stringify(got) !== args) throw new Error('the invocation is not the call')
  if (resultType !== 50 || request !== 1 || JSON.stringify(result) !== args) throw new Error('the result is not right')
}

async function startEvents(port: number, plan: Extract<LoadPlan, { kind: 'events' }>): Promise<Load> {
  const publisher = await RawClient.join(port)
  const subscribers: RawClient[] = []
  const args = JSON.stringify(['x'.repeat(plan.bytes)])
  const watch = new Stopwatch()
  const flush = makeFlush(publisher)
  /** how many have received the publication that is `index` modulo RING */
  const receivers = new Uint32Array(RING)
  let events = 0
  let completed = 0
  const publish = (): void => {
    const id = watch.start()
    if (id === 0) return
    publisher.send(`[16,${id},{"acknowledge":true},"bench.topic",${args}]`)
    flush()
  }
  for (let index = 0; index < plan.subscribers; index += 1) {
    const subscriber = await RawClient.join(port)
    await subscriber.ask([32, 1, {}, 'bench.topic'], 33)
    let own = 0
    subscriber.onText = (bytes, start, end) => {
      if (bytes[start + 1] !== 0x33 || end - start < plan.bytes) throw new Error(bytes.toString('latin1', start, end))
      events += 1
      const slot = own % RING
      own += 1
      receivers[slot] = (receivers[slot] ?? 0) + 1
      if (receivers[slot] < plan.subscribers) return
      receivers[slot] = 0
      completed += 1
      watch.ended(completed + 1)
      publish()
    }
    subscribers.push(subscriber)
  }
  publisher.onText = (bytes, start, end) => {
    if (bytes.toString('latin1', start, start + 4) !== '[17,') throw new Error(bytes.toString('latin1', start, end))
  }
  for (let index = 0; index < plan.inFlight; index += 1) publish()
  return {
    count: () => events,
    takeLatencies: () => watch.take(),
    stop: () => watch.stop([publisher, ...subscribers]),
  }
}

async function startPatterns(port: number, plan: Extract<LoadPlan, { kind: 'patterns' }>): Promise<Load> {
  const clients: RawClient[] = []
  for (let index = 0; index < plan.patterns - 2; index += PATTERNS_PER_SESSION) {
    const client = await RawClient.join(port)
    const count = Math.min(PATTERNS_PER_SESSION, plan.patterns - 2 - index)
    for (let number = index; number < index + count; number += 1) {
      const { match, topic } = patternOf(number)
      client.send(`[32,${number + 1},{"match":"${match}"},"${topic}"]`)
    }
    client.flush()
    for (let answers = 0; answers < count; answers += 1) {
      const answer = await client.next()
      if (answer[0] !== 33) throw new Error(`a subscription was answered ${JSON.stringify(answer)}`)
    }
    clients.push(client)
  }
  const subscriber = await RawClient.join(port)
  await subscriber.ask([32, 1, { match: 'prefix' }, 'bench.d'], 33)
  await subscriber.ask([32, 2, { match: 'wildcard' }, 'bench...value'], 33)
  const publisher = await RawClient.join(port)
  const flush = makeFlush(publisher)
  const watch = new Stopwatch()
  let events = 0
  let acknowledged = 0
  const publish = (): void => {
    const id = watch.start()
    if (id === 0) return
    const topic = topicOf(id % TOPICS)
    publisher.send(`[16,${id},{"acknowledge":true},"${topic}",["21.5"]]`)
    flush()
  }
  subscriber.onText = () => (events += 1)
  publisher.onText = (bytes, start, end) => {
    if (bytes.toString('latin1', start, start + 4) !== '[17,') throw new Error(bytes.toString('latin1', start, end))
    acknowledged += 1
    watch.ended(acknowledged + 1)
    // of two events each, all but those still on their way have come
    if (events < 2 * (acknowledged - 10 * plan.inFlight)) throw new Error(`${events} events of ${acknowledged}`)
    publish()
  }
  for (let index = 0; index < plan.inFlight; index += 1) publish()
  clients.push(subscriber, publisher)
  return {
    count: () => acknowledged,
    takeLatencies: () => watch.take(),
    stop: () => watch.stop(clients),
  }
}

function topicOf(number: number): string {
  return `bench.d${number}.w${(number * 7) % TOPICS}.value`
}

/** Patterns that nearly match the topics published: other lengths, other last components, devices beyond them. */
export function patternOf(number: number): { match: 'prefix' | 'wildcard'; topic: string } {
  const id = number >> 1
  const shape = (number >> 1) % 4
  if (number % 2 === 0) {
    const topics = [`bench.d${id}.x`, `bench.d${id}.w${id}.v1`, `other.d${id}.`, `bench.e${id}.w`]
    return { match: 'prefix', topic: topics[shape] ?? '' }
  }
  const topics = [`bench..w${id}.other`, `bench.d${id}..other`, `bench.d${id}.w${id}.`, `other.d${id}..value`]
  return { match: 'wildcard', topic: topics[shape] ?? '' }
}

/** Sends what all sockets brought in this turn as one write. */
function makeFlush(client: RawClient): () => void {
  let isDue = false
  const flush = (): void => {
    isDue = false
    client.flush()
  }
  return () => {
    if (isDue) return
    isDue = true
    setImmediate(flush)
  }
}

/** Requests with ids from 2 on, few of them open at a time: when they began, and whether there are to be more. */
class Stopwatch {
  readonly #startedAt = new Float64Array(RING)
  #took: number[] = []
  #last = 1
  #open = 0
  #isStopping = false

  /** @returns the next request's id, or 0 if there is to be none */
  start(): number {
    if (this.#isStopping) return 0
    this.#last += 1
    this.#open += 1
    this.#startedAt[this.#last % RING] = performance.now()
    return this.#last
  }

  ended(id: number): void {
    this.#open -= 1
    if (this.#took.length < 1_000_000) this.#took.push(performance.now() - (this.#startedAt[id % RING] ?? 0))
  }

  take(): number[] {
    const took = this.#took
    this.#took = []
    return took
  }

  async stop(clients: readonly RawClient[]): Promise<void> {
    this.#isStopping = true
    while (this.#open > 0) await pause(5)
    // answers beyond those that are counted, as the last acknowledgements
    await pause(50)
    for (const client of clients) client.close()
  }
}
