import type { Portfolio, Position } from "@pult/api/trading/market/schema.ts";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { StatusChip } from "../../features/trading/room/progress.tsx";
import { toneOf, useTradingText } from "../../features/trading/use-trading-text.ts";
import { cx } from "../../ui/cx.ts";
import { Figure, Section } from "../live/parts.tsx";

/** More are shown when they are asked for. */
const SHOWN = 10;

type PortfolioSectionsProps = { portfolio: Portfolio; onOpenRoom: (roomId: string) => void };

/** What came of everything so far, and of each room that the customer ever joined, the last joined first. */
export function PortfolioSections({ portfolio, onOpenRoom }: PortfolioSectionsProps) {
  const t = useTranslations("rooms.position");
  const tMe = useTranslations("miniApp.me");
  const text = useTradingText();
  const [isWhole, setWhole] = useState(false);
  const { positions, result } = portfolio;
  if (positions.length === 0) return null;
  return (
    <>
      <Section title={t("all")}>
        <dl>
          <Figure name={t("unrealised")} value={text.solResult(result.unrealised)} tone={toneOf(result.unrealised)} />
          <Figure name={t("realised")} value={text.solResult(result.realised)} tone={toneOf(result.realised)} />
          <Figure name={t("total")} value={text.solResult(result.total)} tone={toneOf(result.total)} />
        </dl>
      </Section>
      <Section title={tMe("rooms")}>
        <ul>
          {(isWhole ? positions : positions.slice(0, SHOWN)).map((position) => (
            <PositionRow key={position.roomId} position={position} onOpen={() => onOpenRoom(position.roomId)} />
          ))}
        </ul>
        {isWhole || positions.length <= SHOWN ? null : (
          <button
            type="button"
            onClick={() => setWhole(true)}
            className="min-h-11 w-full border-line border-t px-4 font-medium text-accent-text outline-offset-[-2px] active:bg-surface-3"
          >
            {tMe("allRooms", { count: positions.length })}
          </button>
        )}
      </Section>
    </>
  );
}

function PositionRow({ position, onOpen }: { position: Position; onOpen: () => void }) {
  const t = useTranslations("miniApp.me");
  const text = useTradingText();
  const { name, status, isMember, balances, worth, result } = position;
  const held = balances.token === "0" ? t("noTokens") : t("held", { worth: text.sol(worth) });
  return (
    <li className="border-line border-t first:border-t-0">
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-[11px] text-left outline-offset-[-2px] active:bg-surface-3"
      >
        <span className="flex min-w-0 items-center gap-2">
          <span dir="auto" className="truncate font-semibold">
            {name}
          </span>
          {status === "open" ? null : <StatusChip status={status} />}
        </span>
        <span className={cx("num text-right font-semibold", toneOf(result.total))}>{text.solResult(result.total)}</span>
        <span className="num truncate text-13/[18px] text-muted">
          {isMember ? held : [held, t("left")].join(" · ")}
        </span>
        <span className="num text-right text-13/[18px] text-muted">
          {t("balance", { balance: text.sol(balances.sol) })}
        </span>
      </button>
    </li>
  );
}
