"use client";

import type { Position, Result } from "@pult/api/trading/market/schema.ts";
import type { ListedRoom, RoomStatus } from "@pult/api/trading/schema.ts";
import { ChartCandlestick, Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useFormatter, useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryStates } from "nuqs";
import { memo, useMemo } from "react";
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
import { OfflineBanner } from "../offline-banner.tsx";
import { ProgressBar, StatusChip } from "../room/progress.tsx";
import { shortId, toneOf, useTradingText } from "../use-trading-text.ts";
import { Summary } from "./summary.tsx";
import { usePortfolio, usePrices, useReadRoomsAgain, useRoomList } from "./use-rooms.ts";

const CreateSheet = lazyModule(() => import("./create-sheet.tsx")).part((module) => module.CreateSheet);

const STATUSES = ["open", "completed", "closed"] as const;
const parsers = {
  status: parseAsStringLiteral(STATUSES),
  new: parseAsStringLiteral(["room"] as const),
};

type RoomRowProps = { room: ListedRoom; price: string; result: Result | null };

/** One of the reader's results in the room; a dash for those who never joined. */
function ResultCell({ amount, className }: { amount: string | undefined; className: string }) {
  const text = useTradingText();
  return (
    <td className={cx(metaCellClass, className)}>
      <span
        title={amount && text.solResult(amount)}
        className={cx("block text-right", amount ? toneOf(amount) : "text-muted")}
      >
        {amount ? text.briefResult(amount) : "–"}
      </span>
    </td>
  );
}

const RoomRow = memo(function RoomRow({ room, price, result }: RoomRowProps) {
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
          {progress} ·{" "}
          <span className={result ? toneOf(result.total) : ""}>
            {result ? t("sol", { amount: text.briefResult(result.total) }) : text.compactSol(room.volume)}
          </span>
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
      <ResultCell amount={result?.realised} className={WIDEST_ONLY} />
      <ResultCell amount={result?.unrealised} className={WIDEST_ONLY} />
      <ResultCell amount={result?.total} className={WIDE_ONLY} />
      <td className={cx(metaCellClass, WIDEST_ONLY)} title={room.tokenMint}>
        {shortId(room.tokenMint)}
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY)} title={time.full(room.createdAt)}>
        {time.short(room.createdAt)}
      </td>
    </tr>
  );
});

type RoomTableProps = { rooms: readonly ListedRoom[]; positions: readonly Position[] };

function RoomTable({ rooms, positions }: RoomTableProps) {
  const t = useTranslations("roomsDesk.column");
  const prices = usePrices(rooms);
  const results = useMemo(() => new Map(positions.map(({ roomId, result }) => [roomId, result])), [positions]);
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
        { label: t("realised"), from: "widest", isRight: true },
        { label: t("unrealised"), from: "widest", isRight: true },
        { label: t("result"), from: "wide", isRight: true },
        { label: t("token"), from: "widest" },
      ]}
      last={t("created")}
    >
      {rooms.map((room) => (
        <RoomRow
          key={room.id}
          room={room}
          price={prices[room.tokenMint] ?? room.price}
          result={results.get(room.id) ?? null}
        />
      ))}
    </Table>
  );
}

function RoomList({ status, onCreate }: { status: RoomStatus | null; onCreate: (() => void) | null }) {
  const t = useTranslations("roomsDesk");
  const list = useRoomList(status);
  const portfolio = usePortfolio();
  // Both at once, so that the rows stay where they are.
  if (!list.data || portfolio.isPending) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
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
      {portfolio.data && portfolio.data.positions.length > 0 ? <Summary portfolio={portfolio.data} /> : null}
      <RoomTable rooms={rooms} positions={portfolio.data?.positions ?? []} />
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
      <OfflineBanner of="list" />
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
