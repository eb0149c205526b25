import type { z } from 'zod'

/** The settings as a Markdown table, for docs/operating.md: one fact, in the schema. */
export function settingsTable(schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape).map(([name, field]) => {
    const fallback: unknown = (field as z.ZodType).safeParse(undefined).data
    const shown = typeof fallback === 'string' || typeof fallback === 'number' ? `\`${fallback}\`` : '–'
    return `| \`${name}\` | ${shown} | ${(field as z.ZodType).description ?? ''} |`
  })
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
