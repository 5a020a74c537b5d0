import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Kbd } from "./kbd.tsx";

const DELAY_MS = 450;
const GAP_PX = 6;
const EDGE_PX = 8;

type Shown = { target: HTMLElement; label: string; keys: string | undefined };

function tipped(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>("[data-tip]") : null;
}

const isByMouse = (event: Event) => event instanceof PointerEvent && event.pointerType === "mouse";
const isByKeyboard = (target: HTMLElement) => target.matches(":focus-visible");

/** Which element's tip is shown: under the mouse after a moment, under the keyboard's focus at once, until Escape or a press. */
function useShownTip(): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (target: HTMLElement) =>
      setShown({ target, label: target.dataset.tip ?? "", keys: target.dataset.tipKeys });
    const hide = () => {
      clearTimeout(timer);
      setShown(null);
    };
    const over = (event: Event) => {
      const target = tipped(event);
      if (!target || !isByMouse(event)) return;
      clearTimeout(timer);
      timer = setTimeout(() => target.isConnected && show(target), DELAY_MS);
    };
    const out = (event: Event) => tipped(event) && hide();
    const focus = (event: Event) => {
      const target = tipped(event);
      if (target && isByKeyboard(target)) show(target);
    };
    const key = (event: KeyboardEvent) => event.key === "Escape" && hide();
    const listeners = [
      ["pointerover", over],
      ["pointerout", out],
      ["focusin", focus],
      ["focusout", hide],
      ["pointerdown", hide],
      ["scroll", hide],
      ["keydown", key as (event: Event) => void],
    ] as const;
    for (const [name, listener] of listeners) document.addEventListener(name, listener, true);
    return () => {
      clearTimeout(timer);
      for (const [name, listener] of listeners) document.removeEventListener(name, listener, true);
    };
  }, []);
  return shown;
}

/** All tips of the page: one layer and no component per button, as a list has hundreds of them. */
export function TipLayer() {
  const shown = useShownTip();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !shown) return;
    const at = shown.target.getBoundingClientRect();
    const { width, height } = element.getBoundingClientRect();
    const left = at.left + at.width / 2 - width / 2;
    const fitsAbove = at.top - height - GAP_PX >= EDGE_PX;
    element.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
    element.style.top = `${fitsAbove ? at.top - height - GAP_PX : at.bottom + GAP_PX}px`;
  }, [shown]);
  if (!shown?.label) return null;
  return (
    <div
      ref={box}
      aria-hidden
      className="pointer-events-none fixed z-50 flex items-center gap-2 rounded-2 bg-surface px-2 py-1 text-12 text-fg shadow-dialog"
    >
      {shown.label}
      {shown.keys ? <Kbd>{shown.keys}</Kbd> : null}
    </div>
  );
}
