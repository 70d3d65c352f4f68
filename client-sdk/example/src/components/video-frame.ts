// A video of another site, played on the page: nothing is asked of that site before the person has pressed.
import { fill, h } from '../dom.ts'
import { t } from '../language.ts'
import type { VideoPlayer } from '../video-player.ts'
import { button } from './button.ts'

/** A button that puts the player in its own place, with what that site learns by it. */
export function videoFrame(
  { site, src }: VideoPlayer,
  {
    title,
    signal,
    onShow,
  }: { readonly title: string; readonly signal: AbortSignal; readonly onShow: () => void },
): HTMLElement {
  const element = h('div', { class: 'stack stack-tight' })
  const refused = ({ blockedURI }: SecurityPolicyViolationEvent) => {
    if (src.startsWith(blockedURI)) fill(element, h('p', { class: 'soft' }, t.learn.videoRefused))
  }
  const show = () => {
    onShow()
    const frame = h('iframe', {
      ...{ class: 'video-frame', src, title, allow: 'fullscreen; picture-in-picture; encrypted-media' },
      sandbox: 'allow-scripts allow-same-origin allow-presentation',
      // Players want to know which site they are on; they are told that, and not the page.
      referrerpolicy: 'strict-origin',
    })
    document.addEventListener('securitypolicyviolation', refused, { signal })
    fill(element, frame)
    frame.focus()
  }
  fill(
    element,
    h('div', {}, button(t.learn.showVideo, { onPress: show })),
    h('p', { class: 'small soft measure' }, t.learn.showVideoText(site)),
  )
  return element
}
