import { protocolSuite } from '@sluice/wamp/testing'
import { afterAll, describe } from 'vitest'
import { openLab, openRaw } from './lab.ts'

const lab = await openLab()
afterAll(async () => await lab[Symbol.asyncDispose]())

describe('JSON over WebSocket', () => protocolSuite(() => openRaw(lab.url)))
