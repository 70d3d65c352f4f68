// Yes, no, abstain, and taking it back. Buttons, not radio buttons: arrows would cast a vote with each press.
import type { Vote } from '@workforce-democracy/client'
import { h } from '../dom.ts'
import { t } from '../language.ts'
import { button } from './button.ts'
import type { IconName } from './icon.ts'

/** What {@link voteControl} takes. */
export interface VoteControlOptions {
  /** Of the bill, for screen readers. */
  readonly name: string
  readonly chosen: Vote['choice'] | undefined
  readonly onCast: (choice: Vote['choice']) => Promise<unknown>
  readonly onRetract: () => Promise<unknown>
  /** Of the bill, to keep the focus by. */
  readonly key?: string
}

const CHOICES: readonly (readonly [Vote['choice'], IconName])[] = [
  ['yes', 'check'],
  ['no', 'cross'],
  ['abstain', 'minus'],
]

/** The control. */
export function voteControl({ name, chosen, onCast, onRetract, key = '' }: VoteControlOptions): HTMLElement {
  return h(
    'div',
    { class: 'vote', role: 'group', 'aria-label': t.civic.voteOn(name) },
    CHOICES.map(([choice, icon]) =>
      button(t.civic.choices[choice], {
        ...{ icon, pressed: choice === chosen, key: `${key}-${choice}` },
        onPress: () => (choice === chosen ? undefined : onCast(choice)),
      }),
    ),
    chosen && button(t.civic.retract, { kind: 'quiet', key: `${key}-retract`, onPress: onRetract }),
  )
}
