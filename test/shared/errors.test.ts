import {
  CLOSE_CODES,
  CodedError,
  ERROR_KINDS,
  type ErrorCode,
  errorCode,
  problemSchema,
  toProblem,
} from '@workforce-democracy/shared'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'

const codes = Object.keys(ERROR_KINDS) as ErrorCode[]

describe('errors', () => {
  it('[P9] close a socket with a code of the published table only', () => {
    const published: number[] = Object.values(CLOSE_CODES)
    for (const code of codes) expect(published).toContain(new CodedError(code).closeCode)
  })

  it('[P9] that end a session stop y-websocket for good where trying again is of no use, and only there', () => {
    const stopping = {
      'malformed-message': 4400,
      unauthorized: 4401,
      'consent-required': 4403,
      'document-sealed': 4403,
    }
    const alsoStopping = {
      'unknown-document': 4404,
      moved: 4409,
      'too-large': 4413,
      'too-costly': 4413,
      'protocol-too-old': 4426,
    }
    const passing = { overloaded: 4503, internal: 4503, 'too-many': 4529, restarting: 1012 }
    for (const [code, closeCode] of Object.entries({ ...stopping, ...alsoStopping }))
      expect(new CodedError(code as ErrorCode)).toMatchObject({ closeCode, retryable: false })
    for (const [code, closeCode] of Object.entries(passing))
      expect(new CodedError(code as ErrorCode)).toMatchObject({ closeCode, retryable: true })
  })

  it('have a code in kebab-case and a status of an error', () => {
    for (const code of codes) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(new CodedError(code).status).toBeGreaterThanOrEqual(400)
      expect(new CodedError(code).status).toBeLessThan(600)
    }
  })

  it('become problem details with their code, their detail and the fields that are wrong, and nothing of their cause', () => {
    const error = new CodedError('invalid-input', 'It has no name.', { cause: new Error('secret') })
    const problem = toProblem(error, { errors: [{ path: 'name', message: 'required' }] })
    expect(z.parse(problemSchema, problem)).toEqual(problem)
    expect(problem).toMatchObject({ status: 400, code: 'invalid-input', detail: 'It has no name.' })
    expect(problem.errors).toEqual([{ path: 'name', message: 'required' }])
    expect(JSON.stringify(problem)).not.toContain('secret')
  })

  it('that are not of this project count as internal', () => {
    expect(errorCode(new CodedError('moved'))).toBe('moved')
    for (const other of [new Error('moved'), 'moved', undefined]) expect(errorCode(other)).toBe('internal')
  })
})
