/** What decides of a source's rows besides the rows, by its configuration. */
import type { SourceConfig } from "../../config/types.ts";
import type { Compiling, ProfileNumbers } from "./compile.ts";

type Aging = Pick<SourceConfig, "decay" | "confidence">;

/** `at` in Unix seconds. */
export function compilingOf({ decay, confidence }: Aging, at: number, profiles: ProfileNumbers): Compiling {
  const { lifetimeDays = 0, speed = 1, threshold = 1 } = decay ?? {};
  return {
    at,
    decay: decay === undefined ? undefined : { lifetimeSeconds: 86_400 * lifetimeDays, speed, threshold },
    confidence,
    profiles,
  };
}

/** As text, to know when it is another. */
export function compiledWith({ decay, confidence, trust = "automatic" }: Aging & Pick<SourceConfig, "trust">): string {
  return JSON.stringify({
    ...(decay === undefined ? {} : { decay, confidence }),
    ...(trust === "automatic" ? {} : { trust }),
  });
}
