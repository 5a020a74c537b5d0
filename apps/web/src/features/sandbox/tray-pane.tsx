import type { PushDevice, ReceivedPush, SandboxUser } from "@pult/sandbox/control.ts";
import { Globe, Headset, Plus, Smartphone } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { addAgentBrowser, addCustomerBrowser } from "./add-browser.ts";
import { control } from "./control-client.ts";
import { FaultPanel } from "./fault-panel.tsx";
import { type PushTray, pushTrays } from "./push-trays.ts";
import { TraySection, useAttempt, useWorld } from "./sandbox-context.tsx";
import { TradersPanel } from "./traders-panel.tsx";
import { WebhookList } from "./webhook-list.tsx";

type TrayPaneProps = { customer: SandboxUser; onOpenPush: (userId: string) => void };

/** What the outside world received, and how it can be made to fail. */
export function TrayPane({ customer, onOpenPush }: TrayPaneProps) {
  const t = useTranslations("sandbox");
  return (
    <section aria-label={t("trayTitle")} className="scroll-pane flex min-h-0 min-w-0 flex-col bg-surface-2">
      <PushTrays customer={customer} onOpen={onOpenPush} />
      <WebhookList />
      <TradersPanel />
      <FaultPanel />
    </section>
  );
}

const SHOWN_AT_FIRST = 3;

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
    <li className={cx("rounded-2 border border-line px-3 py-2", push.replaced ? "text-muted" : "bg-surface")}>
      <div className="flex items-center gap-2 text-12">
        <span className={cx("num min-w-0 flex-1 truncate", tone)}>
          {t(`pushState.${key}`, { status: push.status })}
        </span>
        {push.collapseKey ? (
          <span className="num min-w-0 truncate text-11 text-muted" title={t("collapses", { key: push.collapseKey })}>
            {push.collapseKey}
          </span>
        ) : null}
        <time dateTime={push.receivedAt} className="num shrink-0 text-11 text-muted">
          {time}
        </time>
      </div>
      <div className="mt-0.5 flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium text-13">{push.title}</p>
          <p className={cx("truncate text-13", !push.replaced && "text-fg-2")} title={push.body}>
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

function DeviceHead({ device }: { device: PushDevice }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const isGone = device.state === "gone";
  const owner = device.ownerName ?? device.userId;
  return (
    <div className="flex min-h-11 items-center gap-2">
      <Icon of={device.kind === "fcm" ? Smartphone : Globe} size={14} className="text-muted" />
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-1.5 font-medium text-13/[18px]">
          <span className="truncate">{t(`provider.${device.kind}`, { label: device.label })}</span>
        </span>
        <span className={cx("block truncate text-12/4", isGone ? "text-danger" : "text-muted")} title={device.userId}>
          {t(isGone ? "deviceGone" : `deviceOf.${device.owner}`, { user: owner })}
        </span>
      </span>
      <Button size="sm" onClick={() => attempt(() => control.setDeviceState(device.id, isGone ? "active" : "gone"))}>
        {t(isGone ? "bringBack" : "makeGone")}
      </Button>
    </div>
  );
}

/** One device with what it received, newest first. `onOpen` is what a tap on a shown push does. */
function Tray({ tray, onOpen }: { tray: PushTray; onOpen: (userId: string) => void }) {
  const t = useTranslations("sandbox");
  const [isWhole, setWhole] = useState(false);
  const { device, pushes } = tray;
  const shown = isWhole ? pushes : pushes.slice(0, SHOWN_AT_FIRST);
  // A browser's push leads to the browser, which is none of these phones.
  const opens = ({ status, replaced }: ReceivedPush) => device.kind === "fcm" && status < 300 && !replaced;
  return (
    <li className="border-line border-t pb-2 first:border-t-0 last:pb-0">
      <DeviceHead device={device} />
      <ul aria-live="polite" className="flex flex-col gap-2">
        {shown.map((push) => (
          <PushCard key={push.id} push={push} onOpen={opens(push) ? () => onOpen(device.userId) : null} />
        ))}
      </ul>
      {pushes.length > SHOWN_AT_FIRST ? (
        <Button variant="ghost" size="sm" className="mt-2" onClick={() => setWhole(!isWhole)}>
          {isWhole ? t("showFewer") : t("showAll", { count: pushes.length })}
        </Button>
      ) : null}
    </li>
  );
}

function AddMenu({ customer }: { customer: SandboxUser }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const addAgents = async () => {
    if (!(await addAgentBrowser())) throw new Error(t("signInFirst"));
  };
  return (
    <Menu align="end" trigger={<IconButton icon={Plus} label={t("addBrowser")} />}>
      <MenuItem icon={Globe} onSelect={() => attempt(() => addCustomerBrowser(customer))}>
        {t("addCustomerBrowser", { name: customer.name })}
      </MenuItem>
      <MenuItem icon={Headset} onSelect={() => attempt(addAgents)}>
        {t("addAgentBrowser")}
      </MenuItem>
    </Menu>
  );
}

/** Everything that registered for push with the simulated providers, each with its pushes. */
function PushTrays({ customer, onOpen }: { customer: SandboxUser; onOpen: (userId: string) => void }) {
  const t = useTranslations("sandbox");
  const world = useWorld();
  const attempt = useAttempt();
  const trays = pushTrays(world);
  const { length: count } = world.pushes;
  return (
    <TraySection
      title={t("pushTray")}
      side={
        <>
          <span className="num text-12 text-muted">{t("received", { count })}</span>
          {count > 0 ? (
            <Button variant="ghost" size="sm" onClick={() => attempt(control.clearPushes)}>
              {t("clear")}
            </Button>
          ) : null}
          <AddMenu customer={customer} />
        </>
      }
    >
      {trays.length === 0 ? <p className="pb-1 text-12 text-muted">{t("noDevices")}</p> : null}
      {trays.length > 0 && count === 0 ? <p className="pb-1 text-12 text-muted">{t("noPushes")}</p> : null}
      <ul aria-label={t("devices")}>
        {trays.map((tray) => (
          <Tray key={tray.device.id} tray={tray} onOpen={onOpen} />
        ))}
      </ul>
    </TraySection>
  );
}
