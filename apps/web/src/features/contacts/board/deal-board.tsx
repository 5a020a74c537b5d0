import type { Board, Deal, Stage } from "@pult/api/crm/schema.ts";
import { CircleCheck, CircleX } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useId, useState } from "react";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { Kbd } from "../../../ui/kbd.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { useMoney } from "../money.ts";
import { moveDeal, type Place, stageOf } from "./board-state.ts";
import { DealCard } from "./deal-card.tsx";
import { useMoveDeal } from "./use-board.ts";
import { useCardDrag } from "./use-card-drag.ts";
import { useCardKeys } from "./use-card-keys.ts";

type Column = Board["columns"][number];

function StageMark({ stage }: { stage: Stage | undefined }) {
  if (!stage || stage.kind === "open") return null;
  const isWon = stage.kind === "won";
  return <Icon of={isWon ? CircleCheck : CircleX} size={14} className={isWon ? "text-success" : "text-danger"} />;
}

function ColumnHead({ stage, column }: { stage: Stage | undefined; column: Column }) {
  const t = useTranslations("contacts.board");
  const format = useFormatter();
  const { moneys } = useMoney();
  const sum = moneys(column.amounts);
  return (
    <header className="flex h-10 shrink-0 items-center gap-1.5 border-line border-b bg-surface px-3">
      <StageMark stage={stage} />
      <h2 className="min-w-0 truncate font-semibold">{stage?.name}</h2>
      <span className="num text-muted">
        {format.number(column.totalCount)}
        <span className="sr-only"> {t("deals", { count: column.totalCount })}</span>
      </span>
      <span title={sum} className="num ml-auto min-w-0 truncate pl-2 font-semibold">
        {sum}
      </span>
    </header>
  );
}

/** Keys and, at the end, what just happened to a card. */
function BoardFoot({ hintId, said }: { hintId: string; said: string }) {
  const t = useTranslations("contacts.board");
  const key = (chunks: string) => <Kbd>{chunks}</Kbd>;
  return (
    <footer className="flex min-h-9 shrink-0 items-center gap-4 border-line border-t bg-surface-2 px-4 text-12 text-muted max-md:hidden">
      <span id={hintId} className="flex min-w-0 flex-1 items-center gap-1.5 truncate">
        {key("←")}
        {key("→")}
        {key("↑")}
        {key("↓")}
        {t("keys.walk")}
        <span className="ml-2">{key("space")}</span>
        {t("keys.lift")}
        <span className="ml-2">{key("esc")}</span>
        {t("keys.back")}
      </span>
      <span role="status" className="num truncate text-fg-2">
        {said}
      </span>
    </footer>
  );
}

type DealBoardProps = {
  board: Board;
  onOpen: (deal: Deal) => void;
  /** Shows the deals of a stage that do not fit on the board. */
  onMore: (stageId: string) => void;
};

/** Deals by stage. Cards are moved by pointer and by keyboard; below 960 px one stage is shown at a time. */
export function DealBoard({ board, onOpen, onMore }: DealBoardProps) {
  const t = useTranslations("contacts.board");
  const format = useFormatter();
  const mayWrite = useMay()("chats:write");
  const move = useMoveDeal();
  const hintId = useId();
  const [narrowStage, setNarrowStage] = useState(board.columns[0]?.stageId ?? "");
  const [dropped, setDropped] = useState<{ id: string; place: Place; on: Board } | null>(null);
  const drop = async (deal: Deal, place: Place) => {
    setDropped({ id: deal.id, place, on: board });
    const from = stageOf(board, deal.stageId)?.name ?? "";
    const to = stageOf(board, place.stageId)?.name ?? "";
    if (await move(deal, place)) keys.say(t("moved", { number: deal.number, from, to }));
    else keys.say(t("refused", { number: deal.number }));
  };
  const keys = useCardKeys({ board, onDrop: drop });
  const drag = useCardDrag({ board, onDrop: drop });
  // What was put down stays there until the board itself has it there.
  const settled = dropped?.on === board ? moveDeal(board, dropped.id, dropped.place) : board;
  const lying = keys.liftedId === null ? settled : (keys.shown ?? board);
  const shown = drag.dragged ? moveDeal(board, drag.dragged.deal.id, drag.dragged.place) : lying;
  const lookOf = (id: string) => {
    if (drag.dragged?.deal.id === id) return "hole";
    return keys.liftedId === id ? "lifted" : "resting";
  };
  const firstId = shown.columns.flatMap(({ items }) => items)[0]?.id;
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const isThere = shown.columns.some(({ items }) => items.some(({ id }) => id === focusedId));
  const tabStop = isThere ? focusedId : firstId;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="shrink-0 overflow-x-auto border-line border-b px-4 py-1.5 md:hidden">
        <Segmented
          label={t("stage")}
          value={narrowStage}
          options={shown.columns.map(({ stageId, totalCount }) => ({
            value: stageId,
            label: `${stageOf(shown, stageId)?.name ?? ""} ${format.number(totalCount)}`,
          }))}
          onChange={setNarrowStage}
        />
      </div>
      <div
        data-board
        className="grid min-h-0 flex-1 bg-canvas md:auto-cols-[minmax(224px,1fr)] md:grid-flow-col md:grid-rows-[minmax(0,1fr)] md:overflow-x-auto"
      >
        {shown.columns.map((column) => {
          const stage = stageOf(shown, column.stageId);
          return (
            <section
              key={column.stageId}
              data-stage={column.stageId}
              aria-label={stage?.name}
              className={cx(
                "flex min-h-0 min-w-0 flex-col border-line border-r last:border-r-0",
                column.stageId !== narrowStage && "max-md:hidden",
              )}
            >
              <ColumnHead stage={stage} column={column} />
              <ul data-cards className="scroll-pane flex min-h-0 flex-1 flex-col gap-2 p-2">
                {column.items.map((deal) => (
                  <li key={deal.id}>
                    <DealCard
                      deal={deal}
                      data-deal={deal.id}
                      look={lookOf(deal.id)}
                      tabIndex={deal.id === tabStop ? 0 : -1}
                      aria-describedby={mayWrite ? hintId : undefined}
                      onFocus={() => setFocusedId(deal.id)}
                      onBlur={() => keys.liftedId === deal.id && keys.release()}
                      onPointerDown={(event) => mayWrite && drag.press(event, deal)}
                      onKeyDown={(event) => mayWrite && keys.press(event, deal)}
                      onClick={() => !drag.wasDragged() && onOpen(deal)}
                    />
                  </li>
                ))}
                {column.items.length === 0 ? (
                  <li className="px-2 py-6 text-center text-12 text-muted">{t("empty")}</li>
                ) : null}
                {column.hasMore ? (
                  <li>
                    <button
                      type="button"
                      onClick={() => onMore(column.stageId)}
                      className="h-8 w-full rounded-2 font-medium text-12 text-accent-text hover:bg-surface-3"
                    >
                      {t("more", { count: column.totalCount - column.items.length })}
                    </button>
                  </li>
                ) : null}
              </ul>
            </section>
          );
        })}
      </div>
      {mayWrite ? <BoardFoot hintId={hintId} said={keys.said} /> : null}
      {drag.dragged ? (
        <div
          ref={drag.floating}
          aria-hidden
          style={{ width: drag.dragged.width }}
          className="pointer-events-none fixed top-0 left-0 z-40"
        >
          <DealCard deal={drag.dragged.deal} look="lifted" tabIndex={-1} />
        </div>
      ) : null}
    </div>
  );
}
