// Search and filters above a list, kept in the address of the page.
import { h } from '../dom.ts'
import { t } from '../language.ts'
import type { PageContext } from '../page.ts'
import { selectField, textField } from './field.ts'

/** A filter with its options. */
export interface Filter {
  readonly name: string
  readonly label: string
  /** Without the first, which is "any" unless there is an `initial`. */
  readonly options: readonly (readonly [value: string, label: string])[]
  /** What is chosen unless the person has chosen. */
  readonly initial?: string
}

/** What is searched for and chosen, by name; `q` are the words. */
export type FilterValues = Readonly<Record<string, string>>

/** The bar. `subscribe` tells of changes. */
export function filterBar(
  { query, keepQuery }: Pick<PageContext, 'query' | 'keepQuery'>,
  hint: string,
  filters: readonly Filter[],
) {
  const listeners = new Set<() => void>()
  const values: Record<string, string> = { q: query.get('q') ?? '' }
  for (const { name, initial = '' } of filters) values[name] = query.get(name) ?? initial
  const changed = () => {
    const isInitial = (name: string, value: string) =>
      filters.some(each => each.name === name && each.initial === value)
    keepQuery(Object.fromEntries(Object.entries(values).filter(([name, value]) => !isInitial(name, value))))
    for (const listener of [...listeners]) listener()
  }
  const search = textField({
    ...{ label: t.common.search, wide: true },
    control: {
      ...{ type: 'search', placeholder: hint, value: values.q, autocomplete: 'off', enterkeyhint: 'search' },
      on: {
        input() {
          values.q = search.control.value
          changed()
        },
      },
    },
  })
  const selects = filters.map(({ name, label, options, initial }) => {
    const all = initial === undefined ? ([['', t.common.any], ...options] as const) : options
    const select = selectField({
      ...{ label, options: all, value: values[name] ?? '' },
      control: {
        on: {
          change() {
            values[name] = select.control.value
            changed()
          },
        },
      },
    })
    return { name, initial, select }
  })
  return {
    element: h(
      'form',
      { class: 'filters', role: 'search', on: { submit: event => event.preventDefault() } },
      search.element,
      selects.map(({ select }) => select.element),
    ),
    values: values as FilterValues,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    clear() {
      values.q = ''
      search.control.value = ''
      for (const { name, initial = '', select } of selects) {
        values[name] = initial
        select.control.value = initial
      }
      changed()
      search.control.focus()
    },
  }
}
