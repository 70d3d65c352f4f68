// What the routes of auth-routes.ts say of themselves in the document of the API.
import {
  preloginResponseSchema,
  recoveryResponseSchema,
  sessionResponseSchema,
} from '@workforce-democracy/shared'
import { jwksSchema } from './answer-schemas.ts'
import { documented } from './documented.ts'
import {
  EXAMPLE_DEVICE,
  EXAMPLE_LOGIN,
  EXAMPLE_NEW_KEYS,
  EXAMPLE_PASSWORD,
  EXAMPLE_SECRET,
  EXAMPLE_SESSION,
  EXAMPLE_TOKEN,
} from './examples.ts'

const SEED = 'bWFkZS11cC1zZWVkLTE2Yg'
const JWK = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: '2026-1', x: EXAMPLE_SECRET }

const session = { schema: sessionResponseSchema, example: EXAMPLE_SESSION }
const NEW_PASSWORD = 'another long made-up password'

/** By the last part of the path. */
export const authOperations = {
  prelogin: documented({
    summary: 'Ask how the password of a name is derived',
    description:
      'For devices that send a login secret in the place of the password. Every name has an answer.',
    who: 'anyone',
    answer: {
      schema: preloginResponseSchema,
      example: { seed: SEED, memoryKiB: 65_536, iterations: 3, parallelism: 1 },
    },
    example: { body: { login: EXAMPLE_LOGIN } },
  }),
  register: documented({
    summary: 'Make an account and sign in',
    description:
      'The flags say which documents the server may read, and what for. Without them it reads none.',
    who: 'anyone',
    answer: { status: 201, ...session },
    codes: ['login-taken', 'record-refused'],
    example: {
      body: {
        username: EXAMPLE_LOGIN,
        password: EXAMPLE_PASSWORD,
        privacy: { personalizedRecommendations: true, civicEngagementTracking: true },
        device: EXAMPLE_DEVICE,
      },
    },
  }),
  login: documented({
    summary: 'Sign in',
    who: 'anyone',
    answer: session,
    codes: ['wrong-credentials', 'account-deleted', 'forbidden'],
    example: { body: { login: EXAMPLE_LOGIN, password: EXAMPLE_PASSWORD, device: EXAMPLE_DEVICE } },
  }),
  refresh: documented({
    summary: 'Exchange a refresh token for the next one and a new access token',
    who: 'anyone',
    answer: session,
    codes: ['unauthorized', 'account-deleted'],
    example: { body: { refreshToken: EXAMPLE_SESSION.refreshToken } },
  }),
  logout: documented({
    summary: 'End the session of a refresh token',
    description: 'A token that is none changes nothing, and nobody is told.',
    who: 'anyone',
    answer: { status: 204 },
    example: { body: { refreshToken: EXAMPLE_SESSION.refreshToken } },
  }),
  verifyEmail: documented({
    summary: 'Confirm an email address with the token of a mail',
    who: 'anyone',
    answer: { status: 204 },
    codes: ['invalid-token'],
    example: { body: { token: EXAMPLE_TOKEN } },
  }),
  forgotPassword: documented({
    summary: 'Have a mail sent that resets the password',
    description: 'The same answer for every name.',
    who: 'anyone',
    answer: { status: 202 },
    example: { body: { login: EXAMPLE_LOGIN } },
  }),
  recovery: documented({
    summary: 'Get what the recovery code opens',
    who: 'anyone',
    answer: {
      schema: recoveryResponseSchema,
      example: { record: EXAMPLE_NEW_KEYS.record, recoveryBundle: EXAMPLE_NEW_KEYS.recoveryBundle },
    },
    codes: ['wrong-credentials', 'account-deleted'],
    example: { body: { login: EXAMPLE_LOGIN, recoverySecret: EXAMPLE_SECRET } },
  }),
  resetPassword: documented({
    summary: 'Set a new password with the token of a mail, or with the recovery code',
    description: 'Ends all sessions. On an account whose address was never verified it deletes everything.',
    who: 'anyone',
    answer: { status: 204 },
    codes: ['invalid-token', 'wrong-credentials', 'account-deleted', 'record-conflict', 'record-refused'],
    example: { body: { token: EXAMPLE_TOKEN, newPassword: NEW_PASSWORD } },
  }),
  changePassword: documented({
    summary: 'Change my password',
    description: 'Ends all other sessions. An account with keys gives new ones.',
    who: 'person',
    answer: session,
    codes: ['wrong-credentials', 'record-conflict', 'record-refused'],
    example: { body: { password: EXAMPLE_PASSWORD, newPassword: NEW_PASSWORD } },
  }),
  changeEmail: documented({
    summary: 'Change my email address',
    description: 'It counts once the token of the mail that goes there is given to verify-email.',
    who: 'person',
    answer: { status: 202 },
    codes: ['wrong-credentials'],
    example: { body: { password: EXAMPLE_PASSWORD, email: 'ada@mail.example' } },
  }),
  publicKeys: documented({
    summary: 'Get the keys that access tokens are verified with',
    who: 'anyone',
    answer: { schema: jwksSchema, example: { keys: [JWK] } },
  }),
}
