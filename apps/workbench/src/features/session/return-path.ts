/** Where to go after signing in: a path of this site, never another one (`//evil.example`, `/\evil.example`). */
export function returnPath(from: string | undefined): string {
  if (from === undefined || !/^\/(?![/\\])/.test(from) || from.startsWith('/sign-in')) return '/devices'
  return from
}
