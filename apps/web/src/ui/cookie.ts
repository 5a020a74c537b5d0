const YEAR_SECONDS = 31_536_000;

/** A preference the server needs before it renders. */
export function writeCookie(name: string, value: string | null) {
  const maxAge = value === null ? 0 : YEAR_SECONDS;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Safari before 18.4 and on plain http
  document.cookie = `${name}=${value ?? ""}; path=/; max-age=${maxAge}; samesite=lax`;
}
