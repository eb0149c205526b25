import { describe } from 'vitest'
import { cborSerializer } from './cbor/serializer.ts'
import { jsonSerializer } from './json/serializer.ts'
import { msgpackSerializer } from './msgpack/serializer.ts'
import { inProcess, openRouter } from './testing/open-router.ts'
import { protocolSuite } from './testing/suite.ts'

describe('JSON frames in memory', () => protocolSuite(openRouter().open))
describe('JSON frames in memory, with an authorizer that has to think', () =>
  protocolSuite(openRouter({ authorize: () => Promise.resolve(true) }).open))

describe.each([jsonSerializer(), msgpackSerializer(), cborSerializer()])(
  'in process, said as $subprotocol',
  (serializer) => protocolSuite(inProcess(openRouter().router, serializer), { isJson: false, isOnWire: false }),
)
