"use client";

import type { StoredEvent } from "@pult/api/notifications/schema.ts";
import { ArrowUp, CircleAlert, HeartPulse, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsBoolean, useQueryState } from "nuqs";
import { type UIEvent, useEffect, useRef, useState } from "react";
import { useConnection } from "../../../trpc/connection.tsx";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { Dot } from "../../../ui/marks.tsx";
import { PaneHeader } from "../../../ui/pane-header.tsx";
import { allowed } from "../../auth/agent-context.tsx";
import { SectionState } from "../../settings/section.tsx";
import { rowsOf } from "../pages.ts";
import { EventFilters } from "./event-filters.tsx";
import { EventRow } from "./event-row.tsx";
import { HealthBanner, HealthPanel, isHealthy, useHealth } from "./health-panel.tsx";
import { SetUp } from "./set-up.tsx";
import { type Replays, useEventAddress, useEventList, useEventLog, useShortened } from "./use-events.ts";

const ANNOUNCE_MS = 10_000;
const TOP_PX = 24;

/** How many events have come since it was last said, said again after a pause: a stream read out event by event would never end. */
function Announcer({ newest }: { newest: number }) {
  const t = useTranslations("instagram");
  const [text, setText] = useState("");
  const newestRef = useRef(newest);
  newestRef.current = newest;
  useEffect(() => {
    let said = newestRef.current;
    const timer = setInterval(() => {
      setText(newestRef.current > said ? t("announce") : "");
      said = newestRef.current;
    }, ANNOUNCE_MS);
    return () => clearInterval(timer);
  }, [t]);
  return (
    <p aria-live="polite" className="sr-only">
      {text}
    </p>
  );
}

/** New events wait above while the list is scrolled, so that nothing moves under the eyes. */
function useHeld(rows: readonly StoredEvent[]) {
  const pane = useRef<HTMLDivElement>(null);
  const [heldFrom, setHeldFrom] = useState<number | null>(null);
  const newest = rows[0]?.eventId ?? 0;
  const shown = heldFrom === null ? rows : rows.filter(({ eventId }) => eventId <= heldFrom);
  return {
    pane,
    shown,
    newest,
    isAtTop: heldFrom === null,
    waiting: rows.length - shown.length,
    onScroll: ({ currentTarget: { scrollTop } }: UIEvent<HTMLElement>) =>
      setHeldFrom((before) => (scrollTop <= TOP_PX ? null : (before ?? newest))),
    release() {
      setHeldFrom(null);
      pane.current?.scrollTo({ top: 0 });
    },
  };
}

type List = ReturnType<typeof useEventList>;
type StreamProps = { rows: StoredEvent[]; list: List; replays: Replays };

function Stream({ rows, list, replays }: StreamProps) {
  const t = useTranslations("instagram");
  const { filter } = useEventAddress();
  const { pane, shown, newest, isAtTop, waiting, onScroll, release } = useHeld(rows);
  useShortened(filter, rows.length, isAtTop);
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div ref={pane} onScroll={onScroll} className="scroll-pane min-h-0 flex-1">
        <ul aria-label={t("list")}>
          {shown.map((stored) => (
            <EventRow key={stored.eventId} stored={stored} replayedAt={replays.get(stored.eventId)} />
          ))}
        </ul>
        <LoadMore list={list} more={t("more")} end={t("end")} />
      </div>
      {waiting > 0 ? (
        <Button
          onClick={release}
          className="absolute top-2 left-1/2 -translate-x-1/2 rounded-full border-line-2 shadow-float"
        >
          <Icon of={ArrowUp} size={14} />
          {t("waiting", { count: waiting })}
        </Button>
      ) : null}
      <Announcer newest={newest} />
    </div>
  );
}

function LiveMark() {
  const t = useTranslations();
  const { phase } = useConnection();
  const isLive = phase === "live";
  return (
    <span className="flex items-center gap-1.5 text-12 text-muted">
      <Dot tone={isLive ? "success" : "hollow"} className="size-1.5" />
      {isLive ? t("live.current") : t(`connection.${phase}`)}
    </span>
  );
}

function useAccounts(rows: readonly StoredEvent[], chosen: string): string[] {
  const [known, setKnown] = useState<readonly string[]>([]);
  const found = [...new Set([...known, ...rows.map(({ event }) => event.accountId), chosen])].filter(Boolean).sort();
  const name = found.join();
  // An account stays on offer while the filter hides its events.
  useEffect(() => setKnown(name ? name.split(",") : []), [name]);
  return found;
}

function Instagram() {
  const t = useTranslations("instagram");
  const { filter, setFilter } = useEventAddress();
  const list = useEventList(filter);
  const replays = useEventLog();
  const health = useHealth();
  const [isHealthOpen, setHealthOpen] = useQueryState("health", parseAsBoolean.withDefault(false));
  const rows = rowsOf(list.data);
  const accounts = useAccounts(rows, filter.account);
  const isFiltered = filter.types.length > 0 || filter.account !== "";
  const hasNone = list.data !== undefined && rows.length === 0;
  const content = () => {
    if (!list.data) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
    if (!hasNone) return <Stream key={JSON.stringify(filter)} rows={rows} list={list} replays={replays} />;
    if (!isFiltered) return <SetUp />;
    return (
      <EmptyState icon={SearchX} title={t("notFound")} hint={t("notFoundHint")} role="status">
        <Button onClick={() => void setFilter({ types: [], account: "" })}>{t("showAll")}</Button>
      </EmptyState>
    );
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PaneHeader title={t("title")}>
        <LiveMark />
        {health ? (
          <Button size="sm" aria-expanded={isHealthOpen} onClick={() => void setHealthOpen(!isHealthOpen || null)}>
            <Icon of={isHealthy(health) ? HeartPulse : CircleAlert} size={14} />
            {t("health.title")}
          </Button>
        ) : null}
      </PaneHeader>
      {isHealthOpen ? null : <HealthBanner health={health} onOpen={() => void setHealthOpen(true)} />}
      {isHealthOpen && health ? <HealthPanel health={health} /> : null}
      {hasNone && !isFiltered ? null : (
        <EventFilters filter={filter} accounts={accounts} onChange={(changes) => void setFilter(changes)} />
      )}
      {content()}
    </div>
  );
}

/** What happens on Instagram, as it happens. */
export const InstagramPage = allowed("notifications:read", Instagram);
