/** The thread that draws graphs: one drawing comes in, one PNG goes out, in order. Started by `graph-painter.ts`. */
import { createRequire } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { Resvg } from '@resvg/resvg-js'
import type { Drawing } from './graph-drawing.ts'
import type { GraphOptions } from './graph-options.ts'
import { GRAPH_FONT, graphSvg } from './graph-svg.ts'

export type Order = { drawing: Drawing; options: GraphOptions }

const fontFile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
const font = { loadSystemFonts: false, fontFiles: [fontFile], defaultFontFamily: GRAPH_FONT }

const port = parentPort
if (!port) throw new Error('graph-thread.ts only runs as a thread')

port.on('message', ({ drawing, options }: Order) => {
  const png = Uint8Array.from(new Resvg(graphSvg(drawing, options), { font }).render().asPng())
  port.postMessage(png, [png.buffer])
})
