import { layoutHeight } from "./viewport-layout.ts";

/**
 * Keeps the page as high as what is seen of it, above a keyboard too.
 * @param stable what a Telegram client calls the stable height, in pixels; null where nobody says
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
