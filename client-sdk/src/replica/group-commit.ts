// One commit under way at a time: the next takes everything that arrived meanwhile.

/** So many at most, since a page can draw and answer only between groups. */
const MAX_JOBS = 512

/** A queue whose jobs are done in groups. */
export class GroupCommit<Job> {
  readonly #commit: (jobs: readonly Job[]) => Promise<void>
  #queue: Job[] = []
  #running: Promise<void> | undefined

  /** `commit` settles each of its jobs itself, and never rejects. */
  constructor(commit: (jobs: readonly Job[]) => Promise<void>) {
    this.#commit = commit
  }

  add(job: Job): void {
    this.#queue.push(job)
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // A turn of its own, so that what is added in one go is done in one go.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#commit(this.#queue.splice(0, MAX_JOBS))
    this.#running = undefined
  }
}
