/** The reader's own kind of the language: English is 10:42 in one country and 10:42 AM in another. */
export function regionOf(locale: string): string {
  return navigator.languages.find((language) => language.split("-")[0] === locale) ?? locale;
}
