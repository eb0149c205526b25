import type uPlot from 'uplot'
import type { PreviewLine, PreviewZone } from './preview-lines.ts'

/** A moment at which the rule would have fired; `value` where it is one of the channel that is drawn. */
export type Mark = { time: number; value: number | null }

export type PreviewColours = { line: string; zone: string; mark: string; surface: string }

/** Resolves the design tokens to colours that a canvas understands. */
export function previewColours(near: HTMLElement): PreviewColours {
  const probe = document.createElement('span')
  probe.hidden = true
  near.append(probe)
  const resolve = (token: string): string => {
    probe.style.color = `var(${token})`
    return getComputedStyle(probe).color
  }
  const colours = {
    line: resolve('--warn'),
    zone: resolve('--warn-soft'),
    mark: resolve('--bad'),
    surface: resolve('--surface'),
  }
  probe.remove()
  return colours
}

/** Shades where a condition holds, under everything else. */
export function drawZones(plot: uPlot, zones: readonly PreviewZone[], { zone }: PreviewColours): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.globalAlpha = 0.55
  ctx.fillStyle = zone
  for (const { from, to } of zones) {
    const top = to === null ? bbox.top : within(plot.valToPos(to, 'y', true), bbox)
    const bottom = from === null ? bbox.top + bbox.height : within(plot.valToPos(from, 'y', true), bbox)
    if (bottom > top) ctx.fillRect(bbox.left, top, bbox.width, bottom - top)
  }
  ctx.restore()
}

/** Dashed lines at the numbers of the rule. */
export function drawLines(plot: uPlot, lines: readonly PreviewLine[], { line }: PreviewColours): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = line
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio])
  for (const { value } of lines) {
    const y = Math.round(plot.valToPos(value, 'y', true))
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
  }
  ctx.restore()
}

/** A thin line for each moment, with a dot at its value, or a triangle at the top where it has none here. */
export function drawMarks(plot: uPlot, marks: readonly Mark[], { mark, surface }: PreviewColours): void {
  const { ctx, bbox } = plot
  const unit = devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top - 6 * unit, bbox.width, bbox.height + 6 * unit)
  ctx.clip()
  ctx.strokeStyle = mark
  ctx.fillStyle = mark
  ctx.lineWidth = unit
  const isCrowded = marks.length > bbox.width / unit / 3
  for (const { time, value } of marks) {
    const x = Math.round(plot.valToPos(time, 'x', true)) + 0.5
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.globalAlpha = isCrowded ? 0.12 : 0.3
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.globalAlpha = 1
    ctx.beginPath()
    if (value === null) {
      ctx.moveTo(x - 4 * unit, bbox.top)
      ctx.lineTo(x + 4 * unit, bbox.top)
      ctx.lineTo(x, bbox.top + 7 * unit)
      ctx.fill()
    } else {
      ctx.arc(x, within(plot.valToPos(value, 'y', true), bbox), (isCrowded ? 2 : 4) * unit, 0, 2 * Math.PI)
      ctx.fill()
      if (isCrowded) continue
      ctx.strokeStyle = surface
      ctx.lineWidth = 1.5 * unit
      ctx.stroke()
      ctx.strokeStyle = mark
      ctx.lineWidth = unit
    }
  }
  ctx.restore()
}

function within(y: number, { top, height }: uPlot.BBox): number {
  return Math.min(top + height, Math.max(top, y))
}
