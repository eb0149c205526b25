import type { RequestRouteParts } from './routes/requests.ts'
import type { EndpointParts } from './routes/endpoints.ts'
import type { SessionRouteParts } from './routes/session.ts'
import type { TriggerParts } from './route-parts.ts'
import type { Route } from './route.ts'
import { backtestRoutes } from './routes/backtest.ts'
import { datapointRoutes } from './routes/datapoints.ts'
import { datastreamRoutes } from './routes/datastreams.ts'
import { deliveryRoutes } from './routes/deliveries.ts'
import { deviceRoutes } from './routes/devices.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { exportRoutes } from './routes/export.ts'
import { feedRoutes } from './routes/feeds.ts'
import { keyRoutes } from './routes/keys.ts'
import type { KeyRouteParts } from './routes/keys.ts'
import { productRoutes } from './routes/products.ts'
import { requestRoutes } from './routes/requests.ts'
import { sessionRoutes } from './routes/session.ts'
import { triggerRoutes } from './routes/triggers.ts'
import { userRoutes } from './routes/users.ts'
import type { UserParts } from './user-parts.ts'

/** The resources of API v2: what sockets and MQTT reach, too. */
export function gatewayRoutes(parts: TriggerParts & KeyRouteParts): Route[] {
  return [
    ...[feedRoutes, datastreamRoutes, datapointRoutes, deviceRoutes, productRoutes].flatMap((make) => make(parts)),
    ...keyRoutes(parts),
    ...triggerRoutes(parts),
  ]
}

type AllParts = EndpointParts & SessionRouteParts & RequestRouteParts & KeyRouteParts & UserParts

/** Every route there is. */
export function allRoutes(parts: AllParts): Route[] {
  return [
    ...gatewayRoutes(parts),
    ...[backtestRoutes, deliveryRoutes].flatMap((make) => make(parts)),
    ...exportRoutes(parts),
    ...endpointRoutes(parts),
    ...requestRoutes(parts),
    ...sessionRoutes(parts),
    ...userRoutes(parts),
  ]
}
