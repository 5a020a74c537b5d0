import { OWN_THEMES, type ThemeParams } from "../../mini-app/telegram/theme-colors.ts";

/** What a Mini App asked its client to do. @see https://core.telegram.org/api/web-events */
export type HostState = {
  isReady: boolean;
  hasBackButton: boolean;
  needsConfirmation: boolean;
  /** The last tap the phone would have felt, such as `success`. */
  haptic: string | null;
  /** The button of the page's one action; null while there is none. */
  mainButton: { text: string; isActive: boolean; isBusy: boolean } | null;
};

export const INITIAL_HOST: HostState = {
  isReady: false,
  hasBackButton: false,
  needsConfirmation: false,
  haptic: null,
  mainButton: null,
};

type HostEvent = { eventType: string; eventData: unknown };

/** A client names the colours of these places too. */
const withAccents = (theme: ThemeParams): ThemeParams => ({
  ...theme,
  subtitle_text_color: theme.hint_color,
  accent_text_color: theme.link_color,
});
const THEMES = { light: withAccents(OWN_THEMES.light), dark: withAccents(OWN_THEMES.dark) };
export type HostTheme = keyof typeof THEMES;

/** The launch parameters of the sandbox, with the theme that this phone shows. */
export function withTheme(fragment: string, theme: HostTheme): string {
  const parameters = new URLSearchParams(fragment);
  parameters.set("tgWebAppThemeParams", JSON.stringify(THEMES[theme]));
  return parameters.toString();
}

const fieldsOf = (data: unknown): Record<string, unknown> =>
  typeof data === "object" && data !== null ? { ...data } : {};

export function withHostEvent(state: HostState, { eventType, eventData }: HostEvent): HostState {
  const fields = fieldsOf(eventData);
  switch (eventType) {
    case "web_app_ready":
      return { ...state, isReady: true };
    case "web_app_setup_back_button":
      return { ...state, hasBackButton: fields.is_visible === true };
    case "web_app_setup_closing_behavior":
      return { ...state, needsConfirmation: fields.need_confirmation === true };
    case "web_app_setup_main_button":
      return { ...state, mainButton: mainButtonOf(fields) };
    case "web_app_trigger_haptic_feedback": {
      const kind = fields.notification_type ?? fields.impact_style;
      return { ...state, haptic: typeof kind === "string" ? kind : null };
    }
    default:
      return state;
  }
}

function mainButtonOf({ is_visible, is_active, is_progress_visible, text }: Record<string, unknown>) {
  if (is_visible !== true) return null;
  const label = typeof text === "string" ? text : "";
  return { text: label, isActive: is_active !== false, isBusy: is_progress_visible === true };
}

/** What the client answers to a question of the page; null when it asked nothing. */
export function answerOf(
  { eventType, eventData }: HostEvent,
  size: { width: number; height: number },
  theme: HostTheme,
): HostEvent | null {
  switch (eventType) {
    case "web_app_invoke_custom_method":
      return cloudAnswer(fieldsOf(eventData));
    case "web_app_request_theme":
      return themeEvent(theme);
    case "web_app_request_viewport":
      return { eventType: "viewport_changed", eventData: { ...size, is_expanded: true, is_state_stable: true } };
    case "web_app_request_safe_area":
      return { eventType: "safe_area_changed", eventData: NO_INSETS };
    case "web_app_request_content_safe_area":
      return { eventType: "content_safe_area_changed", eventData: NO_INSETS };
    case "web_app_request_write_access":
      return { eventType: "write_access_requested", eventData: { status: "allowed" } };
    default:
      return null;
  }
}

/** What pages keep in Telegram's cloud, for as long as the sandbox is open. */
const cloud = new Map<string, unknown>();

function cloudAnswer({ req_id, method, params }: Record<string, unknown>): HostEvent {
  const { key, value, keys } = fieldsOf(params);
  const answer = (result: unknown) => ({ eventType: "custom_method_invoked", eventData: { req_id, result } });
  if (method === "saveStorageValue") {
    cloud.set(String(key), value);
    return answer(true);
  }
  const names = Array.isArray(keys) ? keys.map(String) : [];
  return answer(Object.fromEntries(names.map((name) => [name, cloud.get(name) ?? ""])));
}

const NO_INSETS = { top: 0, right: 0, bottom: 0, left: 0 };

export const themeEvent = (theme: HostTheme): HostEvent => ({
  eventType: "theme_changed",
  eventData: { theme_params: THEMES[theme] },
});
export const MAIN_PRESSED: HostEvent = { eventType: "main_button_pressed", eventData: {} };
export const BACK_PRESSED: HostEvent = { eventType: "back_button_pressed", eventData: {} };
