// What mails say, one table for each language. No name of anybody, nothing about anybody, at most one link.
import type { MailLanguage } from '@workforce-democracy/shared'
import type { MailContent } from './outbox.ts'

/** Subject and body of a mail, as plain text. */
export interface MailText {
  readonly subject: string
  readonly text: string
}

/** What the mails of one language say; `link` is the address that the token opens. */
type Texts = Readonly<Record<MailContent['kind'], (link: string) => MailText>>

const ENGLISH: Texts = {
  'verify-email': link => ({
    subject: 'Confirm your email address',
    text: `Somebody gave this address for an account at Workforce Democracy. If it was you, confirm it here:

${link}

The link works for one day. If it was not you, ignore this mail: without your confirmation the address is not used.`,
  }),
  'reset-password': link => ({
    subject: 'Choose a new password',
    text: `You can choose a new password for your account at Workforce Democracy here:

${link}

The link works for one hour, and once. If you did not ask for it, ignore this mail: your password stays as it is.

What is sealed on your devices opens with your recovery code only. We do not know it.`,
  }),
  'password-changed': () => ({
    subject: 'Your password was changed',
    text: `The password of your account at Workforce Democracy was changed.

If it was you, there is nothing to do. If it was not, ask for a new password at once on the sign-in page.`,
  }),
  'password-reset': () => ({
    subject: 'Your password was reset',
    text: `The password of your account at Workforce Democracy was reset with a link sent to this address, and every device was signed out.

If it was you, sign in with the new password. If it was not, ask for a new password at once on the sign-in page, and change the password of your mailbox.`,
  }),
  'email-changing': () => ({
    subject: 'Your email address is about to change',
    text: `Somebody who knows your password asked for another email address for your account at Workforce Democracy. It counts once it is confirmed from the new address.

If it was you, there is nothing to do here. If it was not, sign in and change your password.`,
  }),
  'account-deleted': () => ({
    subject: 'Your account was deleted',
    text: `Your account at Workforce Democracy was deleted, and all that our server held of you with it. Copies in our backups cannot be read any more after 7 days at most.

What is stored on your devices is still there, until you delete it yourself. This is the last mail that you get from us.`,
  }),
}

const SPANISH: Texts = {
  'verify-email': link => ({
    subject: 'Confirma tu dirección de correo',
    text: `Alguien indicó esta dirección para una cuenta en Workforce Democracy. Si fuiste tú, confírmala aquí:

${link}

El enlace sirve durante un día. Si no fuiste tú, no hagas caso de este mensaje: sin tu confirmación, la dirección no se usa.`,
  }),
  'reset-password': link => ({
    subject: 'Elige una contraseña nueva',
    text: `Aquí puedes elegir una contraseña nueva para tu cuenta en Workforce Democracy:

${link}

El enlace sirve durante una hora y una sola vez. Si no lo pediste, no hagas caso de este mensaje: tu contraseña sigue siendo la misma.

Lo que está sellado en tus dispositivos solo se abre con tu código de recuperación. Nosotros no lo conocemos.`,
  }),
  'password-changed': () => ({
    subject: 'Se cambió tu contraseña',
    text: `Se cambió la contraseña de tu cuenta en Workforce Democracy.

Si fuiste tú, no tienes que hacer nada. Si no, pide enseguida una contraseña nueva en la página de inicio de sesión.`,
  }),
  'password-reset': () => ({
    subject: 'Se restableció tu contraseña',
    text: `Se restableció la contraseña de tu cuenta en Workforce Democracy con un enlace enviado a esta dirección, y se cerró la sesión en todos los dispositivos.

Si fuiste tú, inicia sesión con la contraseña nueva. Si no, pide enseguida otra contraseña en la página de inicio de sesión y cambia también la de tu correo.`,
  }),
  'email-changing': () => ({
    subject: 'Tu dirección de correo está a punto de cambiar',
    text: `Alguien que conoce tu contraseña pidió otra dirección de correo para tu cuenta en Workforce Democracy. El cambio valdrá cuando se confirme desde la dirección nueva.

Si fuiste tú, aquí no tienes que hacer nada. Si no, inicia sesión y cambia tu contraseña.`,
  }),
  'account-deleted': () => ({
    subject: 'Se eliminó tu cuenta',
    text: `Se eliminó tu cuenta en Workforce Democracy y, con ella, todo lo que nuestro servidor tenía de ti. Las copias de seguridad dejan de poder leerse en 7 días como máximo.

Lo que está guardado en tus dispositivos sigue ahí hasta que tú lo borres. Este es el último mensaje que recibes de nosotros.`,
  }),
}

const TEXTS: Readonly<Record<MailLanguage, Texts>> = { en: ENGLISH, es: SPANISH }

/** Pages of the web app that tokens open. */
const PAGES = { 'verify-email': 'verify-email', 'reset-password': 'reset-password' } as const

/** What a mail says. The token is in the fragment of its link, which browsers do not send and no log sees. */
export function mailText(language: MailLanguage, content: MailContent, publicUrl: string): MailText {
  const link = 'token' in content ? `${publicUrl}/${PAGES[content.kind]}#token=${content.token}` : ''
  const { subject, text } = TEXTS[language][content.kind](link)
  return { subject, text: `${text}\n` }
}
