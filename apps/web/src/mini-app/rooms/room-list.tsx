import type { RoomSummary } from "@pult/api/trading/schema.ts";
import { useTranslations } from "next-intl";
import { useCallback } from "react";
import { useFailureText } from "../../features/shell/use-failure-text.ts";
import { changeBps } from "../../features/trading/amounts.ts";
import { progressBps, START_PRICE } from "../../features/trading/curve.ts";
import { ProgressBar, StatusChip } from "../../features/trading/room/progress.tsx";
import type { TradingApi, TradingPort } from "../../features/trading/room-store.ts";
import { useMarketRead } from "../../features/trading/standings/use-market-read.ts";
import { toneOf, useTradingText } from "../../features/trading/use-trading-text.ts";
import { cx } from "../../ui/cx.ts";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useNow } from "../../ui/use-now.ts";
import { Section } from "../live/parts.tsx";

const SHOWN = 50;
/** New rooms are announced nowhere. */
const READ_MS = 10_000;

const readRooms = async ({ trading }: TradingApi): Promise<RoomSummary[]> =>
  (await trading.rooms.list.query({ limit: SHOWN })).rooms;

type RoomListProps = { port: TradingPort; isShown: boolean; onOpen: (roomId: string) => void };

/** Rooms that are open, then those that have ended, and what the user has in all of them. */
export function RoomList({ port, isShown, onOpen }: RoomListProps) {
  const t = useTranslations("rooms");
  const now = useNow(READ_MS, isShown);
  const { data: rooms, failure } = useMarketRead(port, readRooms, now);
  const open = useCallback((roomId: string) => () => onOpen(roomId), [onOpen]);
  if (!rooms) return <NoRooms failure={failure} />;
  const running = rooms.filter(({ status }) => status === "open");
  const ended = rooms.filter(({ status }) => status !== "open");
  return (
    <>
      <Section title={t("list.open")}>
        {running.length === 0 ? (
          <div className="px-4 py-4">
            <p>{t("list.empty")}</p>
            <p className="mt-0.5 text-13/[18px] text-muted">{t("list.emptyHint")}</p>
          </div>
        ) : (
          <ul>
            {running.map((room) => (
              <RoomRow key={room.id} room={room} onOpen={open(room.id)} />
            ))}
          </ul>
        )}
      </Section>
      {ended.length > 0 ? (
        <Section title={t("list.ended")}>
          <ul>
            {ended.map((room) => (
              <RoomRow key={room.id} room={room} onOpen={open(room.id)} />
            ))}
          </ul>
        </Section>
      ) : null}
      <p className="px-4 pt-2 text-13/4 text-muted">{t("virtualHint")}</p>
    </>
  );
}

function NoRooms({ failure }: { failure: Parameters<ReturnType<typeof useFailureText>>[0] | null }) {
  const t = useTranslations("rooms");
  const failureText = useFailureText();
  if (failure) {
    return (
      <Section title={t("list.open")}>
        <div role="alert" className="px-4 py-3">
          <p>{t("list.failed")}</p>
          <p className="mt-0.5 text-13/[18px] text-muted">{failureText(failure)}</p>
        </div>
      </Section>
    );
  }
  return (
    <Section title={t("list.open")}>
      <div role="status" aria-busy aria-label={t("loading")}>
        {["w-44", "w-52"].map((width) => (
          <div key={width} className="border-line border-t px-4 py-[11px] first:border-t-0">
            <Skeleton className={`my-0.5 h-4 bg-surface-4 ${width}`} />
            <Skeleton className="mt-1.5 mb-0.5 h-3 w-56 bg-surface-4" />
          </div>
        ))}
      </div>
    </Section>
  );
}

function RoomRow({ room, onOpen }: { room: RoomSummary; onOpen: () => void }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const bps = progressBps(room.reserves);
  const change = changeBps(START_PRICE, room.price);
  return (
    <li className="border-line border-t first:border-t-0">
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-[11px] text-left outline-offset-[-2px] active:bg-surface-3"
      >
        <span dir="auto" className="truncate font-semibold">
          {room.name}
        </span>
        <span className="num text-right font-semibold">{text.price(room.price)}</span>
        <span className="num flex min-w-0 items-center gap-2 text-13/[18px] text-muted">
          {room.status === "open" ? (
            <ProgressBar bps={bps} className="w-16 shrink-0" />
          ) : (
            <StatusChip status={room.status} />
          )}
          <span className="truncate">{t("list.sold", { share: text.share(bps) })}</span>
        </span>
        <span className={cx("num text-right text-13/[18px]", toneOf(change))}>{text.change(change)}</span>
      </button>
    </li>
  );
}
