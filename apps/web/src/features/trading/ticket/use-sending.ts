import type { TradeResult } from "@pult/api/trading/schema.ts";
import { useEffect, useRef, useState } from "react";
import { type Failure, toFailure } from "../../../trpc/failure.ts";
import { newId } from "../../thread/send-queue.ts";
import type { RoomStore } from "../room-store.ts";

type Request = Parameters<RoomStore["trade"]>[0];

type Sending =
  | { state: "idle" }
  | { state: "sending" }
  | { state: "done"; result: TradeResult }
  | { state: "refused"; failure: Failure }
  /** No answer came: it may have been made, and is asked for again under the same id. */
  | { state: "unknown"; failure: Failure };

const ATTEMPTS = 3;
const PAUSE_MS = 800;
/** The second click of a double click is no second trade. */
const DONE_MS = 1_200;

const isUnanswered = ({ kind }: Failure) => kind === "offline" || kind === "server";

type Listeners = { onTraded(result: TradeResult): void; onRefused(): void };

/** Makes trades, each once: a repeat after a lost answer carries the same id and the same bounds. */
export function useSending(store: RoomStore, { onTraded, onRefused }: Listeners) {
  const [sending, setSending] = useState<Sending>({ state: "idle" });
  const unanswered = useRef<Request | null>(null);
  useEffect(() => {
    if (sending.state !== "done") return;
    const timer = setTimeout(() => setSending({ state: "idle" }), DONE_MS);
    return () => clearTimeout(timer);
  }, [sending]);
  const attempt = async (request: Request, left = ATTEMPTS): Promise<TradeResult> => {
    try {
      return await store.trade(request);
    } catch (error) {
      if (left <= 1 || !isUnanswered(toFailure(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return attempt(request, left - 1);
    }
  };
  const run = async (request: Request): Promise<void> => {
    setSending({ state: "sending" });
    unanswered.current = request;
    try {
      const result = await attempt(request);
      unanswered.current = null;
      setSending({ state: "done", result });
      onTraded(result);
    } catch (error) {
      const failure = toFailure(error);
      if (!isUnanswered(failure)) unanswered.current = null;
      setSending({ state: isUnanswered(failure) ? "unknown" : "refused", failure });
      onRefused();
    }
  };
  return {
    sending,
    send: (order: Omit<Request, "clientId">) => void run({ ...order, clientId: newId() }),
    /** The same trade again, after no answer came. */
    repeat: () => unanswered.current && void run(unanswered.current),
    /** The trader has read why it was refused, and changes the order. */
    forget: () => setSending((now) => (now.state === "refused" ? { state: "idle" } : now)),
  };
}
