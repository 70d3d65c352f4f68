// Wilson's score interval: how far a share can be trusted that rests on few cases.

/** The 97.5 % point of the normal distribution: two-sided 95 %. */
const Z = 1.959963984540054

/**
 * The 95 % interval of a share of `successes` in `trials`, both ends 0 to 1; `[0, 1]` without trials.
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
 */
export function wilsonInterval(successes: number, trials: number): [low: number, high: number] {
  if (trials === 0) return [0, 1]
  const share = successes / trials
  const scale = 1 + (Z * Z) / trials
  const centre = (share + (Z * Z) / (2 * trials)) / scale
  const reach = (Z / scale) * Math.sqrt((share * (1 - share)) / trials + (Z * Z) / (4 * trials * trials))
  // At either end the two terms are equal, and only rounding would say otherwise.
  return [successes === 0 ? 0 : centre - reach, successes === trials ? 1 : centre + reach]
}
