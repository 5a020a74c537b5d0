import type { Ticket } from "@pult/api/trading/voice/schema.ts";
import { useTranslations } from "next-intl";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useTradingText } from "../use-trading-text.ts";
import type { Order, Spoken, Turn } from "./turns.ts";

export type Tone = "plain" | "muted" | "success" | "danger";

/** What a turn came to, in words. */
export type Outcome = { text: string; tone: Tone };

/** Orders and what became of them, as people read them. */
export function useVoiceText() {
  const t = useTranslations("rooms.voice");
  const tTicket = useTranslations("rooms.ticket");
  const text = useTradingText();
  const failureText = useFailureText();

  const given = ({ side, amountIn }: Ticket) => (side === "buy" ? text.sol(amountIn) : text.tokens(amountIn));
  const got = ({ side, amountOut }: Ticket) => (side === "buy" ? text.tokens(amountOut) : text.sol(amountOut));

  const order = (ticket: Ticket): string => {
    const isExactIn = ticket.exact === "in";
    const amount = isExactIn ? given(ticket) : got(ticket);
    if (ticket.side === "buy") return t(isExactIn ? "order.buyFor" : "order.buyTokens", { amount });
    return t(isExactIn ? "order.sellTokens" : "order.sellFor", { amount });
  };

  const traded = (ticket: Ticket): string =>
    ticket.side === "buy"
      ? tTicket("boughtFor", { tokens: text.tokens(ticket.amountOut), sol: text.sol(ticket.amountIn) })
      : tTicket("soldFor", { tokens: text.tokens(ticket.amountIn), sol: text.sol(ticket.amountOut) });

  const fate = (made: Order): Outcome => {
    switch (made.state) {
      case "waiting":
        return { text: t("turn.waits"), tone: "plain" };
      case "expired":
        return { text: t("turn.expired"), tone: "muted" };
      case "confirmed":
        return { text: traded(made.ticket), tone: "success" };
      case "cancelled":
        return { text: t(`turn.${made.reason}`), tone: "muted" };
      case "refused":
        return { text: failureText(made.failure), tone: "danger" };
    }
  };

  const answer = ({ command }: Turn): Outcome | null => {
    if (!command) return { text: t("turn.sending"), tone: "muted" };
    const { price, sol, token, code } = command.parameters;
    const plain = (words: string): Outcome => ({ text: words, tone: "plain" });
    switch (command.intent) {
      case "price":
        return price === undefined ? null : plain(t("turn.price", { price: text.price(price) }));
      case "balance":
        if (sol === undefined || token === undefined) return null;
        return plain(t("turn.balance", { sol: text.sol(sol), tokens: text.tokens(token) }));
      case "cancel":
        return plain(t("turn.stopped"));
      case "confirm":
        return code === undefined ? plain(t("turn.noCode")) : null;
      case "none":
        return { text: t("turn.none"), tone: "muted" };
      default:
        return plain(t("turn.noAmount"));
    }
  };

  return {
    ...text,
    given,
    got,
    order,
    failureText,
    /** Null where the turn says it all. */
    outcome(turn: Turn, { orders }: Spoken): Outcome | null {
      if (turn.failure) return { text: failureText(turn.failure), tone: "danger" };
      if (turn.isLate) return { text: tTicket("late"), tone: "muted" };
      if (turn.refusal) return { text: failureText(turn.refusal), tone: "danger" };
      const made = orders.find(({ ticket }) => ticket.intentId === turn.intentId);
      return made ? fate(made) : answer(turn);
    },
  };
}

export type VoiceText = ReturnType<typeof useVoiceText>;
