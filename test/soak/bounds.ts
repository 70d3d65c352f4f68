// What a soak must show.
import { median } from '../bench/sync/statistics.ts'
import type { SoakReport, SoakRow } from './soak.ts'

/** Bounds of a soak. */
export interface SoakBounds {
  readonly connections: number
  readonly maxResidentBytes: number
  /** By what share the median of the last fifth of the rows may be over that of the second fifth. */
  readonly maxGrowth?: number
}

/** Says how a soak falls short of its bounds; nothing if it does not. */
export function shortcomingsOf(report: SoakReport, bounds: SoakBounds): string[] {
  const { rows, peakResidentBytes, lost, sent, acknowledged, incompleteDocuments } = report
  const fewest = Math.min(...rows.map(({ connections }) => connections))
  const growth = growthOf(rows)
  const tooMuch = bounds.maxGrowth !== undefined && !(growth <= bounds.maxGrowth)
  const findings: readonly (false | string)[] = [
    !(peakResidentBytes <= bounds.maxResidentBytes) && `${toMib(peakResidentBytes)} MiB resident`,
    tooMuch && `resident memory grew by ${(growth * 100).toFixed(1)} %`,
    lost.length > 0 && `${lost.length} connections were lost: ${[...new Set(lost)].join(', ')}`,
    !(fewest >= bounds.connections) && `the server had only ${fewest} connections`,
    !(sent > 0 && acknowledged === sent) && `${acknowledged} of ${sent} writes were acknowledged`,
    incompleteDocuments > 0 && `${incompleteDocuments} documents lack what was acknowledged`,
  ]
  return findings.filter(finding => finding !== false)
}

/** By what share resident memory is more in the last fifth than in the second; the first is still warming up. */
export function growthOf(rows: readonly SoakRow[]): number {
  const medianOf = (fifth: number) => {
    const part = rows.slice(
      Math.floor((rows.length * fifth) / 5),
      Math.floor((rows.length * (fifth + 1)) / 5),
    )
    return median(part.map(({ residentBytes }) => residentBytes))
  }
  return medianOf(4) / medianOf(1) - 1
}

export const toMib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)
