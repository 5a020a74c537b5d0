import type { SignInMethods } from "@pult/api/auth/account/schema.ts";
import { CircleAlert, FlaskConical, Info, Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { BrandMark } from "../ui/brand.tsx";
import { buttonClass } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import { lazyModule } from "../ui/lazy.tsx";
import { ChatLoading } from "./notices.tsx";
import { type BrowserSession, endSession, type SignInError } from "./telegram/browser-session.ts";
import { startBrowserClient, type TelegramClient } from "./telegram/client.ts";
import { signInAddress, startParamOf } from "./telegram/launch.ts";

/** Why the conversation is not shown, in the words of `miniApp.account`. */
type OutsideNotice = "closed" | "signedOut" | "signedOutHere" | "telegramFailed" | "telegramUnavailable";

const RETRY_MS = 3_000;

/** Whether this installation runs with its simulated Telegram. */
function useHasSandbox(): boolean {
  const [hasSandbox, setHasSandbox] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    fetch("/sandbox/api/world", { signal: abort.signal }).then(
      (answer) => setHasSandbox(answer.ok),
      () => {},
    );
    return () => abort.abort();
  }, []);
  return hasSandbox;
}

async function fetchMethods(signal: AbortSignal): Promise<SignInMethods> {
  const answer = await fetch("/trpc/auth.methods", { signal });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
  const { result } = (await answer.json()) as { result: { data: SignInMethods } };
  return result.data;
}

/**
 * Whether one can sign in with Telegram here; null until the server was asked. Asked without the client of the conversation, which is far
 * more code than this page.
 */
function useHasTelegramLogin(): boolean | null {
  const [hasLogin, setHasLogin] = useState<boolean | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      fetchMethods(abort.signal).then(
        ({ telegram }) => setHasLogin(telegram),
        () => {
          if (abort.signal.aborted) return;
          setHasLogin(false);
          timer = setTimeout(ask, RETRY_MS);
        },
      );
    };
    ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, []);
  return hasLogin;
}

type CustomerOutsideProps = { notice: OutsideNotice | null; startParam: string | null; onSignIn: () => void };

/** Opened in a browser, outside Telegram, without a session. */
function CustomerOutside({ notice, startParam, onSignIn }: CustomerOutsideProps) {
  const t = useTranslations("miniApp.outside");
  const hasSandbox = useHasSandbox();
  const hasLogin = useHasTelegramLogin();
  return (
    <main aria-busy={hasLogin === null} className="scroll-pane grid min-h-0 flex-1 place-items-center p-6">
      {hasLogin === null ? null : (
        <div className="w-[352px] max-w-full text-[0.9375rem]/[22px]">
          <BrandMark large />
          {notice ? <Notice notice={notice} /> : null}
          {hasLogin ? <SignInOffer startParam={startParam} onSignIn={onSignIn} /> : <TelegramHint />}
          {hasSandbox ? (
            <div className="mt-6 border-line border-t pt-4">
              <p className="mb-3 text-fg-2">{t("sandbox")}</p>
              <a
                href="/sandbox?phone=miniApp"
                className={buttonClass({ variant: hasLogin ? "default" : "primary", size: "touch" })}
              >
                <Icon of={FlaskConical} />
                {t("openSandbox")}
              </a>
            </div>
          ) : null}
        </div>
      )}
    </main>
  );
}

/** What the page has just become is read first, also by those who hear it. */
function Notice({ notice }: { notice: OutsideNotice }) {
  const t = useTranslations("miniApp.account");
  const box = useRef<HTMLParagraphElement>(null);
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  const isCalm = notice === "signedOut";
  return (
    <p
      ref={box}
      tabIndex={-1}
      role={isCalm ? "status" : "alert"}
      className={cx(
        "mt-4 flex items-start gap-2 rounded-2 border px-3 py-2 text-14 outline-none",
        isCalm ? "border-line bg-surface text-fg-2" : "border-warning bg-warning-soft text-warning",
      )}
    >
      <Icon of={isCalm ? Info : CircleAlert} className="mt-0.5" />
      {t(notice)}
    </p>
  );
}

function SignInOffer({ startParam, onSignIn }: Omit<CustomerOutsideProps, "notice">) {
  const t = useTranslations("miniApp.outside");
  return (
    <>
      <Opening title={t("signInTitle")}>{t("signInWhy")}</Opening>
      <a
        href={signInAddress(startParam)}
        onClick={onSignIn}
        className={cx(buttonClass({ variant: "primary", size: "touch" }), "mt-4 w-full")}
      >
        <Icon of={Send} />
        {t("signIn")}
      </a>
      <p className="mt-2 text-13 text-muted">{t("signInLife")}</p>
      <div className="mt-6 border-line border-t pt-4">
        <p className="text-fg-2">{t("inTelegram")}</p>
        <Steps />
      </div>
    </>
  );
}

function TelegramHint() {
  const t = useTranslations("miniApp.outside");
  return (
    <>
      <Opening title={t("title")}>{t("why")}</Opening>
      <Steps />
    </>
  );
}

function Opening({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <h1 className="mt-4 mb-2 font-semibold text-20">{title}</h1>
      <p className="text-fg-2">{children}</p>
    </>
  );
}

function Steps() {
  const t = useTranslations("miniApp.outside");
  return (
    <ol className="mt-4 list-decimal space-y-1 pl-5">
      <li>{t("step1")}</li>
      <li>{t("step2")}</li>
    </ol>
  );
}

const CustomerPage = lazyModule(() => import("./page.tsx")).part((module) => module.CustomerPage, {
  whileLoading: () => <ChatLoading />,
});

type Shown = { type: "offer"; notice: OutsideNotice | null } | { type: "chat"; token: string } | { type: "leaving" };

type CustomerBrowserProps = { session: BrowserSession; error: SignInError | null };

/** The page in a browser of its own: the conversation of the customer who signed in with Telegram in this tab, else the way to sign in. */
export function CustomerBrowser({ session, error }: CustomerBrowserProps) {
  const [shown, setShown] = useState<Shown>(() => {
    const token = session.token();
    return token === null ? { type: "offer", notice: error } : { type: "chat", token };
  });
  const [startParam] = useState(() => startParamOf(location.search));
  const onRefused = useCallback(() => {
    session.forget();
    setShown({ type: "offer", notice: "closed" });
  }, [session]);
  // The conversation is left first, so that nothing of it takes the end of its session for news.
  const onSignOut = useCallback(
    async (token: string) => {
      session.forget();
      setShown({ type: "leaving" });
      const isEnded = await endSession(token);
      setShown({ type: "offer", notice: isEnded ? "signedOut" : "signedOutHere" });
    },
    [session],
  );
  if (shown.type === "leaving") return <ChatLoading />;
  if (shown.type === "offer")
    return <CustomerOutside notice={shown.notice} startParam={startParam} onSignIn={() => session.begin()} />;
  const { token } = shown;
  return <SignedIn token={token} startParam={startParam} onRefused={onRefused} onSignOut={() => onSignOut(token)} />;
}

type SignedInProps = { token: string; startParam: string | null; onRefused: () => void; onSignOut: () => void };

/** As wide as a phone where there is more room: lines of messages are to be read, not followed. */
function SignedIn({ token, startParam, onRefused, onSignOut }: SignedInProps) {
  const [client, setClient] = useState<TelegramClient | null>(null);
  const visit = useMemo(() => ({ token, startParam }), [token, startParam]);
  useEffect(() => {
    const started = startBrowserClient();
    setClient(started);
    return started.stop;
  }, []);
  return (
    <div className="mx-auto flex min-h-0 w-full max-w-[560px] flex-1 flex-col border-line bg-surface sm:border-x">
      {client ? <CustomerPage visit={visit} telegram={client} onRefused={onRefused} onSignOut={onSignOut} /> : null}
    </div>
  );
}
