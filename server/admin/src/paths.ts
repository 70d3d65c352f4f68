// Learning paths: made of resources in an order.
import { LEVELS, type LearningPath, type PathChange, type Resource } from '@workforce-democracy/shared'
import { emptyState, formCard, meta, pageHead } from '../../../client-sdk/example/src/components/blocks.ts'
import { button, buttonLink } from '../../../client-sdk/example/src/components/button.ts'
import { confirmDialog } from '../../../client-sdk/example/src/components/dialog.ts'
import {
  checkField,
  selectField,
  textArea,
  textField,
} from '../../../client-sdk/example/src/components/field.ts'
import { form } from '../../../client-sdk/example/src/components/form.ts'
import { toast } from '../../../client-sdk/example/src/components/toast.ts'
import { type Child, fill, h } from '../../../client-sdk/example/src/dom.ts'
import { compareText, formatNumber } from '../../../client-sdk/example/src/format.ts'
import { t } from '../../../client-sdk/example/src/language.ts'
import { words } from './language.ts'
import { type AdminContext, naming, numberOrNull, orNull, pagedList } from './view.ts'

/** `/admin/paths` */
export const pathsPage = ({ api }: AdminContext): Child => [
  pageHead(words.paths.title, words.paths.lead),
  h('div', { class: 'row' }, buttonLink(words.paths.fresh, '/admin/paths/new', { kind: 'primary' })),
  h('h2', { class: 'visually-hidden' }, words.paths.list),
  pagedList(
    cursor => api.paths(cursor),
    ({ id, title, level, steps }) => [
      h('h3', {}, h('a', { href: `/admin/paths/${id}` }, title)),
      meta(h('code', {}, id), t.paths.steps(formatNumber(steps.length)), level && t.learn.levels[level]),
    ],
    emptyState(words.paths.none, words.paths.noneText),
  ),
]

/** `/admin/paths/new` */
export const newPathPage = async (context: AdminContext): Promise<Child> => [
  pageHead(words.paths.fresh, undefined, h('a', { href: '/admin/paths' }, words.paths.title)),
  pathForm(context, undefined, await resourcesOf(context.api)),
]

/** `/admin/paths/<id>` */
export async function editPathPage(context: AdminContext): Promise<Child> {
  const { api, parts, go } = context
  const id = parts[1] ?? ''
  const [{ items }, resources] = await Promise.all([api.paths(), resourcesOf(api)])
  const path = items.find(each => each.id === id)
  if (!path)
    return emptyState(
      words.paths.unknown,
      words.paths.unknownText,
      buttonLink(words.paths.title, '/admin/paths'),
    )
  const remove = async () => {
    const text = words.paths.deleteText
    if (
      !(await confirmDialog({
        title: words.paths.deleteTitle(path.title),
        text,
        confirm: words.common.delete,
        kind: 'danger',
      }))
    )
      return
    await api.deletePath(id)
    toast(words.paths.deleted)
    go('/admin/paths')
  }
  return [
    pageHead(path.title, undefined, h('a', { href: '/admin/paths' }, words.paths.title)),
    pathForm(context, path, resources),
    h('div', { class: 'row' }, button(words.common.delete, { kind: 'danger', onPress: remove })),
  ]
}

/** All of the library, as it is now: the published catalog follows a moment later. */
async function resourcesOf(api: AdminContext['api']): Promise<readonly Resource[]> {
  const resources: Resource[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await api.resources({ status: 'active', ...(cursor && { cursor }) })
    resources.push(...page.items.map(({ resource }) => resource))
    if (page.nextCursor === null) return resources.sort((a, b) => compareText(a.title, b.title))
    cursor = page.nextCursor
  }
}

interface Step {
  resourceId: string
  required: boolean
}

function pathForm(
  { api, go }: AdminContext,
  path: LearningPath | undefined,
  resources: readonly Resource[],
): HTMLElement {
  const id = textField({
    ...{ label: words.paths.id, hint: words.paths.idHint },
    control: { value: path?.id ?? '', maxlength: 100, disabled: path !== undefined },
  })
  const title = textField({
    label: words.common.title,
    control: { value: path?.title ?? '', maxlength: 500 },
  })
  const description = textArea({
    label: words.common.description,
    value: path?.description ?? '',
    control: { maxlength: 5000 },
  })
  const level = selectField({
    ...{ label: words.common.level, value: path?.level ?? '' },
    options: [
      ['', words.common.notStated],
      ...LEVELS.map(each => [each, t.learn.levels[each] ?? each] as const),
    ],
  })
  const minutes = textField({
    label: words.common.minutes,
    control: { type: 'number', min: 1, value: path?.estimatedMinutes ?? '' },
  })
  const steps: Step[] = (path?.steps ?? []).map(step => ({ ...step }))
  const save = async () => {
    const change: PathChange = {
      ...{ title: title.control.value.trim(), description: orNull(description.control.value) },
      level: (level.control.value || null) as PathChange['level'],
      ...{ estimatedMinutes: numberOrNull(minutes.control.value), steps },
    }
    const sent = path
      ? api.changePath(path.id, change)
      : api.createPath({ id: id.control.value.trim(), ...change })
    if (!(await naming(sent, message => title.fail(message)))) return
    toast(words.common.saved)
    go('/admin/paths')
  }
  return formCard(
    form(
      { submit: words.common.save, onSubmit: save },
      title.element,
      description.element,
      h('div', { class: 'columns' }, id.element, level.element, minutes.element),
      stepRows(steps, resources),
    ),
  )
}

function stepRows(steps: Step[], resources: readonly Resource[]): HTMLElement {
  const titleById = new Map(resources.map(({ id, title }) => [id, title]))
  const element = h('fieldset', { class: 'step-rows' })
  const change = (work: () => void) => () => {
    work()
    draw()
  }
  const row = (step: Step, index: number) => {
    const name = titleById.get(step.resourceId) ?? step.resourceId
    const swap = (other: number) =>
      change(() =>
        steps.splice(
          Math.min(index, other),
          2,
          ...[steps[Math.max(index, other)], steps[Math.min(index, other)]].flatMap(each => each ?? []),
        ),
      )
    return h(
      'div',
      { class: 'step-row' },
      h(
        'div',
        {},
        h('p', { class: 'strong' }, `${formatNumber(index + 1)}. ${name}`),
        checkField(words.paths.needed, {
          checked: step.required,
          onChange: required => {
            step.required = required
          },
        }),
      ),
      h(
        'div',
        { class: 'row' },
        index > 0 && button(words.paths.up, { label: words.paths.upOf(name), onPress: swap(index - 1) }),
        index < steps.length - 1 &&
          button(words.paths.down, { label: words.paths.downOf(name), onPress: swap(index + 1) }),
        button(words.paths.remove, {
          label: words.paths.removeOf(name),
          onPress: change(() => steps.splice(index, 1)),
        }),
      ),
    )
  }
  const draw = () => {
    const left = resources.filter(({ id }) => !steps.some(({ resourceId }) => resourceId === id))
    const next = selectField({
      label: words.paths.addLabel,
      options: left.map(({ id, title }) => [id, title] as const),
      value: left[0]?.id ?? '',
    })
    const add = change(() => steps.push({ resourceId: next.control.value, required: true }))
    fill(
      element,
      h('legend', {}, words.paths.steps),
      steps.map(row),
      left.length > 0 &&
        h('div', { class: 'step-row' }, next.element, button(words.paths.add, { onPress: add })),
    )
  }
  draw()
  return element
}
