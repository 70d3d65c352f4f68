// What is asked of the server about an account, each in the shape that both sides share.
import {
  type ChangePasswordRequest,
  CodedError,
  type DeviceDescription,
  deviceDescriptionSchema,
  errorCode,
  type KeysRequest,
  type KeysResponse,
  keysResponseSchema,
  type LoginRequest,
  type PreloginResponse,
  preloginResponseSchema,
  type RecoveryResponse,
  type RegisterRequest,
  type ResetPasswordRequest,
  recoveryResponseSchema,
  type SessionResponse,
  sessionResponseSchema,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import { type Http, type HttpRequest, readBody } from '../http.ts'
import type { Session } from '../session.ts'

/** Requests about an account. All throw the codes that the server answers with, and `offline`. */
export interface AccountRequests {
  prelogin(login: string): Promise<PreloginResponse>
  register(body: RegisterRequest): Promise<SessionResponse>
  login(body: LoginRequest): Promise<SessionResponse>
  /** Never fails: without network the server learns of it when the token expires. */
  logout(refreshToken: string): Promise<void>
  recovery(login: string, recoverySecret: string): Promise<RecoveryResponse>
  resetPassword(body: ResetPasswordRequest): Promise<void>
  forgotPassword(login: string): Promise<void>
  verifyEmail(token: string): Promise<void>
  changePassword(body: ChangePasswordRequest, accessToken?: string): Promise<SessionResponse>
  changeEmail(password: string, email: string): Promise<void>
  /** `undefined` for an account without keys. */
  keys(accessToken?: string): Promise<KeysResponse | undefined>
  putKeys(body: KeysRequest, accessToken?: string): Promise<void>
  devices(): Promise<DeviceDescription[]>
  renameDevice(id: string, name: string): Promise<void>
  removeDevice(id: string): Promise<void>
  deleteAccount(password: string): Promise<void>
}

const devicesSchema = z.object({
  items: z.array(deviceDescriptionSchema),
  nextCursor: z.nullable(z.string()),
})

/** Makes the requests of a client; those about who is signed in carry its token, or the one that is given. */
export function createAccountRequests({
  http,
  session,
}: {
  readonly http: Http
  readonly session: Pick<Session, 'accessToken'>
}): AccountRequests {
  const post = (path: string, body: unknown) => http.send({ method: 'POST', path, body })
  const authorized = async (request: HttpRequest, given?: string) => {
    if (given) return http.send({ ...request, accessToken: given })
    try {
      return await http.send({ ...request, accessToken: await session.accessToken() })
    } catch (error) {
      if (errorCode(error) !== 'unauthorized') throw error
      return http.send({ ...request, accessToken: await session.accessToken({ renew: true }) })
    }
  }
  return {
    prelogin: async login => readBody(await post('/api/auth/prelogin', { login }), preloginResponseSchema),
    register: async body => readBody(await post('/api/auth/register', body), sessionResponseSchema),
    login: async body => readBody(await post('/api/auth/login', body), sessionResponseSchema),
    async logout(refreshToken) {
      await post('/api/auth/logout', { refreshToken }).catch(() => undefined)
    },
    recovery: async (login, recoverySecret) =>
      readBody(await post('/api/auth/recovery', { login, recoverySecret }), recoveryResponseSchema),
    async resetPassword(body) {
      await post('/api/auth/reset-password', body)
    },
    async forgotPassword(login) {
      await post('/api/auth/forgot-password', { login })
    },
    async verifyEmail(token) {
      await post('/api/auth/verify-email', { token })
    },
    changePassword: async (body, accessToken) =>
      readBody(
        await authorized({ method: 'POST', path: '/api/auth/change-password', body }, accessToken),
        sessionResponseSchema,
      ),
    async changeEmail(password, email) {
      await authorized({ method: 'POST', path: '/api/auth/change-email', body: { password, email } })
    },
    async keys(accessToken) {
      try {
        const response = await authorized({ method: 'GET', path: '/api/user/keys' }, accessToken)
        return await readBody(response, keysResponseSchema)
      } catch (error) {
        if (errorCode(error) === 'not-found') return undefined
        throw error
      }
    },
    async putKeys(body, accessToken) {
      await authorized({ method: 'PUT', path: '/api/user/keys', body }, accessToken)
    },
    async devices() {
      const items: DeviceDescription[] = []
      let cursor: string | null = null
      do {
        const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`
        const response = await authorized({ method: 'GET', path: `/api/user/devices${query}` })
        const page: z.infer<typeof devicesSchema> = await readBody(response, devicesSchema)
        items.push(...page.items)
        cursor = page.nextCursor
      } while (cursor !== null)
      return items
    },
    async renameDevice(id, name) {
      await authorized({ method: 'PUT', path: devicePath(id), body: { name } })
    },
    async removeDevice(id) {
      await authorized({ method: 'DELETE', path: devicePath(id) })
    },
    async deleteAccount(password) {
      await authorized({ method: 'DELETE', path: '/api/user/account', body: { password } })
    },
  }
}

function devicePath(id: string): string {
  if (!z.safeParse(z.uuid(), id).success) throw new CodedError('invalid-input', 'This is no id of a device.')
  return `/api/user/devices/${id}`
}
