import type { SandboxUser } from "@pult/sandbox/control.ts";
import { useFormatter, useTranslations } from "next-intl";
import { useCallback, useEffect, useRef, useState } from "react";
import { readEvent } from "../../mini-app/telegram/bridge.ts";
import { useTheme } from "../../theme/use-theme.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { control } from "./control-client.ts";
import {
  answerOf,
  BACK_PRESSED,
  type HostState,
  type HostTheme,
  INITIAL_HOST,
  MAIN_PRESSED,
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
      const event = readEvent(message.data);
      if (!event) return;
      if (event.eventType === "web_app_close") return onClose();
      setHost((state) => withHostEvent(state, event));
      const { clientWidth: width, clientHeight: height } = frame.current;
      const answer = answerOf(event, { width, height }, theme);
      if (answer) post(answer);
    };
    window.addEventListener("message", hear);
    return () => window.removeEventListener("message", hear);
  }, [theme, post, onClose]);
  useEffect(() => post(themeEvent(theme)), [theme, post]);
  return { frame, host, post, forget: useCallback(() => setHost(INITIAL_HOST), []) };
}

/** Opens the page as Telegram opens it: with signed launch parameters behind `#`, in the colours of the moment. */
function useLaunch(userId: number, theme: HostTheme) {
  const attempt = useAttempt();
  const [address, setAddress] = useState<string | null>(null);
  // Later changes of the theme are told, not reopened.
  const themeNow = useRef(theme);
  themeNow.current = theme;
  const open = useCallback(
    () =>
      attempt(async () => {
        const { fragment } = await control.launch(userId);
        setAddress(`/app#${withTheme(fragment, themeNow.current)}`);
      }),
    [attempt, userId],
  );
  useEffect(() => {
    void open();
  }, [open]);
  return { address, open, forget: useCallback(() => setAddress(null), []) };
}

export function MiniAppPhoneView({ customer }: { customer: SandboxUser }) {
  const t = useTranslations("sandbox");
  const { faults } = useWorld();
  const { shown: theme } = useTheme();
  const [isAsking, setAsking] = useState(false);
  const { address, open, forget: forgetAddress } = useLaunch(customer.id, theme);
  const close = useCallback(() => {
    forgetAddress();
    setAsking(false);
  }, [forgetAddress]);
  const { frame, host, post, forget } = useHost(theme, close);
  // Another page begins with nothing said.
  useEffect(() => {
    if (address === null) forget();
  }, [address, forget]);
  return (
    <>
      <PhoneFrame isOnline={!faults.telegramDown} label={t("miniAppOf", { name: customer.name })}>
        <HostBar
          host={host}
          onBack={() => post(BACK_PRESSED)}
          onClose={() => (host.needsConfirmation ? setAsking(true) : close())}
        />
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
        {address && host.mainButton ? (
          <HostMainButton button={host.mainButton} onPress={() => post(MAIN_PRESSED)} />
        ) : null}
        {isAsking ? <CloseQuestion onStay={() => setAsking(false)} onClose={close} /> : null}
      </PhoneFrame>
      <HostNews host={host} isOpen={address !== null} />
    </>
  );
}

/** Telegram's own bar above the page. */
function HostBar({ host, onBack, onClose }: { host: HostState; onBack: () => void; onClose: () => void }) {
  const t = useTranslations("sandbox");
  const { bot } = useWorld();
  return (
    <div className="flex h-11 shrink-0 items-center border-line border-b px-1 text-14">
      <button
        type="button"
        className="min-h-11 min-w-[72px] px-2 text-left text-accent-text"
        onClick={host.hasBackButton ? onBack : onClose}
      >
        {t(host.hasBackButton ? "back" : "close")}
      </button>
      <div className="min-w-0 flex-1 text-center leading-[18px]">
        <b className="block truncate font-semibold">{bot.name}</b>
        <small className="block text-12/[14px] text-muted">{t("phoneKinds.miniApp")}</small>
      </div>
      <span className="min-w-[72px]" />
    </div>
  );
}

type HostMainButtonProps = { button: NonNullable<HostState["mainButton"]>; onPress: () => void };

/** Telegram's own button beneath the page. */
function HostMainButton({ button: { text, isActive, isBusy }, onPress }: HostMainButtonProps) {
  return (
    <div className="shrink-0 bg-surface p-2">
      <button
        type="button"
        aria-disabled={!isActive}
        aria-busy={isBusy}
        onClick={() => isActive && onPress()}
        className={cx(
          "num h-11 w-full truncate rounded-3 px-3 font-semibold text-14",
          isActive || isBusy ? "bg-accent text-on-accent" : "bg-surface-4 text-muted",
        )}
      >
        {text}
      </button>
    </div>
  );
}

/** What the page told Telegram, which a browser cannot show otherwise. */
function HostNews({ host, isOpen }: { host: HostState; isOpen: boolean }) {
  const t = useTranslations("sandbox");
  const format = useFormatter();
  const told = [
    host.isReady ? t("told.ready") : null,
    host.needsConfirmation ? t("told.confirm") : null,
    host.haptic ? t("told.haptic", { kind: host.haptic }) : null,
  ].filter((what) => what !== null);
  const news = told.length > 0 ? t("miniAppTold", { what: format.list(told, { type: "unit" }) }) : t("miniAppStarting");
  return (
    <p className="mx-auto flex min-h-11 w-full max-w-[328px] items-center text-12 text-muted" role="status">
      {isOpen ? news : ""}
    </p>
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
