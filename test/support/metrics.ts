// What a server says of itself at `/metrics`.

/** Value of one sample, named as it stands there with its labels; 0 while there is none. */
export async function readMetric(serverUrl: string, sample: string): Promise<number> {
  const lines = (await (await fetch(`${serverUrl}/metrics`)).text()).split('\n')
  const line = lines.find(each => each.startsWith(`${sample} `))
  return Number(line?.slice(sample.length + 1) ?? 0)
}

/** How many connections were refused or closed for a reason of the table of errors. */
export const readRefusals = (serverUrl: string, reason: string): Promise<number> =>
  readMetric(serverUrl, `wd_refusals_total{reason="${reason}"}`)
