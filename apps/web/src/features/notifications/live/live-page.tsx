"use client";

import { ArrowLeft, Megaphone, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Dot } from "../../../ui/marks.tsx";
import { PaneHeader } from "../../../ui/pane-header.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { allowed } from "../../auth/agent-context.tsx";
import { useCommands } from "../../shell/commands.tsx";
import { rowsOf } from "../pages.ts";
import { useNotificationRights } from "../rights.ts";
import { AlertSection } from "./alert-list.tsx";
import { BroadcastComposer } from "./broadcast-composer.tsx";
import { BroadcastSection, BroadcastSummary } from "./broadcast-list.tsx";
import { BroadcastResult } from "./broadcast-result.tsx";
import { ConnectedUsers } from "./connected-users.tsx";
import { useLiveAddress } from "./live-address.ts";
import { StatusTiles } from "./status-tiles.tsx";
import { useTopics } from "./use-audience.ts";
import { useBroadcastList, useBroadcastLog } from "./use-broadcasts.ts";
import { useStatus } from "./use-status.ts";

const MAX_KNOWN_TOPICS = 8;
const COMPOSER_ID = "live-composer";

type List = ReturnType<typeof useBroadcastList>;

/** Topics that were broadcast to lately, then those whose names are known. */
function useKnownTopics(list: List): number[] {
  const { data = [] } = useTopics();
  const targets = rowsOf(list.data).flatMap((broadcast) => broadcast.targets);
  const ids = [...targets, ...data].flatMap(({ threadId }) => threadId ?? []);
  const closed = new Set(data.flatMap(({ threadId, isClosed }) => (isClosed ? threadId : [])));
  // The newest broadcast into a topic tells whether it is still there.
  const isGone = (id: number) => targets.find(({ threadId }) => threadId === id)?.problem === "topicDeleted";
  return [...new Set(ids)].filter((id) => !closed.has(id) && !isGone(id)).slice(0, MAX_KNOWN_TOPICS);
}

function LastBroadcast({ list }: { list: List }) {
  const t = useTranslations("live.broadcast");
  const time = useTimeText();
  const now = useNow(5_000);
  const last = rowsOf(list.data)[0];
  if (!last) return null;
  return (
    <section aria-labelledby="last-broadcast" className="border-line border-t px-4 pb-3">
      <div className="flex min-h-11 items-center gap-2 border-line border-b">
        <h3 id="last-broadcast" className="font-semibold">
          {t("last")}
        </h3>
        <span className="num text-12 text-muted">{time.moment(last.createdAt)}</span>
        <span className="ml-auto">
          <BroadcastSummary broadcast={last} now={now} />
        </span>
      </div>
      <BroadcastResult broadcast={last} now={now} />
    </section>
  );
}

type BroadcastPaneProps = { isRunning: boolean | null; isPage: boolean };

const BroadcastPane = memo(function BroadcastPane({ isRunning, isPage }: BroadcastPaneProps) {
  const t = useTranslations();
  const list = useBroadcastList();
  const { setAddress } = useLiveAddress();
  return (
    <aside
      id={COMPOSER_ID}
      aria-labelledby="live-broadcast"
      className={cx(
        "flex min-h-0 flex-col border-line bg-surface-2 max-md:flex-1 md:border-l",
        !isPage && "max-md:hidden",
      )}
    >
      <header className="flex h-[52px] shrink-0 items-center gap-2 border-line border-b px-4 max-md:pl-2 md:h-11">
        <IconButton
          icon={ArrowLeft}
          label={t("common.back")}
          onClick={() => void setAddress({ panel: null })}
          className="md:hidden"
        />
        <h2 id="live-broadcast" className="font-semibold text-16 md:text-13">
          {t("live.broadcast.title")}
        </h2>
      </header>
      <div className="scroll-pane min-h-0 flex-1">
        <BroadcastComposer known={useKnownTopics(list)} isRunning={isRunning} />
        <LastBroadcast list={list} />
      </div>
    </aside>
  );
});

/** Figures that are older are said to be. */
const STALE_MS = 15_000;

/** Whether the figures are current, and since when they are not. */
function Freshness({ at }: { at: number | null }) {
  const t = useTranslations("live");
  const time = useTimeText();
  const now = useNow(1_000);
  if (at === null) return null;
  const isStale = now - at > STALE_MS;
  return (
    <span className={cx("num flex min-w-0 items-center gap-1.5 text-12", isStale ? "text-warning" : "text-muted")}>
      <Dot tone={isStale ? "hollow" : "success"} className="size-1.5" />
      <span className="truncate">
        {isStale ? t("asOf", { time: time.exact(new Date(at).toISOString()) }) : t("current")}
      </span>
    </span>
  );
}

function useLiveCommands() {
  const t = useTranslations("live");
  const { setAddress } = useLiveAddress();
  const { mayWrite, mayBroadcast } = useNotificationRights();
  const write = () => {
    void setAddress({ panel: "broadcast" });
    setTimeout(() => document.querySelector<HTMLElement>(`#${COMPOSER_ID} textarea`)?.focus(), 0);
  };
  const common = { group: "live", isKeyOnly: true };
  useCommands([
    ...(mayWrite
      ? [
          {
            ...common,
            id: "live-alert",
            label: t("alerts.new"),
            keys: "n",
            run: () => void setAddress({ new: "alert" }),
          },
        ]
      : []),
    ...(mayBroadcast ? [{ ...common, id: "live-broadcast", label: t("broadcast.write"), keys: "b", run: write }] : []),
  ]);
}

function Live() {
  const t = useTranslations("live");
  const { panel, setAddress } = useLiveAddress();
  const status = useStatus();
  useBroadcastLog();
  useLiveCommands();
  const isPage = panel === "broadcast";
  const isRunning = status.samples.at(-1)?.status.running ?? null;
  return (
    <div data-covers-tabs={isPage} className="flex min-h-0 flex-1 flex-col">
      <div className={cx("shrink-0", isPage && "max-md:hidden")}>
        <PaneHeader title={t("title")}>
          <Freshness at={status.samples.at(-1)?.at ?? null} />
          <span className="ml-auto flex items-center gap-3">
            <ConnectedUsers />
          </span>
          <Button
            variant="primary"
            onClick={() => void setAddress({ panel: "broadcast" }, { history: "push" })}
            className="h-10 md:hidden"
          >
            <Icon of={Megaphone} />
            {t("broadcast.title")}
          </Button>
        </PaneHeader>
        {isRunning === false ? (
          <Banner tone="warning" icon={TriangleAlert}>
            {t("botStopped")}
          </Banner>
        ) : null}
      </div>
      <div className="flex min-h-0 flex-1 flex-col max-md:scroll-pane">
        <div className={cx("shrink-0 overflow-hidden", isPage && "max-md:hidden")}>
          <StatusTiles {...status} />
        </div>
        <div className="md:grid md:min-h-0 md:flex-1 md:grid-cols-[minmax(0,1fr)_360px] md:grid-rows-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_392px]">
          <div className={cx("flex flex-col md:scroll-pane md:min-h-0", isPage && "max-md:hidden")}>
            <AlertSection />
            <BroadcastSection />
          </div>
          <BroadcastPane isRunning={isRunning} isPage={isPage} />
        </div>
      </div>
    </div>
  );
}

/** Figures, live alerts and broadcasts as they happen. */
export const LivePage = allowed("notifications:read", Live);
