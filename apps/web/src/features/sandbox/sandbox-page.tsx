"use client";

import type { SandboxUser, World } from "@pult/sandbox/control.ts";
import { FlaskConicalOff, WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { cx } from "../../ui/cx.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { AfterPatience, Skeleton } from "../../ui/skeleton.tsx";
import { TipLayer } from "../../ui/tip-layer.tsx";
import { ToastHost } from "../../ui/toast-host.tsx";
import { AppPhone } from "./app-phone.ts";
import { appUserId } from "./app-user.ts";
import { findTopicOf } from "./group-lines.ts";
import { GroupPane } from "./group-pane.tsx";
import { PhonePane } from "./phone-pane.tsx";
import { WorldProvider } from "./sandbox-context.tsx";
import { SandboxHeader, StepList } from "./sandbox-header.tsx";
import { reachedSteps } from "./steps.ts";
import { TrayPane } from "./tray-pane.tsx";
import { PANES, type Pane, useAddress } from "./use-address.ts";
import { WorldStore } from "./world-store.ts";

export function SandboxPage() {
  const t = useTranslations("sandbox");
  const [store] = useState(() => new WorldStore());
  const { world, state } = useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);
  useEffect(() => store.start(), [store]);
  return (
    <NuqsAdapter>
      <div className="flex h-dvh flex-col bg-surface">
        {world && state !== "off" ? (
          <WorldProvider world={world}>
            <Sandbox world={world} isOffline={state === "offline"} />
          </WorldProvider>
        ) : null}
        {state === "off" ? <EmptyState icon={FlaskConicalOff} title={t("off")} hint={t("offHint")} /> : null}
        {!world && state === "offline" ? (
          <EmptyState role="status" icon={WifiOff} title={t("unreachable")} hint={t("unreachableHint")} />
        ) : null}
        {!world && state === "connecting" ? <Loading /> : null}
      </div>
      <ToastHost label={t("notifications")} closeLabel={t("close")} />
      <TipLayer />
    </NuqsAdapter>
  );
}

function Loading() {
  const t = useTranslations("sandbox");
  return (
    <AfterPatience label={t("loading")}>
      <div className="grid h-dvh gap-6 p-6 lg:grid-cols-[328px_1fr_328px]">
        <Skeleton className="h-full rounded-4" />
        <Skeleton className="h-full rounded-4 max-lg:hidden" />
        <Skeleton className="h-full rounded-4 max-lg:hidden" />
      </div>
    </AfterPatience>
  );
}

/** The selected customer's app; it is open while it is looked at, and put away otherwise. */
function useAppPhone({ devices }: World, customer: SandboxUser | undefined, isOpen: boolean): AppPhone | null {
  const [phones] = useState(() => new Map<number, AppPhone>());
  const id = customer?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a customer is who he is by his id
  const phone = useMemo(() => {
    if (!customer) return null;
    const known = phones.get(customer.id) ?? new AppPhone(customer);
    phones.set(customer.id, known);
    return known;
  }, [phones, id]);
  useEffect(() => {
    if (!phone) return;
    if (isOpen) phone.toForeground();
    else phone.toBackground();
    return phone.toBackground;
  }, [phone, isOpen]);
  // An outside world that was emptied knows nothing of this phone any more.
  const isUnknown = !devices.some((device) => device.kind === "fcm" && device.userId === phone?.client.userId);
  useEffect(() => {
    if (phone && isOpen && isUnknown) void phone.register();
  }, [phone, isOpen, isUnknown]);
  return phone;
}

const column = "flex min-h-0 min-w-0 flex-col [&>section]:flex-1";
const noSubscription = () => () => {};

function useWroteInApp(phone: AppPhone | null): boolean {
  return useSyncExternalStore(
    phone?.subscribe ?? noSubscription,
    () => phone?.snapshot().messages.some((message) => message.direction === "user") ?? false,
    () => false,
  );
}

type PaneTabsProps = { pane: Pane; onPane: (pane: Pane) => void; reached: ReturnType<typeof reachedSteps> };

/** Where three panes do not fit beside each other: one of three, or one of two beside the phone. */
function PaneTabs({ pane, onPane, reached }: PaneTabsProps) {
  const t = useTranslations("sandbox");
  const options = PANES.map((value) => ({ value, label: t(`pane.${value}`) }));
  const beside = options.filter(({ value }) => value !== "phone");
  return (
    <>
      <div className="flex items-center justify-between border-line border-b px-4 py-1.5 md:hidden">
        <Segmented label={t("panes")} value={pane} options={options} onChange={onPane} />
        <StepList reached={reached} />
      </div>
      <div className="flex justify-end border-line border-b px-4 py-1.5 max-md:hidden lg:hidden">
        <Segmented label={t("panes")} value={pane === "tray" ? "tray" : "group"} options={beside} onChange={onPane} />
      </div>
    </>
  );
}

/** Who is looked at and who acts; the first customer and the second of the staff until somebody else is chosen. */
function peopleOf({ users }: World, chosen: { customer: number | null; staff: number | null }) {
  const customers = users.filter((user) => !user.staff);
  const members = users.filter((user) => user.staff);
  // Agent A answers in the dashboard, so the group begins with the other.
  const staff = members.find((user) => user.id === chosen.staff) ?? members[1] ?? members[0];
  return { customers, customer: customers.find((user) => user.id === chosen.customer) ?? customers[0], staff };
}

function Sandbox({ world, isOffline }: { world: World; isOffline: boolean }) {
  const [address, setAddress] = useAddress();
  const [isInBackground, setInBackground] = useState(false);
  const { customers, customer, staff } = peopleOf(world, address);
  const appPhone = useAppPhone(world, customer, address.phone === "app" && !isInBackground);
  const wroteInApp = useWroteInApp(appPhone);
  if (!customer || !staff) return null;
  const channel = address.phone === "app" ? "app" : "telegram";
  const externalId = channel === "app" ? appUserId(customer) : String(customer.id);

  const openPush = (userId: string) => {
    const owner = customers.find((user) => appUserId(user) === userId);
    setInBackground(false);
    void setAddress({ phone: "app", pane: "phone", ...(owner ? { customer: owner.id } : {}) });
  };
  const reached = reachedSteps(world, customer, wroteInApp);
  const isTray = address.pane === "tray";
  return (
    <>
      <SandboxHeader reached={reached} isOffline={isOffline} />
      <PaneTabs pane={address.pane} onPane={(pane) => setAddress({ pane })} reached={reached} />
      <main className="grid min-h-0 flex-1 divide-line max-md:grid-cols-1 md:grid-cols-[344px_minmax(0,1fr)] md:divide-x lg:grid-cols-[376px_minmax(0,1fr)_376px]">
        <div className={cx(column, address.pane !== "phone" && "max-md:hidden")}>
          <PhonePane
            customer={customer}
            onCustomer={(id) => setAddress({ customer: id })}
            kind={address.phone}
            onKind={(phone) => setAddress({ phone })}
            appPhone={appPhone}
            isInBackground={isInBackground}
            onBackground={setInBackground}
          />
        </div>
        <div className={cx(column, address.pane !== "group" && "max-md:hidden", isTray && "max-lg:hidden")}>
          <GroupPane
            customerKey={`${customer.id} ${channel}`}
            staff={staff}
            onStaff={(id) => setAddress({ staff: id })}
            customerTopicId={findTopicOf(world, { channel, externalId })}
          />
        </div>
        <div className={cx(column, !isTray && "max-lg:hidden")}>
          <TrayPane customer={customer} onOpenPush={openPush} />
        </div>
      </main>
    </>
  );
}
