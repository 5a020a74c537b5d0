import type { Board, Deal } from "@pult/api/crm/schema.ts";
import { type PointerEvent as ReactPointerEvent, useEffect, useRef, useState } from "react";
import type { Place } from "./board-state.ts";

const START_PX = 6;
const LONG_PRESS_MS = 350;
const EDGE_PX = 48;
const SCROLL_PX = 12;

export type Dragged = { deal: Deal; width: number; place: Place };

type Start = { deal: Deal; card: HTMLElement; x: number; y: number; grabX: number; grabY: number };

/** Where a card would go that is let go at a point. */
function placeAt(x: number, y: number, draggedId: string): Place | null {
  const column = document.elementsFromPoint(x, y).find((element) => element.matches("[data-stage]"));
  const stageId = column?.getAttribute("data-stage");
  if (!column || !stageId) return null;
  const cards = [...column.querySelectorAll<HTMLElement>("[data-deal]")].filter(
    (card) => card.dataset.deal !== draggedId,
  );
  const below = cards.find((card) => {
    const { top, height } = card.getBoundingClientRect();
    return y < top + height / 2;
  });
  return { stageId, beforeId: below?.dataset.deal ?? null };
}

function scrollNear(x: number, y: number): void {
  const column = document.elementsFromPoint(x, y).find((element) => element.matches("[data-stage]"));
  const list = column?.querySelector("[data-cards]");
  const board = column?.closest("[data-board]");
  const within = list?.getBoundingClientRect();
  if (list && within) {
    if (y < within.top + EDGE_PX) list.scrollTop -= SCROLL_PX;
    if (y > within.bottom - EDGE_PX) list.scrollTop += SCROLL_PX;
  }
  const around = board?.getBoundingClientRect();
  if (board && around) {
    if (x < around.left + EDGE_PX) board.scrollLeft -= SCROLL_PX;
    if (x > around.right - EDGE_PX) board.scrollLeft += SCROLL_PX;
  }
}

const isSame = (a: Place, b: Place) => a.stageId === b.stageId && a.beforeId === b.beforeId;

type DragOptions = { board: Board | undefined; onDrop: (deal: Deal, place: Place) => void };

/**
 * Cards that are dragged: by a mouse or a pen at once, by a finger after a long press, as a short one scrolls. The card under the pointer
 * is moved without rendering; the board is rendered when the place changes.
 */
export function useCardDrag({ board, onDrop }: DragOptions) {
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const floating = useRef<HTMLDivElement>(null);
  const stop = useRef<(() => void) | null>(null);
  /** The click that follows a drag opens nothing. */
  const wasDragged = useRef(false);
  const drop = useRef(onDrop);
  drop.current = onDrop;
  useEffect(() => () => stop.current?.(), []);

  function begin(start: Start, place: Place): void {
    let { x, y } = start;
    let current = place;
    let frame = 0;
    const show = () => {
      if (floating.current) floating.current.style.transform = `translate(${x - start.grabX}px, ${y - start.grabY}px)`;
    };
    const tick = () => {
      scrollNear(x, y);
      show();
      const next = placeAt(x, y, start.deal.id);
      if (next && !isSame(next, current)) {
        current = next;
        setDragged((before) => before && { ...before, place: next });
      }
      frame = requestAnimationFrame(tick);
    };
    const move = (event: PointerEvent) => {
      x = event.clientX;
      y = event.clientY;
    };
    const finish = (isDropped: boolean) => {
      stop.current?.();
      setDragged(null);
      if (isDropped && !isSame(current, place)) drop.current(start.deal, current);
    };
    const up = () => finish(true);
    const cancel = () => finish(false);
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      cancel();
    };
    const noScroll = (event: TouchEvent) => event.preventDefault();
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", up);
    document.addEventListener("pointercancel", cancel);
    document.addEventListener("keydown", key, true);
    document.addEventListener("touchmove", noScroll, { passive: false });
    stop.current = () => {
      cancelAnimationFrame(frame);
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", up);
      document.removeEventListener("pointercancel", cancel);
      document.removeEventListener("keydown", key, true);
      document.removeEventListener("touchmove", noScroll);
      stop.current = null;
    };
    wasDragged.current = true;
    setDragged({ deal: start.deal, width: start.card.offsetWidth, place });
    frame = requestAnimationFrame(tick);
  }

  function press(event: ReactPointerEvent<HTMLElement>, deal: Deal): void {
    wasDragged.current = false;
    if (event.button !== 0 || stop.current) return;
    const card = event.currentTarget;
    const at = card.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    const start = { deal, card, x, y, grabX: x - at.left, grabY: y - at.top };
    const column = board?.columns.find(({ items }) => items.some(({ id }) => id === deal.id));
    const index = column?.items.findIndex(({ id }) => id === deal.id) ?? -1;
    if (!column || index < 0) return;
    const place = { stageId: column.stageId, beforeId: column.items[index + 1]?.id ?? null };
    const isTouch = event.pointerType === "touch";
    const timer = isTouch ? setTimeout(() => leave() && begin(start, place), LONG_PRESS_MS) : undefined;
    const move = ({ clientX, clientY }: PointerEvent) => {
      if (Math.hypot(clientX - x, clientY - y) < START_PX) return;
      leave();
      if (!isTouch) begin({ ...start, x: clientX, y: clientY }, place);
    };
    const leave = (): true => {
      clearTimeout(timer);
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", leave);
      document.removeEventListener("pointercancel", leave);
      return true;
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", leave);
    document.addEventListener("pointercancel", leave);
  }

  return { dragged, floating, press, wasDragged: () => wasDragged.current };
}
