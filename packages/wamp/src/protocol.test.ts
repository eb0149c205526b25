import { describe } from 'vitest'
import { openRouter } from './testing/open-router.ts'
import { protocolSuite } from './testing/suite.ts'

describe('JSON frames in memory', () => protocolSuite(openRouter().open))
describe('JSON frames in memory, with an authorizer that has to think', () =>
  protocolSuite(openRouter({ authorize: () => Promise.resolve(true) }).open))
