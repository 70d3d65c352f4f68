import { createHash } from 'node:crypto'
import {
  DOCUMENT_NAMES,
  type DocumentName,
  type ExportData,
  errorCode,
  keyOf,
  parseExport,
  type RegisterEntry,
  renderExport,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  '<!--<script>',
  ']]>',
  '&lt;b&gt;',
  '</html>',
  '\u2028\u2029\u0000',
  "' onmouseover='alert(1)",
]
const DEVICE = 'aaaaaaaa'
const OTHER_DEVICE = 'bbbbbbbb'
const VIDEO = '01890a5d-ac96-774b-bcce-b302099a8057'

describe('the data of an export', () => {
  it('[X1] survives the round trip whatever it holds, removals and values unknown to this version included', () => {
    fc.assert(
      fc.property(anyExport(), data => {
        expect(parseExport(renderExport(data))).toEqual(data)
      }),
      { numRuns: 200 },
    )
  })

  it('[X1] keeps documents and properties that this version does not know', () => {
    const data = {
      ...exportOf({}),
      later: { a: 1 },
      documents: { ...exportOf({}).documents, petitions: [entry('p', 1)] },
    }
    expect(parseExport(renderExport(data))).toEqual(data)
  })

  it('[X1] has every document, empty where the file lacks it', () => {
    const data = parseExport(fileOf({ version: 1, madeAt: '2026-01-31T12:00:00Z', documents: {} }))
    expect(data.documents).toEqual(exportOf({}).documents)
  })

  it('[X2] leaves malformed entries out and keeps the others', () => {
    const votes = [
      ['hr1-118', -1, DEVICE, null],
      entry('hr2-118', 5),
      'no entry',
      ['hr3-118', 5, 'Device', null],
    ]
    const data = parseExport(fileOf({ version: 1, madeAt: '', documents: { votes } }))
    expect(data.documents.votes).toEqual([entry('hr2-118', 5)])
  })

  it('[X5] is taken from any file that is whole, whatever a browser or a mail program did around it', () => {
    const html = renderExport(sample())
    const saved = html.replace(
      '<!doctype html>',
      '<!DOCTYPE html>\r\n<!-- saved from url=(0014)about:internet -->',
    )
    expect(parseExport(`${saved.replaceAll('\n', '\r\n')}\r\n\r\n`)).toEqual(sample())
  })

  it('[X5] is printable ASCII in one line, so that no change of encoding reaches it', () => {
    const { documents } = sample()
    const html = renderExport({
      ...sample(),
      documents: { ...documents, notes: [note('žluťoučký 🐎 & <b>')] },
    })
    expect(html).toMatch(/data-sha256="[0-9a-f]{64}">[ -%'-;=?-~]*<\/script>\n<\/body>\n<\/html>$/)
  })
})

describe('a file that is not whole', () => {
  it('[X6] cut at any byte is truncated', () => {
    const bytes = new TextEncoder().encode(renderExport(sample()))
    for (let length = 0; length < bytes.length; length++) {
      const code = codeOfParsing(new TextDecoder().decode(bytes.subarray(0, length)))
      if (code !== 'export-truncated') expect.fail(`cut at ${length}: ${code}`)
    }
  })

  it('[X7] with any bit of the data flipped is damaged', () => {
    const html = renderExport(sample())
    const bytes = new TextEncoder().encode(html)
    const from = new TextEncoder().encode(html.slice(0, html.indexOf('data-sha256'))).length
    const to = bytes.length - '</script>\n</body>\n</html>'.length
    for (let bit = from * 8; bit < to * 8; bit++) {
      const code = codeOfParsing(flipped(bytes, bit))
      if (code !== 'export-damaged') expect.fail(`bit ${bit}: ${code}`)
    }
  })

  it('[X7] with a bit of any byte flipped elsewhere gives the same data or an error, never other data', () => {
    const bytes = new TextEncoder().encode(renderExport(sample()))
    const expected = JSON.stringify(parseExport(renderExport(sample())))
    // One bit of each byte, another each time: all of them take half a minute and have shown nothing more.
    for (let byte = 0; byte < bytes.length; byte++) {
      const bit = byte * 8 + (byte % 8)
      const text = flipped(bytes, bit)
      const code = codeOfParsing(text)
      if (code === 'parsed' && JSON.stringify(parseExport(text)) !== expected)
        expect.fail(`bit ${bit}: other data`)
      if (!['parsed', 'export-damaged', 'export-truncated'].includes(code)) expect.fail(`bit ${bit}: ${code}`)
    }
  })

  it('[X7] that is no export at all is damaged', () => {
    for (const text of ['{"votes":[]}', '<html><body>Hello</body></html>', 'x', '<!doctype html><p></html>'])
      expect(codeOfParsing(text)).toBe('export-damaged')
  })

  it('[X7] of the right checksum but without the documented form is damaged', () => {
    for (const value of [
      null,
      1,
      [],
      {},
      { version: 1 },
      { version: 0 },
      { version: 1, madeAt: '', documents: { votes: {} } },
    ])
      expect(codeOfParsing(fileOf(value))).toBe('export-damaged')
    expect(codeOfParsing(fileOf({}, '{"version":1,'))).toBe('export-damaged')
    expect(codeOfParsing(fileOf({}, '['.repeat(200_000)))).toBe('export-damaged')
  })

  it('[X8] of a newer version is told as such', () => {
    expect(codeOfParsing(fileOf({ version: 2, anything: true }))).toBe('export-unknown-version')
  })
})

describe('the page of an export', () => {
  it('[X4] holds no script but the data, whatever names and notes hold', () => {
    for (const text of HOSTILE) {
      const html = renderExport(hostileExport(text))
      expect(html.match(/<script/gi)).toEqual(['<script'])
      expect(html).toMatch(/<script type="application\/json" /)
      expect(html.match(/<\/script|<\/html/gi)).toEqual(['</script', '</html'])
      expect(tagsOf(html)).toEqual(tagsOf(renderExport(hostileExport('harmless'))))
      expect(parseExport(html)).toEqual(hostileExport(text))
    }
  })

  it('[X4] holds the same elements whatever text stands in it', () => {
    const expected = tagsOf(renderExport(hostileExport('harmless')))
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 }), text => {
        expect(tagsOf(renderExport(hostileExport(text)))).toEqual(expected)
      }),
    )
  })

  it('[X4] loads nothing and may load nothing', () => {
    const html = renderExport(sample())
    expect(html).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;">`,
    )
    expect(html).not.toMatch(/<(link|img|iframe|object|embed|form|a)\b|url\(|@import|\s(src|href)=/i)
  })

  it('[X3] shows votes, bookmarks, learning with totals, ratings, profile, settings and notes', () => {
    const page = textOf(renderExport(sample()))
    for (const shown of [
      'A bill on orchards',
      'hr8-118 no',
      'Intro to co-operatives',
      '75 % 1 h 5 min 2026-01-03 10:00 UTC',
      '4 of 5',
      '1 in all 1 h 5 min 0 completed',
      'Display name Ada Exampleton',
      'housing',
      'mode/votes &quot;open&quot;',
      'Remember the apples',
      'streak',
      '1 removed entries',
    ])
      expect(page).toContain(shown)
  })

  it('[X3] shows the winning value only, and a value of unknown form as it is', () => {
    const votes = [
      entry('hr9-118', 1, vote('yes')),
      entry('hr9-118', 2, vote('abstain')),
      entry('x', 1, { odd: 1 }),
    ]
    const page = textOf(renderExport(exportOf({ votes })))
    expect(page).toContain('hr9-118 abstain')
    expect(page).not.toContain('hr9-118 yes')
    expect(page).toContain('x {&quot;odd&quot;:1}')
  })
})

function codeOfParsing(text: string): string {
  try {
    parseExport(text)
    return 'parsed'
  } catch (error) {
    return errorCode(error)
  }
}

function flipped(bytes: Uint8Array, bit: number): string {
  const copy = bytes.slice()
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return new TextDecoder().decode(copy)
}

/** A file with the right length and checksum around any data. */
function fileOf(data: unknown, json = JSON.stringify(data)): string {
  const sha256 = createHash('sha256').update(json).digest('hex')
  return `<!doctype html><script type="application/json" id="workforce-democracy-export" data-length="${json.length}" data-sha256="${sha256}">${json}</script></body></html>`
}

function entry(key: string, stamp: number, value: RegisterEntry[3] = null, device = DEVICE): RegisterEntry {
  return [key, stamp, device, value]
}

const vote = (choice: string, billName = 'A bill on orchards') => ({
  choice,
  billName,
  votedAt: '2026-01-02T10:00:00Z',
})
const note = (text: string) => entry('bill/hr8-118', 9, { text, editedAt: '2026-01-02T10:00:00Z' })
const seen = (percent: number, seconds: number, viewedAt: string) => ({ percent, seconds, viewedAt })

function exportOf(documents: Partial<Record<DocumentName, RegisterEntry[]>>): ExportData {
  const empty = Object.fromEntries(
    DOCUMENT_NAMES.map(name => [name, []]),
  ) as unknown as ExportData['documents']
  return { version: 1, madeAt: '2026-01-31T12:00:00.000Z', documents: { ...empty, ...documents } }
}

function sample(): ExportData {
  return {
    ...exportOf({
      votes: [entry('hr8-118', 7, vote('no')), entry('hr7-118', 8)],
      bookmarks: [entry(keyOf('resource', VIDEO), 3, { addedAt: '2026-01-02T10:00:00Z', folder: 'later' })],
      progress: [
        entry(keyOf('seen', VIDEO, DEVICE), 4, seen(75, 3000, '2026-01-02T10:00:00Z')),
        entry(keyOf('seen', VIDEO, OTHER_DEVICE), 5, seen(50, 900, '2026-01-03T10:00:00Z'), OTHER_DEVICE),
        entry(keyOf('rating', VIDEO), 6, { rating: 4, ratedAt: '2026-01-03T10:00:00Z' }),
        entry(keyOf('achievement', 'streak', DEVICE), 7, { earnedAt: '2026-01-03T10:00:00Z' }),
      ],
      profile: [
        entry('displayName', 1, 'Ada Exampleton'),
        entry(keyOf('interest', 'housing'), 2, { addedAt: '2026-01-02T10:00:00Z' }),
      ],
      notes: [note('Remember the apples')],
      settings: [entry('mode/votes', 2, 'open')],
    }),
    catalogVersion: 'c0ffee',
    resources: [{ id: VIDEO, title: 'Intro to co-operatives' }],
  }
}

/** `text` wherever a person or a catalog can put text. */
function hostileExport(text: string): ExportData {
  const votedAt = '2026-01-02T10:00:00Z'
  return {
    ...exportOf({
      votes: [entry('hr8-118', 7, { choice: 'no', billName: text, billType: text, votedAt })],
      bookmarks: [entry(keyOf(text, text), 3, { addedAt: votedAt, folder: text })],
      profile: [entry('displayName', 1, text), entry('goals', 1, [text])],
      notes: [note(text)],
      progress: [entry(`${keyOf('odd')}/x${text}`, 1, { [`p${text}`]: text, markup: text })],
    }),
    madeAt: text,
    catalogVersion: text,
    resources: [{ id: text, title: text }],
  }
}

/** The elements and attributes of the readable page, without its text. */
function tagsOf(html: string): string[] {
  return (html.split('<script type="application/json"')[0] ?? '')
    .replace(/datetime="[^"<>]*"/g, 'datetime')
    .match(/<[^>]*>?/g) as string[]
}

/** What a reader sees: the text of the page, blanks collapsed. */
function textOf(html: string): string {
  const page = html.slice(html.indexOf('<main>'), html.indexOf('</main>'))
  return page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
}

function anyExport(): fc.Arbitrary<ExportData> {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  const value = fc
    .jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
    .filter(json => !JSON.stringify(json).includes('__proto__'))
    .map(json => JSON.parse(JSON.stringify(json)) as RegisterEntry[3])
  const entries = fc.array(
    fc.tuple(
      fc.oneof(text, fc.constantFrom(...HOSTILE)),
      fc.integer({ min: 1, max: 2 ** 52 - 1 }),
      fc.constantFrom(DEVICE, OTHER_DEVICE, 'server'),
      value,
    ),
    { maxLength: 6 },
  )
  return fc.record(
    {
      version: fc.constant(1 as const),
      madeAt: text,
      catalogVersion: text,
      documents: fc.record(
        Object.fromEntries(DOCUMENT_NAMES.map(name => [name, entries])) as Record<
          DocumentName,
          typeof entries
        >,
      ),
      resources: fc.array(fc.record({ id: text, title: text })),
    },
    { requiredKeys: ['version', 'madeAt', 'documents'] },
  )
}
