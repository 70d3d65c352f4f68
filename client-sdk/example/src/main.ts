// Where the app starts: language, data, shell, and then whatever may wait.
import { startApp } from './app.ts'
import { keepCatalogs } from './catalog-upkeep.ts'
import { loadLanguage } from './language.ts'
import { offerNewVersions } from './new-version.ts'
import { openHere } from './open.ts'
import { showProblem } from './start-problem.ts'
import { applyTheme } from './theme.ts'

async function start(): Promise<void> {
  const root = document.getElementById('app')
  if (!root) throw new Error('The page lacks its root.')
  applyTheme()
  const [client] = await Promise.all([openHere(), loadLanguage()]).catch(async error => {
    await loadLanguage()
    showProblem(root, error)
    throw error
  })
  startApp({ root, client, catalog: keepCatalogs(client) })
  await offerNewVersions()
}

void start()
