// The person's own part: account, privacy, devices, what the server sees, their data, sync.
export { accountPage, forgotPage } from './account.ts'
export { dataPage } from './data.ts'
export { devicesPage } from './devices.ts'
export { resetPasswordPage, verifyEmailPage } from './mail-links.ts'
export { privacyPage } from './privacy.ts'
export { storedPage } from './stored.ts'
export { syncPage } from './sync.ts'
