"use client";

import { useTranslations } from "next-intl";
import type { AppPhone } from "./app-phone.ts";
import { DeviceList } from "./device-list.tsx";
import { FaultPanel } from "./fault-panel.tsx";
import { PushTray } from "./push-tray.tsx";

type TrayPaneProps = { appPhone: AppPhone | null; onOpenPush: (userId: string) => void };

/** What the outside world received, and how it can be made to fail. */
export function TrayPane({ appPhone, onOpenPush }: TrayPaneProps) {
  const t = useTranslations("sandbox");
  return (
    <section aria-label={t("trayTitle")} className="scroll-pane flex min-h-0 min-w-0 flex-col bg-surface-2">
      <PushTray onOpen={onOpenPush} />
      <DeviceList appPhone={appPhone} />
      <FaultPanel />
    </section>
  );
}
