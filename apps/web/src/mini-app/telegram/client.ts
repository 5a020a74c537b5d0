import type { Theme } from "../../theme/theme.ts";
import { setTheme } from "../../theme/use-theme.tsx";
import { createPost, isOlder, listen, type Post, WRITE_ACCESS_SINCE } from "./bridge.ts";
import { type Launch, themeOf } from "./launch.ts";
import { OWN_THEMES, type ThemeParams, themeColors } from "./theme-colors.ts";
import { bindPageHeight, type Insets, NO_INSETS, sumInsets } from "./viewport-layout.ts";

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
    hasButtons: false,
    setMainButton: () => {},
    onMainButton: () => () => {},
    requestWriteAccess: async () => true,
    readCloud: () => {},
    keepInCloud: () => {},
    setColors: setTheme,
    close: () => {},
    stop() {
      height.stop();
      document.documentElement.style.removeProperty("--app-height");
      window.removeEventListener("beforeunload", ask);
    },
  };
}

export type MainButton = {
  text: string;
  isActive: boolean;
  /** It is under way. */
  isBusy: boolean;
  /** It has just been done. */
  isDone: boolean;
};

/** What the page asks of the Telegram client around it, or of the browser. Silent where there is none, or where it is too old. */
export type TelegramClient = {
  haptic(kind: "tap" | "success" | "error"): void;
  /** Whether it asks before it closes the page. */
  setClosingConfirmation(isNeeded: boolean): void;
  /** Shows the back button until the returned function is called. */
  onBack(handler: () => void): () => void;
  /** Whether it has buttons of its own: Back, and the one action of the page. Else the page draws them. */
  readonly hasButtons: boolean;
  /** What the button of the one action says, while it is shown. */
  setMainButton(button: MainButton): void;
  /** Shows the button of the one action until the returned function is called. */
  onMainButton(handler: () => void): () => void;
  /** Asks whether the bot may write to the user; Telegram asks them once. @returns whether it may */
  requestWriteAccess(): Promise<boolean>;
  /** Calls back with what the user's other devices kept; never where nothing was, or where there is no such store. */
  readCloud(key: string, hear: (value: string) => void): void;
  keepInCloud(key: string, value: string): void;
  /** Colours of the page's own; null for those of the user's Telegram or device. */
  setColors(theme: Theme): void;
  close(): void;
  stop(): void;
};

/** Takes over colours, sizes and buttons. The first thing it says is `ready`, which uncovers the page. */
export function startTelegramClient(launch: Launch): TelegramClient {
  const post = createPost(launch.version);
  post("iframe_ready", { reload_supported: true });
  post("web_app_ready");
  post("web_app_expand");
  const colors = bindTheme(post, launch.theme);
  const viewport = bindViewport(post);
  let onBack: (() => void) | null = null;
  const mainButton = bindMainButton(post);
  let onWriteAccess: ((isAllowed: boolean) => void) | null = null;
  const cloudReaders = new Map<string, (value: string) => void>();
  const askCloud = (req_id: string, method: string, params: object) =>
    post("web_app_invoke_custom_method", { req_id, method, params });
  const stopListening = listen((type, data) => {
    const fields = typeof data === "object" && data !== null ? { ...data } : {};
    if (type === "theme_changed" && "theme_params" in fields) colors.hear(themeOf(fields.theme_params));
    else if (type === "back_button_pressed") onBack?.();
    else if (type === "main_button_pressed") mainButton.press();
    else if (type === "write_access_requested") onWriteAccess?.("status" in fields && fields.status === "allowed");
    else if (type === "custom_method_invoked" && "result" in fields) {
      for (const [key, value] of Object.entries(fields.result ?? {}))
        if (typeof value === "string" && value !== "") cloudReaders.get(key)?.(value);
    } else viewport.hear(type, fields);
  });
  return {
    haptic: (kind) => post("web_app_trigger_haptic_feedback", hapticOf(kind)),
    setClosingConfirmation: (isNeeded) => post("web_app_setup_closing_behavior", { need_confirmation: isNeeded }),
    onBack(handler) {
      onBack = handler;
      post("web_app_setup_back_button", { is_visible: true });
      return () => {
        onBack = null;
        post("web_app_setup_back_button", { is_visible: false });
      };
    },
    hasButtons: true,
    setMainButton: mainButton.set,
    onMainButton: mainButton.onPress,
    requestWriteAccess: () =>
      new Promise((resolve) => {
        onWriteAccess = resolve;
        if (isOlder(launch.version, WRITE_ACCESS_SINCE)) resolve(true);
        else post("web_app_request_write_access");
      }),
    readCloud(key, hear) {
      cloudReaders.set(key, hear);
      askCloud(`read ${key}`, "getStorageValues", { keys: [key] });
    },
    keepInCloud: (key, value) => askCloud("keep", "saveStorageValue", { key, value }),
    setColors: colors.choose,
    close: () => post("web_app_close"),
    stop() {
      stopListening();
      viewport.stop();
    },
  };
}

function hapticOf(kind: "tap" | "success" | "error") {
  if (kind === "tap") return { type: "impact", impact_style: "light" } as const;
  return { type: "notification", notification_type: kind } as const;
}

/** A client that is told no colours takes those of its theme; a button that cannot be pressed has to look like it. */
function bindMainButton(post: Post) {
  let handler: (() => void) | null = null;
  const colorOf = (name: string) => document.documentElement.style.getPropertyValue(`--tg-theme-${name}`);
  return {
    press: () => handler?.(),
    set({ text, isActive, isBusy, isDone }: MainButton) {
      const isOn = isActive || isBusy || isDone;
      post("web_app_setup_main_button", {
        ...{ is_visible: true, is_active: isActive, is_progress_visible: isBusy, text },
        color: colorOf(isOn ? "button-color" : "secondary-bg-color"),
        text_color: colorOf(isOn ? "button-text-color" : "hint-color"),
      });
    },
    onPress(listener: () => void) {
      handler = listener;
      return () => {
        handler = null;
        post("web_app_setup_main_button", { is_visible: false });
      };
    },
  };
}

function bindTheme(post: Post, atLaunch: ThemeParams) {
  const root = document.documentElement;
  root.classList.add("tg");
  let sent = atLaunch;
  let chosen: Theme = null;
  const apply = () => {
    const { variables, isDark } = themeColors(chosen ? OWN_THEMES[chosen] : sent);
    for (const [name, value] of Object.entries(variables)) root.style.setProperty(name, value);
    root.dataset.theme = isDark ? "dark" : "light";
    const section = { color: variables["--tg-theme-section-bg-color"] };
    post("web_app_set_header_color", section);
    post("web_app_set_background_color", { color: variables["--tg-theme-secondary-bg-color"] });
    post("web_app_set_bottom_bar_color", section);
  };
  apply();
  return {
    hear(params: ThemeParams) {
      sent = params;
      apply();
    },
    choose(theme: Theme) {
      chosen = theme;
      apply();
    },
  };
}

type Fields = { [name: string]: unknown };
const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);
const insetsOf = ({ top, right, bottom, left }: Fields): Insets => ({
  top: numberOf(top),
  right: numberOf(right),
  bottom: numberOf(bottom),
  left: numberOf(left),
});

function bindViewport(post: Post) {
  const root = document.documentElement;
  let stable: number | null = null;
  let device: Insets = NO_INSETS;
  let content: Insets = NO_INSETS;
  const height = bindPageHeight(() => stable);
  post("web_app_request_viewport");
  post("web_app_request_safe_area");
  post("web_app_request_content_safe_area");
  return {
    hear(type: string, fields: Fields) {
      if (type === "viewport_changed") {
        // A client that names no height shows the page in the whole window.
        if (fields.is_state_stable !== false) stable = numberOf(fields.height) || window.innerHeight;
        height.apply();
        return;
      }
      if (type === "safe_area_changed") device = insetsOf(fields);
      else if (type === "content_safe_area_changed") content = insetsOf(fields);
      else return;
      for (const [side, size] of Object.entries(sumInsets(device, content)))
        root.style.setProperty(`--app-inset-${side}`, `${size}px`);
    },
    stop: height.stop,
  };
}
