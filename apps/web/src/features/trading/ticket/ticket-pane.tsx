import { CircleCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { useConnection } from "../../../trpc/connection.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useRoomAddress } from "../room/room-address.ts";
import type { ReadRoom } from "../room/use-room-store.ts";
import { useTradingText } from "../use-trading-text.ts";
import { sideClass } from "./side-class.ts";
import { TicketForm } from "./ticket-form.tsx";
import { type Ticket, useTicket } from "./use-ticket.ts";

function ActionButton({ ticket }: { ticket: Ticket }) {
  const whyId = useId();
  const { label, why, isDisabled, isBusy, isDone, run } = ticket.action;
  return (
    <div>
      <button
        type="button"
        aria-disabled={isDisabled}
        aria-busy={isBusy}
        aria-describedby={whyId}
        onClick={() => !isDisabled && run()}
        className={sideClass(isDisabled && !isBusy && !isDone ? "off" : ticket.side)}
      >
        {isDone ? <Icon of={CircleCheck} /> : null}
        <span className="num truncate">{label}</span>
      </button>
      <p id={whyId} role="status" className="mt-2 min-h-4 text-center text-12 text-muted">
        {why}
      </p>
    </div>
  );
}

/** Says what a trade came to. */
function useTradedToast() {
  const t = useTranslations("rooms.ticket");
  const text = useTradingText();
  return ({ trade }: Parameters<Parameters<typeof useTicket>[0]["onTraded"]>[0]) => {
    const [sol, tokens] = trade.side === "buy" ? [trade.amountIn, trade.amountOut] : [trade.amountOut, trade.amountIn];
    showToast({
      id: "traded",
      icon: CircleCheck,
      title: t(trade.side === "buy" ? "boughtFor" : "soldFor", { tokens: text.tokens(tokens), sol: text.sol(sol) }),
    });
  };
}

/** Buys and sells; nothing is sent before the figures stand there. */
export function TicketPane({ store, port, room }: ReadRoom) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const { phase } = useConnection();
  const onTraded = useTradedToast();
  const { side, setAddress } = useRoomAddress();
  const onSide = (next: typeof side) => void setAddress({ side: next });
  const isOffline = phase === "offline";
  const ticket = useTicket({ store, port, room, isOffline, side, onSide, onTraded, onRefused: () => {} });
  const balance = ticket.unit === "sol" ? text.sol(ticket.balance) : text.tokens(ticket.balance);
  return (
    <section aria-labelledby="ticket" className="px-4 pb-3">
      <div className="flex min-h-11 items-center justify-between gap-2">
        <h2 id="ticket" className="font-semibold">
          {t("ticket.title")}
        </h2>
        <span className="num text-12 text-muted">
          {t("ticket.balance")} <span className="font-medium text-fg">{balance}</span>
        </span>
      </div>
      <div className="flex flex-col gap-3">
        <TicketForm ticket={ticket} />
        <ActionButton ticket={ticket} />
      </div>
    </section>
  );
}
