import type { Shipment } from '../src/action.ts'

/** A delivery for tests: what is not given does not matter to them. */
export function shipmentOf(given: Partial<Shipment> & Pick<Shipment, 'action'>): Shipment {
  return {
    id: '0b9c7a3e-5d0f-4c56-9a51-6f3d2c1b0a98',
    kind: given.action.kind,
    accountId: 1,
    login: 'ada',
    contentType: 'application/json',
    body: '{"type":"trigger.fired"}',
    hops: 0,
    at: 1_767_225_600_000_000,
    value: '31.5',
    isTest: false,
    secrets: ['whsec_c2x1aWNlLXNsdWljZS1zbHVpY2Utc2x1aWNlLTMyYg=='],
    verifiesTls: true,
    ...given,
  }
}
