"use client";

import type { SandboxUser } from "@pult/sandbox/control.ts";
import { useFormatter, useTranslations } from "next-intl";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTheme } from "../../theme/use-theme.ts";
import { Button } from "../../ui/button.tsx";
import { control } from "./control-client.ts";
import {
  answerOf,
  BACK_PRESSED,
  type HostState,
  type HostTheme,
  INITIAL_HOST,
  readHostEvent,
  themeEvent,
  withHostEvent,
  withTheme,
} from "./mini-app-host.ts";
import { PhoneFrame } from "./phone-frame.tsx";
import { useAttempt, useWorld } from "./sandbox-context.tsx";

/** Speaks with the framed page as Telegram's web client does. */
function useHost(theme: HostTheme, onClose: () => void) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [host, setHost] = useState<HostState>(INITIAL_HOST);
  const post = useCallback(
    (event: object) => frame.current?.contentWindow?.postMessage(JSON.stringify(event), location.origin),
    [],
  );
  useEffect(() => {
    const hear = (message: MessageEvent) => {
      if (!frame.current || message.source !== frame.current.contentWindow) return;
      const event = readHostEvent(message.data);
      if (!event) return;
      if (event.eventType === "web_app_close") return onClose();
      setHost((state) => withHostEvent(state, event));
      const { clientWidth: width, clientHeight: height } = frame.current;
      const answer = answerOf(event.eventType, { width, height }, theme);
      if (answer) post(answer);
    };
    window.addEventListener("message", hear);
    return () => window.removeEventListener("message", hear);
  }, [theme, post, onClose]);
  useEffect(() => post(themeEvent(theme)), [theme, post]);
  return { frame, host, post, forget: useCallback(() => setHost(INITIAL_HOST), []) };
}

/** The Mini App in a phone, opened as Telegram opens it: signed launch parameters behind `#`. */
export function MiniAppPhoneView({ customer }: { customer: SandboxUser }) {
  const t = useTranslations("sandbox");
  const format = useFormatter();
  const { bot, faults } = useWorld();
  const { shown: theme } = useTheme();
  const attempt = useAttempt();
  const [address, setAddress] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const close = useCallback(() => {
    setAddress(null);
    setAsking(false);
  }, []);
  const { frame, host, post, forget } = useHost(theme, close);
  // The theme of the moment it is opened; later changes are told, not reopened.
  const themeNow = useRef(theme);
  themeNow.current = theme;

  const open = useCallback(
    () =>
      attempt(async () => {
        forget();
        const { fragment } = await control.launch(customer.id);
        setAddress(`/app#${withTheme(fragment, themeNow.current)}`);
      }),
    [attempt, forget, customer.id],
  );
  useEffect(() => {
    void open();
  }, [open]);

  const told = [
    host.isReady ? t("told.ready") : null,
    host.needsConfirmation ? t("told.confirm") : null,
    host.haptic ? t("told.haptic", { kind: host.haptic }) : null,
  ].filter((what) => what !== null);
  const linkButton = "min-h-11 min-w-[72px] px-2 text-left text-accent-text";
  return (
    <>
      <PhoneFrame isOnline={!faults.telegramDown} label={t("miniAppOf", { name: customer.name })}>
        <div className="flex h-11 shrink-0 items-center border-line border-b px-1 text-14">
          {host.hasBackButton ? (
            <button type="button" className={linkButton} onClick={() => post(BACK_PRESSED)}>
              {t("back")}
            </button>
          ) : (
            <button
              type="button"
              className={linkButton}
              onClick={() => (host.needsConfirmation ? setAsking(true) : close())}
            >
              {t("close")}
            </button>
          )}
          <div className="min-w-0 flex-1 text-center leading-[18px]">
            <b className="block truncate font-semibold">{bot.name}</b>
            <small className="block text-12/[14px] text-muted">{t("miniApp")}</small>
          </div>
          <span className="min-w-[72px]" />
        </div>
        {address ? (
          <iframe
            key={address}
            ref={frame}
            src={address}
            title={t("miniAppOf", { name: customer.name })}
            className="block min-h-0 w-full flex-1 bg-surface-3"
          />
        ) : (
          <div className="grid flex-1 place-items-center">
            <Button onClick={open}>{t("openMiniApp")}</Button>
          </div>
        )}
        {isAsking ? <CloseQuestion onStay={() => setAsking(false)} onClose={close} /> : null}
      </PhoneFrame>
      <p className="mx-auto flex min-h-11 w-full max-w-[328px] items-center gap-2 text-12 text-muted" role="status">
        {told.length > 0 ? t("miniAppTold", { what: format.list(told, { type: "unit" }) }) : t("miniAppStarting")}
      </p>
    </>
  );
}

/** What Telegram asks when the page said that something was not sent. */
function CloseQuestion({ onStay, onClose }: { onStay: () => void; onClose: () => void }) {
  const t = useTranslations("sandbox");
  return (
    <div className="absolute inset-0 grid place-items-center bg-scrim p-6">
      <div role="alertdialog" aria-label={t("closeQuestion")} className="rounded-4 bg-surface p-4 shadow-dialog">
        <p className="text-14">{t("closeQuestion")}</p>
        <div className="mt-3 flex justify-end gap-2">
          <Button onClick={onStay} autoFocus>
            {t("stay")}
          </Button>
          <Button variant="danger" onClick={onClose}>
            {t("closeAnyway")}
          </Button>
        </div>
      </div>
    </div>
  );
}
