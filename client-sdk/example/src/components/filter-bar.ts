// Search and filters above a list, kept in the address of the page.
import { fill, h } from '../dom.ts'
import { t } from '../language.ts'
import type { PageContext } from '../page.ts'
import { selectField, textField } from './field.ts'

type Options = readonly (readonly [value: string, label: string])[]

/** A filter with its options: a function gives them anew when a catalog has come. */
export interface Filter {
  readonly name: string
  readonly label: string
  /** Without the first, which is "any" unless there is an `initial`. */
  readonly options: Options | (() => Options)
  /** What is chosen unless the person has chosen. */
  readonly initial?: string
}

/** A filter that is typed. */
export interface TextFilter {
  readonly name: string
  readonly label: string
  readonly hint: string
}

/** What is searched for and chosen, by name; `q` are the words. */
export type FilterValues = Readonly<Record<string, string>>

/** The bar. `subscribe` tells of changes. */
export function filterBar(
  { query, keepQuery, catalog, signal }: Pick<PageContext, 'query' | 'keepQuery' | 'catalog' | 'signal'>,
  hint: string,
  filters: readonly Filter[],
  typed: readonly TextFilter[] = [],
) {
  const listeners = new Set<() => void>()
  const values: Record<string, string> = { q: query.get('q') ?? '' }
  for (const { name, initial = '' } of [...filters, ...typed.map(({ name }) => ({ name, initial: '' }))])
    values[name] = query.get(name) ?? initial
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
  const texts = typed.map(({ name, label, hint }) => {
    const text = textField({
      label,
      control: {
        ...{ type: 'search', placeholder: hint, value: values[name] ?? '', autocomplete: 'off' },
        on: {
          input() {
            values[name] = text.control.value
            changed()
          },
        },
      },
    })
    return { name, text }
  })
  const selects = filters.map(filter => {
    const { name, label } = filter
    const change = () => {
      values[name] = select.control.value
      changed()
    }
    const select = selectField({
      label,
      options: optionsOf(filter),
      value: values[name] ?? '',
      control: { on: { change } },
    })
    return { filter, select }
  })
  const refill = () => {
    for (const { filter, select } of selects) {
      if (typeof filter.options !== 'function') continue
      fill(
        select.control,
        optionsOf(filter).map(([value, label]) => h('option', { value }, label)),
      )
      select.control.value = values[filter.name] ?? ''
    }
  }
  signal.addEventListener('abort', catalog.subscribe(refill))
  return {
    element: h(
      'form',
      { class: 'filters', role: 'search', on: { submit: event => event.preventDefault() } },
      search.element,
      texts.map(({ text }) => text.element),
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
      for (const { name, text } of texts) {
        values[name] = ''
        text.control.value = ''
      }
      for (const { filter, select } of selects) {
        values[filter.name] = filter.initial ?? ''
        select.control.value = filter.initial ?? ''
      }
      changed()
      search.control.focus()
    },
  }
}

function optionsOf({ options, initial }: Filter): Options {
  const given = typeof options === 'function' ? options() : options
  return initial === undefined ? [['', t.common.any], ...given] : given
}
