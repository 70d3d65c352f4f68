// A module of its own for what is loaded lazily: of a package that is imported as a whole, bundlers keep all of it.
export { argon2id } from 'hash-wasm'
