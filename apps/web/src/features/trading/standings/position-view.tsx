import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { ReadRoom } from "../room/use-room-store.ts";
import { toneOf, useTradingText } from "../use-trading-text.ts";
import { usePosition } from "./use-standings.ts";

function Row({ name, tone = "", children }: { name: string; tone?: string; children: ReactNode }) {
  return (
    <>
      <dt className="pr-3 text-muted">{name}</dt>
      <dd className={`num text-right ${tone}`}>{children}</dd>
    </>
  );
}

/** What the reader has in the room, and what came of it so far. */
export function PositionView({ port, room }: Pick<ReadRoom, "port" | "room">) {
  const t = useTranslations("rooms.position");
  const text = useTradingText();
  const { position } = usePosition({ port, room });
  const result = (amount: bigint | null | undefined) => (amount == null ? "–" : text.solResult(amount));
  const tone = (amount: bigint | null | undefined) => (amount == null ? "" : toneOf(amount));
  return (
    <section aria-labelledby="position" className="border-line border-t px-4 pb-3">
      <h2 id="position" className="flex min-h-11 items-center font-semibold">
        {t("title")}
      </h2>
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-y-1.5">
        <Row name={t("held")}>{text.tokens(room.me?.balances.token ?? "0")}</Row>
        <Row name={t("worth")}>{position ? text.sol(position.worth) : "–"}</Row>
        <Row name={t("unrealised")} tone={tone(position?.unrealised)}>
          {result(position?.unrealised)}
        </Row>
        <Row name={t("realised")} tone={tone(position?.realised)}>
          {result(position?.realised)}
        </Row>
        <Row name={t("total")} tone={`font-semibold ${tone(position?.total)}`}>
          {result(position?.total)}
        </Row>
      </dl>
    </section>
  );
}
