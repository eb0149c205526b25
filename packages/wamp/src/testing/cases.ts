export { metaCases } from './meta-cases.ts'
import { disclosureCases } from './disclosure-cases.ts'
import { groupsCases } from './groups-cases.ts'
import { listsCases } from './lists-cases.ts'
import { patternsCases } from './patterns-cases.ts'
import { retainedCases } from './retained-cases.ts'
import { subscriptionMetaCases } from './subscription-meta-cases.ts'
import { pubsubCases as basicPubsubCases } from './pubsub-cases.ts'
import { rpcCases as basicRpcCases } from './rpc-cases.ts'
import { cancelCases } from './cancel-cases.ts'
import { patternRpcCases } from './pattern-rpc-cases.ts'
import { pptRpcCases } from './ppt-rpc-cases.ts'
import { progressCases } from './progress-cases.ts'
import { registrationMetaCases } from './registration-meta-cases.ts'
import { rerouteCases } from './reroute-cases.ts'
import { sharedCases } from './shared-cases.ts'
import type { Case } from './talker.ts'

export const pubsubCases: readonly Case[] = [
  ...basicPubsubCases,
  ...disclosureCases,
  ...groupsCases,
  ...listsCases,
  ...patternsCases,
  ...retainedCases,
  ...subscriptionMetaCases,
]
export const rpcCases: readonly Case[] = [
  ...basicRpcCases,
  ...progressCases,
  ...cancelCases,
  ...sharedCases,
  ...patternRpcCases,
  ...rerouteCases,
  ...pptRpcCases,
  ...registrationMetaCases,
]
