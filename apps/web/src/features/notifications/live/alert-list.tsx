import type { Reach } from "@pult/api/notifications/analytics/schema.ts";
import { Plus, Siren } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { memo, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { SectionState } from "../../settings/section.tsx";
import { useNotificationRights } from "../rights.ts";
import { ALERT_STATES, type AlertRow, type AlertState, alertsByState, stateOf } from "./alerts-cache.ts";
import { Countdown } from "./countdown.tsx";
import { useLiveAddress } from "./live-address.ts";
import { useAlertLists, useAlertLog, useReach } from "./use-alerts.ts";
import { useAmounts } from "./use-amounts.ts";

const SettleDialog = lazyModule(() => import("./settle-dialog.tsx")).part((module) => module.SettleDialog);

const PublishSheet = lazyModule(() => import("./publish-sheet.tsx")).part((module) => module.PublishSheet);

/** A name and two actions when narrow; with the figures in columns where the pane is wide enough. */
const GRID =
  "grid grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-3 px-4 @2xl:grid-cols-[minmax(0,1fr)_72px_76px_48px_64px_112px_84px]";
const WIDE = "@max-2xl:hidden";

function Outcome({ alert }: { alert: AlertRow }) {
  const t = useTranslations("live.alerts");
  const time = useTimeText();
  const { signed } = useAmounts();
  const { profit, settledAt } = alert;
  if (profit === null)
    return <span className="font-medium text-warning">{t("expiredAt", { time: time.short(alert.expiresAt) })}</span>;
  const tone = Number(profit) > 0 ? "text-success" : Number(profit) < 0 ? "text-danger" : "text-fg";
  return (
    <span title={settledAt ? time.full(settledAt) : undefined} className={cx("num font-semibold", tone)}>
      {signed(profit)}
    </span>
  );
}

/** How many of the users who were connected got it, and what came of it. */
function Received({ reach }: { reach: Reach | undefined }) {
  const t = useTranslations("live.alerts");
  const format = useFormatter();
  if (!reach) return <span className={WIDE} />;
  const { received, connected, receivedLater, opened } = reach;
  const isShort = received < connected;
  return (
    <span
      title={t("reach", { received, connected, later: receivedLater, opened })}
      className={cx("num text-right", isShort ? "text-warning" : "text-fg-2", WIDE)}
    >
      <span className="sr-only">{t("received")} </span>
      {format.number(received)} / {format.number(connected)}
    </span>
  );
}

type RowProps = {
  alert: AlertRow;
  reach: Reach | undefined;
  now: number;
  onSettle: ((alert: AlertRow) => void) | null;
};

function Row({ alert, reach, now, onSettle }: RowProps) {
  const t = useTranslations("live.alerts");
  const time = useTimeText();
  const { confidence, value, plain } = useAmounts();
  const { name, type, sport, marketId, publishedAt, expiresAt, publishedBy, stake } = alert;
  const figures = [type, confidence(alert.confidence), value(alert.ev)].join(" · ");
  const details = [
    name,
    `${sport} · ${marketId}`,
    t("publishedAt", { time: time.full(publishedAt) }),
    ...(publishedBy ? [publishedBy] : []),
    ...(stake ? [t("stakeOf", { stake: plain(stake) })] : []),
  ].join("\n");
  return (
    <li
      className={cx(
        GRID,
        "min-h-14 border-line border-b py-2 [contain-intrinsic-size:auto_40px] [content-visibility:auto] @2xl:min-h-10 @2xl:py-1",
      )}
    >
      <span className="min-w-0" title={details}>
        <span className="line-clamp-2 font-medium">{name}</span>
        <span className="num block truncate text-12 text-muted @2xl:hidden">{figures}</span>
      </span>
      <span className={cx("truncate text-fg-2", WIDE)} title={type}>
        {type}
      </span>
      <span className={cx("num text-right text-fg-2", WIDE)}>
        <span className="sr-only">{t("confidence")} </span>
        {confidence(alert.confidence)}
      </span>
      <span className={cx("num text-right text-fg-2", WIDE)}>
        <span className="sr-only">{t("ev")} </span>
        {value(alert.ev)}
      </span>
      <Received reach={reach} />
      {stateOf(alert, now) === "open" ? (
        <Countdown from={publishedAt} until={expiresAt} now={now} title={time.full(expiresAt)} />
      ) : (
        <Outcome alert={alert} />
      )}
      <span className="justify-self-end">
        {onSettle && alert.profit === null ? (
          <Button size="sm" aria-label={t("settleOne", { name })} onClick={() => onSettle(alert)}>
            {t("settle")}
          </Button>
        ) : null}
      </span>
    </li>
  );
}

function Head({ state }: { state: AlertState }) {
  const t = useTranslations("live.alerts");
  return (
    <div aria-hidden className={cx(GRID, "h-8 border-line border-b font-medium text-12 text-muted @max-2xl:hidden")}>
      <span>{t("name")}</span>
      <span>{t("type")}</span>
      <span className="text-right">{t("confidence")}</span>
      <span className="text-right">{t("ev")}</span>
      <span className="text-right">{t("received")}</span>
      <span>{t(`last.${state}`)}</span>
      <span />
    </div>
  );
}

/** What stands in the place of rows. */
const STATE_CLASS = "flex min-h-48 flex-col";

type Lists = ReturnType<typeof useAlertLists>;

function Rows({ state, rows, lists, now }: { state: AlertState; rows: AlertRow[]; lists: Lists; now: number }) {
  const t = useTranslations("live.alerts");
  const { mayWrite } = useNotificationRights();
  const [settling, setSettling] = useState<AlertRow | null>(null);
  const list = lists[state];
  const reach = useReach(
    rows.map(({ id }) => id),
    state === "open",
  );
  if (!list.data && rows.length === 0) {
    return (
      <div className={STATE_CLASS}>
        <SectionState error={list.error} onRetry={() => list.refetch()} />
      </div>
    );
  }
  if (rows.length === 0) {
    const hint = state === "open" ? t(mayWrite ? "emptyHint" : "readOnly") : undefined;
    return (
      <div className={STATE_CLASS}>
        <EmptyState icon={Siren} title={t(`empty.${state}`)} hint={hint} />
      </div>
    );
  }
  return (
    <>
      <Head state={state} />
      <ul aria-label={t(`list.${state}`)}>
        {rows.map((alert) => (
          <Row
            key={alert.id}
            alert={alert}
            reach={reach[alert.id]}
            now={now}
            onSettle={mayWrite ? setSettling : null}
          />
        ))}
      </ul>
      {list.hasNextPage ? (
        <div className="grid min-h-11 place-items-center">
          <Button size="sm" aria-disabled={list.isFetching} onClick={() => !list.isFetching && list.fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      ) : null}
      {settling ? <SettleDialog alert={settling} onClose={() => setSettling(null)} /> : null}
    </>
  );
}

/** What alerts were called so far. */
function wordsOf(found: Record<AlertState, AlertRow[]>) {
  const all = ALERT_STATES.flatMap((state) => found[state]);
  return { types: [...new Set(all.map(({ type }) => type))], sports: [...new Set(all.map(({ sport }) => sport))] };
}

/** Live alerts, the running ones first of all; those whose time is up wait for their result. */
export const AlertSection = memo(function AlertSection() {
  const t = useTranslations("live.alerts");
  const { mayWrite } = useNotificationRights();
  const address = useLiveAddress();
  const [state, setState] = useState<AlertState>("open");
  // A new alert is offered the words of earlier ones.
  const lists = useAlertLists({ wantsSettled: state === "settled" || address.new === "alert" });
  const heard = useAlertLog();
  const now = useNow(1_000);
  const found = alertsByState([lists.settled.data, lists.open.data, lists.expired.data], now);
  const label = (one: AlertState) => {
    const isCounted = one !== "settled" && found[one].length > 0;
    return (
      <>
        {t(`state.${one}`)}
        {isCounted ? <span className="num text-11 text-muted">{found[one].length}</span> : null}
      </>
    );
  };
  return (
    <section aria-labelledby="live-alerts" className="@container shrink-0">
      <div className="flex min-h-11 flex-wrap items-center gap-2 px-4 py-1.5">
        <h2 id="live-alerts" className="mr-auto font-semibold">
          {t("title")}
        </h2>
        <Segmented
          label={t("states")}
          value={state}
          options={ALERT_STATES.map((value) => ({ value, label: label(value) }))}
          onChange={setState}
          className="@max-md:order-last @max-md:w-full @max-md:*:flex-1"
        />
        {mayWrite ? (
          <Button size="sm" onClick={() => address.setAddress({ new: "alert" })}>
            <Icon of={Plus} size={14} />
            {t("new")}
          </Button>
        ) : null}
      </div>
      <div className="border-line border-t">
        <Rows state={state} rows={found[state]} lists={lists} now={now} />
      </div>
      <p aria-live="polite" className="sr-only">
        {heard ? t("announce", { name: heard }) : ""}
      </p>
      {mayWrite && address.new === "alert" ? (
        <PublishSheet known={wordsOf(found)} onClose={() => void address.setAddress({ new: null })} />
      ) : null}
    </section>
  );
});
