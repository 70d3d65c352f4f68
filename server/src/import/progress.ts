// Shows how far an import is: a bar on a terminal, a line now and then elsewhere.
import { MultiBar, Presets } from 'cli-progress'

/** A stream to write lines to, as `process.stdout` and `process.stderr` are. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean }

export interface Progress {
  /** So many bytes of the file and so many entries have been read. */
  update(bytesRead: number, entries: number): void
  /** A line for the person to keep, such as a rejected entry. */
  report(line: string): void
  stop(): void
}

/** @param totalBytes size of the file as it lies on the disk */
export function createProgress(output: Output, totalBytes: number, noun: string): Progress {
  return output.isTTY ? createBar(output, totalBytes, noun) : createLines(output, totalBytes, noun)
}

function createBar(output: Output, totalBytes: number, noun: string): Progress {
  const bars = new MultiBar(
    {
      stream: output,
      format: `{bar} {percentage}% | {entries} ${noun} | {duration_formatted}`,
      // Ctrl-C ends the import, so the terminal must be fit for use at any time.
      gracefulExit: false,
      hideCursor: false,
      linewrap: true,
    },
    Presets.shades_classic,
  )
  const bar = bars.create(totalBytes, 0, { entries: 0 })
  return {
    update: (bytesRead, entries) => bar.update(bytesRead, { entries }),
    report: line => bars.log(`${line}\n`),
    stop: () => {
      // Reports wait for the next drawing, which stopping alone would not come to.
      bars.update()
      bars.stop()
    },
  }
}

function createLines(output: Output, totalBytes: number, noun: string): Progress {
  let shownQuarters = 0
  return {
    update: (bytesRead, entries) => {
      const quarters = totalBytes ? Math.floor((bytesRead / totalBytes) * 4) : 0
      if (quarters <= shownQuarters || quarters >= 4) return
      shownQuarters = quarters
      output.write(`${quarters * 25} %: ${entries} ${noun} read\n`)
    },
    report: line => output.write(`${line}\n`),
    stop: () => undefined,
  }
}
