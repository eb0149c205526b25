/** One `FROM … AS name` and what follows it. */
export type Stage = { image: string; name: string; instructions: Instruction[] }
export type Instruction = { name: string; argument: string }
export type Copy = { from: string | null; sources: string[]; target: string }

/** Reads the part of the Dockerfile language that ours is written in: no heredocs, no escapes, no ARG. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
  const stages: Stage[] = []
  for (const line of lines) {
    const [, name = '', argument = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    const [, image = '', stage = ''] = /^(\S+)(?: AS (\S+))?$/.exec(argument) ?? []
    if (name === 'FROM') stages.push({ image, name: stage, instructions: [] })
    else stages.at(-1)?.instructions.push({ name, argument })
  }
  return stages
}

export function argumentsOf({ instructions }: Stage, name: string): string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ argument }) => argument)
}

export function copiesOf(stage: Stage): Copy[] {
  return argumentsOf(stage, 'COPY').map((argument) => {
    const words = argument.split(/\s+/)
    const from = words[0]?.startsWith('--from=') ? (words.shift()?.slice('--from='.length) ?? null) : null
    return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' }
  })
}

/** `ENV NAME=value`, one a line. */
export function environmentOf(stage: Stage): Record<string, string> {
  return Object.fromEntries(
    argumentsOf(stage, 'ENV').map((argument): [string, string] => {
      const [name = '', value = ''] = argument.split('=')
      return [name, value]
    }),
  )
}
