// Imports point down only, and what runs in a browser stays free of Node. Read from the import statements.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = join(fileURLToPath(import.meta.url), '../..')

/**
 * The parts of each workspace, top first: a file of `src` or a folder. A part imports only from rows below its own;
 * parts of one row do not know each other. A new part takes its place here.
 */
const LAYERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  shared: [
    ['index.ts'],
    ['http-api'],
    ['learning'],
    ['export-format', 'recommend'],
    ['civic', 'sealed'],
    ['account-record', 'documents', 'envelope', 'local', 'protocol', 'receipts'],
    ['registers'],
    ['errors.ts'],
  ],
  'client-sdk': [
    ['browser.ts', 'node.ts', 'react.ts'],
    ['index.ts'],
    ['browser'],
    ['tabs'],
    ['client.ts'],
    [
      'account.ts',
      'export.ts',
      'inspection.ts',
      'local.ts',
      'recommendations.ts',
      'representatives.ts',
      'verbs',
    ],
    ['account'],
    ['sync'],
    ['uses.ts'],
    ['catalogs.ts', 'session.ts'],
    ['http.ts', 'replica.ts'],
    ['modes.ts', 'replica'],
    ['store'],
    ['keys'],
  ],
  server: [
    ['cli.ts'],
    ['admin-roles.ts', 'rotate-keys.ts', 'serve.ts'],
    ['main.ts'],
    ['app.ts', 'open-databases.ts'],
    ['context.ts'],
    ['config.ts'],
    ['secrets.ts'],
    ['http'],
    ['accounts'],
    ['import', 'jobs', 'local', 'mail', 'projection', 'sync'],
    ['bus', 'catalog', 'documents'],
    ['encryption'],
    ['postgres'],
    ['db', 'lru-map.ts', 'metrics.ts', 'network-address.ts'],
  ],
}

/** Which part of this project a workspace may import by name. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  'client-sdk': ['@workforce-democracy/shared'],
  server: ['@workforce-democracy/shared'],
}

const NODE_ONLY = /^(node:.*|better-sqlite3|ws|pg|@node-rs\/.*)$/
/** Files of the SDK that are for Node: the entry point and the SQLite store. */
const SDK_NODE_FILES = /^client-sdk\/src\/(node\.ts|store\/sqlite-[a-z]+\.ts)$/
/** What only a platform has: input, output, clock, randomness. */
const IMPURE =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.|crypto\.|setTimeout\(|setInterval\(|fetch\(|console\.|process\.|Buffer\.|window\.|globalThis\.|localStorage|indexedDB|navigator\.)/
const SQL =
  /[`'"]\s*(select\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|with\s+\S+\s+as\s|(create|alter|drop)\s+(table|index|role|database|schema)\s)/i
const SQL_FOLDERS = /^server\/src\/(db|postgres)\//

interface SourceFile {
  /** From the root of the project, with `/`. */
  readonly path: string
  readonly workspace: string
  /** The file of `src`, or the folder in it. */
  readonly part: string
  /** Without comments. */
  readonly text: string
  readonly imports: readonly string[]
}

const files = Object.keys(LAYERS).flatMap(sourceFiles)

describe('imports', () => {
  it('are found', () => {
    expect(files.length).toBeGreaterThan(60)
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(files.length)
  })

  it('have a place for every part', () => {
    const placeless = files.filter(file => rowOf(file.workspace, file.part) === -1)
    expect(placeless.map(({ path }) => path)).toEqual([])
  })

  it('point down only', () => {
    expect(
      violations((file, imported) => (pointsDown(file, imported) ? undefined : 'does not point down')),
    ).toEqual([])
  })

  it('of this project by name go to shared only', () => {
    expect(
      violations(({ workspace }, imported) => {
        const own = imported.startsWith('@workforce-democracy/')
        return own && !PACKAGES[workspace]?.includes(imported) ? 'is another workspace' : undefined
      }),
    ).toEqual([])
  })

  it('of Node are none in shared, and in the SDK only where its files are for Node', () => {
    expect(
      violations(({ workspace, path }, imported) => {
        const portable = workspace === 'shared' || (workspace === 'client-sdk' && !SDK_NODE_FILES.test(path))
        return portable && NODE_ONLY.test(imported) ? 'needs Node' : undefined
      }),
    ).toEqual([])
  })

  it('of files that are for Node are none where the SDK is for browsers', () => {
    expect(
      violations(({ workspace, path }, imported) => {
        if (workspace !== 'client-sdk' || SDK_NODE_FILES.test(path)) return undefined
        return SDK_NODE_FILES.test(resolved(path, imported)) ? 'needs Node' : undefined
      }),
    ).toEqual([])
  })
})

describe('what is not pure', () => {
  it('is not in shared: no clock, no randomness, no input or output', () => {
    const impure = files.filter(({ workspace, text }) => workspace === 'shared' && IMPURE.test(text))
    expect(impure.map(({ path, text }) => `${path}: ${IMPURE.exec(text)?.[0]}`)).toEqual([])
  })

  it('as SQL is only in server/src/db and server/src/postgres', () => {
    const withSql = files.filter(
      ({ workspace, path, text }) => workspace === 'server' && SQL.test(text) && !SQL_FOLDERS.test(path),
    )
    expect(withSql.map(({ path, text }) => `${path}: ${SQL.exec(text)?.[0]}`)).toEqual([])
    expect(files.filter(({ text, path }) => SQL.test(text) && SQL_FOLDERS.test(path)).length).toBeGreaterThan(
      5,
    )
  })
})

function sourceFiles(workspace: string): SourceFile[] {
  const src = join(ROOT, workspace, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => {
      const path = relative(ROOT, join(src, name)).split(sep).join('/')
      const text = withoutComments(readFileSync(join(src, name), 'utf8'))
      return { path, workspace, part: partOf(path), text, imports: importsOf(text) }
    })
}

/** What a file imports: `import … from`, `export … from`, bare `import` and `import()`, types included. */
function importsOf(text: string): string[] {
  const statements = /(?:^|[\s;}])(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g
  return [...text.matchAll(statements)].map(([, from, bare]) => from ?? bare ?? '')
}

function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

function violations(check: (file: SourceFile, imported: string) => string | undefined): string[] {
  return files.flatMap(file =>
    file.imports.flatMap(imported => {
      const violation = check(file, imported)
      return violation ? [`${file.path}: ${imported} ${violation}`] : []
    }),
  )
}

function pointsDown({ path, workspace, part }: SourceFile, imported: string): boolean {
  if (!imported.startsWith('.')) return true
  const target = resolved(path, imported)
  if (!target.startsWith(`${workspace}/src/`)) return false
  const to = partOf(target)
  return to === part || rowOf(workspace, to) > rowOf(workspace, part)
}

/** The path of a relative import, from the root of the project; other imports as they are. */
function resolved(path: string, imported: string): string {
  return imported.startsWith('.') ? join(dirname(path), imported).split(sep).join('/') : imported
}

/** The file of `src` or the folder in it that a path belongs to. */
function partOf(path: string): string {
  return path.split('/')[2] ?? ''
}

function rowOf(workspace: string, part: string): number {
  return LAYERS[workspace]?.findIndex(row => row.includes(part)) ?? -1
}
