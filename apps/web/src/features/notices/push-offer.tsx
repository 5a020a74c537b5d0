import { BellRing } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useStore } from "zustand";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useBrowserPush } from "./browser-push.ts";
import { useNoticeList } from "./use-notices.ts";

const DISMISSED = "pult.push.offered";

function wasDismissed(): boolean {
  try {
    return localStorage.getItem(DISMISSED) !== null;
  } catch {
    return true;
  }
}

/** Asked once, when there is something to tell of, and never again after either answer. */
export function PushOffer() {
  const t = useTranslations("notices.push");
  const push = useBrowserPush();
  const state = useStore(push.state);
  const { data } = useNoticeList("open");
  const [isDismissed, setDismissed] = useState(wasDismissed);
  const hasNotices = data?.pages.some(({ rows }) => rows.length > 0) ?? false;
  if (isDismissed || !hasNotices || state !== "off") return null;
  const dismiss = () => {
    localStorage.setItem(DISMISSED, "1");
    setDismissed(true);
  };
  return (
    <aside
      aria-label={t("offer")}
      className="flex shrink-0 items-start gap-3 border-line border-b bg-surface-2 px-4 py-3"
    >
      <Icon of={BellRing} className="mt-0.5 text-accent-text" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{t("offer")}</p>
        <p className="text-12 text-muted">{t("offerHint")}</p>
        <div className="mt-2 flex gap-2">
          <Button
            size="sm"
            variant="primary"
            onClick={() => {
              dismiss();
              void push.turnOn();
            }}
          >
            {t("turnOn")}
          </Button>
          <Button size="sm" variant="ghost" onClick={dismiss}>
            {t("notNow")}
          </Button>
        </div>
      </div>
    </aside>
  );
}
