// Todo lo que dice el sitio, en español.
import { type Strings, strings as english } from './en.ts'

export const strings: Strings = english
