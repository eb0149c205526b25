/**
 * Ends this very process with SIGKILL at a named place, for tests that kill it there: it must have been started with
 * `SLUICE_FAILPOINT=<name>` or `<name>:<nth passage>`. In any other process nothing happens.
 */
export const failpoint: (name: string) => void = armed(process.env['SLUICE_FAILPOINT'])

function armed(setting: string | undefined): (name: string) => void {
  const [, place, nth = '1'] = /^([\w.]+)(?::(\d{1,9}))?$/.exec(setting ?? '') ?? []
  if (place === undefined) return () => {}
  let left = Number(nth)
  return (name) => {
    if (name === place && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
