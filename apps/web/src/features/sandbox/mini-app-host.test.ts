import { describe, expect, it } from "vitest";
import { answerOf, INITIAL_HOST, withHostEvent, withTheme } from "./mini-app-host.ts";

const heard = (eventType: string, eventData: unknown) => withHostEvent(INITIAL_HOST, { eventType, eventData });

describe("the phone around the Mini App", () => {
  it("does what the page asks", () => {
    expect(heard("web_app_ready", {}).isReady).toBe(true);
    expect(heard("web_app_setup_back_button", { is_visible: true }).hasBackButton).toBe(true);
    expect(heard("web_app_setup_closing_behavior", { need_confirmation: true }).needsConfirmation).toBe(true);
    expect(heard("web_app_trigger_haptic_feedback", { notification_type: "success" }).haptic).toBe("success");
    expect(heard("web_app_unheard_of", null)).toBe(INITIAL_HOST);
  });

  it("shows the button of the page's one action until the page takes it away", () => {
    const setUp = { is_visible: true, is_active: false, is_progress_visible: true, text: "Buy for 0.5 SOL" };
    const shown = heard("web_app_setup_main_button", setUp);
    expect(shown.mainButton).toEqual({ text: "Buy for 0.5 SOL", isActive: false, isBusy: true });
    expect(heard("web_app_setup_main_button", { is_visible: false }).mainButton).toBeNull();
  });

  it("answers questions and nothing else", () => {
    const size = { width: 328, height: 560 };
    const answer = (eventType: string, eventData: unknown = null) => answerOf({ eventType, eventData }, size, "dark");
    expect(answer("web_app_request_viewport")?.eventData).toMatchObject({ height: 560 });
    expect(answer("web_app_request_theme")?.eventType).toBe("theme_changed");
    expect(answer("web_app_ready")).toBeNull();
    const ask = (method: string, params: object) =>
      answer("web_app_invoke_custom_method", { req_id: "1", method, params })?.eventData;
    expect(ask("saveStorageValue", { key: "locale", value: "ru" })).toEqual({ req_id: "1", result: true });
    expect(ask("getStorageValues", { keys: ["locale"] })).toEqual({ req_id: "1", result: { locale: "ru" } });
  });

  it("opens the page in the colours of the phone and leaves the signature alone", () => {
    const parameters = new URLSearchParams(
      withTheme("tgWebAppData=a%3D1%26hash%3Db&tgWebAppThemeParams=%7B%7D", "dark"),
    );
    expect(parameters.get("tgWebAppData")).toBe("a=1&hash=b");
    expect(parameters.get("tgWebAppThemeParams")).toContain("#1a1d21");
  });
});
