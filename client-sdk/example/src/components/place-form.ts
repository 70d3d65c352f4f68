// Where the person lives: kept in their profile.
import type { Client } from '@workforce-democracy/client'
import { h } from '../dom.ts'
import { t } from '../language.ts'
import { stateOptions } from '../members.ts'
import { card } from './blocks.ts'
import { selectField, textField } from './field.ts'
import { form } from './form.ts'
import { toast } from './toast.ts'

/** A form for it. */
export function placeForm({ profile }: Client): HTMLElement {
  const { state: kept = '', district: keptDistrict = '' } = profile.get()
  const state = selectField({
    ...{ label: t.civic.state, value: kept },
    options: [['', ''], ...stateOptions()],
    control: { autocomplete: 'address-level1' },
  })
  const district = textField({
    ...{ label: t.civic.district, hint: t.civic.districtHint },
    control: { value: keptDistrict, inputmode: 'numeric', maxlength: 3 },
  })
  const save = async () => {
    await profile.set({ state: state.control.value || null, district: district.control.value.trim() || null })
    toast(t.common.saved)
  }
  return card(
    h('h2', {}, t.civic.choosePlace),
    h('p', { class: 'small soft' }, t.civic.placeText),
    form(
      { submit: t.civic.find, onSubmit: save },
      h('div', { class: 'columns' }, state.element, district.element),
    ),
  )
}
