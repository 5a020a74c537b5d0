import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPost, listen, readEvent } from "./bridge.ts";
import { parseLaunch, themeOf } from "./launch.ts";

const parent = { postMessage: vi.fn(), location: { origin: "https://elsewhere.example" } };
let page: EventTarget & { parent: unknown; TelegramWebviewProxy?: unknown };

beforeEach(() => {
  page = Object.assign(new EventTarget(), { parent });
  parent.postMessage.mockClear();
  vi.stubGlobal("window", page);
  vi.stubGlobal("location", { origin: "https://desk.example" });
});
afterEach(() => vi.unstubAllGlobals());

describe("createPost", () => {
  it("posts to Telegram's web client, and to no page of another origin", () => {
    createPost("8.0")("web_app_ready");
    expect(parent.postMessage).toHaveBeenCalledWith('{"eventType":"web_app_ready"}', "https://web.telegram.org");
  });

  it("calls the native client where there is one", () => {
    const postEvent = vi.fn();
    page.TelegramWebviewProxy = { postEvent };
    createPost("8.0")("web_app_setup_back_button", { is_visible: true });
    expect(postEvent).toHaveBeenCalledWith("web_app_setup_back_button", '{"is_visible":true}');
    expect(parent.postMessage).not.toHaveBeenCalled();
  });

  it("leaves out what the client is too old for", () => {
    createPost("7.9")("web_app_set_bottom_bar_color", { color: "#ffffff" });
    expect(parent.postMessage).not.toHaveBeenCalled();
    createPost("7.10")("web_app_set_bottom_bar_color", { color: "#ffffff" });
    expect(parent.postMessage).toHaveBeenCalledTimes(1);
  });

  it("says nothing in a browser of its own", () => {
    page.parent = page;
    createPost("8.0")("web_app_ready");
    expect(parent.postMessage).not.toHaveBeenCalled();
  });
});

describe("listen", () => {
  const message = (source: unknown) =>
    Object.assign(new Event("message"), { source, data: '{"eventType":"back_button_pressed"}' });

  it("hears the page around and the native client, and no other window", () => {
    const hear = vi.fn();
    const stop = listen(hear);
    page.dispatchEvent(message({}));
    expect(hear).not.toHaveBeenCalled();
    page.dispatchEvent(message(parent));
    expect(hear).toHaveBeenLastCalledWith("back_button_pressed", undefined);
    Reflect.get(page, "Telegram").WebView.receiveEvent("viewport_changed", { height: 600 });
    expect(hear).toHaveBeenLastCalledWith("viewport_changed", { height: 600 });
    stop();
    page.dispatchEvent(message(parent));
    expect(hear).toHaveBeenCalledTimes(2);
  });

  it("reads events only", () => {
    expect(readEvent('{"eventType":"theme_changed","eventData":1}')).toEqual({
      eventType: "theme_changed",
      eventData: 1,
    });
    for (const data of [null, 7, "not JSON", "[]", '{"eventType":7}']) expect(readEvent(data)).toBeNull();
  });
});

describe("parseLaunch", () => {
  const fragment = (data: Record<string, string>, more: Record<string, string> = {}) =>
    `#${new URLSearchParams({ tgWebAppData: new URLSearchParams(data).toString(), ...more })}`;

  it("takes user, language, link and theme from the fragment, and the signed data as it is", () => {
    const data = { auth_date: "1700000000", user: '{"id":42,"language_code":"ru-RU"}', start_param: "message_7" };
    const launch = parseLaunch(
      fragment(data, { tgWebAppVersion: "8.0", tgWebAppThemeParams: '{"bg_color":"#101010"}' }),
    );
    expect(launch).toEqual({
      initData: new URLSearchParams(data).toString(),
      signedAt: 1_700_000_000_000,
      userId: "42",
      languageCode: "ru-RU",
      startParam: "message_7",
      version: "8.0",
      theme: { bg_color: "#101010" },
    });
  });

  it("is null outside Telegram, and does without what a client leaves out", () => {
    expect(parseLaunch("")).toBeNull();
    expect(parseLaunch("#session=abc")).toBeNull();
    expect(parseLaunch(fragment({ auth_date: "soon" }))).toBeNull();
    expect(parseLaunch(fragment({ auth_date: "1", user: "broken" }))).toMatchObject({ userId: null, theme: {} });
  });

  it("writes colours that come as numbers as CSS has them", () => {
    expect(themeOf({ bg_color: 0x0a0b0c, text_color: "#fff", odd: null })).toEqual({
      bg_color: "#0a0b0c",
      text_color: "#fff",
    });
  });
});
