// The `@example`s of doc comments in the sources, as code that can be run.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** One example. */
export interface DocumentedExample {
  /** Of the source, from the repository's root. */
  readonly file: string
  readonly code: string
}

/** The examples of all sources in `directories`. */
export async function documentedExamples(...directories: string[]): Promise<DocumentedExample[]> {
  const lists = await Promise.all(directories.map(each => readdir(join(ROOT, each), { recursive: true })))
  const files = lists.flatMap((names, index) => names.map(name => join(directories[index] ?? '', name)))
  const found = files
    .filter(name => name.endsWith('.ts'))
    .toSorted()
    .map(examplesIn)
  return (await Promise.all(found)).flat()
}

async function examplesIn(file: string): Promise<DocumentedExample[]> {
  const source = await readFile(join(ROOT, file), 'utf8')
  const comments = source.match(/\/\*\*[\s\S]*?\*\//g) ?? []
  return comments.flatMap(comment => {
    const text = comment.replace(/^\/\*\*|\s*\*\/$/g, '').replace(/^[ \t]*\* ?/gm, '')
    const [, ...tags] = text.split(/^@/m)
    return tags
      .filter(tag => tag.startsWith('example'))
      .map(tag => ({ file, code: tag.replace(/^example\s*/, '').trim() }))
  })
}

/** What names in examples stand for. */
export type Scope = Readonly<Record<string, unknown>>

/** Runs `code` with these names; `return` and `await` may stand anywhere in it, and JSX. */
export async function runExample(code: string, scope: Scope): Promise<unknown> {
  const run = await exampleAs('async', code, scope)
  return run()
}

/** `code` as a function that does not wait, such as a component of React. */
export async function componentOf(code: string, scope: Scope): Promise<() => unknown> {
  return exampleAs('', code, scope)
}

async function exampleAs(kind: 'async' | '', code: string, scope: Scope): Promise<() => unknown> {
  const { code: compiled } = await transform(`${kind} function example() {\n${code}\n}`, {
    loader: 'tsx',
    target: 'es2022',
    jsxFactory: 'createElement',
  })
  // An example is part of our own sources.
  const make = new Function(...Object.keys(scope), `${compiled}\nreturn example`)
  return make(...Object.values(scope))
}
