/**
 * How the confidence in a report falls with its age: MISP's polynomial decay, `base · (1 − (t/τ)^(1/δ))`, in steps of 5,
 * so that an entry changes a few times in its life and not every second.
 */

export interface Decay {
  /** τ: seconds after which nothing is left. */
  readonly lifetimeSeconds: number;
  /** δ, above 0: 1 falls evenly, more falls fast at first. */
  readonly speed: number;
  /** Below this confidence the report no longer counts. */
  readonly threshold: number;
}

const step = 5;

/** The confidence in a report of an age, in seconds: a multiple of 5, or `base` itself at first. */
export function decayed(base: number, ageSeconds: number, { lifetimeSeconds, speed }: Decay): number {
  if (ageSeconds <= 0) return base;
  if (ageSeconds >= lifetimeSeconds) return 0;
  const score = base * (1 - (ageSeconds / lifetimeSeconds) ** (1 / speed));
  // Above the highest multiple below the base it is still the base.
  const steps = Math.ceil(score / step - 1e-9) * step;
  return Math.min(base, Math.max(0, steps));
}

/** The first age, in whole seconds, above one at which the confidence is another; undefined where it stays 0. */
export function nextStep(base: number, ageSeconds: number, decay: Decay): number | undefined {
  const now = decayed(base, ageSeconds, decay);
  if (now === 0) return undefined;
  // The confidence holds while the score is above the multiple beneath it.
  const below = Math.ceil(now / step - 1) * step;
  const { lifetimeSeconds, speed } = decay;
  let age = Math.max(Math.floor(ageSeconds) + 1, Math.ceil(lifetimeSeconds * (1 - below / base) ** speed));
  // Rounding may have missed it by a second or two.
  while (age < lifetimeSeconds && decayed(base, age, decay) >= now) age += 1;
  while (age - 1 > ageSeconds && decayed(base, age - 1, decay) < now) age -= 1;
  return age;
}
