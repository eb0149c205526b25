import { expect } from 'vitest'
import { TYPE } from '../messages.ts'
import type { Talker } from './talker.ts'

/**
 * Publishes with acknowledgement, so that the publication is dispatched when this resolves.
 * @param rest what follows the topic, as JSON
 * @param options members of the dict, as JSON
 * @returns the publication id
 */
export async function publish(
  talker: Talker,
  topic: string,
  rest = '',
  options = '"acknowledge":true',
): Promise<number> {
  const [type, , publication] = await talker.ask((id) => `[16,${id},{${options}},"${topic}"${rest}]`)
  expect(type).toBe(TYPE.PUBLISHED)
  return Number(publication)
}

/** `publish` with arguments and options as values. */
export async function publishValues(
  talker: Talker,
  topic: string,
  args: readonly unknown[],
  options: Record<string, unknown> = {},
): Promise<number> {
  const [type, , publication] = await talker.ask((id) => [
    TYPE.PUBLISH,
    id,
    { acknowledge: true, ...options },
    topic,
    args,
  ])
  expect(type).toBe(TYPE.PUBLISHED)
  return Number(publication)
}

/** Arguments of the next EVENT. */
export async function nextArgs(talker: Talker): Promise<unknown> {
  const event = await talker.next()
  expect(event[0]).toBe(TYPE.EVENT)
  return event[4]
}

/** The one argument of a call's result. */
export async function call(
  talker: Talker,
  procedure: string,
  args: readonly unknown[] = [],
  kwargs: Record<string, unknown> = {},
): Promise<unknown> {
  const [type, , , values] = await talker.ask((id) => [TYPE.CALL, id, {}, procedure, args, kwargs])
  expect(type).toBe(TYPE.RESULT)
  return (values as unknown[])[0]
}

let topics = 0
/** A topic that no other test uses, as the topics of one realm are shared. */
export const newTopic = (): string => `case.topic.t${(topics += 1)}`
