import type { Deps } from "./context.ts";

/**
 * What a slice keeps in memory for a process: made from the process's dependencies when it is first asked for, and the same for every
 * context of that process.
 */
export function perProcess<Given extends Pick<Deps, "bus">, State>(
  create: (deps: Given) => State,
): (deps: Given) => State {
  const states = new WeakMap<Deps["bus"], State>();
  return (deps) => {
    const known = states.get(deps.bus);
    if (known !== undefined) return known;
    const state = create(deps);
    states.set(deps.bus, state);
    return state;
  };
}
