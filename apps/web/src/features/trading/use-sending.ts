import { useEffect, useRef, useState } from "react";
import { type Failure, toFailure } from "../../trpc/failure.ts";
import type { Waiting } from "./until-answered.ts";

type Sending<Answer> =
  | { state: "idle" }
  /** `isLate`: no answer has come, so that it may have been done; it is asked for again under the same id. */
  | { state: "sending"; isLate: boolean }
  | { state: "done"; answer: Answer }
  | { state: "refused"; failure: Failure };

/** How long it is shown; the second click of a double click does nothing a second time. */
const DONE_MS = 1_200;

type Listeners<Answer> = { onDone(answer: Answer): void; onRefused(): void };

/** Sends one thing after the other until the server has answered, and knows what became of it while the page is there. */
export function useSending<Request, Answer>(
  call: (request: Request, waiting: Waiting) => Promise<Answer>,
  { onDone, onRefused }: Listeners<Answer>,
) {
  const [sending, setSending] = useState<Sending<Answer>>({ state: "idle" });
  const left = useRef(new AbortController());
  useEffect(() => {
    const leaving = new AbortController();
    left.current = leaving;
    return () => leaving.abort();
  }, []);
  useEffect(() => {
    if (sending.state !== "done") return;
    const timer = setTimeout(() => setSending({ state: "idle" }), DONE_MS);
    return () => clearTimeout(timer);
  }, [sending]);
  const run = async (request: Request): Promise<void> => {
    const { signal } = left.current;
    setSending({ state: "sending", isLate: false });
    try {
      const onLate = () => setSending({ state: "sending", isLate: true });
      const answer = await call(request, { signal, onLate });
      setSending({ state: "done", answer });
      onDone(answer);
    } catch (error) {
      if (signal.aborted) return;
      setSending({ state: "refused", failure: toFailure(error) });
      onRefused();
    }
  };
  return {
    sending,
    send: (request: Request) => void run(request),
    /** Its refusal has been read. */
    forget: () => setSending((now) => (now.state === "refused" ? { state: "idle" } : now)),
  };
}
