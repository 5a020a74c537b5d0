"use client";

import type { SandboxUser, World } from "@pult/sandbox/control.ts";
import { Check, FlaskConicalOff, RotateCcw, WifiOff } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { useEffect, useMemo, useState } from "react";
import { createStore, useStore } from "zustand";
import { ThemeButton } from "../../theme/use-theme.tsx";
import { BrandMark } from "../../ui/brand.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { cx } from "../../ui/cx.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { AfterDelay, Skeleton } from "../../ui/skeleton.tsx";
import { TipLayer } from "../../ui/tip-layer.tsx";
import { ToastHost } from "../../ui/toast-host.tsx";
import { AppPhone, type AppPhoneSnapshot } from "./app-phone.ts";
import { control } from "./control-client.ts";
import { type CardFacts, findTopicOf, reachedSteps, STEPS, type Step } from "./group-lines.ts";
import { GroupPane } from "./group-pane.tsx";
import { appUserId } from "./phone-lines.ts";
import { PhonePane } from "./phone-pane.tsx";
import { PANES, type Pane, type PhoneKind, useAddress, useAttempt, WorldContext } from "./sandbox-context.tsx";
import { TrayPane } from "./tray-pane.tsx";
import { WorldStore } from "./world-store.ts";

/** The steps as numbers, and in words what to try next; each number has its words in a tooltip and for readers. */
function StepList({ reached, className }: { reached: ReadonlySet<Step>; className?: string }) {
  const t = useTranslations("sandbox");
  const next = STEPS.find((step) => !reached.has(step));
  return (
    <div className={cx("flex min-w-0 items-center gap-2 text-12", className)}>
      <ol aria-label={t("loop")} className="flex shrink-0 items-center gap-1">
        {STEPS.map((step, index) => {
          const isDone = reached.has(step);
          return (
            <li
              key={step}
              data-tip={t(`step.${step}`)}
              aria-current={step === next ? "step" : undefined}
              className={cx(
                "grid size-[18px] place-items-center rounded-full font-semibold text-11",
                isDone ? "bg-accent text-on-accent" : "bg-surface-4 text-fg-2",
                step === next && "outline-2 outline-accent outline-offset-1",
              )}
            >
              <span aria-hidden>{isDone ? <Icon of={Check} size={12} /> : index + 1}</span>
              <span className="sr-only">
                {t(`step.${step}`)} {isDone ? t("stepDone") : t("stepOpen")}
              </span>
            </li>
          );
        })}
      </ol>
      <span className="truncate text-fg-2 max-lg:hidden">
        {next ? t("nextStep", { what: t(`try.${next}`) }) : t("allDone")}
      </span>
    </div>
  );
}

function SandboxHeader({ reached, isOffline }: { reached: ReadonlySet<Step>; isOffline: boolean }) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const [isAsking, setAsking] = useState(false);
  return (
    <header className="flex min-h-12 shrink-0 items-center gap-2 border-line border-b bg-surface px-4">
      <span className="max-sm:hidden">
        <BrandMark />
      </span>
      <h1 className="truncate font-semibold text-14">{t("title")}</h1>
      <span
        className={cx("min-w-0 flex-1 truncate text-12 max-sm:hidden", isOffline ? "text-warning" : "text-muted")}
        role="status"
      >
        {t(isOffline ? "offline" : "subtitle")}
      </span>
      <span className="flex-1 sm:hidden" />
      <StepList reached={reached} className="max-md:hidden" />
      <span className="ml-2">
        <ThemeButton />
      </span>
      <Button onClick={() => setAsking(true)} aria-label={t("reset")} className="max-md:h-10">
        <Icon of={RotateCcw} />
        <span className="max-sm:hidden">{t("reset")}</span>
      </Button>
      <Link href="/inbox" prefetch={false} className={cx(buttonClass({ variant: "primary" }), "max-md:h-10")}>
        {t("openInbox")}
      </Link>
      {isAsking ? (
        <ConfirmDialog
          title={t("resetTitle")}
          text={t("resetText")}
          isDanger
          action={t("reset")}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void attempt(control.reset);
          }}
        />
      ) : null}
    </header>
  );
}

export function SandboxPage() {
  const t = useTranslations("sandbox");
  const [store] = useState(() => new WorldStore());
  const { world, state } = useStore(store.state);
  useEffect(() => store.start(), [store]);
  return (
    <NuqsAdapter>
      <div className="flex h-dvh flex-col bg-surface">
        {world && state !== "off" ? (
          <WorldContext value={world}>
            <Sandbox world={world} isOffline={state === "offline"} />
          </WorldContext>
        ) : null}
        {state === "off" ? <EmptyState icon={FlaskConicalOff} title={t("off")} hint={t("offHint")} /> : null}
        {!world && state === "offline" ? (
          <EmptyState role="status" icon={WifiOff} title={t("unreachable")} hint={t("unreachableHint")} />
        ) : null}
        {!world && state === "connecting" ? <Loading /> : null}
      </div>
      <ToastHost />
      <TipLayer />
    </NuqsAdapter>
  );
}

function Loading() {
  const t = useTranslations("sandbox");
  return (
    <AfterDelay label={t("loading")}>
      <div className="grid h-dvh gap-6 p-6 lg:grid-cols-[328px_1fr_328px]">
        <Skeleton className="h-full rounded-4" />
        <Skeleton className="h-full rounded-4 max-lg:hidden" />
        <Skeleton className="h-full rounded-4 max-lg:hidden" />
      </div>
    </AfterDelay>
  );
}

/** The selected customer's app; it is open while it is looked at, and put away otherwise. */
function useAppPhone({ devices }: World, customer: SandboxUser | undefined, isOpen: boolean): AppPhone | null {
  const [phones] = useState(() => new Map<number, AppPhone>());
  const id = customer?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a customer is identified by id
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
const noPhone = createStore<Pick<AppPhoneSnapshot, "messages">>(() => ({ messages: [] }));

const useWroteInApp = (phone: AppPhone | null): boolean =>
  useStore(phone?.state ?? noPhone, ({ messages }) => messages.some((message) => message.direction === "user"));

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

/** The customer shown and the agent who acts; the first customer and the second agent until others are chosen. */
function peopleOf({ users }: World, chosen: { customer: number | null; staff: number | null }) {
  const customers = users.filter((user) => !user.staff);
  const members = users.filter((user) => user.staff);
  // Agent A answers in the dashboard, so the group begins with the other.
  const staff = members.find((user) => user.id === chosen.staff) ?? members[1] ?? members[0];
  return { customers, customer: customers.find((user) => user.id === chosen.customer) ?? customers[0], staff };
}

/** Whom the product knows the phone's owner as. */
function ownerOf(phone: PhoneKind, customer: SandboxUser, personId: string): CardFacts {
  if (phone === "instagram") return { channel: "instagram", externalId: personId };
  if (phone === "app") return { channel: "app", externalId: appUserId(customer) };
  return { channel: "telegram", externalId: String(customer.id) };
}

function Sandbox({ world, isOffline }: { world: World; isOffline: boolean }) {
  const [address, setAddress] = useAddress();
  const [isInBackground, setInBackground] = useState(false);
  const { customers, customer, staff } = peopleOf(world, address);
  const appPhone = useAppPhone(world, customer, address.phone === "app" && !isInBackground);
  const wroteInApp = useWroteInApp(appPhone);
  if (!customer || !staff) return null;
  const person = world.instagram.people.find(({ id }) => id === address.person) ?? world.instagram.people[0];
  const whose = ownerOf(address.phone, customer, person?.id ?? "");

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
            person={person}
            onPerson={(id) => setAddress({ person: id })}
            kind={address.phone}
            onKind={(phone) => setAddress({ phone })}
            appPhone={appPhone}
            isInBackground={isInBackground}
            onBackground={setInBackground}
          />
        </div>
        <div className={cx(column, address.pane !== "group" && "max-md:hidden", isTray && "max-lg:hidden")}>
          <GroupPane
            kind={address.group}
            onKind={(group) => setAddress({ group })}
            customerKey={`${whose.channel} ${whose.externalId}`}
            staff={staff}
            onStaff={(id) => setAddress({ staff: id })}
            customerTopicId={address.group === "live" ? null : findTopicOf(world, whose)}
          />
        </div>
        <div className={cx(column, !isTray && "max-lg:hidden")}>
          <TrayPane customer={customer} onOpenPush={openPush} />
        </div>
      </main>
    </>
  );
}
