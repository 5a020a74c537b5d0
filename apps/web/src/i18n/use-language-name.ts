import { useLocale } from "next-intl";

/** `ru` → "Russian", in the reader's language. */
export function useLanguageName(): (code: string) => string {
  const locale = useLocale();
  return (code) => {
    try {
      return new Intl.DisplayNames(locale, { type: "language" }).of(code) ?? code;
    } catch {
      return code;
    }
  };
}
