import type { PushDevice, ReceivedPush, SandboxUser } from "@pult/sandbox/control.ts";
import { Globe, Plus, Smartphone } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { createWebClient } from "../../trpc/client.ts";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { control } from "./control-client.ts";
import { FaultPanel } from "./fault-panel.tsx";
import { TraySection, useAttempt, useWorld } from "./sandbox-context.tsx";

/** Gives the customer's Telegram account a browser that takes Web Push: signed in as the Mini App is, subscribed with the server's key. */
async function addBrowser(customer: SandboxUser): Promise<void> {
  const { fragment } = await control.launch(customer.id);
  const initData = new URLSearchParams(fragment).get("tgWebAppData") ?? "";
  const { token } = await createWebClient().api.auth.miniApp.mutate({ initData });
  const { support } = createWebClient({ token }).api;
  const { key } = await support.vapidPublicKey.query();
  const device = await control.createDevice({
    kind: "webpush",
    label: "Demo browser",
    userId: String(customer.id),
    ...(key ? { applicationServerKey: key } : {}),
  });
  if (device.kind !== "webpush") throw new Error("The sandbox made another device");
  await support.registerDevice.mutate({
    platform: "web",
    deviceId: device.id,
    target: { provider: "webpush", subscription: device.subscription },
  });
}

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
function DeviceList({ customer }: { customer: SandboxUser }) {
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

const SHOWN_AT_FIRST = 5;

/** What became of a push, in a word and a colour. */
function outcomeOf({ status, replaced }: ReceivedPush) {
  if (status < 300)
    return replaced
      ? ({ key: "replaced", tone: "text-muted" } as const)
      : ({ key: "shown", tone: "text-success" } as const);
  if (status === 404 || status === 410) return { key: "gone", tone: "text-danger" } as const;
  return { key: "refused", tone: "text-danger" } as const;
}

function PushCard({ push, onOpen }: { push: ReceivedPush; onOpen: (() => void) | null }) {
  const t = useTranslations("sandbox");
  const format = useFormatter();
  const { key, tone } = outcomeOf(push);
  const time = format.dateTime(new Date(push.receivedAt), { hour: "numeric", minute: "2-digit", second: "2-digit" });
  return (
    <li className="rounded-2 border border-line bg-surface px-3 py-2">
      <div className="flex items-center gap-2 text-12">
        <span className="flex min-w-0 flex-1 items-center gap-1 text-muted">
          <Icon of={push.kind === "fcm" ? Smartphone : Globe} size={14} />
          <span className="truncate" title={push.label}>
            {t(`provider.${push.kind}`, { label: push.label })}
          </span>
        </span>
        <span className={cx("num shrink-0", tone)}>{t(`pushState.${key}`, { status: push.status })}</span>
        <time dateTime={push.receivedAt} className="num shrink-0 text-11 text-muted">
          {time}
        </time>
      </div>
      <div className="mt-0.5 flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium text-13">{push.title}</p>
          <p className="truncate text-13 text-fg-2" title={push.body}>
            {push.body}
          </p>
        </div>
        {onOpen ? (
          <Button size="sm" onClick={onOpen}>
            {t("openPush")}
          </Button>
        ) : null}
      </div>
    </li>
  );
}

/** Received pushes, newest first. `onOpen` is what a tap on a shown one does: it opens that customer's app. */
export function PushTray({ onOpen }: { onOpen: (userId: string) => void }) {
  const t = useTranslations("sandbox");
  const { pushes, devices } = useWorld();
  const attempt = useAttempt();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? pushes : pushes.slice(0, SHOWN_AT_FIRST);
  // A browser's push leads to the browser, which is none of these phones.
  const userOf = (push: ReceivedPush) =>
    push.kind === "fcm" && push.status < 300 && !push.replaced
      ? devices.find((device) => device.id === push.deviceId)?.userId
      : undefined;
  return (
    <TraySection
      title={t("pushTray")}
      side={
        <>
          <span className="num text-12 text-muted">{t("received", { count: pushes.length })}</span>
          {pushes.length > 0 ? (
            <Button variant="ghost" size="sm" onClick={() => attempt(control.clearPushes)}>
              {t("clear")}
            </Button>
          ) : null}
        </>
      }
    >
      {pushes.length === 0 ? <p className="pb-1 text-12 text-muted">{t("noPushes")}</p> : null}
      <ul aria-live="polite" className="flex flex-col gap-2">
        {shown.map((push) => {
          const userId = userOf(push);
          return <PushCard key={push.id} push={push} onOpen={userId ? () => onOpen(userId) : null} />;
        })}
      </ul>
      {pushes.length > SHOWN_AT_FIRST ? (
        <Button variant="ghost" size="sm" className="mt-2" onClick={() => setWhole(!isWhole)}>
          {isWhole ? t("showFewer") : t("showAll", { count: pushes.length })}
        </Button>
      ) : null}
    </TraySection>
  );
}
