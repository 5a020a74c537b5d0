"use client";

import type { PushDevice, SandboxUser } from "@pult/sandbox/control.ts";
import { Globe, Plus, Smartphone } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { addBrowser } from "./browser-device.ts";
import { control } from "./control-client.ts";
import { useAttempt, useWorld } from "./sandbox-context.tsx";
import { TraySection } from "./tray-section.tsx";

function DeviceRow({ device }: { device: PushDevice }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const isGone = device.state === "gone";
  return (
    <li className="flex min-h-11 items-center gap-2 border-line border-t first:border-t-0">
      <Icon of={device.kind === "fcm" ? Smartphone : Globe} size={14} className="text-muted" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-13/[18px]">{device.label}</span>
        <span className={cx("block truncate text-12/4", isGone ? "text-danger" : "text-muted")} title={device.userId}>
          {isGone ? t("deviceGone", { user: device.userId }) : device.userId}
        </span>
      </span>
      <Button size="sm" onClick={() => attempt(() => control.setDeviceState(device.id, isGone ? "active" : "gone"))}>
        {t(isGone ? "bringBack" : "makeGone")}
      </Button>
    </li>
  );
}

/** Everything that registered for push with the simulated providers, the latest first. */
export function DeviceList({ customer }: { customer: SandboxUser }) {
  const t = useTranslations("sandbox");
  const { devices } = useWorld();
  const attempt = useAttempt();
  return (
    <TraySection
      title={t("devices")}
      side={
        <Button variant="ghost" size="sm" onClick={() => attempt(() => addBrowser(customer))}>
          <Icon of={Plus} size={14} />
          {t("addBrowser")}
        </Button>
      }
    >
      {devices.length === 0 ? <p className="pb-1 text-12 text-muted">{t("noDevices")}</p> : null}
      <ul>
        {devices.toReversed().map((device) => (
          <DeviceRow key={device.id} device={device} />
        ))}
      </ul>
    </TraySection>
  );
}
