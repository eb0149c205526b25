import { expect } from 'vitest'
import { newTopic, publishValues } from './publishing.ts'
import type { Case } from './talker.ts'

interface Row {
  readonly name: string
  /** @param one, two ids of the subscribers @param me id of the publisher, who is subscribed, too */
  options(ids: { one: number; two: number; me: number }): Record<string, unknown>
  readonly receivers: readonly ('one' | 'two' | 'me')[]
}

const ROWS: readonly Row[] = [
  { name: 'no list', options: () => ({}), receivers: ['one', 'two'] },
  { name: 'eligible', options: ({ one }) => ({ eligible: [one] }), receivers: ['one'] },
  { name: 'an empty eligible', options: () => ({ eligible: [] }), receivers: [] },
  { name: 'exclude', options: ({ one }) => ({ exclude: [one] }), receivers: ['two'] },
  { name: 'an empty exclude', options: () => ({ exclude: [] }), receivers: ['one', 'two'] },
  {
    name: 'exclude before eligible',
    options: ({ one, two }) => ({ eligible: [one, two], exclude: [two] }),
    receivers: ['one'],
  },
  { name: 'a session that is gone', options: () => ({ eligible: [1] }), receivers: [] },
  { name: 'eligible_authrole', options: () => ({ eligible_authrole: ['x', 'anonymous'] }), receivers: ['one', 'two'] },
  { name: 'another eligible_authrole', options: () => ({ eligible_authrole: ['x'] }), receivers: [] },
  { name: 'an empty eligible_authrole', options: () => ({ eligible_authrole: [] }), receivers: [] },
  { name: 'exclude_authrole', options: () => ({ exclude_authrole: ['anonymous'] }), receivers: [] },
  { name: 'another exclude_authrole', options: () => ({ exclude_authrole: ['x'] }), receivers: ['one', 'two'] },
  { name: 'eligible_authid of nobody', options: () => ({ eligible_authid: ['nobody at all'] }), receivers: [] },
  {
    name: 'exclude_authid of nobody',
    options: () => ({ exclude_authid: ['nobody at all'] }),
    receivers: ['one', 'two'],
  },
  {
    name: 'all lists together',
    options: ({ one, two }) => ({
      eligible: [one, two],
      eligible_authrole: ['anonymous'],
      exclude: [one],
      exclude_authid: ['nobody at all'],
    }),
    receivers: ['two'],
  },
  { name: 'the publisher being eligible', options: ({ me }) => ({ eligible: [me] }), receivers: [] },
  { name: 'exclude_me false', options: () => ({ exclude_me: false }), receivers: ['one', 'two', 'me'] },
  {
    name: 'exclude_me false and exclude',
    options: ({ me }) => ({ exclude_me: false, exclude: [me] }),
    receivers: ['one', 'two'],
  },
]

/** Advanced Profile, "Subscriber Black- and Whitelisting" and "Publisher Exclusion". */
export const listsCases: readonly Case[] = ROWS.map(({ name, options, receivers }) => ({
  name: `${name}: received by ${receivers.join(', ') || 'nobody'}`,
  async run(join) {
    const peers = { one: await join(), two: await join(), me: await join() }
    const topic = newTopic()
    for (const peer of Object.values(peers)) await peer.subscribe(topic)
    const ids = { one: peers.one.session, two: peers.two.session, me: peers.me.session }
    peers.me.send([16, 900, options(ids), topic, [name]])
    for (const receiver of receivers) expect((await peers[receiver].next())[4]).toEqual([name])
    await publishValues(peers.me, topic, ['next'])
    for (const receiver of ['one', 'two'] as const) expect((await peers[receiver].next())[4]).toEqual(['next'])
    await peers.me.expectSilence()
  },
}))
