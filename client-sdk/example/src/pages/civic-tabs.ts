// The way between the civic pages.
import { subtabs } from '../components/blocks.ts'
import { t } from '../language.ts'

export const civicTabs = (): HTMLElement =>
  subtabs(t.civic.label, [
    ['/civic', t.civic.tabs.bills],
    ['/civic/votes', t.civic.tabs.votes],
    ['/civic/representatives', t.civic.tabs.representatives],
    ['/civic/agreement', t.civic.tabs.agreement],
  ])
