// Calls a server as a person's program does, and makes people.
import { randomBytes } from 'node:crypto'
import type { SessionResponse } from '@workforce-democracy/shared'

/** An answer, its body parsed where it is JSON. */
export interface CallAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape that it asked for
  readonly body: any
}

/** A new account under a made-up name. */
export async function registerPerson(
  url: string,
  privacy?: Record<string, boolean>,
): Promise<SessionResponse> {
  const username = `made-up-${randomBytes(6).toString('hex')}`
  const password = randomBytes(32).toString('base64url')
  const { status, body } = await call(url, 'POST', '/api/auth/register', {
    body: { username, password, ...(privacy && { privacy }) },
  })
  if (status !== 201) throw new Error(`register answered ${status} ${body.code}`)
  return body
}

/** Sign-ups at once: passwords are hashed one or two at a time anyway. */
const SIGNING_UP = 8

/** So many new accounts. */
export async function registerPeople(url: string, count: number): Promise<SessionResponse[]> {
  const people: SessionResponse[] = []
  let begun = 0
  const signUp = async () => {
    while (begun++ < count) people.push(await registerPerson(url))
  }
  await Promise.all(Array.from({ length: SIGNING_UP }, signUp))
  return people
}

/** Calls a server; the body is sent as JSON. */
export async function call(
  url: string,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<CallAnswer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, body: isJson && text ? JSON.parse(text) : text || undefined }
}
