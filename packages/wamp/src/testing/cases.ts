import { pubsubCases as basicPubsubCases } from './pubsub-cases.ts'
import { rpcCases as basicRpcCases } from './rpc-cases.ts'
import type { Case } from './talker.ts'

export const pubsubCases: readonly Case[] = [...basicPubsubCases]
export const rpcCases: readonly Case[] = [...basicRpcCases]
