/** A choice of this browser, for the next start. @param value to be kept */
export function stored(key: string, value?: string): string {
  const name = `pult.miniApp.${key}`;
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name) ?? "";
  } catch {
    // A browser that keeps nothing: Telegram does, or the choice lives as long as the page.
    return value ?? "";
  }
}
