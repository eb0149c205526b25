export { bodyFormat, type Body } from './body.ts'
export { parseDatapointBody, parseDatapointsBody, type SentDatapoint } from './datapoints.ts'
export { parseDatastreamBody, parseDatastreamsBody } from './datastreams.ts'
export { parseDeviceBody, parseNewDeviceBody, type DevicePatch } from './devices.ts'
export { feedDefaultsOf } from './feed-defaults.ts'
export { parseFeedBody, readFeedPatch } from './feeds.ts'
export { parseKeyBody, readKey } from './keys.ts'
export {
  parseNewProductBody,
  parseProductBody,
  parseProductDeviceBody,
  parseSerialsBody,
  type ProductDevicePatch,
} from './products.ts'
export { renderDatapoint, renderDatastream, type DatastreamView, type PrintTime } from './render-datastream.ts'
export { renderDevice } from './render-device.ts'
export { renderEnvironment, renderFeed, renderFeedList, type FeedView } from './render-feed.ts'
export { renderKey } from './render-key.ts'
export { renderProduct, renderProductDevice, renderProductDeviceList } from './render-product.ts'
export { renderTrigger, renderTriggerV2 } from './render-trigger.ts'
export { parsePointList, readAddressedDatapoint, type AddressedDatapoint } from './points.ts'
export { parseBacktestBody, parseTriggerBody, type WantedBacktest, type WantedTrigger } from './triggers.ts'
export { KIND_FORMATS, writeRepresentation } from './write.ts'
export { parseNewUserBody, parseUserBody, renderUser } from './users.ts'
