import type { TelegramClient } from "./client.ts";
import { bindPageHeight } from "./page-height.ts";

/** The page in a browser of its own: colours, language and insets are the page's, buttons the browser's. */
export function startBrowserClient(): TelegramClient {
  const height = bindPageHeight(() => null);
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  return {
    haptic: () => {},
    setClosingConfirmation(isNeeded) {
      if (isNeeded) window.addEventListener("beforeunload", ask);
      else window.removeEventListener("beforeunload", ask);
    },
    onBack: () => () => {},
    close: () => {},
    stop() {
      height.stop();
      document.documentElement.style.removeProperty("--app-height");
      window.removeEventListener("beforeunload", ask);
    },
  };
}
