/**
 * What a Telegram client and the page around which it is say to each other.
 * @see https://core.telegram.org/api/web-events
 */

type Native = { postEvent(type: string, data: string): void };
type Receive = (type: string, data: unknown) => void;
type ClientWindow = Omit<Window, "external"> & {
  external?: { notify?(message: string): void };
  TelegramWebviewProxy?: Native;
  Telegram?: { WebView?: { receiveEvent?: Receive } };
  TelegramGameProxy?: { receiveEvent?: Receive };
  TelegramGameProxy_receiveEvent?: Receive;
};

const WEB_CLIENT = "https://web.telegram.org";

export const WRITE_ACCESS_SINCE = "6.9";

/** The first version of a client that knows a method; those not named are as old as Mini Apps. */
const SINCE: Record<string, string> = {
  web_app_trigger_haptic_feedback: "6.1",
  web_app_setup_back_button: "6.1",
  web_app_set_background_color: "6.1",
  web_app_setup_closing_behavior: "6.2",
  web_app_set_header_color: "6.9",
  web_app_invoke_custom_method: "6.9",
  web_app_request_write_access: WRITE_ACCESS_SINCE,
  web_app_set_bottom_bar_color: "7.10",
  web_app_request_safe_area: "8.0",
  web_app_request_content_safe_area: "8.0",
};

/** `7.9` is older than `7.10`. */
export function isOlder(version: string, wanted: string): boolean {
  return version.localeCompare(wanted, "en", { numeric: true }) < 0;
}

export type Post = (type: string, data?: unknown) => void;

/** Sends events to the client of this version. Silent where there is none, and for what it is too old for. */
export function createPost(version: string): Post {
  const target = isFramedByOurselves() ? location.origin : WEB_CLIENT;
  return (eventType, eventData) => {
    if (isOlder(version, SINCE[eventType] ?? "0")) return;
    const { TelegramWebviewProxy: native, external } = window as unknown as ClientWindow;
    const message = JSON.stringify({ eventType, eventData });
    if (native) native.postEvent(eventType, JSON.stringify(eventData));
    else if (external?.notify) external.notify(message);
    else if (window.parent !== window) window.parent.postMessage(message, target);
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

/** Listens to the client: a web client posts messages, the others call a function. Returns the way to stop. */
export function listen(hear: Receive): () => void {
  const onMessage = ({ source, data }: MessageEvent) => {
    const event = source === window.parent ? readEvent(data) : null;
    if (event) hear(event.eventType, event.eventData);
  };
  const client = window as unknown as ClientWindow;
  client.Telegram = { ...client.Telegram, WebView: { ...client.Telegram?.WebView, receiveEvent: hear } };
  client.TelegramGameProxy = { ...client.TelegramGameProxy, receiveEvent: hear };
  client.TelegramGameProxy_receiveEvent = hear;
  window.addEventListener("message", onMessage);
  return () => window.removeEventListener("message", onMessage);
}

/** Null for anything else. */
export function readEvent(data: unknown): { eventType: string; eventData: unknown } | null {
  const event = typeof data === "string" ? parsedRecord(data) : null;
  return typeof event?.eventType === "string" ? { eventType: event.eventType, eventData: event.eventData } : null;
}

/** A JSON object; null for anything else. */
export function parsedRecord(json: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json ?? "");
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
