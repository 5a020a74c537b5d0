import type { QrEvent } from "@pult/api/chats/inputs.ts";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dot } from "../../../ui/marks.tsx";
import { SheetBody, SheetFoot } from "../../../ui/modal.tsx";
import { QrCode } from "../../../ui/qr-code.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { countdown, secondsUntil } from "../accounts/health.tsx";
import type { Link } from "./use-link.ts";

type Token = Extract<QrEvent, { type: "token" }>;

/** The newest code, until the phone has scanned it. @param attempt another begins anew */
function useQr(link: Link, attempt: number) {
  const client = useTRPCClient();
  const [token, setToken] = useState<Token | null>(null);
  const [error, setError] = useState<unknown>(null);
  const scanned = useRef(link.onScanned);
  scanned.current = link.onScanned;
  const { sessionId } = link;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another subscription
  useEffect(() => {
    if (!sessionId) return;
    setError(null);
    const { unsubscribe } = client.chats.link.onQr.subscribe(
      { sessionId },
      {
        onData: (event) => (event.type === "token" ? setToken(event) : scanned.current(event.status)),
        onError: setError,
      },
    );
    return unsubscribe;
  }, [client, sessionId, attempt]);
  return { token, error };
}

/** Links by the phone's camera. */
export function QrStep({ link, onClose, head }: { link: Link; onClose: () => void; head: ReactNode }) {
  const t = useTranslations();
  const errorText = useErrorText();
  const [attempt, setAttempt] = useState(0);
  const { token, error } = useQr(link, attempt);
  const now = useNow(1_000, token !== null);
  return (
    <>
      <SheetBody>
        {head}
        {error ? (
          <p role="alert" className="flex flex-wrap items-center gap-3 text-danger">
            {errorText(error)}
            <Button onClick={() => setAttempt((count) => count + 1)}>{t("common.tryAgain")}</Button>
          </p>
        ) : (
          <div className="flex flex-col items-center gap-3">
            {token ? (
              <QrCode text={token.url} label={t("chats.link.qrLabel")} className="size-56" />
            ) : (
              <Skeleton className="size-56" />
            )}
            <p className="num text-12 text-muted">
              {token
                ? t("chats.link.qrNext", { time: countdown(secondsUntil(token.expiresAt, now)) })
                : t("common.loading")}
            </p>
          </div>
        )}
        <ol className="flex flex-col gap-2">
          {(["qrOpen", "qrDevices", "qrScan"] as const).map((step, index) => (
            <li key={step} className="flex gap-3">
              <span className="num w-4 font-semibold">{index + 1}</span>
              {t(`chats.link.${step}`)}
            </li>
          ))}
        </ol>
        {error ? null : (
          <p role="status" className="flex items-center gap-2 rounded-3 border border-line-2 px-3 py-2.5">
            <Dot tone="warning" />
            <span className="flex-1">{t("chats.link.qrWaiting")}</span>
          </p>
        )}
      </SheetBody>
      <SheetFoot note={t("chats.link.qrPassword")}>
        <Button onClick={onClose} className="max-md:h-11">
          {t("common.cancel")}
        </Button>
      </SheetFoot>
    </>
  );
}
