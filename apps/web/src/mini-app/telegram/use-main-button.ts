import { useEffect, useRef } from "react";
import type { MainButton, TelegramClient } from "./client.ts";

/** Shows Telegram's own button for the one action of the page, while there is one. */
export function useMainButton(telegram: TelegramClient | null, button: (MainButton & { run(): void }) | null): void {
  const run = useRef<() => void>(() => {});
  run.current = button?.run ?? (() => {});
  const isShown = button !== null;
  const { text = "", isActive = false, isBusy = false, isDone = false } = button ?? {};
  useEffect(() => {
    if (telegram && isShown) telegram.setMainButton({ text, isActive, isBusy, isDone });
  }, [telegram, isShown, text, isActive, isBusy, isDone]);
  useEffect(() => {
    if (!telegram || !isShown) return;
    return telegram.onMainButton(() => run.current());
  }, [telegram, isShown]);
}
