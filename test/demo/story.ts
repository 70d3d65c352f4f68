// How the demo speaks: numbered steps while they run, claims that hold or not, and the verdict in the end.

/** Tells a story and keeps count of what held. */
export interface Story {
  /** Runs one step, with its name and time on the screen. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>
  /** A line within the present step. */
  say(line: string): void
  /** Something that must hold; the story goes on if it does not. */
  claim(text: string, holds: boolean): void
  /** Says what held and how long it took. Returns the exit code. */
  end(): number
}

/** A story told by `print`. */
export function createStory(print: (line: string) => void, nowMs: () => number): Story {
  const startedAtMs = nowMs()
  const failed: string[] = []
  let held = 0
  let steps = 0
  return {
    async step(name, work) {
      const stepStartedAtMs = nowMs()
      print(`\n${++steps}. ${name}`)
      const result = await work()
      print(`   (${((nowMs() - stepStartedAtMs) / 1000).toFixed(1)} s)`)
      return result
    },
    say: line => print(`   ${line}`),
    claim(text, holds) {
      if (holds) held++
      else failed.push(text)
      print(`   ${holds ? '✓' : '✗ DOES NOT HOLD:'} ${text}`)
    },
    end() {
      const seconds = ((nowMs() - startedAtMs) / 1000).toFixed(1)
      print(`\n${held} of ${held + failed.length} claims held, in ${seconds} s.`)
      for (const text of failed) print(`✗ ${text}`)
      return failed.length > 0 ? 1 : 0
    },
  }
}
