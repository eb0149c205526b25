/**
 * Leaflet sets innerHTML while it loads, to find out whether SVG works. Under `require-trusted-types-for 'script'` that
 * needs a policy: this one lets pass exactly that text and the empty one, and nothing else, from anybody.
 */
type Policies = { createPolicy(name: 'default', rules: { createHTML(text: string): string | null }): unknown }

const ALLOWED = new Set(['', '<svg/>'])

if ('trustedTypes' in window) {
  const policies = window.trustedTypes as Policies
  policies.createPolicy('default', { createHTML: (text) => (ALLOWED.has(text) ? text : null) })
}
