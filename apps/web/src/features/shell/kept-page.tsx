import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { usePageConnection } from "../../trpc/connection.tsx";
import { NoticeCard } from "../../ui/lazy.tsx";

const TRY_AGAIN_MS = 1_000;
/** What a proxy answers that has no server behind it. */
const AWAY = [502, 503, 504];

const isOfNext = (init?: RequestInit): boolean => new Headers(init?.headers).has("rsc");
const pause = () => new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));

type Waiting = { isOffline: () => boolean; begin: () => void; end: () => void };

/**
 * Next leaves the page for one that it cannot load, and ends in the browser's error page while there is no server. With this its requests
 * wait instead: the page stays, and the next one opens once the connection is back.
 * @returns the way to stop
 */
export function holdNavigation({ isOffline, begin, end }: Waiting): () => void {
  const { fetch: direct } = window;
  const attempt = async (...request: Parameters<typeof fetch>): Promise<Response | null> => {
    try {
      const response = await direct(...request);
      return AWAY.includes(response.status) ? null : response;
    } catch (error) {
      if (request[1]?.signal?.aborted) throw error;
      return null;
    }
  };
  const held: typeof fetch = async (...request) => {
    if (!isOfNext(request[1])) return direct(...request);
    const first = await attempt(...request);
    if (first) return first;
    begin();
    try {
      for (;;) {
        do await pause();
        while (isOffline());
        const response = await attempt(...request);
        if (response) return response;
      }
    } finally {
      end();
    }
  };
  window.fetch = held;
  return () => {
    if (window.fetch === held) window.fetch = direct;
  };
}

/** Keeps the page while the server is away, and says so to a person who wants to leave it. */
export function KeptPage() {
  const t = useTranslations("connection");
  const connection = usePageConnection();
  const [held, setHeld] = useState(0);
  useEffect(
    () =>
      holdNavigation({
        isOffline: () => connection.get().state === "offline",
        begin: () => setHeld((count) => count + 1),
        end: () => setHeld((count) => count - 1),
      }),
    [connection],
  );
  return held > 0 ? <NoticeCard text={t("lost")} /> : null;
}
