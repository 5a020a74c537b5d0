import type { BotStatus, LiveAlert } from "@pult/api/notifications/schema.ts";
import { useFormatter, useTranslations } from "next-intl";
import { useCallback, useEffect, useState } from "react";
import { useStore } from "zustand";
import { useAmounts } from "../../features/notifications/live/use-amounts.ts";
import { useFailureText } from "../../features/shell/use-failure-text.ts";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useNow } from "../../ui/use-now.ts";
import type { CustomerChat } from "../chat.ts";
import type { TelegramClient } from "../telegram/client.ts";
import { AlertView } from "./alert-view.tsx";
import { History } from "./history.tsx";
import { LiveStore, openAt } from "./live-store.ts";
import { NoticeList } from "./notice-list.tsx";
import { NotifyMe } from "./notify-me.tsx";
import { AlertRow, Figure, Section } from "./parts.tsx";
import { Toasts, useToasts } from "./toasts.tsx";

type LiveTabProps = {
  chat: CustomerChat;
  telegram: TelegramClient;
  isShown: boolean;
  /** The alert that a link led to. */
  alertId: string | null;
  onSupport: () => void;
};

/** Follows alerts and figures from when it is first there, also while another tab is shown. */
function useLive({ chat, telegram }: Pick<LiveTabProps, "chat" | "telegram">) {
  const [heard, setHeard] = useState("");
  const { toasts, add, remove } = useToasts();
  const [store] = useState(
    () =>
      new LiveStore({
        chat,
        onAlert({ name }) {
          telegram.haptic("success");
          setHeard(name);
        },
        onToast(toast) {
          telegram.haptic(toast.level === "error" ? "error" : "success");
          add(toast);
        },
      }),
  );
  useEffect(() => store.start(), [store]);
  return { store, heard, toasts: { toasts, remove } };
}

export function LiveTab({ chat, telegram, isShown, alertId, onSupport }: LiveTabProps) {
  const t = useTranslations("miniApp.live");
  const { store, heard, toasts } = useLive({ chat, telegram });
  const { alerts, status, failure } = useStore(store.state);
  const [openedId, setOpenedId] = useState(alertId);
  const onClose = useCallback(() => setOpenedId(null), []);
  const now = useNow(1_000, isShown);
  const isOpened = isShown && openedId !== null && alerts?.some(({ id }) => id === openedId);
  useEffect(() => {
    if (!isOpened || openedId === null) return;
    chat.withSession((api) => api.notifications.liveAlerts.seen.mutate({ ids: [openedId] })).catch(() => {});
  }, [chat, isOpened, openedId]);
  const open = alerts && openAt(alerts, now);
  return (
    <>
      <Toasts {...toasts} />
      <p aria-live="polite" className="sr-only">
        {heard ? t("announce", { name: heard }) : ""}
      </p>
      <main hidden={!isShown} className="scroll-pane min-h-0 flex-1 pb-4 *:mx-auto *:max-w-[720px]">
        {openedId === null || !open ? (
          <>
            <h1 className="sr-only">{t("title")}</h1>
            <Section title={t("open")}>
              {open ? (
                <Alerts alerts={open} now={now} onOpen={setOpenedId} />
              ) : failure ? (
                <AlertsFailed failure={failure} onRetry={store.readAlerts} />
              ) : (
                <AlertsLoading />
              )}
            </Section>
            <NoticeList chat={chat} onOpen={(to) => (to.tab === "live" ? setOpenedId(to.alertId) : onSupport())} />
            <History chat={chat} isShown={isShown} newest={`${heard} ${toasts.toasts.at(-1)?.id ?? ""}`} now={now} />
            <Today status={status} />
            <NotifyMe {...{ chat, telegram, isShown }} title={t("notifyMe")} />
            <p className="px-4 pt-2 text-13/4 text-muted">{t("note")}</p>
          </>
        ) : (
          <AlertView
            alert={open.find(({ id }) => id === openedId) ?? null}
            others={open.filter(({ id }) => id !== openedId)}
            now={now}
            telegram={isShown ? telegram : null}
            onWatch={(id) => chat.withSession((api) => api.notifications.liveAlerts.watch.mutate({ id }))}
            onOpen={setOpenedId}
            onClose={onClose}
          />
        )}
      </main>
    </>
  );
}

type AlertsProps = { alerts: readonly LiveAlert[]; now: number; onOpen: (id: string) => void };

function Alerts({ alerts, now, onOpen }: AlertsProps) {
  const t = useTranslations("miniApp.live");
  const { confidence, value } = useAmounts();
  if (alerts.length === 0) {
    return (
      <div className="px-4 py-4">
        <p>{t("empty")}</p>
        <p className="mt-0.5 text-13/[18px] text-muted">{t("emptyHint")}</p>
      </div>
    );
  }
  return (
    <ul>
      {alerts.map((alert) => (
        <AlertRow
          key={alert.id}
          alert={alert}
          now={now}
          figures={[alert.type, confidence(alert.confidence), t("ev", { value: value(alert.ev) })].join(" · ")}
          onOpen={() => onOpen(alert.id)}
        />
      ))}
    </ul>
  );
}

function AlertsLoading() {
  const t = useTranslations("miniApp.live");
  return (
    <div role="status" aria-busy aria-label={t("loading")}>
      {["w-44", "w-52", "w-36"].map((width) => (
        <div key={width} className="border-line border-t px-4 py-[11px] first:border-t-0">
          <Skeleton className={`my-0.5 h-4 bg-surface-4 ${width}`} />
          <Skeleton className="mt-1.5 mb-0.5 h-3 w-56 bg-surface-4" />
        </div>
      ))}
    </div>
  );
}

type AlertsFailedProps = { failure: Parameters<ReturnType<typeof useFailureText>>[0]; onRetry: () => void };

function AlertsFailed({ failure, onRetry }: AlertsFailedProps) {
  const t = useTranslations("miniApp");
  const failureText = useFailureText();
  return (
    <div role="alert" className="px-4 py-3">
      <p>{t("live.failed")}</p>
      <p className="mt-0.5 text-13/[18px] text-muted">{failureText(failure)}</p>
      <button type="button" className="-mb-2 min-h-11 font-medium text-accent-text" onClick={onRetry}>
        {t("tryAgain")}
      </button>
    </div>
  );
}

/** The bot's figures, which come every second. */
function Today({ status }: { status: BotStatus | null }) {
  const t = useTranslations("miniApp.live");
  const format = useFormatter();
  const { signed } = useAmounts();
  const profit = status?.sessionPnL ?? 0;
  const tone = profit > 0 ? "text-success" : profit < 0 ? "text-danger" : undefined;
  const shown = (read: (figures: BotStatus) => string) => (status ? read(status) : "–");
  return (
    <Section title={t("today")}>
      <dl>
        <Figure name={t("sent")} value={shown(({ alertsSent }) => format.number(alertsSent))} />
        <Figure name={t("settled")} value={shown(({ sessionTrades }) => format.number(sessionTrades))} />
        <Figure name={t("result")} value={shown(({ sessionPnL }) => signed(sessionPnL))} tone={tone} />
        <Figure name={t("connected")} value={shown(({ activeUsers }) => format.number(activeUsers))} />
      </dl>
    </Section>
  );
}
