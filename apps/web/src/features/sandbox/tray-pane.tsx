"use client";

import type { SandboxUser } from "@pult/sandbox/control.ts";
import { useTranslations } from "next-intl";
import { DeviceList } from "./device-list.tsx";
import { FaultPanel } from "./fault-panel.tsx";
import { PushTray } from "./push-tray.tsx";

type TrayPaneProps = { customer: SandboxUser; onOpenPush: (userId: string) => void };

/** What the outside world received, and how it can be made to fail. */
export function TrayPane({ customer, onOpenPush }: TrayPaneProps) {
  const t = useTranslations("sandbox");
  return (
    <section aria-label={t("trayTitle")} className="scroll-pane flex min-h-0 min-w-0 flex-col bg-surface-2">
      <PushTray onOpen={onOpenPush} />
      <DeviceList customer={customer} />
      <FaultPanel />
    </section>
  );
}
