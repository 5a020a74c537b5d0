let isLeaving = false;

/** The session is over: to sign-in, and from there back to this page. Once, however many notice it. */
export function goToSignIn(): void {
  if (isLeaving) return;
  isLeaving = true;
  location.assign(signInAgainPath());
}

/** Signing in, and from there back to this page. */
export function signInAgainPath(): string {
  const here = location.pathname + location.search;
  return `/sign-in?next=${encodeURIComponent(here)}`;
}

/** Whoever signs out himself chooses where he goes; the end of his session is then no news. */
export function leaveOnPurpose(wanted: boolean): void {
  isLeaving = wanted;
}
