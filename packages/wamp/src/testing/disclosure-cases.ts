import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { newTopic, publishValues } from './publishing.ts'
import { ALL_FEATURES, type Case } from './talker.ts'

const everything = { roles: ALL_FEATURES }

export const disclosureCases: readonly Case[] = [
  {
    name: 'disclose_me where nobody granted it changes nothing',
    async run(join) {
      const [publisher, subscriber] = [await join(everything), await join(everything)]
      const topic = newTopic()
      const id = await subscriber.subscribe(topic)
      const publication = await publishValues(publisher, topic, [1], { disclose_me: true })
      expect(await subscriber.next()).toEqual([TYPE.EVENT, id, publication, {}, [1]])
    },
  },
  {
    name: 'payload passthru: what says how to read the payload goes with it, to patterns, too, and when retained',
    async run(join) {
      const [publisher, subscriber, late] = [await join(everything), await join(everything), await join(everything)]
      const topic = newTopic()
      const passthru = { ppt_scheme: 'x_test', ppt_serializer: 'cbor', ppt_cipher: 'aes256gcm', ppt_keyid: 'k1' }
      const exact = await subscriber.subscribe(topic)
      const prefix = await subscriber.subscribe(topic, '{"match":"prefix"}')
      const publication = await publishValues(publisher, topic, ['opaque'], { ...passthru, retain: true })
      expect(await subscriber.next()).toEqual([TYPE.EVENT, exact, publication, passthru, ['opaque']])
      expect(await subscriber.next()).toEqual([TYPE.EVENT, prefix, publication, { ...passthru, topic }, ['opaque']])
      await late.subscribe(topic, '{"get_retained":true}')
      expect((await late.next())[3]).toEqual({ ...passthru, retained: true })
    },
  },
  {
    name: 'payload passthru by a publisher that did not announce it is a protocol violation',
    async run(join) {
      const publisher = await join()
      publisher.send([TYPE.PUBLISH, 1, { ppt_scheme: 'x_test' }, newTopic(), ['opaque']])
      expect(await publisher.next()).toMatchObject([TYPE.ABORT, {}, ERROR.protocolViolation])
    },
  },
  {
    name: 'what Autobahn had before payload passthru passes with one string as payload',
    async run(join) {
      const [publisher, subscriber] = [await join(), await join()]
      const topic = newTopic()
      await subscriber.subscribe(topic)
      const encryption = { enc_algo: 'cryptobox', enc_serializer: 'json', enc_key: 'k' }
      publisher.send([TYPE.PUBLISH, 1, encryption, topic, 'opaque'])
      expect((await subscriber.next()).slice(3)).toEqual([encryption, 'opaque'])
    },
  },
]
