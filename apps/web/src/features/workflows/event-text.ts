import { useTranslations } from "next-intl";

/** What an event is called; a type that only a newer server knows, by its name. */
export function useEventText(): (type: string) => string {
  const t = useTranslations("workflows");
  return (type) => {
    const key = `event.${type}` as "event.newMessage";
    return t.has(key) ? t(key) : type;
  };
}
