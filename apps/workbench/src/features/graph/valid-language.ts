/**
 * uPlot formats numbers in `navigator.language` as soon as it is loaded. Chromium under `LANG=C` reports
 * `en-US@posix` there, which Intl refuses, and then there would be no graph: such a browser reads English.
 */
try {
  Intl.getCanonicalLocales(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true })
}
