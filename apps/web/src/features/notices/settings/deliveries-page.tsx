"use client";

import type { NoticeDelivery } from "@pult/api/notices/schema.ts";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { RotateCw, SearchX, Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { Facts, OpeningRow } from "../../../ui/opening-row.tsx";
import { Select } from "../../../ui/select.tsx";
import { useAgent, useMay } from "../../auth/agent-context.tsx";
import { SectionState, SettingsHeader } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useAgents } from "../../support/composer/agents.ts";
import { iconOf, useKindText } from "../kinds.ts";
import { serviceOf, useReasonText } from "../reason-text.ts";
import { DeviceList } from "./device-list.tsx";

const STATES = ["waiting", "done", "skipped", "failed", "unknown", "parked"] as const;
const PAGE_SIZE = 50;

const TONES = {
  waiting: "warning",
  done: "success",
  skipped: "neutral",
  failed: "danger",
  unknown: "danger",
  parked: "warning",
} as const;

/** What belongs in the address: whose (`me`, `all` or a person's id), and how it ended. */
function useDeliveryAddress() {
  return useQueryStates(
    { of: parseAsString.withDefault("me"), state: parseAsStringLiteral(STATES) },
    { history: "replace", shallow: true },
  );
}

type Filter = Pick<ReturnType<typeof useDeliveryAddress>[0], "of" | "state">;

function useDeliveries({ of, state }: Filter) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: ["deliveries", of, state],
    queryFn: ({ pageParam, signal }) => {
      const before = pageParam === null ? {} : { before: pageParam };
      const input = { personId: of, limit: PAGE_SIZE, ...(state ? { state } : {}), ...before };
      return client.notifications.deliveries.list.query(input, { signal });
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.nextBefore,
    staleTime: 0,
    refetchOnWindowFocus: true,
  });
}

const GRID =
  "grid grid-cols-[minmax(0,1fr)_auto_16px] gap-x-3 md:grid-cols-[112px_minmax(0,1fr)_minmax(0,1fr)_104px_112px_16px]";

/** `support.message:12` is message 12: the number that a retry needs. */
const messageIdOf = ({ subject }: NoticeDelivery): number | null => {
  const id = /^support\.message:(\d+)$/.exec(subject)?.[1];
  return id ? Number(id) : null;
};

function Retry({ delivery, onDone }: { delivery: NoticeDelivery; onDone: () => void }) {
  const t = useTranslations("deliveries");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const { mutate, isPending } = useMutation(
    trpc.support.retryDelivery.mutationOptions({ onError: failed(t("retryFailed")), onSettled: onDone }),
  );
  const messageId = messageIdOf(delivery);
  if (messageId === null) return null;
  return (
    <Button size="sm" aria-disabled={isPending} onClick={() => !isPending && mutate({ messageId })}>
      <Icon of={RotateCw} size={14} />
      {t("retry")}
    </Button>
  );
}

const answerKey = (state: string) => `answer.${state}` as "answer.accepted";

/** Every answer of the provider, and every attempt. */
type RowProps = {
  delivery: NoticeDelivery;
  onChanged: () => void;
  /** Shows what else was sent to a person, and their devices. */
  onPerson: ((personId: string) => void) | null;
};

function Details({ delivery, onChanged, onPerson }: RowProps) {
  const t = useTranslations("deliveries");
  const time = useTimeText();
  const mayWrite = useMay()("support:write");
  const reasonText = useReasonText();
  const { state, dueAt, createdAt, finishedAt, attempts, subject, answers, personId } = delivery;
  const facts: [string, string][] = [
    [t("detail.reason"), reasonText(delivery, serviceOf(delivery.route)) ?? ""],
    [t("detail.due"), state === "waiting" ? time.full(dueAt) : ""],
    [t("detail.created"), time.full(createdAt)],
    [t("detail.finished"), finishedAt ? time.full(finishedAt) : ""],
    [t("detail.attempts"), attempts > 0 ? String(attempts) : ""],
    [t("detail.subject"), subject],
  ];
  const isOver = state === "failed" || state === "unknown" || state === "parked";
  return (
    <div className="bg-surface-2 px-4 py-3 text-12 md:pl-[140px]">
      <Facts rows={facts} />
      <h2 className="mt-3 font-semibold">{t("answers")}</h2>
      {answers.length === 0 ? <p className="text-muted">{t("noAnswers")}</p> : null}
      <ol>
        {answers.map((answer) => (
          <li key={`${answer.deviceId} ${answer.at}`} className="num flex flex-wrap gap-x-3 py-0.5">
            <span className="text-muted">{time.exact(answer.at)}</span>
            <span className="font-mono">{answer.deviceId.slice(0, 8)}</span>
            <span className={answer.state === "accepted" ? "text-success" : "text-danger"}>
              {[t.has(answerKey(answer.state)) ? t(answerKey(answer.state)) : answer.state, answer.providerStatus]
                .filter((part) => part !== null)
                .join(", ")}
            </span>
            <span className="text-fg-2">{reasonText(answer, "push")}</span>
          </li>
        ))}
      </ol>
      <div className="mt-2 flex flex-wrap gap-2">
        {isOver && mayWrite ? <Retry delivery={delivery} onDone={onChanged} /> : null}
        {personId && onPerson ? (
          <Button size="sm" onClick={() => onPerson(personId)}>
            {t("showPerson")}
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function DeliveryRow({ delivery, ...ways }: RowProps) {
  const t = useTranslations("deliveries");
  const time = useTimeText();
  const kindText = useKindText();
  const { kind, route, personName, state, createdAt, dueAt } = delivery;
  const reason = useReasonText()(delivery, serviceOf(route));
  // Why it waits, and until when, without opening it.
  const why =
    state === "waiting" ? [reason, t("until", { time: time.moment(dueAt) })].filter(Boolean).join(" · ") : reason;
  const routeText = t.has(`route.${route}` as "route.push") ? t(`route.${route}` as "route.push") : route;
  const person = personName ?? t("unknownPerson");
  return (
    <OpeningRow
      className={cx(GRID, "items-center px-4 py-1.5 md:min-h-10 md:py-1")}
      cells={
        <>
          <span className="num truncate text-muted max-md:hidden" title={time.full(createdAt)}>
            {time.moment(createdAt)}
          </span>
          <span className="flex min-w-0 items-center gap-2">
            <Icon of={iconOf(kind)} className="text-muted max-md:hidden" />
            <span className="min-w-0">
              <span className="block truncate font-medium">{kindText(kind)}</span>
              <span className="block truncate text-12 text-muted md:hidden">
                {[time.moment(createdAt), person, routeText].join(" · ")}
              </span>
              <span className="block truncate text-12 text-muted" title={why ?? undefined}>
                {why}
              </span>
            </span>
          </span>
          <span className="truncate text-fg-2 max-md:hidden" title={person}>
            {person}
          </span>
          <span className="truncate text-fg-2 max-md:hidden">{routeText}</span>
          <span className="text-right">
            <Chip tone={TONES[state]}>{t(`state.${state}`)}</Chip>
          </span>
        </>
      }
    >
      <Details delivery={delivery} {...ways} />
    </OpeningRow>
  );
}

/** Oneself, all people, an agent; also the person that the address names. */
function PersonFilter({ of, onChange }: { of: string; onChange: (of: string) => void }) {
  const t = useTranslations("deliveries");
  const { id } = useAgent();
  const agents = useAgents().filter((agent) => agent.id !== id);
  const known = ["me", "all", ...agents.map((agent) => agent.id)];
  const options = [
    { value: "me", label: t("of.me") },
    { value: "all", label: t("of.all") },
    ...agents.map(({ id: value, name }) => ({ value, label: name })),
    ...(known.includes(of) ? [] : [{ value: of, label: t("of.person") }]),
  ];
  return <Select label={t("of.label")} value={of} options={options} onChange={onChange} className="max-w-56" />;
}

function Filters({ filter, onChange }: { filter: Filter; onChange: (changes: Partial<Filter>) => void }) {
  const t = useTranslations("deliveries");
  const mayReadAll = useMay()("notifications:read");
  return (
    <div className="flex min-h-11 shrink-0 items-center gap-2 border-line border-b px-4 py-1.5">
      {mayReadAll ? <PersonFilter of={filter.of} onChange={(of) => onChange({ of })} /> : null}
      <Select
        label={t("stateLabel")}
        value={filter.state ?? ""}
        options={[
          { value: "" as const, label: t("anyState") },
          ...STATES.map((value) => ({ value, label: t(`state.${value}`) })),
        ]}
        onChange={(state) => onChange({ state: state || null })}
      />
    </div>
  );
}

/** What was sent on which way, what was held back and why: one's own, and all of them for those who may see it. */
export function DeliveriesPage() {
  const t = useTranslations("deliveries");
  const [filter, setFilter] = useDeliveryAddress();
  const list = useDeliveries(filter);
  const content = () => {
    if (!list.data) return <SectionState error={list.error} onRetry={() => void list.refetch()} />;
    const deliveries = list.data.pages.flatMap((page) => page.deliveries);
    if (deliveries.length === 0 && filter.state) {
      return (
        <EmptyState icon={SearchX} title={t("notFound")} role="status">
          <Button onClick={() => void setFilter({ state: null })}>{t("showAll")}</Button>
        </EmptyState>
      );
    }
    if (deliveries.length === 0) return <EmptyState icon={Send} title={t("empty")} hint={t("emptyHint")} />;
    return (
      <div className="scroll-pane min-h-0 flex-1">
        <ul aria-label={t("title")}>
          {deliveries.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              delivery={delivery}
              onChanged={() => void list.refetch()}
              onPerson={filter.of === "all" ? (of) => void setFilter({ of }) : null}
            />
          ))}
        </ul>
        <LoadMore list={list} more={t("more")} end={t("end")} />
      </div>
    );
  };
  return (
    <>
      <SettingsHeader title={t("title")} />
      <Filters filter={filter} onChange={(changes) => void setFilter(changes)} />
      {filter.of === "all" ? null : (
        <section
          aria-label={t("devices")}
          className="scroll-pane max-h-[40%] shrink-0 border-line border-b bg-surface-2 px-4 empty:hidden [&_li:first-child]:border-0"
        >
          <DeviceList key={filter.of} {...(filter.of === "me" ? {} : { personId: filter.of })} />
        </section>
      )}
      {content()}
    </>
  );
}
