const HOME = "/inbox";

/** Where to go on: only a path of our own, never an address from outside. */
export function nextPath(): string {
  const wanted = new URLSearchParams(location.search).get("next") ?? HOME;
  const url = URL.canParse(wanted, location.origin) ? new URL(wanted, location.origin) : null;
  // `/.//host` has become `//host` by now, which is an address from outside.
  return url?.origin === location.origin && !url.pathname.startsWith("//") ? url.pathname + url.search : HOME;
}

/** A full page load: nothing of the signed-out page, its cache or its socket lives on, and no link stays in the history. */
export const openStartPage = (): void => location.replace(nextPath());
