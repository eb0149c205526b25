// A process with an Autobahn|JS callee that never answers. Arguments: realm, transport as JSON.
import { openAutobahn } from '../peers/autobahn.ts'

const [, , realm, transport = '{}'] = process.argv
const { session } = await openAutobahn({ realm, transports: [JSON.parse(transport) as object] })
await session.register('dead.never', () => {
  process.stdout.write('called\n')
  return new Promise(() => {})
})
process.stdout.write('registered\n')
