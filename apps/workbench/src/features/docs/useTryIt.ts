import type { RawAnswer } from '@sluice/sdk'
import { useMutation } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { client } from '../../client.ts'

/** a graph may be larger than what is worth reading as text */
const PICTURE_BYTES_MAX = 4 * 1024 * 1024

/** Sends a GET as the signed-in owner; a refusal is an answer like any other. */
export function useTryIt(): UseMutationResult<RawAnswer, Error, string> {
  return useMutation({
    mutationFn: (address: string) =>
      client.reference.read(address, /\.png(?:\?|$)/.test(address) ? { bytesMax: PICTURE_BYTES_MAX } : {}),
  })
}
