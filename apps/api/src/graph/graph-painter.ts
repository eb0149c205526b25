import { Worker } from 'node:worker_threads'
import type { Order } from './graph-thread.ts'

/** Draws graphs on a thread of their own, which is there only while graphs are asked for. */
export type Painter = {
  /**
   * @returns the bytes of a PNG. The drawing's columns are handed over to the thread: the caller has them no more
   * @throws {Error} the thread ended with what it did not expect: a bug. The next call starts another thread
   */
  draw(order: Order): Promise<Buffer>
  isOpen(): boolean
}

/**
 * The renderer keeps images until its thread collects garbage, which a quiet server does seldom: a small young
 * generation collects after a few. (On the main thread, 150 graphs held 180 MB.)
 */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 }

type Pending = { resolve(png: Buffer): void; reject(error: Error): void }
type Thread = { worker: Worker; pending: Pending[] }

/** @param idleMs after so long without a graph the thread ends, and gives its memory back */
export function makePainter({ idleMs }: { idleMs: number }): Painter {
  let thread: Thread | null = null
  let idle: NodeJS.Timeout | undefined

  const open = (): Thread => {
    const opened: Thread = {
      worker: new Worker(new URL('./graph-thread.ts', import.meta.url), { resourceLimits: LIMITS }),
      pending: [],
    }
    opened.worker.on('message', (png: Uint8Array) => {
      opened.pending.shift()?.resolve(Buffer.from(png.buffer, png.byteOffset, png.byteLength))
      if (opened.pending.length === 0) rest(opened)
    })
    opened.worker.on('error', (cause) => fail(opened, new Error('the graph thread failed', { cause })))
    opened.worker.on('exit', () => fail(opened, new Error('the graph thread ended')))
    return opened
  }

  const rest = (resting: Thread): void => {
    // an idle thread does not keep the process alive
    resting.worker.unref()
    idle = setTimeout(() => {
      if (thread === resting) thread = null
      void resting.worker.terminate()
    }, idleMs).unref()
  }

  const fail = (failed: Thread, error: Error): void => {
    if (thread === failed) thread = null
    for (const { reject } of failed.pending.splice(0)) reject(error)
  }

  return {
    draw: (order) =>
      new Promise((resolve, reject) => {
        clearTimeout(idle)
        thread ??= open()
        thread.worker.ref()
        thread.pending.push({ resolve, reject })
        const { ms, values } = order.drawing.track
        thread.worker.postMessage(order, [ms.buffer, values.buffer])
      }),
    isOpen: () => thread !== null,
  }
}
