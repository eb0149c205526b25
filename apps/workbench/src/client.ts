import { createClient } from '@sluice/sdk'

/** The one client of the workbench: same origin, authenticated by the session cookie. */
export const client = createClient({ baseUrl: location.origin })
