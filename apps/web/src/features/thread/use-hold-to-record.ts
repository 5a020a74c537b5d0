import { type PointerEvent, useEffect, useState } from "react";

/** Held longer than a click. */
const HOLD_MS = 400;
/** Pixels from where it was pressed, beyond which a release discards. */
const AWAY = 90;

export type Release = "send" | "discard";

export const releaseOf = (heldMs: number, moved: { x: number; y: number }): Release | null =>
  heldMs < HOLD_MS ? null : Math.hypot(moved.x, moved.y) > AWAY ? "discard" : "send";

/**
 * A button that records while it is held: letting go sends, letting go away from it discards. A click only begins, as does the keyboard.
 * @returns whether it is held, what letting go asked for, and the button's handlers
 */
export function useHoldToRecord(begin: () => void) {
  const [pressed, setPressed] = useState<{ at: number; x: number; y: number } | null>(null);
  const [release, setRelease] = useState<Release | null>(null);
  useEffect(() => {
    if (!pressed) return;
    const end = (event: globalThis.PointerEvent) => {
      const moved = { x: event.clientX - pressed.x, y: event.clientY - pressed.y };
      setRelease(releaseOf(performance.now() - pressed.at, moved));
      setPressed(null);
    };
    const stay = () => setPressed(null);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", stay);
    return () => {
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", stay);
    };
  }, [pressed]);
  return {
    isHeld: pressed !== null,
    release,
    handlers: {
      onPointerDown({ button, clientX, clientY }: PointerEvent) {
        if (button !== 0) return;
        setRelease(null);
        setPressed({ at: performance.now(), x: clientX, y: clientY });
        begin();
      },
      /** A long touch opens no menu over it. */
      onContextMenu: (event: { preventDefault(): void }) => event.preventDefault(),
      onClick: begin,
    },
  };
}
