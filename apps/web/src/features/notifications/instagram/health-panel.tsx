import type { InstagramAccount, InstagramHealth } from "@pult/api/notifications/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { BellOff, Check, CircleAlert, KeyRound, type LucideIcon, Minus } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { readUnfinishedAgain } from "../../../trpc/read-again.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { Select } from "../../../ui/select.tsx";
import { Switch } from "../../../ui/switch.tsx";
import { useReasonText } from "../../notices/reason-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useNotificationRights } from "../rights.ts";

const LOOK_MS = 30_000;

export function useHealth() {
  const trpc = useTRPC();
  return useQuery(trpc.notifications.instagram.health.queryOptions(undefined, { refetchInterval: LOOK_MS })).data;
}

/** Whether nothing asks for attention. */
export const isHealthy = ({ webhook, token, silent, check, reconciliation, fields }: InstagramHealth): boolean =>
  token.state !== "invalid" &&
  !token.endsSoon &&
  webhook.putAside.count === 0 &&
  silent.length === 0 &&
  !check.failure &&
  !reconciliation.failure &&
  fields.every(({ subscribed }) => subscribed !== false);

function useAccountList() {
  const trpc = useTRPC();
  const options = trpc.notifications.instagram.accounts.queryOptions(undefined, { refetchInterval: LOOK_MS });
  return useQuery(options).data?.accounts ?? [];
}

function useSelfTest() {
  const t = useTranslations("instagram.health");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  return useMutation(
    trpc.notifications.instagram.selfTest.mutationOptions({
      onSuccess: (health) => {
        queryClient.setQueryData(trpc.notifications.instagram.health.queryKey(), health);
        readUnfinishedAgain(queryClient, trpc.notifications.instagram.health.queryKey());
        void queryClient.invalidateQueries({ queryKey: trpc.notifications.instagram.accounts.queryKey() });
      },
      onError: failed(t("notChecked")),
    }),
  );
}

/** Has everything tried once more that was put aside. */
function useRetry() {
  const t = useTranslations("instagram.health");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  return useMutation(
    trpc.notifications.events.replay.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.notifications.instagram.health.queryKey() }),
      onError: failed(t("notRetried")),
    }),
  );
}

/** What keeps answers or events from working, above everything else. */
export function HealthBanner({ health, onOpen }: { health: InstagramHealth | undefined; onOpen: () => void }) {
  const t = useTranslations("instagram.health");
  const time = useTimeText();
  const reasonText = useReasonText();
  if (!health) return null;
  const action = (
    <Button size="sm" onClick={onOpen}>
      {t("details")}
    </Button>
  );
  const [silent] = health.silent;
  if (health.token.state === "invalid")
    return (
      <Banner icon={KeyRound} tone="danger" action={action}>
        {t("tokenInvalid", { reason: reasonText(health.token, "instagram") ?? "" })}
      </Banner>
    );
  if (health.token.endsSoon && health.token.expiresAt)
    return (
      <Banner icon={KeyRound} tone="warning" action={action}>
        {t("tokenEnds", { time: time.date(health.token.expiresAt) })}
      </Banner>
    );
  if (health.webhook.putAside.count > 0)
    return (
      <Banner icon={CircleAlert} tone="warning" action={action}>
        {t("eventsPutAside", { count: health.webhook.putAside.count })}
      </Banner>
    );
  if (silent)
    return (
      <Banner icon={BellOff} tone="warning" action={action}>
        {t("silent", { time: time.moment(health.webhook.lastEventAt ?? silent.since) })}
      </Banner>
    );
  return null;
}

type State = "good" | "bad" | "none";

const STATES: Record<State, { icon: LucideIcon; className: string }> = {
  good: { icon: Check, className: "text-success" },
  bad: { icon: CircleAlert, className: "text-danger" },
  none: { icon: Minus, className: "text-muted" },
};

/** One thing that is so or not, with the words for it. */
function Row({ state, label, children }: { state: State; label: string; children?: ReactNode }) {
  const t = useTranslations("instagram.health");
  const { icon, className } = STATES[state];
  return (
    <li className="grid grid-cols-[16px_auto_minmax(0,1fr)] items-start gap-x-2 py-1 text-13">
      <Icon of={icon} className={cx("mt-0.5", className)} />
      <span className="sr-only">{t(`state.${state}`)}: </span>
      <span className="whitespace-nowrap">{label}</span>
      <span className="num min-w-0 break-words text-right text-12/5 text-muted">{children}</span>
    </li>
  );
}

function Fields({ fields }: Pick<InstagramHealth, "fields">) {
  const t = useTranslations("instagram.health");
  return (
    <span className="flex flex-wrap justify-end gap-1">
      {fields.map(({ field, subscribed }) => (
        <Chip key={field} tone={subscribed ? "success" : subscribed === false ? "danger" : "neutral"}>
          <Icon of={subscribed ? Check : subscribed === false ? CircleAlert : Minus} size={12} />
          {field}
          <span className="sr-only">{t(`state.${subscribed ? "good" : subscribed === false ? "bad" : "none"}`)}</span>
        </Chip>
      ))}
    </span>
  );
}

const stateOf = (isGood: boolean | null): State => (isGood === null ? "none" : isGood ? "good" : "bad");

function TokenRow({ token }: Pick<InstagramHealth, "token">) {
  const t = useTranslations("instagram.health");
  const time = useTimeText();
  const reasonText = useReasonText();
  const state = { absent: "bad", unchecked: "none", valid: "good", invalid: "bad" } as const;
  const until = (iso: string) => t(token.endsSoon ? "tokenEndsAt" : "tokenUntil", { time: time.date(iso) });
  return (
    <Row state={token.endsSoon ? "bad" : state[token.state]} label={t("token")}>
      {reasonText(token, "instagram") ?? (token.expiresAt ? until(token.expiresAt) : t(`tokenState.${token.state}`))}
    </Row>
  );
}

/** What waits for a person. */
function PutAsideRow({ count, reason }: InstagramHealth["webhook"]["putAside"]) {
  const t = useTranslations("instagram.health");
  const { mayWrite } = useNotificationRights();
  const retry = useRetry();
  if (count === 0) return null;
  return (
    <Row state="bad" label={t("putAside")}>
      {t("putAsideCount", { count, reason: reason ?? "" })}
      {mayWrite ? (
        <Button
          size="sm"
          className="ml-2"
          aria-disabled={retry.isPending}
          onClick={() => !retry.isPending && retry.mutate({ putAside: true })}
        >
          {t("retry")}
        </Button>
      ) : null}
    </Row>
  );
}

function Checks({ health }: { health: InstagramHealth }) {
  const t = useTranslations("instagram.health");
  const time = useTimeText();
  const reasonText = useReasonText();
  const failureOf = ({ failure }: { failure: string | null }) => reasonText({ reason: failure }, "instagram");
  const { webhook, token, fields, check, reconciliation } = health;
  const hasSecrets = webhook.hasAppSecret && webhook.hasVerifyToken;
  const isKnown = fields.some(({ subscribed }) => subscribed !== null);
  return (
    <ul aria-label={t("checks")}>
      <Row state={hasSecrets ? "good" : "bad"} label={t("webhook")}>
        {hasSecrets
          ? webhook.lastEventAt
            ? t("lastEvent", { time: time.moment(webhook.lastEventAt) })
            : t("noEvent")
          : t("noSecrets")}
      </Row>
      <PutAsideRow {...webhook.putAside} />
      <TokenRow token={token} />
      <Row state={isKnown ? stateOf(fields.every(({ subscribed }) => subscribed)) : "none"} label={t("fields")}>
        <Fields fields={fields} />
      </Row>
      <Row
        state={reconciliation.failure ? "bad" : stateOf(reconciliation.at ? true : null)}
        label={t("reconciliation")}
      >
        {failureOf(reconciliation) ??
          (reconciliation.at
            ? t("reconciled", { time: time.moment(reconciliation.at), count: reconciliation.found })
            : t("never"))}
      </Row>
      <Row state={check.failure ? "bad" : stateOf(check.at ? true : null)} label={t("check")}>
        {failureOf(check) ?? (check.at ? time.moment(check.at) : t("never"))}
      </Row>
    </ul>
  );
}

const ALARMS = ["1", "2", "6", "12", "24", "72"] as const;
const OFF = "off";

function useSetAccount() {
  const t = useTranslations("instagram.health");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const refresh = (key: readonly unknown[]) => queryClient.invalidateQueries({ queryKey: key });
  return useMutation(
    trpc.notifications.instagram.setAccount.mutationOptions({
      onSettled: () =>
        Promise.all([
          refresh(trpc.notifications.instagram.accounts.queryKey()),
          refresh(trpc.notifications.instagram.health.queryKey()),
        ]),
      onError: failed(t("notSet")),
    }),
  );
}

function Account({ account }: { account: InstagramAccount }) {
  const t = useTranslations("instagram.health");
  const time = useTimeText();
  const { mayWrite } = useNotificationRights();
  const set = useSetAccount();
  const { id, username, isConnected, enabled, silenceAlarmHours, silentSince, lastEventAt, counters } = account;
  const name = username ? `@${username}` : id;
  const own = silenceAlarmHours === null ? OFF : String(silenceAlarmHours);
  const hours = [...new Set<string>([OFF, ...ALARMS, own])];
  const counts = Object.values(counters);
  const sum = (kind: "day" | "total") => counts.reduce((all, one) => all + one[kind], 0);
  const each = Object.entries(counters).map(([field, { day, total }]) => t("counter", { field, day, total }));
  return (
    <li className="grid items-center gap-x-3 gap-y-1 border-line py-1.5 not-first:border-t md:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p className="flex items-center gap-1.5">
          <span className="truncate font-medium" title={id}>
            {name}
          </span>
          {isConnected ? <Chip tone="accent">{t("answers")}</Chip> : null}
          {silentSince ? <Chip tone="warning">{t("isSilent")}</Chip> : null}
          {enabled ? null : <Chip>{t("isOff")}</Chip>}
        </p>
        <p className="num text-12 text-muted" title={each.join("\n")}>
          {[
            lastEventAt ? t("lastEvent", { time: time.moment(lastEventAt) }) : t("noEvent"),
            t("counts", { day: sum("day"), total: sum("total") }),
          ].join(" · ")}
        </p>
      </div>
      <div className="flex items-center justify-between gap-2">
        {mayWrite ? (
          <>
            <Select
              label={t("alarmOf", { name })}
              value={own}
              options={hours.map((value) => ({
                value,
                label: value === OFF ? t("alarmOff") : t("alarm", { hours: Number(value) }),
              }))}
              onChange={(value) =>
                set.mutate({ accountId: id, silenceAlarmHours: value === OFF ? null : Number(value) })
              }
            />
            <Switch
              label={t("enabled", { name })}
              checked={enabled}
              onChange={(next) => set.mutate({ accountId: id, enabled: next })}
            />
          </>
        ) : null}
      </div>
    </li>
  );
}

function Actions({ health }: { health: InstagramHealth }) {
  const t = useTranslations("instagram.health");
  const { mayWrite } = useNotificationRights();
  const test = useSelfTest();
  if (!mayWrite || health.token.state === "absent") return null;
  const isMissing = health.fields.some(({ subscribed }) => subscribed === false);
  const run = (subscribe: boolean) => () => !test.isPending && test.mutate({ subscribe });
  return (
    <div className="mt-2 flex flex-wrap justify-end gap-2">
      {isMissing ? (
        <Button size="sm" variant="primary" aria-disabled={test.isPending} onClick={run(true)}>
          {t("subscribe")}
        </Button>
      ) : null}
      <Button size="sm" aria-disabled={test.isPending} onClick={run(false)}>
        {t(test.isPending ? "checking" : "checkNow")}
      </Button>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="mb-1 font-semibold text-12 text-fg-2">{title}</h2>
      {children}
    </section>
  );
}

/** How the connection fares, and each account that events tell of. */
export function HealthPanel({ health }: { health: InstagramHealth }) {
  const t = useTranslations("instagram.health");
  const accounts = useAccountList();
  return (
    <div className="scroll-pane grid max-h-[55%] shrink-0 gap-x-8 gap-y-4 border-line border-b bg-surface-2 px-4 py-3 md:grid-cols-2">
      <Section title={t("accounts")}>
        {accounts.length === 0 ? <p className="text-12 text-muted">{t("noAccounts")}</p> : null}
        <ul>
          {accounts.map((account) => (
            <Account key={account.id} account={account} />
          ))}
        </ul>
      </Section>
      <Section title={t("checks")}>
        <Checks health={health} />
        <Actions health={health} />
      </Section>
    </div>
  );
}
