/**
 * Keeps the page as high as its visible part, above a keyboard too.
 * @param stable what a Telegram client calls the stable height, in pixels; null outside Telegram
 */
export function bindPageHeight(stable: () => number | null): { apply: () => void; stop: () => void } {
  const apply = () => {
    const visual = window.visualViewport?.height ?? window.innerHeight;
    const height = layoutHeight({ stable: stable(), visual, window: window.innerHeight });
    document.documentElement.style.setProperty("--app-height", `${height}px`);
  };
  window.addEventListener("resize", apply);
  window.visualViewport?.addEventListener("resize", apply);
  apply();
  return {
    apply,
    stop() {
      window.removeEventListener("resize", apply);
      window.visualViewport?.removeEventListener("resize", apply);
    },
  };
}

export type Insets = { top: number; right: number; bottom: number; left: number };

export const NO_INSETS: Insets = { top: 0, right: 0, bottom: 0, left: 0 };

/** The device's insets and the client's own controls lie on top of each other, so they add up. */
export function sumInsets(one: Insets, other: Insets): Insets {
  return {
    top: one.top + other.top,
    right: one.right + other.right,
    bottom: one.bottom + other.bottom,
    left: one.left + other.left,
  };
}

/** Less than this the difference is a toolbar or a rounding, not a keyboard. */
const KEYBOARD_MIN_PX = 120;

/**
 * Height of the page: what the client calls stable, so that dragging the sheet moves nothing; while a keyboard covers part of it, the rest.
 * iOS clients do not report the keyboard, `visualViewport` does.
 */
export function layoutHeight(viewport: { stable: number | null; visual: number; window: number }): number {
  const height = viewport.stable && viewport.stable > 0 ? viewport.stable : viewport.window;
  return viewport.window - viewport.visual > KEYBOARD_MIN_PX ? Math.min(height, viewport.visual) : height;
}
