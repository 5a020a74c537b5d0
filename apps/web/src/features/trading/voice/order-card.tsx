import type { Ticket } from "@pult/api/trading/voice/schema.ts";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { remaining } from "../../notifications/live/countdown.tsx";
import { sideClass } from "../ticket/side-class.ts";
import { TICKET_MS } from "./turns.ts";
import type { VoiceText } from "./use-voice-text.ts";
import type { Decision } from "./voice-snapshot.ts";

function TimeLeft({ leftMs }: { leftMs: number }) {
  const t = useTranslations("rooms.voice.order");
  const until = new Date(TICKET_MS).toISOString();
  const { share, tone } = remaining({ from: new Date(0).toISOString(), until, now: TICKET_MS - leftMs });
  return (
    <div className="flex items-center gap-2">
      <span aria-hidden className="h-1 flex-1 overflow-hidden rounded-full bg-surface-4">
        <span
          className={cx("block h-full origin-left rounded-full motion-safe:transition-transform", tone.bar)}
          style={{ transform: `scaleX(${share})`, transitionDuration: "250ms", transitionTimingFunction: "linear" }}
        />
      </span>
      <span role="timer" aria-label={t("left")} className={cx("num text-12", tone.text)}>
        {t("seconds", { seconds: Math.ceil(leftMs / 1_000) })}
      </span>
    </div>
  );
}

type OrderCardProps = {
  ticket: Ticket;
  leftMs: number;
  decision: Decision | null;
  text: VoiceText;
  onConfirm: () => void;
  onCancel: () => void;
};

/** What was understood, what it comes to, and the two ways to answer. */
export function OrderCard({ ticket, leftMs, decision, text, onConfirm, onCancel }: OrderCardProps) {
  const t = useTranslations("rooms.voice.order");
  const tTicket = useTranslations("rooms.ticket");
  const titleId = useId();
  const { side, exact, code } = ticket;
  const isExact = exact === "in";
  const gives = side === "buy" ? (isExact ? "youGive" : "youGiveAtMost") : isExact ? "youSell" : "youSellAtMost";
  const isConfirming = decision?.asks === "confirm";
  const isCancelling = decision?.asks === "cancel";
  return (
    <section
      aria-labelledby={titleId}
      className="flex flex-col gap-2 rounded-3 border border-accent-line bg-surface px-3 py-2.5"
    >
      <h3 id={titleId} className="flex items-baseline justify-between gap-3 font-semibold text-14">
        <span>
          <span className="sr-only">{t("title")}: </span>
          {text.order(ticket)}
        </span>
        <b aria-hidden className="num rounded-2 bg-accent-soft px-2 text-20 text-accent-text">
          {code}
        </b>
      </h3>
      <dl className="num grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1 text-13">
        <dt className="text-muted">{t(gives)}</dt>
        <dd className="text-right">{text.given(ticket)}</dd>
        <dt className="text-muted">{t("fee")}</dt>
        <dd className="text-right">{text.sol(ticket.fee)}</dd>
        <dt className="font-semibold">{t("youGet")}</dt>
        <dd className="text-right font-semibold">{text.got(ticket)}</dd>
      </dl>
      <TimeLeft leftMs={leftMs} />
      <div className="flex gap-2">
        <button
          type="button"
          aria-disabled={decision !== null}
          aria-busy={isConfirming}
          onClick={onConfirm}
          className={cx(sideClass(decision && !isConfirming ? "off" : side), "flex-1")}
        >
          {t(isConfirming ? "confirming" : "confirm")}
        </button>
        <Button
          size="lg"
          aria-disabled={decision !== null}
          aria-busy={isCancelling}
          onClick={onCancel}
          className="max-md:h-11"
        >
          {t(isCancelling ? "cancelling" : "cancel")}
        </Button>
      </div>
      <p className="text-center text-12 text-muted">{decision?.isLate ? tTicket("late") : t("code", { code })}</p>
    </section>
  );
}
