// The way between the pages of places.
import { subtabs } from '../components/blocks.ts'
import { t } from '../language.ts'

export const localTabs = (): HTMLElement =>
  subtabs(t.local.label, [
    ['/local', t.local.tabs.search],
    ['/local/submit', t.local.tabs.submit],
    ['/local/mine', t.local.tabs.mine],
  ])
