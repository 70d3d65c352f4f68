// A private note on something.
import type { Client } from '@workforce-democracy/client'
import { h } from '../dom.ts'
import { t } from '../language.ts'
import { card } from './blocks.ts'
import { textArea } from './field.ts'
import { form } from './form.ts'
import { toast } from './toast.ts'

const MAX_CHARACTERS = 20_000

/** What the note is on. */
export interface NoteCardOptions {
  readonly kind: string
  readonly id: string
  readonly hint: string
}

/** A card to write it in; an empty one takes it away. */
export function noteCard({ notes }: Client, { kind, id, hint }: NoteCardOptions): HTMLElement {
  const note = textArea({
    ...{ label: t.learn.note, hint, value: notes.get(kind, id)?.text ?? '' },
    control: { maxlength: MAX_CHARACTERS },
  })
  const save = async () => {
    const text = note.control.value.trim()
    await (text === '' ? notes.remove(kind, id) : notes.set(kind, id, text))
    toast(t.learn.noteSaved)
  }
  return card(
    h('h2', { class: 'visually-hidden' }, t.learn.note),
    form({ submit: t.learn.saveNote, onSubmit: save }, note.element),
  )
}
