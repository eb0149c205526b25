/** Every limit of the domain, once. Sources: API v2 (documented unless marked), the rest is ours. */
export const LIMITS = {
  /** characters of a value (API v2 validation message) */
  valueCharsMax: 255,
  /** characters of all tags of a feed or datastream, joined by commas (API v2) */
  tagsCharsMax: 255,
  /** characters of a datastream id (ours: API v2 states none) */
  datastreamIdCharsMax: 128,
  /** datastreams of one feed (ours) */
  datastreamsPerFeedMax: 1000,
  /** datapoints of one request (API v2); a request with more stores nothing */
  datapointsPerRequestMax: 500,
  /** points a history query returns for each datastream (API v2) */
  historyLimitMax: 1000,
  historyLimitDefault: 100,
  /** points that `page` leaves out before its own, raw and sampled (ours) */
  historySkippedPointsMax: 100_000,
  historySkippedStepsMax: 10_000,
  /** feeds a search returns (API v2) */
  perPageMax: 1000,
  perPageDefault: 50,
  /** devices that a product lists (API v2) */
  devicesPerPageDefault: 30,
  /** serials of one request (ours) */
  devicesPerRequestMax: 1000,
  /** datastreams that they may get together from the product's feed defaults (ours) */
  datastreamsPerBatchMax: 50_000,
  devicesPerProductMax: 100_000,
  productsPerAccountMax: 1000,
  /** products of one answer (ours: API v2 states none) */
  productsPerPageMax: 100,
  /** characters of a product's feed defaults as JSON (ours) */
  feedDefaultsCharsMax: 65_536,
  /** users of one answer (ours) */
  usersPerPageMax: 1000,
  /** characters of the text that a search looks for (ours) */
  searchCharsMax: 1000,
  titleCharsMax: 255,
  descriptionCharsMax: 4000,
  urlCharsMax: 2048,
  labelCharsMax: 255,
  permissionsPerKeyMax: 20,
  resourcesPerPermissionMax: 100,
  /** `minimum_interval` of a permission, in seconds: a year (ours) */
  minimumIntervalSMax: 31_536_000,
  /** how long both texts of a key work that is rolled (ours) */
  overlapHoursMax: 168,
  overlapHoursDefault: 24,
  /** characters of what a client calls itself that are kept with the last use of a key (ours) */
  clientCharsMax: 128,
  /** bytes of a device's request body (ours) */
  bodyBytesMax: 1_048_576,
  /** levels of nesting of a JSON body (ours) */
  jsonDepthMax: 32,
  /** how far in the past or ahead of the server's clock a datapoint may lie (ours) */
  pastYearsMax: 100,
  futureHoursMax: 24,
  /** requests kept in an account's request log; older ones go */
  requestLogEntriesMax: 1000,
  /** conditions of one trigger's rule (ours) */
  conditionsPerRuleMax: 8,
  /** triggers of one account (ours) */
  triggersPerAccountMax: 10_000,
  /** `for`, `min_interval`, `after`, `per` of a rule, in seconds: 30 days (ours) */
  ruleSecondsMax: 2_592_000,
  /** API v2: no update for 15 minutes is frozen */
  frozenAfterS: 900,
  /** triggers that may lead to one another through written datapoints before the chain is cut (ours) */
  triggerHopsMax: 8,
  /** points that one backtest reads (ours) */
  backtestPointsMax: 5_000_000,
  /** characters of a delivery's answer that are kept */
  attemptBodyCharsMax: 1024,
  /** bytes of a request or response body kept in the request log */
  requestLogBodyBytesMax: 4096,
} as const
