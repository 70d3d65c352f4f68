// The way between the pages of learning.
import { subtabs } from '../components/blocks.ts'
import { t } from '../language.ts'

export const learnTabs = (): HTMLElement =>
  subtabs(t.learn.title, [
    ['/learn', t.learn.tabs.all],
    ['/learn/paths', t.learn.tabs.paths],
    ['/learn/saved', t.learn.tabs.saved],
  ])
