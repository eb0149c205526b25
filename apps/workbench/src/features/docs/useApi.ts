import { useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import { client } from '../../client.ts'
import { readApi } from './api-document.ts'
import type { Api } from './api-document.ts'

/** The API as this server describes it; it changes with the server alone. */
export function useApi(): UseQueryResult<Api> {
  return useQuery({
    queryKey: ['api'],
    queryFn: async () => readApi(await client.reference.document()),
    staleTime: Infinity,
  })
}
