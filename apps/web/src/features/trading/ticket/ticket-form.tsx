import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { Banner } from "../../../ui/banner.tsx";
import { cx } from "../../../ui/cx.ts";
import { Segmented } from "../../../ui/segmented.tsx";
import { Select } from "../../../ui/select.tsx";
import { changeBps } from "../amounts.ts";
import { useTradingText } from "../use-trading-text.ts";
import { BUY_PRESETS, SELL_PERCENTS, SLIPPAGES } from "./ticket-memory.ts";
import { QUOTE_MS } from "./use-quote.ts";
import type { Side, Ticket } from "./use-ticket.ts";

const SIDES = ["buy", "sell"] as const;
const SIDE_TONE = { buy: "text-success", sell: "text-danger" } as const;

function SideChoice({ ticket }: { ticket: Ticket }) {
  const t = useTranslations("rooms.ticket");
  const { side, setSide } = ticket.fields;
  const options = SIDES.map((value) => ({
    value,
    label: <span className={value === side ? SIDE_TONE[value] : ""}>{t(value)}</span>,
  }));
  return (
    <Segmented<Side>
      label={t("side")}
      value={side}
      options={options}
      onChange={setSide}
      className="w-full *:h-9 *:flex-1 *:text-13 md:*:h-7"
    />
  );
}

function AmountField({ ticket, isBare }: { ticket: Ticket; isBare: boolean }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const id = useId();
  const { side, unit, fields, balance } = ticket;
  const unitName = t(`unit.${unit}`);
  return (
    <div>
      <div className="mb-1.5 flex items-baseline justify-between gap-2 text-12">
        <label htmlFor={id} className={cx("font-medium text-fg-2", isBare && "sr-only")}>
          {t(side === "buy" ? "ticket.youPay" : "ticket.youSell")}
        </label>
      </div>
      <div className="flex h-11 items-center gap-2 rounded-2 border border-control bg-surface px-3 focus-within:border-focus focus-within:outline-2 focus-within:outline-focus focus-within:-outline-offset-1">
        <input
          id={id}
          value={fields.typed}
          inputMode="decimal"
          autoComplete="off"
          placeholder="0"
          onChange={({ currentTarget }) => fields.write(currentTarget.value)}
          className="num min-w-0 flex-1 bg-transparent font-semibold text-20 outline-none"
        />
        <span className="num shrink-0 text-12 text-muted">
          {isBare ? t("ticket.of", { amount: unit === "sol" ? text.sol(balance) : text.tokens(balance) }) : unitName}
        </span>
      </div>
    </div>
  );
}

type PresetProps = { isChosen: boolean; isDisabled: boolean; onChoose: () => void; children: ReactNode };

function Preset({ isChosen, isDisabled, onChoose, children }: PresetProps) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      aria-disabled={isDisabled}
      onClick={() => !isDisabled && onChoose()}
      className={cx(
        "num h-11 rounded-2 border border-line-2 bg-surface font-medium text-12 hover:bg-surface-3 md:h-7",
        "aria-pressed:border-accent-line aria-pressed:bg-accent-soft aria-pressed:text-accent-text",
        isDisabled && "text-disabled",
      )}
    >
      {children}
    </button>
  );
}

function Presets({ ticket }: { ticket: Ticket }) {
  const t = useTranslations("rooms.ticket");
  const text = useTradingText();
  const { side, fields, amount, balance } = ticket;
  if (side === "buy") {
    const chosen = [...BUY_PRESETS, balance];
    return (
      <fieldset className="grid grid-cols-4 gap-1.5">
        <legend className="sr-only">{t("presets")}</legend>
        {chosen.map((preset, index) => (
          <Preset
            key={index === BUY_PRESETS.length ? "max" : String(preset)}
            isChosen={amount === preset}
            isDisabled={preset > balance || preset === 0n}
            onChoose={() => fields.writeAmount(preset)}
          >
            {index === BUY_PRESETS.length ? t("max") : text.plain(preset, "sol")}
          </Preset>
        ))}
      </fieldset>
    );
  }
  return (
    <fieldset className="grid grid-cols-4 gap-1.5">
      <legend className="sr-only">{t("presets")}</legend>
      {[...SELL_PERCENTS, 100].map((percent) => (
        <Preset
          key={percent}
          isChosen={fields.percent === percent}
          isDisabled={balance === 0n}
          onChoose={() => fields.setPercent(percent)}
        >
          {percent === 100 ? t("max") : text.share(percent * 100)}
        </Preset>
      ))}
    </fieldset>
  );
}

function Row({ name, children, className }: { name: ReactNode; children: ReactNode; className?: string }) {
  return (
    <>
      <dt className={cx("pr-3", className ?? "text-muted")}>{name}</dt>
      <dd className={cx("num text-right", className)}>{children}</dd>
    </>
  );
}

/** An impact from here on is marked. */
const NOTABLE_IMPACT_BPS = 100;

function Figures({ ticket, isShort }: { ticket: Ticket; isShort: boolean }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const { room, side, quote, least, amount, fields } = ticket;
  const outUnit = side === "buy" ? "token" : "sol";
  const out = (value: bigint | string) => (outUnit === "sol" ? text.sol(value) : text.tokens(value));
  const given = (value: bigint | string) => (side === "buy" ? text.sol(value) : text.tokens(value));
  const none = "–";
  const isCapped = quote !== null && typeof amount === "bigint" && BigInt(quote.amountIn) < amount;
  const impact = quote ? changeBps(room.price, quote.price) : 0;
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-y-1.5">
      {isShort ? null : (
        <>
          <Row name={t("ticket.priceNow")}>{t("lamports", { price: text.price(room.price) })}</Row>
          <Row name={t("ticket.average")}>{quote ? t("lamports", { price: text.price(quote.price) }) : none}</Row>
        </>
      )}
      <Row name={t("ticket.impact")}>
        <span className={quote && quote.priceImpactBps >= NOTABLE_IMPACT_BPS ? "text-warning" : ""}>
          {quote ? text.change(impact >= 0 ? quote.priceImpactBps : -quote.priceImpactBps) : none}
        </span>
      </Row>
      <Row name={t("ticket.fee", { share: text.share(room.feeBps) })}>{quote ? text.sol(quote.fee) : none}</Row>
      {isCapped ? <Row name={t("ticket.paysOnly")}>{given(quote.amountIn)}</Row> : null}
      <dt className="self-center pr-3 text-muted">{t("ticket.slippage")}</dt>
      <dd className="flex justify-end">
        <Select
          label={t("ticket.slippage")}
          value={String(fields.chosen.slippageBps)}
          options={SLIPPAGES.map((bps) => ({
            value: String(bps),
            label: bps === 0 ? t("ticket.exact") : text.share(bps),
          }))}
          onChange={(bps) => fields.choose({ slippageBps: Number(bps) })}
          className="w-28"
        />
      </dd>
      {isShort ? null : <Row name={t("ticket.about")}>{quote ? out(quote.amountOut) : none}</Row>}
      <Row name={t("ticket.atLeast")} className="mt-0.5 border-line border-t pt-2 font-semibold text-fg">
        <output>{least === null ? none : out(least)}</output>
      </Row>
    </dl>
  );
}

/** How much of the quote's time is left, as a line that runs out. */
function QuoteLife({ ticket }: { ticket: Ticket }) {
  const t = useTranslations("rooms.ticket");
  const { quote, hasExpired, isPaused } = ticket.quoted;
  const line = isPaused ? t("paused") : quote && !hasExpired ? t("holds", { seconds: QUOTE_MS / 1_000 }) : "\u00a0";
  return (
    <div className="text-11 text-muted">
      <span aria-hidden className="mb-1 block h-0.5 overflow-hidden rounded-full bg-surface-3">
        {quote && !hasExpired && !isPaused ? (
          <span key={quote.quoteId} className="quote-life block h-full origin-left bg-control" />
        ) : null}
      </span>
      <span className="block text-center">{line}</span>
    </div>
  );
}

type TicketFormProps = {
  ticket: Ticket;
  /** Fewer lines, for a phone. */
  isShort?: boolean;
};

/** What is traded and what it comes to; the button that does it is the page's own. */
export function TicketForm({ ticket, isShort = false }: TicketFormProps) {
  return (
    <>
      <SideChoice ticket={ticket} />
      <AmountField ticket={ticket} isBare={isShort} />
      <Presets ticket={ticket} />
      <Figures ticket={ticket} isShort={isShort} />
      {ticket.refusal ? (
        <div className="overflow-hidden rounded-2">
          <Banner tone="danger">{ticket.refusal}</Banner>
        </div>
      ) : null}
      <QuoteLife ticket={ticket} />
    </>
  );
}
