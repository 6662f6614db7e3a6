/** The signals that a long-running command takes: hang-ups, the one to stop, and a second one that ends at once. */
import type { Io, Signal } from "./io.ts";

export interface Signals {
  /** The first SIGINT or SIGTERM. */
  readonly stop: Promise<Signal>;
  /** Called at each SIGHUP before that. */
  onHangUp: () => void;
  /** Gives the signals back. */
  release(): void;
}

/** Takes the signals from now on; a command does so before it starts what it will have to stop. */
export function takeSignals(io: Io): Signals {
  let stopping = false;
  let resolveStop = (_: Signal): void => {};
  const signals: Signals = {
    stop: new Promise((resolve) => {
      resolveStop = resolve;
    }),
    onHangUp() {},
    release: io.onSignal((signal) => {
      if (signal === "SIGHUP") {
        if (!stopping) signals.onHangUp();
        return;
      }
      if (stopping) io.exitNow(1);
      stopping = true;
      resolveStop(signal);
    }),
  };
  return signals;
}
