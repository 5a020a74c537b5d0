import { createPostEvent, on, type PostEventFn, setTargetOrigin } from "@tma.js/sdk-react";
import type { Launch } from "./launch.ts";
import { bindPageHeight } from "./page-height.ts";
import { type ThemeParams, themeColors } from "./theme-colors.ts";
import { type Insets, NO_INSETS, sumInsets } from "./viewport-layout.ts";

/** What the page asks of the Telegram client around it, or of the browser. Silent where there is none, or where it is too old. */
export type TelegramClient = {
  haptic(kind: "tap" | "success" | "error"): void;
  /** Whether it asks before it closes the page. */
  setClosingConfirmation(isNeeded: boolean): void;
  /** Shows the back button until the returned function is called. */
  onBack(handler: () => void): () => void;
  close(): void;
  stop(): void;
};

type Send = (run: (post: PostEventFn) => void) => void;

/** Takes over colours, sizes and buttons. The first thing it says is `ready`, which uncovers the page. */
export function startTelegramClient(launch: Launch): TelegramClient {
  if (isFramedByOurselves()) setTargetOrigin(location.origin);
  const post = createPostEvent(launch.version, () => {});
  const send: Send = (run) => {
    try {
      run(post);
    } catch {
      // No client around the page: it was opened in a browser of its own.
    }
  };
  send((call) => call("iframe_ready", { reload_supported: true }));
  send((call) => call("web_app_ready"));
  send((call) => call("web_app_expand"));
  const stops = [bindTheme(launch.theme, send), bindViewport(send)];
  return {
    haptic: (kind) => send((call) => call("web_app_trigger_haptic_feedback", hapticOf(kind))),
    setClosingConfirmation: (isNeeded) =>
      send((call) => call("web_app_setup_closing_behavior", { need_confirmation: isNeeded })),
    onBack(handler) {
      send((call) => call("web_app_setup_back_button", { is_visible: true }));
      const off = on("back_button_pressed", handler);
      return () => {
        off();
        send((call) => call("web_app_setup_back_button", { is_visible: false }));
      };
    },
    close: () => send((call) => call("web_app_close")),
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** The sandbox's phone is such a frame; its page speaks for Telegram. */
function isFramedByOurselves(): boolean {
  try {
    return window.parent !== window && window.parent.location.origin === location.origin;
  } catch {
    return false;
  }
}

function hapticOf(kind: "tap" | "success" | "error") {
  if (kind === "tap") return { type: "impact", impact_style: "light" } as const;
  return { type: "notification", notification_type: kind } as const;
}

function bindTheme(initial: ThemeParams, send: Send): () => void {
  const root = document.documentElement;
  root.classList.add("tg");
  const apply = (params: ThemeParams) => {
    const { variables, isDark } = themeColors(params);
    for (const [name, value] of Object.entries(variables)) root.style.setProperty(name, value);
    root.dataset.theme = isDark ? "dark" : "light";
    const secondary = variables["--tg-theme-secondary-bg-color"];
    const section = variables["--tg-theme-section-bg-color"];
    send((post) => post("web_app_set_header_color", { color: section as `#${string}` }));
    send((post) => post("web_app_set_background_color", { color: secondary as `#${string}` }));
    send((post) => post("web_app_set_bottom_bar_color", { color: section as `#${string}` }));
  };
  apply(initial);
  return on("theme_changed", (event) => apply(event.theme_params));
}

function bindViewport(send: Send): () => void {
  const root = document.documentElement;
  let stable: number | null = null;
  let device: Insets = NO_INSETS;
  let content: Insets = NO_INSETS;
  const height = bindPageHeight(() => stable);
  const setInsets = (change: () => void) => {
    change();
    for (const [side, size] of Object.entries(sumInsets(device, content)))
      root.style.setProperty(`--app-inset-${side}`, `${size}px`);
  };
  const stops = [
    on("viewport_changed", (event) => {
      if (event.is_state_stable) stable = event.height;
      height.apply();
    }),
    on("safe_area_changed", (insets) => setInsets(() => (device = insets))),
    on("content_safe_area_changed", (insets) => setInsets(() => (content = insets))),
  ];
  send((post) => post("web_app_request_viewport"));
  send((post) => post("web_app_request_safe_area"));
  send((post) => post("web_app_request_content_safe_area"));
  return () => {
    for (const stop of stops) stop();
    height.stop();
  };
}
