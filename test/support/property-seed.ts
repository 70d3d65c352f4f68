// Which cases property tests try. The same in every run, so that a change is judged by the change; `TEST_SEED=<number>`
// tries others, and the seed of a failure is printed with it.
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.TEST_SEED ?? 1) })
