import type { RoomState } from "@pult/api/trading/schema.ts";
import { ArrowLeft, DoorOpen, Ellipsis, Lock, MessagesSquare } from "lucide-react";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, use, useState } from "react";
import { Chip } from "../../../ui/chip.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton, iconButtonClass } from "../../../ui/icon-button.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { HeaderEnd } from "../../../ui/pane-header.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useMay } from "../../auth/agent-context.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { changeBps } from "../amounts.ts";
import { progressBps, reserveOf, START_PRICE } from "../curve.ts";
import { shortId, toneOf, useTradingText } from "../use-trading-text.ts";
import { ProgressBar, StatusChip } from "./progress.tsx";
import { useRoomAddress } from "./room-address.ts";
import type { ReadRoom } from "./use-room-store.ts";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className="flex items-center gap-2 whitespace-nowrap">
      <span className="text-12 text-muted">{name}</span>
      {children}
    </span>
  );
}

function Facts({ room }: { room: RoomState }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const format = useFormatter();
  const bps = progressBps(room.reserves);
  return (
    <span className="flex items-center gap-4 max-md:hidden">
      <Fact name={t("progress")}>
        <ProgressBar bps={bps} className="w-24" />
        <span className="num font-medium">{text.share(bps)}</span>
      </Fact>
      <span className="contents max-lg:hidden">
        <span className="max-lg:hidden">
          <Fact name={t("reserve")}>
            <span className="num font-medium">{text.sol(reserveOf(room.reserves))}</span>
          </Fact>
        </span>
        <span className="max-lg:hidden">
          <Fact name={t("traders")}>
            <span className="num font-medium">{format.number(room.members)}</span>
          </Fact>
        </span>
      </span>
    </span>
  );
}

/** What the reader may do with the whole room. */
function RoomMenu({ store, port, room }: ReadRoom) {
  const t = useTranslations("roomsDesk");
  const may = useMay();
  const failed = useFailureToast();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const mayClose = may("trading:write") && room.status !== "closed";
  const canLeave = room.me?.isMember === true;
  if (!mayClose && !canLeave) return null;
  const close = async () => {
    setBusy(true);
    try {
      await port.withSession(({ trading }) => trading.rooms.close.mutate({ roomId: room.id }));
      setAsking(false);
      showToast({ icon: Lock, title: t("closed", { name: room.name }) });
    } catch (error) {
      failed(t("notClosed"))(error);
    } finally {
      setBusy(false);
    }
  };
  const leave = () => store.leave().catch(failed(t("notLeft")));
  return (
    <>
      <Menu trigger={<IconButton icon={Ellipsis} label={t("menu")} />}>
        {canLeave ? (
          <MenuItem icon={DoorOpen} onSelect={leave}>
            {t("leave")}
          </MenuItem>
        ) : null}
        {mayClose ? (
          <MenuItem icon={Lock} danger onSelect={() => setAsking(true)}>
            {t("close")}
          </MenuItem>
        ) : null}
      </Menu>
      {isAsking ? (
        <ConfirmDialog
          title={t("closeTitle", { name: room.name })}
          text={t("closeText")}
          action={t("close")}
          isDanger
          isBusy={isBusy}
          onClose={() => setAsking(false)}
          onConfirm={close}
        />
      ) : null}
    </>
  );
}

/** Name, price and how far the curve is sold. */
export function RoomHeader(read: ReadRoom) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const { room } = read;
  const { pane, setAddress } = useRoomAddress();
  const isCovered = pane === "trade" || pane === "chat";
  const change = changeBps(START_PRICE, room.price);
  return (
    <header className="flex h-[52px] shrink-0 items-center gap-3 border-line border-b pr-2 pl-2 md:h-12 md:pl-3">
      {isCovered ? (
        <IconButton
          icon={ArrowLeft}
          label={t("backToRoom")}
          onClick={() => void setAddress({ pane: "chart" })}
          className="md:hidden"
        />
      ) : null}
      <Link
        href="/rooms"
        prefetch={false}
        aria-label={t("all")}
        className={cx(iconButtonClass(), isCovered && "max-md:hidden")}
      >
        <Icon of={ArrowLeft} className="max-md:size-5" />
      </Link>
      <h1 dir="auto" title={room.name} className="min-w-0 truncate font-semibold text-16 md:text-14">
        {room.name}
      </h1>
      <span className="whitespace-nowrap text-12 text-muted max-lg:hidden" title={room.tokenMint}>
        {shortId(room.tokenMint)}
      </span>
      <span className="flex shrink-0 items-baseline gap-2">
        <b className="num font-semibold text-16">{text.price(room.price)}</b>
        <span className="text-12 text-muted max-md:sr-only">{t("lamportsUnit")}</span>
        <span title={t("sinceStart")} className={cx("num font-medium max-sm:text-12", toneOf(change))}>
          {text.change(change)}
        </span>
      </span>
      {room.status === "open" ? null : (
        <span className="max-md:hidden">
          <StatusChip status={room.status} />
        </span>
      )}
      <span className="ml-auto flex shrink-0 items-center gap-3">
        <Facts room={room} />
        <Chip className="max-md:hidden" title={t("virtualHint")}>
          {t("virtual")}
        </Chip>
        <IconButton
          icon={MessagesSquare}
          label={t("chat.title")}
          aria-pressed={pane === "chat"}
          onClick={() => void setAddress({ pane: pane === "chat" ? "chart" : "chat" })}
          className="max-md:hidden lg:hidden"
        />
        <RoomMenu {...read} />
        {use(HeaderEnd)}
      </span>
    </header>
  );
}
