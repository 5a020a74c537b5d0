"use client";

import { RefreshCw, ShieldAlert, WifiOff } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Banner } from "../../ui/banner.tsx";
import type { ChatSnapshot } from "./customer-chat.ts";

const PATIENCE_MS = 900;

/** Whether something has lasted long enough to be mentioned: a blink is not news. */
function useLasting(key: string, isOn: boolean): boolean {
  const [lasting, setLasting] = useState<string | null>(null);
  useEffect(() => {
    if (!isOn) return setLasting(null);
    const timer = setTimeout(() => setLasting(key), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [key, isOn]);
  return isOn && lasting === key;
}

type CustomerBannersProps = { chat: ChatSnapshot; onClose: () => void };

/** What the whole conversation has to know: no connection, catching up, or that the session is over. */
export function CustomerBanners({ chat, onClose }: CustomerBannersProps) {
  const t = useTranslations("miniApp");
  const format = useFormatter();
  const { connection, connectionSince, refusal } = chat;
  const isOffline = useLasting("offline", connection === "offline");
  const isCatchingUp = useLasting("catchingUp", connection === "catchingUp");
  if (refusal) {
    return (
      <Banner
        tone="danger"
        icon={ShieldAlert}
        action={
          <button type="button" className="min-h-11 px-2 font-medium" onClick={onClose}>
            {t("close")}
          </button>
        }
      >
        {t("sessionOver")}
      </Banner>
    );
  }
  if (isOffline) {
    const time = format.dateTime(connectionSince, { hour: "numeric", minute: "2-digit" });
    return (
      <Banner tone="warning" icon={WifiOff}>
        {t("offlineBanner", { time })}
      </Banner>
    );
  }
  return isCatchingUp ? <Banner icon={RefreshCw}>{t("catchingUp")}</Banner> : null;
}
