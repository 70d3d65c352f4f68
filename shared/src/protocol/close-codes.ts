// WebSocket close codes. y-websocket stops for good on 44xx and retries on everything else (SPEC P9).

export const CLOSE_CODES = {
  malformed: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  notFound: 4404,
  moved: 4409,
  tooLarge: 4413,
  protocolTooOld: 4426,
  overloaded: 4503,
  tooMany: 4529,
  restart: 1012,
} as const
