import type { Quote, RoomState, TradeResult } from "@pult/api/trading/schema.ts";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { newId } from "../../thread/send-queue.ts";
import { atLeast, parseAmount, shareOf, toTyped, type Unit } from "../amounts.ts";
import type { PlannedOrder, RoomStore, TradingPort } from "../room-store.ts";
import { useSending } from "../use-sending.ts";
import { useTradingText } from "../use-trading-text.ts";
import { recall, remember } from "./ticket-memory.ts";
import { useQuote } from "./use-quote.ts";

export type Side = "buy" | "sell";
export const unitOf = (side: Side): Unit => (side === "buy" ? "sol" : "token");

type TicketInput = {
  store: RoomStore;
  port: TradingPort;
  room: RoomState;
  isOffline: boolean;
  /** Whether the ticket is looked at; nothing is quoted behind another tab of the page. */
  isShown?: boolean;
  side: Side;
  onSide(side: Side): void;
  onTraded(result: TradeResult): void;
  onRefused(): void;
};

/** What the form holds: one amount for each side, as typed. */
function useFields({ room, side, onSide }: Pick<TicketInput, "room" | "side" | "onSide">) {
  const { locale } = useTradingText();
  const [chosen, setChosen] = useState(() => recall(room.id));
  const held = BigInt(room.me?.balances.token ?? "0");
  const [typed, setTyped] = useState(() => ({
    buy: chosen.buy === null ? "" : toTyped(BigInt(chosen.buy), "sol", locale),
    sell: "",
  }));
  const text = typed[side];
  // What was sold by percent last time is offered of what is held now, until something is typed.
  const [percent, setPercent] = useState(chosen.sellPercent);
  const isByPercent = side === "sell" && percent !== null && held > 0n;
  const shown = isByPercent ? toTyped(shareOf(held, percent), "token", locale) : text;
  const choose = (change: Partial<typeof chosen>) => {
    const next = { ...chosen, ...change };
    setChosen(next);
    remember(room.id, next);
  };
  return {
    ...{ side, setSide: onSide, percent: isByPercent ? percent : null, chosen, choose },
    typed: shown,
    write(next: string) {
      if (side === "sell") setPercent(null);
      setTyped((before) => ({ ...before, [side]: next }));
    },
    writeAmount(amount: bigint) {
      setTyped((before) => ({ ...before, buy: toTyped(amount, "sol", locale) }));
    },
    setPercent,
  };
}

type Fields = ReturnType<typeof useFields>;
type Amount = ReturnType<typeof parseAmount>;

/** The least that the trader gets; without slippage all that was quoted. */
const leastOf = (quote: Quote, slippageBps: number): bigint => atLeast(BigInt(quote.amountOut), slippageBps);

/** Why nothing can be traded in the room, whatever the amount; null when it can. */
function useRoomReason(room: RoomState, isOffline: boolean): string | null {
  const t = useTranslations("rooms.why");
  if (room.status !== "open") return t(room.status);
  if (room.me?.isRemoved) return t("removed");
  if (!room.me?.isMember) return t("notJoined");
  return isOffline ? t("offline") : null;
}

function useAmountReason(amount: Amount, side: Side, balance: bigint): string | null {
  const t = useTranslations("rooms.why");
  const text = useTradingText();
  if (typeof amount === "string") return t(amount);
  if (amount <= balance) return null;
  return side === "buy"
    ? t("overBalance", { balance: text.sol(balance) })
    : t("overHeld", { balance: text.tokens(balance) });
}

/** Lets the depth show what the ticket would do, while there is one. */
function usePlanned({ order }: RoomStore, planned: PlannedOrder | null): void {
  const { side, amount } = planned ?? {};
  useEffect(() => {
    order.setState({ planned: side && amount ? { side, amount } : null });
    return () => order.setState({ planned: null });
  }, [order, side, amount]);
}

/** A trade before it is made: what is given, what it comes to, and why it cannot be made where it cannot. */
export function useTicket({ store, port, room, isOffline, isShown = true, side, onSide, ...listeners }: TicketInput) {
  const t = useTranslations("rooms.ticket");
  const failureText = useFailureText();
  const text = useTradingText();
  const fields = useFields({ room, side, onSide });
  const { typed, chosen, choose, percent } = fields;
  const unit = unitOf(side);
  const balance = BigInt(room.me?.balances[unit] ?? "0");
  const amount = parseAmount(typed, unit, text.locale);
  const roomReason = useRoomReason(room, isOffline);
  const amountReason = useAmountReason(amount, side, balance);
  const order =
    isShown && roomReason === null && typeof amount === "bigint"
      ? { roomId: room.id, side, amount: String(amount) }
      : null;
  usePlanned(store, isShown && typeof amount === "bigint" ? { side, amount } : null);
  const quoted = useQuote(port, order, room.price);
  const { quote } = quoted;
  const sent = useSending(store.trade, {
    onRefused: listeners.onRefused,
    onDone(result) {
      if (side === "buy") choose({ buy: String(amount) });
      else choose({ sellPercent: percent });
      listeners.onTraded(result);
    },
  });
  const least = quote ? leastOf(quote, chosen.slippageBps) : null;
  const quoteReason = () => {
    if (quoted.failure) return failureText(quoted.failure);
    return quote && !quoted.hasExpired ? null : t("quoting");
  };
  const { state } = sent.sending;
  const isBusy = state === "sending";
  const isDone = state === "done";
  const isLate = state === "sending" && sent.sending.isLate;
  const reason = roomReason ?? amountReason ?? (isBusy || isDone || quoted.isPaused ? null : quoteReason());
  const why = isLate ? t("late") : reason;
  const trade = () => {
    if (quoted.isPaused) return quoted.renew();
    if (!quote || least === null || why !== null || isBusy || isDone || typeof amount !== "bigint") return;
    const exact = chosen.slippageBps === 0 ? { quoteId: quote.quoteId } : {};
    sent.send({ side, amount: String(amount), minOut: String(least), clientId: newId(), ...exact });
  };
  const label = () => {
    if (state === "sending") return t("sending");
    if (state === "done") return t(side === "buy" ? "bought" : "sold");
    if (quoted.isPaused) return t("renew");
    if (typeof amount !== "bigint") return t(side);
    return side === "buy" ? t("buyFor", { amount: text.sol(amount) }) : t("sellAll", { amount: text.tokens(amount) });
  };
  return {
    fields: changed(fields, sent.forget),
    ...{ room, side, unit, balance, amount, quoted, quote, least },
    sending: sent.sending,
    /** The one thing to press. */
    action: {
      label: label(),
      ...{ isBusy, isDone },
      isDisabled: isBusy || isDone || why !== null,
      why,
      run: trade,
    },
    refusal: sent.sending.state === "refused" ? failureText(sent.sending.failure) : null,
  };
}

export type Ticket = ReturnType<typeof useTicket>;

/** A trader who changes the order has read why the one before was refused. */
function changed(fields: Fields, forget: () => void): Fields {
  const after =
    <Input extends unknown[]>(change: (...input: Input) => void) =>
    (...input: Input) => {
      forget();
      change(...input);
    };
  return {
    ...fields,
    setSide: after(fields.setSide),
    write: after(fields.write),
    writeAmount: after(fields.writeAmount),
    setPercent: after(fields.setPercent),
    choose: after(fields.choose),
  };
}
