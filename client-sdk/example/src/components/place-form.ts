// Where the person lives: found from a postcode on this device, or chosen; state and district are kept in their profile.
import type { Client, FoundRepresentatives } from '@workforce-democracy/client'
import { fill, h } from '../dom.ts'
import { formatNumber } from '../format.ts'
import { t } from '../language.ts'
import { memberFacts, stateOptions } from '../members.ts'
import { card } from './blocks.ts'
import { button } from './button.ts'
import { selectField, textField } from './field.ts'
import { form } from './form.ts'
import { toast } from './toast.ts'

/** A table with fewer postcodes than this is a sample. */
const WHOLE_TABLE = 1000

type Place = FoundRepresentatives['districts'][number]

/** Both ways to say it. */
export function placeForm(client: Client): HTMLElement {
  return card(
    h('h2', {}, t.civic.choosePlace),
    zipForm(client),
    h('details', {}, h('summary', {}, t.civic.withoutZip), stateForm(client)),
    h('p', { class: 'small soft' }, t.civic.placeText),
  )
}

function zipForm(client: Client): HTMLElement {
  const zip = textField({
    ...{ label: t.civic.zip, hint: t.civic.zipHint },
    control: { autocomplete: 'postal-code', maxlength: 12, enterkeyhint: 'search' },
  })
  const answer = h('div', { role: 'status' })
  const find = async () => {
    const postcode = zip.control.value.trim()
    zip.fail()
    fill(answer)
    const found = await client.representatives({ postcode })
    const [only, ...others] = found.districts
    if (!only) zip.fail(unknownZip(found))
    else if (others.length > 0) fill(answer, severalDistricts(client, postcode, found))
    else await keepPlace(client, only)
  }
  return h(
    'div',
    { class: 'stack' },
    form({ submit: t.civic.findByZip, onSubmit: find }, zip.element),
    answer,
  )
}

const unknownZip = ({ knownPostcodes }: FoundRepresentatives): string =>
  knownPostcodes < WHOLE_TABLE ? t.civic.sampleOfZips(formatNumber(knownPostcodes)) : t.civic.unknownZip

/** The districts that share a postcode, with who sits for each: only the person can know which one it is. */
function severalDistricts(
  client: Client,
  postcode: string,
  { districts, representatives }: FoundRepresentatives,
): HTMLElement {
  const choices = districts.map(place => {
    const { state, district } = place
    const member = representatives.find(
      each => each.chamber === 'house' && each.state === state && each.district === district,
    )
    const name = placeName(place)
    const choose = async () => {
      await keepPlace(client, place)
      for (const each of choices) each.setAttribute('aria-pressed', String(each === choice))
    }
    const words = h('span', {}, name, member && h('span', { class: 'small soft' }, member.name))
    const choice = button(words, { pressed: false, onPress: choose })
    choice.classList.add('choice')
    return choice
  })
  return h(
    'div',
    { class: 'stack stack-tight' },
    h('h3', {}, t.civic.severalDistricts(postcode, String(districts.length))),
    h('p', { class: 'small' }, t.civic.severalDistrictsText),
    choices,
  )
}

async function keepPlace({ profile }: Client, { state, district }: Place): Promise<void> {
  await profile.set({ state, district })
  toast(`${placeName({ state, district })}. ${t.common.saved}`)
}

const placeName = ({ state, district }: Pick<Place, 'state' | 'district'>): string =>
  memberFacts({ chamber: 'house', state, district }).place

function stateForm({ profile }: Client): HTMLElement {
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
  return form(
    { submit: t.civic.find, onSubmit: save },
    h('div', { class: 'columns' }, state.element, district.element),
  )
}
