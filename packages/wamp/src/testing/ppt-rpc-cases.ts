import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { expectCallError, expectViolation, pair, without } from './rpc-phrases.ts'
import type { Case } from './talker.ts'

const PPT = { ppt_scheme: 'x_custom', ppt_serializer: 'cbor', ppt_cipher: 'aes256gcm', ppt_keyid: 'k' }
const WITHOUT = without('payload_passthru_mode')

/** Advanced Profile, "Payload Passthru Mode". */
export const pptRpcCases: readonly Case[] = [
  {
    name: 'its keys go with the payload: CALL to INVOCATION, YIELD to RESULT',
    async run(join) {
      const { callee, caller, procedure, registration } = await pair(join)
      caller.send([48, 1, { ...PPT, receive_progress: true, _private: 1 }, procedure, ['opaque']])
      expect(await callee.next()).toEqual([68, 1, registration, { ...PPT, receive_progress: true }, ['opaque']])
      callee.send([70, 1, { ...PPT, progress: true }, ['part']])
      expect(await caller.next()).toEqual([50, 1, { ...PPT, progress: true }, ['part']])
      callee.send([70, 1, PPT, ['whole']])
      expect(await caller.next()).toEqual([50, 1, PPT, ['whole']])
    },
  },
  {
    name: 'its keys go with the payload of an ERROR',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send([48, 1, {}, procedure])
      await callee.next()
      callee.send([8, 68, 1, PPT, 'app.error.secret', ['opaque']])
      expect(await caller.next()).toEqual([8, 48, 1, PPT, 'app.error.secret', ['opaque']])
    },
  },
  {
    name: 'what Autobahn had for it before goes with the payload, announced or not',
    async run(join) {
      const { callee, caller, procedure, registration } = await pair(join, { caller: WITHOUT, callee: WITHOUT })
      const enc = { enc_algo: 'cryptobox', enc_key: 'k', enc_serializer: 'json' }
      caller.send([48, 1, enc, procedure, ['opaque']])
      expect(await callee.next()).toEqual([68, 1, registration, enc, ['opaque']])
      callee.send([70, 1, enc, ['opaque']])
      expect(await caller.next()).toEqual([50, 1, enc, ['opaque']])
    },
  },
  {
    name: 'a caller that did not announce it may not use it',
    async run(join) {
      const { caller, procedure } = await pair(join, { caller: WITHOUT })
      caller.send([48, 1, PPT, procedure, ['opaque']])
      await expectViolation(caller)
    },
  },
  {
    name: 'a callee that did not announce it gets no such call',
    async run(join) {
      const { callee, caller, procedure } = await pair(join, { callee: WITHOUT })
      caller.send([48, 1, PPT, procedure, ['opaque']])
      await expectCallError(caller, 1, ERROR.featureNotSupported)
      await callee.expectSilence()
    },
  },
  ...[
    [70, 1, PPT, ['opaque']],
    [8, 68, 1, PPT, 'app.error.secret', ['opaque']],
  ].map((answer): Case => ({
    name: `a callee that did not announce it may not use it in ${answer[0] === 70 ? 'YIELD' : 'ERROR'}`,
    async run(join) {
      const { callee, caller, procedure } = await pair(join, { callee: WITHOUT })
      caller.send([48, 1, {}, procedure])
      await callee.next()
      callee.send(answer)
      await expectViolation(callee)
      await expectCallError(caller, 1, ERROR.canceled)
    },
  })),
  ...[{}, { progress: true }].map((progress): Case => ({
    name: `a caller that did not announce it gets an ERROR for YIELD ${JSON.stringify(progress)}, and so does the callee`,
    async run(join) {
      const caller = without('payload_passthru_mode')
      const { callee, caller: calling, procedure } = await pair(join, { caller })
      calling.send([48, 1, { receive_progress: true }, procedure])
      await callee.next()
      callee.send([70, 1, { ...PPT, ...progress }, ['opaque']])
      await expectCallError(calling, 1, ERROR.featureNotSupported)
      expect((await callee.next()).slice(0, 5)).toEqual([8, 70, 1, {}, ERROR.featureNotSupported])
    },
  })),
  {
    name: 'a caller that did not announce it gets the URI of an ERROR alone',
    async run(join) {
      const { callee, caller, procedure } = await pair(join, { caller: WITHOUT })
      caller.send([48, 1, {}, procedure])
      await callee.next()
      callee.send([8, 68, 1, PPT, 'app.error.secret', ['opaque']])
      expect(await caller.next()).toEqual([8, 48, 1, {}, 'app.error.secret'])
    },
  },
]
