import type { Board, Deal } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { moveDeal, type Place, placeOf, type Step, stageOf, stepFrom } from "./board-state.ts";

const STEPS: readonly string[] = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
const isStep = (key: string): key is Step => STEPS.includes(key);

type Lifted = { deal: Deal; from: Place; place: Place };

type KeyOptions = { board: Board | undefined; onDrop: (deal: Deal, place: Place) => void };

const focusCard = (id: string) => document.querySelector<HTMLElement>(`[data-deal="${id}"]`)?.focus();

/** The card beside one, for the focus: the same row of the next column that has cards. */
function neighbour(board: Board, id: string, step: Step): Deal | undefined {
  const at = board.columns.findIndex(({ items }) => items.some((deal) => deal.id === id));
  const index = board.columns[at]?.items.findIndex((deal) => deal.id === id) ?? -1;
  if (step === "ArrowUp" || step === "ArrowDown")
    return board.columns[at]?.items[index + (step === "ArrowUp" ? -1 : 1)];
  const beside = step === "ArrowLeft" ? board.columns.slice(0, at).reverse() : board.columns.slice(at + 1);
  const column = beside.find(({ items }) => items.length > 0);
  return column?.items[Math.min(index, column.items.length - 1)];
}

/** Cards by keyboard: arrows walk, space lifts, then arrows move, space or Enter puts down, Escape puts back. All of it is read aloud. */
export function useCardKeys({ board, onDrop }: KeyOptions) {
  const t = useTranslations("contacts.board");
  const [lifted, setLifted] = useState<Lifted | null>(null);
  const [said, setSaid] = useState("");
  const focused = useRef<string | null>(null);
  const shown = board && lifted ? moveDeal(board, lifted.deal.id, lifted.place) : board;

  // A card that changes its column is another element.
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each step
  useLayoutEffect(() => {
    if (focused.current) focusCard(focused.current);
    focused.current = null;
  }, [lifted]);

  const tell = (key: "lifted" | "at" | "dropped" | "back", on: Board, { id, number }: Deal) => {
    const place = placeOf(on, id);
    if (!place) return;
    const stage = stageOf(on, place.stageId)?.name ?? "";
    setSaid(t(key, { number, stage, place: place.index + 1, count: place.of }));
  };

  function walk(on: Board, deal: Deal, step: Step): void {
    const place = lifted ? stepFrom(on, deal.id, step) : null;
    if (!lifted) {
      const next = neighbour(on, deal.id, step);
      if (next) focusCard(next.id);
    } else if (place) {
      focused.current = deal.id;
      setLifted({ ...lifted, place });
      tell("at", moveDeal(on, deal.id, place), deal);
    }
  }

  function lift(on: Board, deal: Deal): void {
    const place = placeOf(on, deal.id);
    if (!place) return;
    setLifted({ deal, from: place, place });
    tell("lifted", on, deal);
  }
  function putDown({ deal, place, from }: Lifted, on: { before: Board; after: Board }, isWanted: boolean): void {
    focused.current = deal.id;
    setLifted(null);
    tell(isWanted ? "dropped" : "back", isWanted ? on.after : on.before, deal);
    // As it was lifted: when another agent has moved it since, the server refuses and says so.
    const isElsewhere = place.stageId !== from.stageId || place.beforeId !== from.beforeId;
    if (isWanted && isElsewhere) onDrop(deal, place);
  }
  function press(event: KeyboardEvent, deal: Deal): void {
    if (!shown || !board || event.metaKey || event.ctrlKey || event.altKey) return;
    const isLifted = lifted?.deal.id === deal.id;
    const isOurs = isStep(event.key) || event.key === " " || (isLifted && /^(Enter|Escape)$/.test(event.key));
    if (!isOurs) return;
    event.preventDefault();
    event.stopPropagation();
    if (isStep(event.key)) walk(shown, deal, event.key);
    else if (lifted && isLifted) putDown(lifted, { before: board, after: shown }, event.key !== "Escape");
    else lift(board, deal);
  }
  /** The focus has gone elsewhere: the card goes back. */
  const release = () =>
    requestAnimationFrame(() => {
      if (!document.activeElement?.matches("[data-deal]")) setLifted(null);
    });
  return { shown, liftedId: lifted?.deal.id ?? null, said, say: setSaid, press, release };
}
