import type { FirstRun } from '../server-process.ts'

/** Speaks to the platform as the signed-in owner of the first account. */
export type Owner = {
  send(method: string, path: string, body?: unknown): Promise<{ status: number; document: unknown }>
}

/** @throws {Error} when signing in is refused */
export async function signIn({ url, email, password }: FirstRun): Promise<Owner> {
  const send = async (method: string, path: string, body?: unknown, cookie = ''): Promise<Response> =>
    fetch(`${url}${path}`, {
      method,
      headers: { origin: url, cookie, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const answer = await send('POST', '/v2/session', { email, password })
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
  if (answer.status !== 200) throw new Error(`signing in was answered ${answer.status}`)
  return {
    async send(method, path, body) {
      const response = await send(method, path, body, cookie)
      const text = await response.text()
      return { status: response.status, document: text === '' ? null : (JSON.parse(text) as unknown) }
    },
  }
}
