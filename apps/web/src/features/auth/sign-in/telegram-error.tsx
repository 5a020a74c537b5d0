import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Icon } from "../../../ui/icon.tsx";
import { useBrowserValue } from "../../../ui/use-browser.ts";

const ERRORS = [
  "telegramFailed",
  "telegramUnknown",
  "telegramNeedsCode",
  "telegramTaken",
  "telegramConfirm",
  "telegramUnavailable",
] as const;
type TelegramErrorCode = (typeof ERRORS)[number];

const errorOf = (search: string): TelegramErrorCode | null => {
  const code = new URLSearchParams(search).get("error");
  return ERRORS.find((known) => known === code) ?? (code ? "telegramFailed" : null);
};

/** What Telegram's way in came back with. */
export const useTelegramError = () => useBrowserValue(() => errorOf(location.search), null);

export function TelegramError() {
  const t = useTranslations("signIn.error");
  const code = useTelegramError();
  if (!code) return null;
  return (
    <p role="alert" className="flex gap-2 rounded-2 bg-danger-soft px-3 py-2 text-danger">
      <Icon of={CircleAlert} className="mt-0.5" />
      {t(code)}
    </p>
  );
}
