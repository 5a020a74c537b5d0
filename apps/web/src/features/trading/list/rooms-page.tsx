"use client";

import type { ListedRoom, RoomStatus } from "@pult/api/trading/schema.ts";
import { ChartCandlestick, Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useFormatter, useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryStates } from "nuqs";
import { memo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { PaneHeader } from "../../../ui/pane-header.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { cellClass, metaCellClass, Table, WIDE_ONLY, WIDEST_ONLY } from "../../../ui/table.tsx";
import { allowed, useMay } from "../../auth/agent-context.tsx";
import { SectionState } from "../../settings/section.tsx";
import { useCommands } from "../../shell/commands.tsx";
import { changeBps } from "../amounts.ts";
import { progressBps, START_PRICE } from "../curve.ts";
import { ProgressBar, StatusChip } from "../room/progress.tsx";
import { shortId, toneOf, useTradingText } from "../use-trading-text.ts";
import { usePrices, useReadRoomsAgain, useRoomList } from "./use-rooms.ts";

const CreateSheet = lazyModule(() => import("./create-sheet.tsx")).part((module) => module.CreateSheet);

const STATUSES = ["open", "completed", "closed"] as const;
const parsers = {
  status: parseAsStringLiteral(STATUSES),
  new: parseAsStringLiteral(["room"] as const),
};

const RoomRow = memo(function RoomRow({ room, price }: { room: ListedRoom; price: string }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const format = useFormatter();
  const time = useTimeText();
  const bps = progressBps(room.reserves);
  const change = changeBps(START_PRICE, price);
  const progress = text.share(bps);
  return (
    <tr className="relative hover:bg-surface-2">
      <td className={cellClass("w-full max-w-0")}>
        <Link
          href={`/rooms/${room.id}`}
          prefetch={false}
          dir="auto"
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {room.name}
        </Link>
        <span className="num flex items-center gap-2 truncate text-12 text-muted md:hidden">
          <ProgressBar bps={bps} className="w-12" />
          {progress} · {text.compactSol(room.volume)}
        </span>
      </td>
      <td className={cellClass()}>
        <StatusChip status={room.status} />
      </td>
      <td className={metaCellClass}>
        <span className="block text-right font-medium text-fg">{text.price(price)}</span>
        <span className={cx("block text-right text-12 md:hidden", toneOf(change))}>{text.change(change)}</span>
      </td>
      <td className={cx(metaCellClass, WIDE_ONLY)}>
        <span className={cx("block text-right", toneOf(change))}>{text.change(change)}</span>
      </td>
      <td className={cx(metaCellClass, WIDE_ONLY)}>
        <span className="block text-right" title={text.sol(room.volume)}>
          {text.compactSol(room.volume)}
        </span>
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY)}>
        <span className="block text-right">{format.number(room.tradeCount)}</span>
      </td>
      <td className={cx(metaCellClass, WIDE_ONLY)}>
        <span className="block text-right">{format.number(room.members)}</span>
      </td>
      <td className={cx(metaCellClass, WIDE_ONLY)}>
        <span className="flex items-center gap-2" title={t("progressOf", { share: progress })}>
          <ProgressBar bps={bps} className="w-20" />
          <span className="w-12 text-right">{progress}</span>
        </span>
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY)} title={room.tokenMint}>
        {shortId(room.tokenMint)}
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY)} title={time.full(room.createdAt)}>
        {time.short(room.createdAt)}
      </td>
    </tr>
  );
});

function RoomTable({ rooms }: { rooms: readonly ListedRoom[] }) {
  const t = useTranslations("roomsDesk.column");
  const prices = usePrices(rooms);
  return (
    <Table
      columns={[
        { label: t("name") },
        { label: t("status") },
        { label: t("price"), isRight: true },
        { label: t("change"), from: "wide", isRight: true },
        { label: t("volume"), from: "wide", isRight: true },
        { label: t("trades"), from: "widest", isRight: true },
        { label: t("members"), from: "wide", isRight: true },
        { label: t("progress"), from: "wide" },
        { label: t("token"), from: "widest" },
      ]}
      last={t("created")}
    >
      {rooms.map((room) => (
        <RoomRow key={room.id} room={room} price={prices[room.tokenMint] ?? room.price} />
      ))}
    </Table>
  );
}

function RoomList({ status, onCreate }: { status: RoomStatus | null; onCreate: (() => void) | null }) {
  const t = useTranslations("roomsDesk");
  const list = useRoomList(status);
  if (!list.data) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
  const rooms = list.data.pages.flatMap((page) => page.rooms);
  if (rooms.length === 0) {
    return (
      <EmptyState
        icon={ChartCandlestick}
        title={t(`empty.${status ?? "all"}`)}
        hint={onCreate ? t("emptyHint") : undefined}
      >
        {onCreate ? (
          <Button variant="primary" onClick={onCreate}>
            {t("create.title")}
          </Button>
        ) : null}
      </EmptyState>
    );
  }
  return (
    <div className="scroll-pane min-h-0 flex-1">
      <RoomTable rooms={rooms} />
      {list.hasNextPage ? <LoadMore list={list} more={t("more")} end="" /> : null}
    </div>
  );
}

function Rooms() {
  const t = useTranslations();
  const router = useRouter();
  const mayWrite = useMay()("trading:write");
  const readAgain = useReadRoomsAgain();
  const [address, setAddress] = useQueryStates(parsers, { history: "replace", shallow: true });
  const open = () => void setAddress({ new: "room" });
  const create = { id: "new-room", label: t("roomsDesk.create.title"), group: "rooms", keys: "n", run: open };
  useCommands(mayWrite ? [{ ...create, isKeyOnly: true }] : []);
  const filters = [
    { value: "all", label: t("roomsDesk.filter.all") },
    ...STATUSES.map((value) => ({ value, label: t(`rooms.status.${value}`) })),
  ] as const;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PaneHeader title={t("rooms.title")}>
        {mayWrite ? (
          <Button variant="primary" onClick={open} className="max-md:h-10">
            <Icon of={Plus} />
            {t("roomsDesk.create.title")}
          </Button>
        ) : null}
      </PaneHeader>
      <div className="flex min-h-11 shrink-0 items-center gap-2 border-line border-b px-4 py-1.5">
        <Segmented
          label={t("roomsDesk.filter.label")}
          value={address.status ?? "all"}
          options={filters}
          onChange={(status) => void setAddress({ status: status === "all" ? null : status })}
          className="max-md:w-full max-md:*:flex-1"
        />
      </div>
      <RoomList status={address.status} onCreate={mayWrite ? open : null} />
      {mayWrite && address.new === "room" ? (
        <CreateSheet
          onClose={() => void setAddress({ new: null })}
          onCreated={({ id }) => {
            readAgain();
            router.push(`/rooms/${id}`);
          }}
        />
      ) : null}
    </div>
  );
}

/** All trading rooms, newest first. */
export const RoomsPage = allowed("trading:read", Rooms);
