// What stands between clients and a real server: passes requests on, and may lie, lose answers, or be away. What was sent
// is on record.

/** A request as it was sent. */
export interface SentRequest {
  readonly method: string
  readonly path: string
  readonly body: string
}

export class GoBetween {
  readonly requests: SentRequest[] = []
  isOnline = true
  /** The answer to the next request to this path is lost, after it was carried out. */
  loseAnswerTo: string | undefined
  /** Runs before the next request to this path is passed on. */
  before: { readonly path: string; readonly run: () => Promise<void> } | undefined
  /** Changes answers that have a body. */
  lie: ((path: string, body: unknown) => unknown) | undefined

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const path = new URL(String(input)).pathname
    this.requests.push({ method: init.method ?? 'GET', path, body: String(init.body ?? '') })
    if (!this.isOnline) throw new TypeError('fetch failed')
    if (this.before?.path === path) {
      const { run } = this.before
      this.before = undefined
      await run()
    }
    const response = await globalThis.fetch(input, init)
    if (this.loseAnswerTo === path) {
      this.loseAnswerTo = undefined
      await response.body?.cancel()
      throw new TypeError('the answer was lost')
    }
    const text = this.lie && response.ok ? await response.text() : ''
    if (!this.lie || !text) return text ? new Response(text, response) : response
    return Response.json(this.lie(path, JSON.parse(text)), {
      status: response.status,
      headers: { date: response.headers.get('date') ?? '' },
    })
  }

  /** The next request to this path is carried out, its answer lost, and the network away from then on. */
  cutAfter(path: string): void {
    this.loseAnswerTo = path
    this.before = {
      path,
      // This one is on its way already.
      run: async () => {
        this.isOnline = false
      },
    }
  }
}
